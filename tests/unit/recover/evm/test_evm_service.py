"""Whole EVM runs over the node double: the walk, dead and lost chains, resume and retry, the search for one address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from chain.evm.safe import RECIPES, safe_candidates
from chain.model import Presence
from emulator.evm.double import EvmDouble, serving
from emulator.evm.state import Account, Chain, load
from ledger_recovery.derive.evm.address import parse_address
from ledger_recovery.derive.evm.schemes import BIP44, LEDGER_LIVE, LEGACY, Scheme
from ledger_recovery.errors import ExitStatus, InputError, NodeError, NoDevice, OtherDevice, Unplugged
from ledger_recovery.recover.events import ChangesApplied, Pinned, RunBegan
from ledger_recovery.recover.evm.events import ChainFailed, EvmRunEnded, PlacesAnswered, PlacesDerived
from ledger_recovery.recover.evm.model import Use
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.report import read_report, verify_document
from ledger_recovery.recover.service import evm as service
from ledger_recovery.recover.service.evm import exit_status
from ledger_recovery.recover.service.evm.deriving import Deriving
from ledger_recovery.recover.service.evm.search import search
from ledger_recovery.recover.service.stopwatch import Stopwatch
from tests.support.evm_runs import OTHER_PHRASE, Home, MemoryLedger, used
from tests.support.rpc_proxy import RpcProxy, rpc_proxy

COMPLAINTS = {"ledger_live": [0, 1, 5, 6, 9], "bip44": [0], "legacy": [3, 12]}
"""What the demo world holds: 6 has only a nonce, 9 only delegated code, 12 only money; on two chains."""

VECTORS = json.loads((Path(__file__).parents[3] / "vectors/evm/ethereum-vectors.json").read_text("utf-8"))
ADDRESSES = {
    scheme: [parse_address(text) for text in found]
    for scheme, found in VECTORS["seeds"]["speculos_default"]["addresses"].items()
}
NOBODY = "http://127.0.0.1:9/secret-key-0123456789"
SMALL = EvmPolicy(schemes=(BIP44, LEGACY), gap=5, smart_accounts=False)


@pytest.fixture
async def demo() -> AsyncIterator[EvmDouble]:
    async with serving(load("demo")) as double:
        yield double


def lost(question: Any, answer: Any) -> Any:
    """A node that knows no block by its hash any more."""
    elements = question if isinstance(question, list) else [question]
    error = {"code": -32000, "message": "header not found"}
    replies = answer if isinstance(answer, list) else [answer]
    spoiled = [
        {"jsonrpc": "2.0", "id": q["id"], "error": error} if _by_hash(q) else a
        for q, a in zip(elements, replies, strict=True)
    ]
    return spoiled if isinstance(answer, list) else spoiled[0]


def no_block(question: Any, answer: Any) -> Any:
    """A node that tells its chain and refuses everything else."""
    elements = question if isinstance(question, list) else [question]
    error = {"code": -32000, "message": "not ready"}
    replies = answer if isinstance(answer, list) else [answer]
    spoiled = [
        a if q["method"] in ("eth_chainId", "net_version") else {"jsonrpc": "2.0", "id": q["id"], "error": error}
        for q, a in zip(elements, replies, strict=True)
    ]
    return spoiled if isinstance(answer, list) else spoiled[0]


def _by_hash(question: Any) -> bool:
    return question["method"] in ("eth_getBlockByHash", "eth_getBalance", "eth_call", "eth_getTransactionCount")


async def test_the_case_of_many_complaints(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, *demo.urls)
    result = await home.recover()
    assert used(result) == COMPLAINTS
    assert exit_status(result) is ExitStatus.COMPLETE
    assert "7 used accounts, 0 unknown" in home.statement
    assert {name: stop.last for name, stop in result.stops.items()} == {
        "ledger_live": 29,
        "bip44": 20,
        "legacy": 32,
        "etc_legacy": 19,
    }
    assert len({p.address for p in result.placeholders}) == 5 + 11
    rows = home.wallet().accounts
    assert {r.address for r in rows if not r.placeholder} == {f"0x{o.address.hex()}" for o in result.used}
    assert sum(r.placeholder for r in rows) == 16
    ended = home.told(EvmRunEnded)[-1]
    assert verify_document(read_report(Path(ended.report_path))).schema == "ledger-recovery/evm-report"
    assert len(home.ledger.asked) == 30 + 3  # type: ignore[union-attr]  # one a Ledger Live index, one a scheme


async def test_a_second_run_changes_nothing_and_a_dry_run_writes_nothing(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, *demo.urls)
    dry = await home.recover(SMALL, dry_run=True)
    assert dict(dry.changes)["AddEvmAccount"] > 0 and not dry.applied
    assert home.wallet().accounts == ()
    await home.recover(SMALL)
    await home.recover(SMALL)
    rows = [event.rows for event in home.told(ChangesApplied)]
    assert rows[0] > 0 and rows[1:] == [0]


async def test_money_at_the_address_of_a_safe_that_was_never_made_makes_its_owner_used(tmp_path: Path) -> None:
    owner = ADDRESSES["bip44"][4]
    safe = list(safe_candidates([(owner,)], range(2), RECIPES))[1]
    async with serving((Chain("one", 7, {safe.address: Account(balance=5)}),)) as double:
        home = Home.at(tmp_path, *double.urls)
        result = await home.recover(replace(SMALL, schemes=(BIP44,), smart_accounts=True))
    (found,) = result.smart
    assert (found[0], found[1].owner, found[1].presence) == (7, owner, Presence.FUNDED)
    assert used(result) == {"bip44": [4]}
    assert result.stops["bip44"].last == 9, "the walk went on from the owner"
    assert [row.address for row in home.wallet().smart_accounts] == [f"0x{safe.address.hex()}"]


async def test_a_chain_that_is_silent_leaves_unknown_and_retry_closes_it_without_the_ledger(
    tmp_path: Path, demo: EvmDouble
) -> None:
    home = Home.at(tmp_path, demo.urls[0], NOBODY)
    result = await home.recover(SMALL)
    assert exit_status(result) is ExitStatus.UNKNOWNS
    assert used(result) == {"bip44": [0], "legacy": [3]}
    assert all(o.use in (Use.ACTIVE, Use.UNKNOWN) for o in result.outcomes.values())
    assert not result.placeholders and not home.statement.startswith("Complete")
    assert [event.source for event in home.told(ChainFailed)] == ["127.0.0.1:9"]
    assert {name: (stop.reason, stop.last) for name, stop in result.stops.items()} == {
        "bip44": (StopReason.GAP, 5),
        "legacy": (StopReason.GAP, 8),
    }, "only what the chain that answers wants is derived"
    assert not any(stop.complete for stop in result.stops.values())
    home.using(*demo.urls)
    home.ledger = MemoryLedger(absent=True)
    again = await home.retry()
    assert used(again) == {"bip44": [0], "legacy": [3]}
    assert exit_status(again) is ExitStatus.COMPLETE
    assert again.stops["legacy"].last == 8


async def test_a_chain_that_comes_back_leads_the_walk_on_from_what_it_knows(tmp_path: Path) -> None:
    """Index 4 is used on the chain that was silent: retry finds it, and needs the Ledger for what lies behind."""
    address = ADDRESSES["bip44"]
    ours, other = Chain("one", 7, {}), Chain("two", 8, {address[i]: Account(nonce=1) for i in (4, 9)})
    async with serving((ours, other)) as double:
        home = Home.at(tmp_path, double.urls[0], NOBODY)
        result = await home.recover(replace(SMALL, schemes=(BIP44,)))
        assert used(result) == {} and result.stops["bip44"] == Stop(StopReason.GAP, 4, tuple(range(5)))
        home.using(*double.urls)
        home.ledger = MemoryLedger(absent=True)
        again = await home.retry()
        assert used(again) == {"bip44": [4]} and again.stops["bip44"].reason is StopReason.NOT_WALKED
        assert exit_status(again) is ExitStatus.UNKNOWNS
        home.ledger = MemoryLedger()
        whole = await home.recover(replace(SMALL, schemes=(BIP44,)))
    assert used(whole) == {"bip44": [4, 9]} and exit_status(whole) is ExitStatus.COMPLETE


async def test_when_no_chain_answers_any_more_the_walk_stops_at_once_and_says_so(
    tmp_path: Path, demo: EvmDouble
) -> None:
    """The nodes say which chains they are on, and then give no block."""
    async with rpc_proxy(demo.urls[0]) as proxy:
        home = Home.at(tmp_path, proxy.url)
        proxy.fail(no_block, None)
        result = await home.recover(SMALL)
    assert {name: (stop.reason, stop.last) for name, stop in result.stops.items()} == {
        "bip44": (StopReason.UNANSWERED, 4),
        "legacy": (StopReason.UNANSWERED, 4),
    }
    assert {outcome.use for outcome in result.outcomes.values()} == {Use.UNKNOWN}
    assert exit_status(result) is ExitStatus.UNKNOWNS and home.statement.startswith("Not complete")
    assert home.wallet().accounts == ()


async def test_no_node_and_two_nodes_of_one_chain_are_told_before_the_ledger_is_asked(
    tmp_path: Path, demo: EvmDouble
) -> None:
    home = Home.at(tmp_path, NOBODY)
    with pytest.raises(NodeError, match="no node answers"):
        await home.recover()
    home.using(demo.urls[0], demo.urls[0])
    with pytest.raises(InputError, match="both on chain-31337"):
        await home.recover()
    home.using()
    with pytest.raises(InputError, match="no node"):
        await home.recover()
    assert home.ledger is not None and home.ledger.asked == []


async def test_a_block_lost_in_the_middle_is_pinned_again_and_everything_asked_again(
    tmp_path: Path, demo: EvmDouble
) -> None:
    async with rpc_proxy(demo.urls[0]) as proxy:
        home = Home.at(tmp_path, proxy.url)
        _lose_once(home, proxy)
        result = await home.recover(SMALL)
    assert [event.again for event in home.told(Pinned)] == [False, True]
    assert result.chains[0].repins == 1 and result.chains[0].confirmed
    assert exit_status(result) is ExitStatus.COMPLETE
    assert used(result) == {"bip44": [0], "legacy": [3]}


async def test_a_node_that_keeps_losing_its_blocks_is_given_up_with_everything_unknown(
    tmp_path: Path, demo: EvmDouble
) -> None:
    async with rpc_proxy(demo.urls[0]) as proxy:
        home = Home.at(tmp_path, proxy.url)
        _lose_once(home, proxy, times=None)
        result = await home.recover(SMALL)
    assert exit_status(result) is ExitStatus.UNKNOWNS
    assert {outcome.use for outcome in result.outcomes.values()} == {Use.UNKNOWN}
    assert home.wallet().accounts == ()


def _lose_once(home: Home, proxy: RpcProxy, times: int | None = 9) -> None:
    """From the first answers on, the node has forgotten the block: enough answers for every check to see it."""
    emit = home._emit

    def tell(event: Any) -> None:
        emit(event)
        if isinstance(event, PlacesAnswered) and not home.told(Pinned)[-1].again and proxy.spoil is None:
            proxy.fail(lost, times)

    home._emit = tell  # type: ignore[method-assign]


async def test_a_run_that_was_stopped_goes_on_without_asking_for_an_address_twice(
    tmp_path: Path, demo: EvmDouble
) -> None:
    home = Home.at(tmp_path, *demo.urls)
    task = asyncio.create_task(home.recover(EvmPolicy(schemes=(LEDGER_LIVE,), gap=10, smart_accounts=False)))
    emit = home._emit

    def stop(event: Any) -> None:
        emit(event)
        if isinstance(event, PlacesAnswered):
            task.cancel()

    home._emit = stop  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await task
    assert home.ledger is not None
    before, home._emit, demo.asked[:] = list(home.ledger.asked), emit, []  # type: ignore[method-assign]
    result = await home.resume()
    assert used(result) == {"ledger_live": [0, 1, 5, 6, 9]}
    assert exit_status(result) is ExitStatus.COMPLETE
    assert before and len(set(home.ledger.asked)) == len(home.ledger.asked) == 20
    assert home.told(RunBegan)[-1].kind == "resume"
    with pytest.raises(InputError, match="no unfinished run"):
        await home.resume()


async def test_another_ledger_does_not_go_on_with_a_run(tmp_path: Path, demo: EvmDouble) -> None:
    """The chain that was silent has uses, so that retry wants further addresses."""
    home = Home.at(tmp_path, demo.urls[1], NOBODY)
    await home.recover(replace(SMALL, cap=10))
    home.using(*demo.urls)
    home.ledger = MemoryLedger("aa" * 32, OTHER_PHRASE)
    with pytest.raises(OtherDevice):
        await home.retry()


async def test_a_run_goes_on_only_with_its_own_chains(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, demo.urls[0], NOBODY)
    await home.recover(SMALL)
    home.using(demo.urls[1])
    with pytest.raises(InputError, match="chain 31337"):
        await home.retry()


@pytest.mark.parametrize(("scheme", "index"), [("bip44", 17), ("legacy", 3), ("etc_legacy", 19), ("ledger_live", 2)])
async def test_an_address_is_found_by_derivation_alone(tmp_path: Path, scheme: str, index: int) -> None:
    home = Home.at(tmp_path)
    result = await home.recover(EvmPolicy(cap=20, find=ADDRESSES[scheme][index]))
    assert result.found is not None and (result.found.scheme, result.found.index) == (scheme, index)
    assert result.stops[scheme].reason is StopReason.FOUND
    assert exit_status(result) is ExitStatus.COMPLETE
    assert home.wallet().accounts == ()


async def test_an_address_of_nobody_is_searched_to_the_cap(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    result = await home.recover(EvmPolicy(cap=20, find=b"\x01" * 20))
    assert result.found is None and {stop.last for stop in result.stops.values()} == {19}
    assert exit_status(result) is ExitStatus.UNKNOWNS


async def test_a_search_that_goes_on_without_the_ledger_never_says_that_it_searched(tmp_path: Path) -> None:
    """Retry does without a Ledger what it can; to derive addresses it cannot."""
    home = Home.at(tmp_path)
    first = await home.recover(EvmPolicy(cap=20, find=ADDRESSES["bip44"][17]))
    home.ledger = MemoryLedger(absent=True)
    home.events.clear()
    with pytest.raises(NoDevice):
        await service.retry(home.settings, home.person, home._emit, run_id=first.run_id, deps=home._deps())
    assert home.told(EvmRunEnded)[-1].result.stops == {} and not home.told(PlacesDerived)


async def test_a_ledger_that_is_not_there_ends_a_search_where_it_stood() -> None:
    class Nowhere:
        async def places(self, scheme: Scheme, indices: range) -> None:
            return None

    policy, deriving = EvmPolicy(cap=20, find=b"\x01" * 20), cast(Deriving, Nowhere())
    found, stops = await search(policy, b"\x01" * 20, deriving, Home.at(Path())._emit, Stopwatch(lambda: 0.0))
    assert found is None and list(stops.values()) == [Stop(StopReason.NOT_WALKED, -1)]


async def test_one_address_a_scheme_is_shown_and_a_refusal_is_told(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, *demo.urls)
    home.settings = replace(home.settings, show_addresses=True)
    result = await home.recover(SMALL)
    assert result.shown == (ADDRESSES["bip44"][0], ADDRESSES["legacy"][3])
    home.ledger = MemoryLedger(declines=True)
    result = await home.recover(SMALL)
    assert result.shown == () and sum("was not confirmed" in warning for warning in result.warnings) == 2


async def test_a_cable_that_is_pulled_while_an_address_is_compared_costs_no_comparison(
    tmp_path: Path, demo: EvmDouble
) -> None:
    @dataclass
    class Pulled(MemoryLedger):
        pulls: int = 1

        async def show_address(self, path: Sequence[int], address: bytes, chain_id: int | None = None) -> None:
            await super().show_address(path, address, chain_id)
            if self.shown.count(address) <= self.pulls:
                raise Unplugged("the Ledger was unplugged", "connect it")

    home = Home.at(tmp_path, *demo.urls)
    home.settings = replace(home.settings, show_addresses=True)
    for pulls, confirmed in ((1, 2), (9, 0)):
        home.ledger = Pulled(pulls=pulls)
        result = await home.recover(SMALL)
        assert len(result.shown) == confirmed
        assert any("could not be shown" in warning for warning in result.warnings) == (not confirmed)


async def test_no_url_and_no_chain_code_is_written_or_told(tmp_path: Path, demo: EvmDouble) -> None:
    ledger = MemoryLedger()
    async with rpc_proxy(demo.urls[0]) as proxy:
        home = Home.at(tmp_path, proxy.url, NOBODY)
        home.ledger = ledger
        assert "secret-key" in proxy.url and "secret-key" not in repr(home.settings)
        await home.recover(SMALL)
    node = await ledger.extended_key(BIP44.node)
    written = _all_files(tmp_path)
    told = repr(home.events).encode()
    for secret in (b"secret-key", node.chain_code, node.chain_code.hex().encode(), node.public_key.hex().encode()):
        assert secret not in written and secret not in told


def _all_files(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
