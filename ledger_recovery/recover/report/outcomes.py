"""[pure] Outcome blocks of a report: cells run-length coded per identity and key scheme, unknown cells with reasons.

Stretches hold what is the same at every run over the same block; how often a node was tried stands with the unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from ledger_recovery.recover.model import Cell, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.recover.report.coverage import cells_by_scheme
from ledger_recovery.recover.report.model import Disagreeing, IdentityOutcome, SchemeOutcome, Stretch, UnknownCells

_K = TypeVar("_K")


def outcome_blocks(outcomes: Sequence[IndexOutcome]) -> list[IdentityOutcome]:
    return [_outcome(o) for o in in_order(outcomes)]


def unknown_blocks(outcomes: Sequence[IndexOutcome]) -> list[UnknownCells]:
    return [block for o in in_order(outcomes) for block in _unknown(o)]


def disagreement_blocks(outcomes: Sequence[IndexOutcome]) -> list[Disagreeing]:
    return [block for o in in_order(outcomes) for cell in in_cell_order(o) for block in _disagreeing(cell)]


def in_order(outcomes: Sequence[IndexOutcome]) -> list[IndexOutcome]:
    return sorted(outcomes, key=lambda o: o.identity.sort_key)


def in_cell_order(outcome: IndexOutcome) -> list[Cell]:
    return [cell for cells in cells_by_scheme(outcome).values() for cell in cells]


def _outcome(outcome: IndexOutcome) -> IdentityOutcome:
    searched = outcome.status is IndexStatus.SCANNED
    return IdentityOutcome(
        provider=outcome.identity.provider,
        index=outcome.identity.index,
        status=outcome.status.value,
        empty=outcome.empty,
        schemes=[
            SchemeOutcome(
                scheme=scheme.value, asked=len(cells), counters=[_stretch(run) for run in _runs(cells, _look)]
            )
            for scheme, cells in cells_by_scheme(outcome).items()
            if searched or cells
        ],
    )


def _stretch(run: Sequence[Cell]) -> Stretch:
    cell = run[0]
    return {
        "from": cell.key.counter,
        "to": run[-1].key.counter,
        "state": cell.state.value,
        "basis": cell.basis.value,
        "sources": list(_cleaned(cell.sources)),
        "reason_code": clean(cell.reason_code, 64),
    }


def _unknown(outcome: IndexOutcome) -> Iterator[UnknownCells]:
    for scheme, cells in cells_by_scheme(outcome).items():
        unknown = [c for c in cells if c.state is CellState.UNKNOWN]
        for run in _runs(unknown, lambda c: (c.reason_code, c.reason)):
            yield {
                "provider": outcome.identity.provider,
                "index": outcome.identity.index,
                "scheme": scheme.value,
                "from": run[0].key.counter,
                "to": run[-1].key.counter,
                "tries": max(c.tries for c in run),
                "reason_code": clean(run[0].reason_code, 64),
                "reason": clean(run[0].reason),
            }


def _disagreeing(cell: Cell) -> Iterator[Disagreeing]:
    for told in cell.disagreements:
        yield Disagreeing(
            provider=cell.key.identity.provider,
            index=cell.key.identity.index,
            scheme=cell.key.scheme.value,
            counter=cell.key.counter,
            source=clean(told.source, 200),
            said=clean(told.said),
            other=clean(told.other, 200),
            other_said=clean(told.other_said),
        )


def _look(cell: Cell) -> tuple[str, str, tuple[str, ...], str]:
    return (cell.state.value, cell.basis.value, _cleaned(cell.sources), cell.reason_code)


@lru_cache(maxsize=64)
def _cleaned(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Thousands of cells share a few sources."""
    return tuple(sorted({clean(s, 200) for s in sources}))


def _runs(cells: Sequence[Cell], same: Callable[[Cell], _K]) -> Iterator[list[Cell]]:
    """Cells (sorted by counter) cut wherever a counter is missing or `same` changes."""
    run: list[Cell] = []
    for cell in cells:
        if run and (cell.key.counter != run[-1].key.counter + 1 or same(cell) != same(run[-1])):
            yield run
            run = []
        run.append(cell)
    if run:
        yield run
