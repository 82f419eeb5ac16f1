"""[pure] What the live display shows at one moment: folded from the events, drawn by live.py.

Lines that are done with (`take_done`) go above the display and stay; what still moves is on the board.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger_recovery.cli.grid import rows
from ledger_recovery.cli.sentences import told
from ledger_recovery.cli.shown import Shown
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import CellState

Asked = dict[KeyScheme, dict[int, CellState]]


@dataclass(slots=True)
class Board(Shown[ev.Event]):
    """`columns`: of the grid. `asked`: the indices that are being asked, with the cells answered so far."""

    columns: int
    asked: dict[IdentityRef, Asked] = field(default_factory=dict)

    def on(self, event: ev.Event, now: float) -> None:
        match event:
            case ev.ApprovalExpected():
                self._expect(event.screen, now)
            case ev.ApprovalSettled():
                self._settled()
                self._done += told(event) if not event.approved else ()
            case ev.CellsAnswered():
                self._answer(event)
            case ev.IndexConcluded():
                self._conclude(event)
            case ev.DeviceNoticed():
                self._noticed(event.notice)
            case ev.DeviceReady():
                self.device_line = ""
                self._done += told(event)
            case ev.ListProgress():
                self.list_line = f"account list: {event.count:,} accounts so far"
            case ev.ListReady() | ev.ListFailed():
                self.list_line = ""
                self._done += told(event)
            case _:
                self._done += told(event)

    def grid(self) -> tuple[str, ...]:
        return tuple(line for identity in self.asked for line in self._rows(identity))

    def _rows(self, identity: IdentityRef) -> tuple[str, ...]:
        return tuple(str(row) for row in rows(identity, self.asked.get(identity, {}), self.columns))

    def _answer(self, event: ev.CellsAnswered) -> None:
        asked = self.asked.setdefault(event.identity, {})
        for cell in event.cells:
            asked.setdefault(cell.key.scheme, {})[cell.key.counter] = cell.state

    def _conclude(self, event: ev.IndexConcluded) -> None:
        identity = event.outcome.identity
        if event.outcome.cells:
            self._answer(ev.CellsAnswered(identity, event.outcome.cells))
            self._done += self._rows(identity)
        self._done += told(event)
        self.asked.pop(identity, None)
