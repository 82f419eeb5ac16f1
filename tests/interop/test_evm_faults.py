"""A real EVM node behind a proxy that spoils its answers: no false absence, no answer of another address."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import web

from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost
from chain.evm.account import EvmAccount
from chain.evm.client import EvmChain, EvmView
from chain.evm.networks import EvmNetwork
from chain.evm.timing import Timing
from chain.model import Presence, Sighting, Unanswered
from tests.support.anvil import BINARY, MISSING, Anvil, anvil
from tests.support.rpc_proxy import RpcProxy, Spoil, rpc_proxy
from tests.support.rpc_spoils import doubled, drop, error_element, foreign_ids, of_batches, reorder

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=MISSING)
NETWORK = EvmNetwork("anvil", 31337)
USED = {i.to_bytes(20, "big"): i for i in range(1000, 1060)}
UNUSED = [i.to_bytes(20, "big") for i in range(5000, 5060)]
ASKED = [address for pair in zip(USED, UNUSED, strict=True) for address in pair]
STATE_METHODS = {"eth_call", "eth_getBalance", "eth_getTransactionCount", "eth_getCode"}


@pytest.fixture(scope="module")
def node() -> Iterator[Anvil]:
    """Used accounts whose balance is their own number, so that a shifted answer shows."""
    with anvil("--accounts", "1") as running:
        running.set_accounts([(address, number, number % 7 + 1, b"") for address, number in USED.items()])
        running.mine()
        yield running


@pytest.fixture
async def proxy(node: Anvil) -> AsyncIterator[RpcProxy]:
    async with rpc_proxy(node.url) as made:
        yield made


@pytest.fixture
async def waits() -> list[float]:
    return []


@pytest.fixture
async def chain(proxy: RpcProxy, waits: list[float]) -> AsyncIterator[EvmChain]:
    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    made = EvmChain(proxy.url, NETWORK, {}, Timing(per_try=10.0, tries=3, pause=0.01, sleep=sleep))
    try:
        yield made
    finally:
        await made.close()


Answers = dict[bytes, Sighting[EvmAccount] | Unanswered]


async def looked(view: EvmView) -> Answers:
    return {answer.handle: answer async for answer in view.look(ASKED)}


def check(answers: Answers) -> int:
    """Whatever was answered is true, and every address has an answer; how many stayed open."""
    assert list(answers) == ASKED
    for address, answer in answers.items():
        if isinstance(answer, Sighting):
            assert (answer.presence is Presence.DEPLOYED) == (address in USED), address.hex()
            if answer.detail is not None:
                assert answer.detail.balance == USED[address]
                assert answer.detail.nonce in (USED[address] % 7 + 1, None)
    return sum(isinstance(answer, Unanswered) for answer in answers.values())


def too_large(question: Any, answer: Any) -> Any:
    if len(question) <= 10:
        return answer
    return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batch too large"}}


def no_calls(question: Any, answer: Any) -> Any:
    """The node does not run the lens: a chain or provider that refuses it."""
    if isinstance(question, dict) and question["method"] == "eth_call":
        return {"jsonrpc": "2.0", "id": question["id"], "error": {"code": -32601, "message": "method not supported"}}
    return answer


def lying_lens(question: Any, answer: Any) -> Any:
    """A machine whose EXTCODEHASH means something else: the lens says that nothing exists."""
    if isinstance(question, dict) and question["method"] == "eth_call":
        return {**answer, "result": "0x" + "00" * ((len(answer["result"]) - 2) // 2)}
    return answer


def both(*spoils: Spoil) -> Spoil:
    def spoil(question: Any, answer: Any) -> Any:
        for one in spoils:
            answer = one(question, answer)
        return answer

    return spoil


@pytest.mark.parametrize(
    ("spoil", "left_open"),
    [
        (of_batches(reorder), False),
        (of_batches(drop), True),
        (of_batches(error_element), True),
        (of_batches(doubled), True),
        (of_batches(foreign_ids), True),
        (of_batches(too_large), False),
    ],
    ids=["reordered", "dropped", "error-element", "doubled", "foreign-ids", "too-large"],
)
async def test_spoiled_batches_shift_nothing(chain: EvmChain, proxy: RpcProxy, spoil: Spoil, left_open: bool) -> None:
    view = await chain.pin()
    proxy.fail(both(no_calls, spoil))
    answers = await looked(view)
    open_ = check(answers)
    assert left_open or not open_
    assert view.way != "one call for hundreds of addresses" and view.why


async def test_an_element_that_is_missing_once_is_asked_again(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    proxy.fail(no_calls)
    await looked(view)
    proxy.fail(of_batches(drop), times=1)
    assert check(await looked(view)) == 0


async def test_a_lens_that_lies_is_found_out_by_plain_calls(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    proxy.fail(lying_lens)
    assert check(await looked(view)) == 0
    assert view.way == "batches of plain calls" and "other answers" in view.why


async def test_without_batches_single_calls_answer(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()

    def refuse_batches(question: Any, answer: Any) -> Any:
        if isinstance(question, list):
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batches are not allowed"}}
        return answer

    proxy.fail(both(no_calls, refuse_batches))
    assert check(await looked(view)) == 0
    assert view.way == "single calls"


@pytest.mark.parametrize("status", [403, 404, 500, 502, 503, 429])
async def test_http_failures_leave_everything_open(chain: EvmChain, proxy: RpcProxy, status: int) -> None:
    view = await chain.pin()
    proxy.fail(lambda question, answer: web.Response(status=status))
    answers = await looked(view)
    assert check(answers) == len(ASKED)
    first = answers[ASKED[0]]
    assert isinstance(first, Unanswered) and first.error.code == f"HTTP_{status}"
    assert "secret-key" not in first.error.detail and first.error.source.startswith("127.0.0.1")


async def test_retry_after_is_obeyed_up_to_a_bound(chain: EvmChain, proxy: RpcProxy, waits: list[float]) -> None:
    view = await chain.pin()
    proxy.fail(lambda question, answer: web.Response(status=429, headers={"Retry-After": "7"}), times=1)
    assert check(await looked(view)) == 0
    assert 7.0 in waits
    proxy.fail(lambda question, answer: web.Response(status=429, headers={"Retry-After": "86400"}), times=1)
    assert check(await looked(view)) == 0
    assert max(waits) == Timing().longest_wait


@pytest.mark.parametrize(
    "body", [b"", b"[", b"null", b"7", b'"x"', b"[[]]", b"[null]", b"[" * 5000, b"<html>", b"\xff\xfe"]
)
async def test_bodies_that_are_no_answer(chain: EvmChain, proxy: RpcProxy, body: bytes) -> None:
    view = await chain.pin()
    proxy.fail(lambda question, answer: body)
    assert check(await looked(view)) == len(ASKED)


async def test_a_truncated_body(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()
    import json

    proxy.fail(lambda question, answer: json.dumps(answer).encode()[:-9])
    assert check(await looked(view)) == len(ASKED)


async def test_a_node_that_changes_to_another_chain_is_refused(chain: EvmChain, proxy: RpcProxy) -> None:
    def other_chain(question: Any, answer: Any) -> Any:
        return {**answer, "result": "0x1"} if question["method"] == "eth_chainId" else answer

    proxy.fail(other_chain)
    with pytest.raises(BadAnswer, match=r"on chain 1, not on anvil \(chain 31337\)"):
        await chain.pin()


async def test_a_stale_replica_gets_another_chance_and_then_the_point_is_lost(chain: EvmChain, proxy: RpcProxy) -> None:
    """Behind one address stand several machines; one of them has not seen the block."""
    view = await chain.pin()

    def not_there(question: Any, answer: Any) -> Any:
        def element(q: Any, a: Any) -> Any:
            if q["method"] in STATE_METHODS:
                error = {"code": -32000, "message": "header not found"}
                return {"jsonrpc": "2.0", "id": q["id"], "error": error}
            return {**a, "result": None} if q["method"] == "eth_getBlockByHash" else a

        if isinstance(question, list):
            by_id = {a["id"]: a for a in answer}
            return [element(q, by_id[q["id"]]) for q in question]
        return element(question, answer)

    proxy.fail(not_there)
    with pytest.raises(PointLost):
        await looked(view)
    proxy.fail(not_there, times=2)
    answers = await looked(view)
    assert check(answers) <= len(ASKED)


async def test_a_block_whose_state_was_pruned_is_lost(chain: EvmChain, proxy: RpcProxy) -> None:
    view = await chain.pin()

    def pruned(question: Any, answer: Any) -> Any:
        def element(q: Any, a: Any) -> Any:
            error = {"code": -32000, "message": "missing trie node"}
            return {"jsonrpc": "2.0", "id": q["id"], "error": error} if q["method"] in STATE_METHODS else a

        if isinstance(question, list):
            by_id = {a["id"]: a for a in answer}
            return [element(q, by_id[q["id"]]) for q in question]
        return element(question, answer)

    proxy.fail(pruned)
    with pytest.raises(PointLost, match="no state any more"):
        await looked(view)


async def test_a_node_that_is_gone_leaves_everything_open(node: Anvil) -> None:
    async def sleep(seconds: float) -> None:
        del seconds

    async with rpc_proxy(node.url) as gone:
        chain = EvmChain(gone.url, NETWORK, {}, Timing(tries=2, sleep=sleep))
        view = await chain.pin()
    try:
        answers = await looked(view)
        assert check(answers) == len(ASKED)
        with pytest.raises(NodeUnavailable) as told:
            await chain.pin()
        assert "secret-key" not in told.value.detail
    finally:
        await chain.close()


async def test_random_faults_never_make_an_absence(chain: EvmChain, proxy: RpcProxy) -> None:
    """Every post is spoiled, or not, by chance; whatever is answered in the end is true."""
    chance = random.Random(6)
    spoils: list[Spoil] = [
        lambda question, answer: answer,
        lambda question, answer: answer,
        of_batches(drop),
        of_batches(error_element),
        of_batches(reorder),
        of_batches(doubled),
        lambda question, answer: web.Response(status=503),
        no_calls,
    ]
    for _ in range(25):
        proxy.fail(lambda question, answer: chance.choice(spoils)(question, answer))
        try:
            check(await looked(await chain.pin()))
        except ChainError:
            continue
