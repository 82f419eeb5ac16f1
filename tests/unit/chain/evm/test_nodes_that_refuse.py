"""Nodes that take only small batches, forget states, or call their first block final: what is asked, and what is told.

Over the node double, behind a proxy that spoils its answers; the same faults of a real node are in tests/interop.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest

from chain.errors import NodeUnavailable, PointLost
from chain.evm.account import EvmAccount, Token
from chain.evm.client import EvmChain, EvmView
from chain.evm.link import AT_ONCE, RpcLink
from chain.evm.networks import EvmNetwork
from chain.evm.safe import MULTICHAIN, safe_address
from chain.evm.smart_accounts import _owner_sets, find_smart_accounts
from chain.evm.timing import Timing
from chain.model import Finality, Presence, Sighting, Unanswered
from emulator.evm.double import serving
from emulator.evm.state import FINALIZED_BEHIND, HEAD, Account, Chain
from tests.support.rpc_proxy import RpcProxy, Spoil, rpc_proxy
from tests.support.rpc_spoils import doubled, drop, error_element, foreign_ids, of_batches, reorder

NETWORK = EvmNetwork("double", 7)
USED = {i.to_bytes(20, "big"): i for i in range(1000, 1040)}
ASKED = [*USED, *(i.to_bytes(20, "big") for i in range(5000, 5040))]
FACTORY = bytes.fromhex("13E9ed32155810FDbd067D4522C492D6f68E5944")
OWNER = b"\x0a" * 20
STATE = {"eth_call", "eth_getBalance", "eth_getTransactionCount", "eth_getCode"}
Change = Callable[[Any, Any], Any]


@pytest.fixture
async def proxy() -> AsyncIterator[RpcProxy]:
    """Every used account has a nonce; odd ones nothing else, so that only the nonce tells them."""
    accounts = {a: Account(nonce=n, balance=0 if n % 2 else n) for a, n in USED.items()}
    accounts[FACTORY] = Account(nonce=1, code=b"\xfe")
    async with serving((Chain("double", 7, accounts),)) as double, rpc_proxy(double.urls[0]) as made:
        yield made


@pytest.fixture
async def chain(proxy: RpcProxy) -> AsyncIterator[EvmChain]:
    async def sleep(seconds: float) -> None:
        del seconds

    made = EvmChain(proxy.url, NETWORK, {}, Timing(per_try=10.0, tries=3, pause=0.01, sleep=sleep))
    try:
        yield made
    finally:
        await made.close()


async def looked(view: EvmView) -> dict[bytes, Sighting[EvmAccount] | Unanswered]:
    return {answer.handle: answer async for answer in view.look(ASKED)}


def check(answers: Mapping[bytes, Sighting[EvmAccount] | Unanswered]) -> None:
    """Every address' answer is its own."""
    for address, answer in answers.items():
        assert isinstance(answer, Sighting), address.hex()
        assert (answer.presence is Presence.DEPLOYED) == (address in USED), address.hex()
        assert answer.detail is None or answer.detail.nonce == USED[address]


def right(answers: Mapping[bytes, Sighting[EvmAccount] | Unanswered]) -> bool:
    """Every address has an answer, and it is its own."""
    check(answers)
    return list(answers) == ASKED


def each(change: Change) -> Spoil:
    """The change, of each question and its answer."""

    def spoil(question: Any, answer: Any) -> Any:
        if not isinstance(question, list):
            return change(question, answer)
        by_id = {a["id"]: a for a in answer}
        return [change(q, by_id[q["id"]]) for q in question]

    return spoil


def error(question: Any, code: int, message: str) -> Any:
    return {"jsonrpc": "2.0", "id": question["id"], "error": {"code": code, "message": message}}


def no_lens(question: Any, answer: Any) -> Any:
    lens = question["method"] == "eth_call" and "to" not in question["params"][0]
    return error(question, -32601, "method not supported") if lens else answer


def as_geth(limit: int, *, lens: bool) -> Spoil:
    """Beyond its limit geth answers a batch with one element, which has the id of the first question."""

    def spoil(question: Any, answer: Any) -> Any:
        if isinstance(question, list) and len(question) > limit:
            return [error(question[0], -32600, "batch too large")]
        return answer if lens else each(no_lens)(question, answer)

    return spoil


def nameless(question: Any, answer: Any) -> Any:
    if isinstance(question, list) and len(question) > 5:
        return [{"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batch too large"}}]
    return each(no_lens)(question, answer)


def too_much_said(question: Any, answer: Any) -> Any:
    """geth ends a batch whose answers grow too large: the first ones are answered, the rest refused."""
    if not isinstance(question, list):
        return each(no_lens)(question, answer)
    late = [error(a, -32003, "response too large") for a in answer[10:]]
    return [*answer[:10], *late]


@pytest.mark.parametrize(
    ("spoil", "way", "why"),
    [
        (as_geth(20, lens=False), "batches of plain calls", "no more than 12 questions at once"),
        (as_geth(1, lens=False), "single calls", "it takes no batches"),
        (as_geth(20, lens=True), "one call for hundreds of addresses", "no more than 12 questions at once"),
        (as_geth(1, lens=True), "one call for hundreds of addresses", "it takes no batches"),
        (nameless, "batches of plain calls", "no more than 3 questions at once"),
        (too_much_said, "batches of plain calls", "refuses the quick way"),
    ],
    ids=["geth-20", "geth-1", "geth-20-lens", "geth-1-lens", "nameless", "response-too-large"],
)
async def test_a_batch_refused_for_its_size_is_asked_in_less(
    chain: EvmChain, proxy: RpcProxy, spoil: Spoil, way: str, why: str
) -> None:
    view = await chain.pin()
    proxy.fail(spoil)
    assert right(await looked(view))
    assert view.way == way and why in view.why


@pytest.mark.parametrize("spoil", [drop, error_element, reorder, doubled, foreign_ids])
async def test_a_spoiled_batch_shifts_nothing(chain: EvmChain, proxy: RpcProxy, spoil: Change) -> None:
    view = await chain.pin()
    proxy.fail(lambda question, answer: of_batches(spoil)(question, each(no_lens)(question, answer)))
    answers = await looked(view)
    assert list(answers) == ASKED
    check({address: answer for address, answer in answers.items() if isinstance(answer, Sighting)})


async def test_a_chunk_without_an_answer_takes_no_other_along(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    bad = "0x" + ASKED[35].hex()

    def one_bad_chunk(question: Any, answer: Any) -> Any:
        if isinstance(question, list) and any(q["params"][0] == bad for q in question):
            return b"<html>"
        return each(no_lens)(question, answer)

    proxy.fail(one_bad_chunk)
    answers = await looked(view)
    answered = {a: answer for a, answer in answers.items() if isinstance(answer, Sighting)}
    assert list(answers) == ASKED and ASKED[35] not in answered and len(answered) == len(ASKED) - 33
    check(answered)


async def test_waiting_for_a_turn_is_no_silence_of_the_node(proxy: RpcProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Single calls queue up; each has its own time, and that begins with its turn."""
    began: list[float | None] = []
    timeout = asyncio.timeout

    def recorded(seconds: float | None) -> asyncio.Timeout:
        began.append(seconds)
        return timeout(seconds)

    monkeypatch.setattr("chain.evm.link.asyncio.timeout", recorded)
    client = EvmChain(proxy.url, NETWORK, {}, Timing(total=17.0, tries=2, pause=0.0))
    link, release = client._link, asyncio.Event()
    held = [asyncio.create_task(_hold(link, release)) for _ in range(AT_ONCE)]
    waiting = asyncio.create_task(link.batch([("eth_chainId", ())]))
    for _ in range(10):
        await asyncio.sleep(0)
    assert 17.0 not in began and not waiting.done()
    release.set()
    assert len(await waiting) == 1 and 17.0 in began
    await asyncio.gather(*held)
    await client.close()


async def _hold(link: RpcLink, release: asyncio.Event) -> None:
    async with link._turns:
        await release.wait()


async def test_a_node_without_the_state_of_its_finalized_block_is_asked_at_a_newer_one(
    chain: EvmChain, proxy: RpcProxy
) -> None:
    """A full node of a quick chain keeps the state of the newest 128 blocks; its finalized block is older."""
    old: list[Any] = []

    def pruned(question: Any, answer: Any) -> Any:
        match question:
            case {"method": "eth_getBlockByNumber", "params": ["finalized", _]}:
                old.append(answer["result"]["hash"])
            case {"method": str(method), "params": [*_, block]} if method in STATE and any(
                one in str(block) for one in old
            ):
                return error(question, -32000, "missing trie node")
        return answer

    proxy.fail(each(pruned))
    view = await chain.pin()
    assert (view.point.finality, view.point.height) == (Finality.SAFE, HEAD - FINALIZED_BEHIND // 2)
    assert right(await looked(view))


async def test_a_first_block_that_is_called_final_is_not_believed(chain: EvmChain, proxy: RpcProxy) -> None:
    """A node that has not learned yet what is final; at its first block nothing exists."""

    def nothing_final(question: Any, answer: Any) -> Any:
        first = question["method"] == "eth_getBlockByNumber" and question["params"][0] in ("finalized", "safe")
        return {**answer, "result": {**answer["result"], "number": "0x0"}} if first else answer

    proxy.fail(each(nothing_final))
    view = await chain.pin()
    assert (view.point.finality, view.point.height) == (Finality.LATEST, HEAD)


async def test_a_block_pinned_again_has_the_finality_that_it_has_now(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    assert (await chain.pin(view.point.block_hash)).point.finality is Finality.FINALIZED

    def only_latest(question: Any, answer: Any) -> Any:
        tag = question["method"] == "eth_getBlockByNumber" and question["params"][0] in ("finalized", "safe")
        return error(question, -32602, "invalid block tag") if tag else answer

    proxy.fail(each(only_latest))
    assert (await chain.pin(view.point.block_hash)).point.finality is Finality.LATEST


@pytest.mark.parametrize("lost", ["state", "place", "block"])
async def test_a_block_of_before_that_answers_no_more_is_lost(chain: EvmChain, proxy: RpcProxy, lost: str) -> None:
    view = await chain.pin()

    def gone(question: Any, answer: Any) -> Any:
        method, first = question["method"], question["params"][0] if question["params"] else None
        if lost == "state" and method in STATE:
            return error(question, -32000, "missing trie node")
        if lost == "place" and method == "eth_getBlockByNumber" and first == hex(view.point.height):
            return {**answer, "result": {**answer["result"], "hash": "0x" + "77" * 32}}
        return {**answer, "result": None} if lost == "block" and method == "eth_getBlockByHash" else answer

    proxy.fail(each(gone))
    with pytest.raises(PointLost):
        await chain.pin(view.point.block_hash)


async def test_one_machine_that_lags_behind_loses_no_block(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    proxy.fail(lambda question, answer: {**answer, "result": None}, times=2)
    await view.confirm()


async def test_silence_is_no_loss_and_no_reason_for_an_older_block(chain: EvmChain, proxy: RpcProxy) -> None:
    def limited(question: Any, answer: Any) -> Any:
        return error(question, -32005, "limit") if question["method"] == "eth_getBalance" else answer

    proxy.fail(each(limited))
    with pytest.raises(NodeUnavailable, match="limit"):
        await chain.pin()


async def test_a_lens_that_misses_nonces_beyond_its_first_sample_is_found_out(chain: EvmChain, proxy: RpcProxy) -> None:
    """The sample of the first question holds nothing that could betray it; the check at the end does."""
    unused, view = ASKED[40:48], await chain.pin()
    assert all([isinstance(a, Sighting) async for a in view.look(unused)])
    proxy.fail(each(blind_lens))
    answers = await looked(view)
    sightings = {a: answer for a, answer in answers.items() if isinstance(answer, Sighting)}
    assert view.way == "one call for hundreds of addresses"
    assert sum(answer.presence is Presence.DEPLOYED for answer in sightings.values()) == 20
    assert await view.contradicts(sightings)
    assert view.way == "batches of plain calls" and "other answers" in view.why
    again = await looked(view)
    assert right(again)
    assert not await view.contradicts({a: s for a, s in again.items() if isinstance(s, Sighting)})


def blind_lens(question: Any, answer: Any) -> Any:
    """A machine whose EXTCODEHASH is zero where there is neither code nor balance."""
    if question["method"] != "eth_call" or "to" in question["params"][0]:
        return answer
    said = bytes.fromhex(answer["result"][2:])
    words = [said[at : at + 32] for at in range(0, len(said), 32)]
    return {**answer, "result": "0x" + b"".join(w if any(w[1:]) else bytes(32) for w in words).hex()}


async def test_a_factory_that_is_not_heard_leaves_its_accounts_open(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    found = await find_smart_accounts(view, [OWNER])
    assert not found.unanswered and len(found.notes) == 1, "the double's factory refuses by itself: an answer"

    def broken(question: Any, answer: Any) -> Any:
        call = question["method"] == "eth_call" and question["params"][0].get("to") == "0x" + FACTORY.hex()
        return error(question, -32000, "internal failure") if call else answer

    proxy.fail(each(broken))
    assert [u.handle for u in (await find_smart_accounts(view, [OWNER])).unanswered] == [FACTORY] * 5


async def test_a_token_alone_at_the_address_of_a_safe_that_was_never_made() -> None:
    token, safe = Token(b"\x70" * 20, "TST", 6), safe_address(MULTICHAIN, [OWNER], 1, 2)
    world = Chain("double", 7, {token.address: Account(1, code=b"\xfe")}, {token.address: {safe: 9}})
    async with serving((world,)) as double:
        client = EvmChain(double.urls[0], EvmNetwork("double", 7, (token,)), {}, Timing(pause=0.0))
        found = await find_smart_accounts(await client.pin(), [OWNER])
        await client.close()
    assert [(s.address, s.presence, s.salt) for s in found.found] == [(safe, Presence.FUNDED, 2)]
    assert not found.unread


def test_every_choice_and_order_of_co_owners_is_tried() -> None:
    a, b, me = b"\x01" * 20, b"\x02" * 20, OWNER
    sets = _owner_sets(me, [a, b, me])
    assert len(sets) == len(set(sets)) == 1 + 2 + 2 + 6
    assert {(me,), (me, a), (a, me), (b, me), (a, me, b)} <= set(sets)


async def test_an_answer_nested_without_end_is_refused_and_ends_nothing(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    proxy.fail(lambda question, answer: b"[" * 1_000_000)
    assert all(isinstance(answer, Unanswered) for answer in (await looked(view)).values())


def test_importing_web3_leaves_the_limit_that_makes_nested_json_an_error() -> None:
    """In a process of its own, where nothing else has imported what raises it."""
    program = "import sys; before = sys.getrecursionlimit(); import chain.evm.provider; "
    subprocess.run([sys.executable, "-c", program + "sys.exit(sys.getrecursionlimit() != before)"], check=True)
