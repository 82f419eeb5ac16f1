"""[pure] What a run really covered: identities per family, counters by look-up and by list; and what it left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.recover.model import Basis, Cell, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import ALL_COUNTERS, ScanPolicy
from ledger_recovery.recover.result import RunResult

_MOST_MISSING = 100_000
"""Missing indices that are enumerated; a policy may name two thousand million."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """`scanned`, `missing`: family of the policy -> identity indices.

    `direct`: the highest counter up to which every scanned identity was looked up without a hole; None: not even
    counter 0. `listed`: a whole account list was consulted. `unasked`: planned cells that no outcome lists.
    """

    scanned: Mapping[int | None, tuple[int, ...]]
    missing: Mapping[int | None, tuple[int, ...]]
    direct: int | None
    listed: bool
    unasked: int


def coverage_of(result: RunResult) -> Coverage:
    families = result.policy.families
    seen = {p: [o for o in result.outcomes if o.identity.provider == p] for p in families}
    scanned = [o for o in result.outcomes if o.status is IndexStatus.SCANNED]
    asks = result.policy.mode.asks_directly
    reach = [_direct_reach(cells) for o in scanned for cells in cells_by_scheme(o).values()]
    facts = result.account_list
    return Coverage(
        scanned={
            p: tuple(sorted({o.identity.index for o in outcomes if o.status is IndexStatus.SCANNED}))
            for p, outcomes in seen.items()
        },
        missing={p: _missing(result.policy, outcomes) for p, outcomes in seen.items()},
        direct=min(reach) if asks and reach and min(reach) >= 0 else None,
        listed=result.policy.mode.uses_list and facts is not None and facts.count is not None and not facts.error_code,
        unasked=sum(_unasked(result.policy, cells) for o in scanned for cells in cells_by_scheme(o).values()),
    )


def cells_by_scheme(outcome: IndexOutcome) -> dict[KeyScheme, list[Cell]]:
    """The cells of each key scheme that one approval serves, by counter; a scheme without cells has an empty list."""
    cells: dict[KeyScheme, list[Cell]] = {scheme: [] for scheme in outcome.identity.schemes}
    for cell in sorted(outcome.cells, key=lambda c: c.key.counter):
        cells.setdefault(cell.key.scheme, []).append(cell)
    return cells


def _missing(policy: ScanPolicy, outcomes: Sequence[IndexOutcome]) -> tuple[int, ...]:
    """Indices of the range without an outcome; an open-ended range reaches as far as it was walked."""
    walked = {o.identity.index for o in outcomes}
    last = policy.last if policy.last is not None else max(walked, default=policy.first - 1)
    wanted = range(policy.first, min(last, policy.first + _MOST_MISSING) + 1)
    return tuple(i for i in wanted if i not in walked)


def _direct_reach(cells: Sequence[Cell]) -> int:
    """The highest counter up to which every cell was looked up directly; -1: none. A hit counts as looked up."""
    reach = -1
    for cell in cells:
        if cell.key.counter != reach + 1 or not _answered_directly(cell):
            break
        reach += 1
    return reach


def _answered_directly(cell: Cell) -> bool:
    return cell.state is CellState.DEPLOYED or cell.basis in (Basis.DIRECT, Basis.BOTH)


def _unasked(policy: ScanPolicy, cells: Sequence[Cell]) -> int:
    """Planned cells that are missing, or ABSENT by the list alone where the policy promised a direct look-up."""
    hits = [c.key.counter for c in cells if c.state is CellState.DEPLOYED]
    asked = {c.key.counter for c in cells}
    direct = {c.key.counter for c in cells if c.state is CellState.UNKNOWN or _answered_directly(c)}
    planned = set(policy.direct_counters(max(hits, default=None)))
    listed = set(ALL_COUNTERS) if policy.mode.uses_list else set()
    return len((planned - direct) | (listed - asked))
