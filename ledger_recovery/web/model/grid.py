"""[pure] The grid of cells as the guide keeps it: run-length coded rows, so that a long search stays small."""

from __future__ import annotations

from collections.abc import Iterable

from ledger_recovery.recover.model import Cell, IndexOutcome, IndexStatus
from ledger_recovery.web.model.letters import with_letters
from ledger_recovery.web.model.state import MAX_INDICES, GridRow, IndexStage, IndexView

_STAGES = {
    IndexStatus.SCANNED: IndexStage.DONE,
    IndexStatus.DECLINED: IndexStage.DECLINED,
    IndexStatus.SKIPPED: IndexStage.SKIPPED,
}


def with_cells(index: IndexView, cells: Iterable[Cell]) -> IndexView:
    """The index with the answers of some of its cells."""
    answers: dict[str, dict[int, str]] = {}
    for cell in cells:
        answers.setdefault(cell.key.scheme.value, {})[cell.key.counter] = cell.state.letter
    rows = [GridRow(row.scheme, with_letters(row.runs, answers.pop(row.scheme, {}))) for row in index.rows]
    rows += [GridRow(scheme, with_letters((), letters)) for scheme, letters in answers.items()]
    return IndexView(index.label, index.index, index.provider, index.stage, tuple(rows))


def concluded(index: IndexView, outcome: IndexOutcome) -> IndexView:
    """The index as it was concluded: its cells are exactly the outcome's."""
    bare = IndexView(
        index.label,
        index.index,
        index.provider,
        _STAGES[outcome.status],
        tuple(GridRow(scheme.value, ()) for scheme in outcome.identity.schemes),
    )
    return with_cells(bare, outcome.cells)


def kept_short(indices: tuple[IndexView, ...]) -> tuple[tuple[IndexView, ...], int]:
    """At most MAX_INDICES: the oldest that were concluded without any find go first, then the oldest of all.

    :returns: the indices, and how many went.
    """
    surplus = len(indices) - MAX_INDICES
    if surplus <= 0:
        return indices, 0
    dull = [i for i in indices if i.stage is IndexStage.DONE and not i.count("D") and not i.count("?")][:surplus]
    rest = [i for i in indices if i not in dull]
    return tuple(rest[surplus - len(dull) :]), surplus
