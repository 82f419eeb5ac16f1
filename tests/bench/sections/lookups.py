"""10 identities x 25 counters x 2 key schemes: a whole run of ours against the way of today's wallets.

Their way, as in concordium-desktop-wallet app/pages/Recovery/util.ts: one look-up, its answer, the next look-up; one
node, one connection. It gets its credential IDs for nothing here, and does not pin, prove, journal or store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import grpc

from chain.concordium import queries
from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.recover.model import CellState
from ledger_recovery.recover.policy import COUNTER_WINDOW
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service.stopwatch import Stage
from tests.bench.effort import Effort, wall
from tests.bench.outcome import Collecting, Outcome
from tests.bench.search import Search
from tests.bench.stats import Series, times
from tests.support.fake_device import FakeDevice
from tests.support.node import node_process

NAME: Final = "lookups"
TITLE: Final = "look-ups of a whole search, by node latency"
LATENCIES_MS: Final = (0, 10, 50, 200)
JUDGED_MS: Final = 50
FASTER: Final = 20.0
TAIL_SECONDS: Final = 0.5
APPROVAL_SECONDS: Final = 1.0
SCHEMES: Final = (KeyScheme.LEGACY_V1, KeyScheme.LEGACY_V0)
CALL_SECONDS: Final = 15.0


def measure(effort: Effort) -> Outcome:
    """Both ways at every latency, on one node process a latency."""
    into = Collecting(NAME, TITLE)
    identities = effort.choose(10, 2)
    device = FakeDevice()
    ids = [device.cred_id(i, c, s) for i in range(identities) for s in SCHEMES for c in range(COUNTER_WINDOW)]
    into.notes.append(f"{len(ids)} credential IDs, none of them deployed; approvals take no time unless it says so")
    into.notes.append("a whole run also pins, derives, proves, keeps a journal, makes a wallet and a signed report")
    for latency in effort.choose(LATENCIES_MS, (0,)):
        faults = [{"kind": "delay", "seconds": latency / 1000}] if latency else []
        with node_process("empty", faults=faults) as node:
            _at(into, effort, Search(node.address, identities, device=device), latency, ids)
    return into.done()


def _at(into: Collecting, effort: Effort, search: Search, latency: int, ids: Sequence[bytes]) -> None:
    # A hundred seconds for one round of the old way at 200 ms: once is enough there.
    baseline = wall(lambda: one_by_one(search.node, ids), effort.rounds(1 if latency > JUDGED_MS else 3))
    looks = Series(tuple(search.look(ids) for _ in range(effort.rounds(5))))
    runs = Series(tuple(_whole_run(search) for _ in range(effort.rounds(5))))
    ratio = times(baseline, looks)
    into.line(f"{latency} ms: one at a time", baseline, "s")
    into.line(f"{latency} ms: ours", looks, "s", ratio)
    into.line(f"{latency} ms: a whole run of ours", runs, "s", times(baseline, runs))
    if latency == JUDGED_MS:
        into.at_least(f"faster than one at a time at {latency} ms", ratio, FASTER, "times")
        _connections(into, effort, search, ids, baseline)
        _tail(into, effort, search)


def _connections(into: Collecting, effort: Effort, search: Search, ids: Sequence[bytes], baseline: Series) -> None:
    for count in (1, 2, 4, 8):
        by_count = Search(search.node, search.identities, connections=count)
        series = Series(tuple(by_count.look(ids) for _ in range(effort.rounds(3))))
        into.line(f"{JUDGED_MS} ms: ours, --connections {count}", series, "s", times(baseline, series))


def _tail(into: Collecting, effort: Effort, search: Search) -> None:
    person = Search(search.node, search.identities, approval_seconds=APPROVAL_SECONDS, device=search.device)
    tails = [_complete(person.run()[1]).timings_ms[Stage.TAIL] / 1000 for _ in range(effort.rounds(3))]
    series = Series(tuple(tails))
    into.line(f"{JUDGED_MS} ms: last approval to last answer (1 s an approval)", series, "s")
    into.at_most("after the last approval", series.median, TAIL_SECONDS, "s")


def _whole_run(search: Search) -> float:
    seconds, result = search.run()
    _complete(result)
    return seconds


def _complete(result: RunResult) -> RunResult:
    """A run that did less than the other way has not been faster."""
    absent = sum(cell.state is CellState.ABSENT for outcome in result.outcomes for cell in outcome.cells)
    asked = len(result.outcomes) * len(SCHEMES) * COUNTER_WINDOW
    if result.unknown_cells or absent != asked:
        raise RuntimeError(f"{absent} of {asked} look-ups were answered; the node double could not keep up")
    return result


def one_by_one(address: str, ids: Sequence[bytes]) -> None:
    """Ask for each ID after the answer for the one before."""
    with grpc.insecure_channel(address) as channel:
        consensus = queries.consensus()
        channel.unary_unary(consensus.path, None, None)(consensus.payload, timeout=CALL_SECONDS)
        last = queries.last_finalized_block()
        block = last.decode(channel.unary_unary(last.path, None, None)(last.payload, timeout=CALL_SECONDS))
        for cred_id in ids:
            query = queries.account_by_cred_id(block.block_hash, cred_id)
            try:
                channel.unary_unary(query.path, None, None)(query.payload, timeout=CALL_SECONDS)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
