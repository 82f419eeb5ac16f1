"""[pure] What the live display of an EVM run shows: one row of cells a scheme, folded from the events.

D used, A unused on every chain, ? unknown, . not asked yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ledger_recovery.cli.evm.sentences import LETTERS, told
from ledger_recovery.cli.grid import NOT_ASKED, grouped
from ledger_recovery.cli.shown import Shown
from ledger_recovery.cli.terminal import printable
from ledger_recovery.recover import events as shared
from ledger_recovery.recover.evm import events as ev

LABEL = 12
ROW = re.compile(r"^[^ ]+ +(?=[DA?.])")


@dataclass(slots=True)
class EvmBoard(Shown[ev.EvmEvent]):
    """`width`: of the terminal. `cells`: the letters of each scheme that is being walked, by index."""

    width: int
    cells: dict[str, dict[int, str]] = field(default_factory=dict)

    def on(self, event: ev.EvmEvent, now: float) -> None:
        match event:
            case shared.ApprovalExpected():
                self._expect(event.screen, now)
            case shared.ApprovalSettled():
                self._settled()
            case shared.DeviceNoticed():
                self._noticed(event.notice)
            case ev.PlacesDerived():
                row = self.cells.setdefault(event.scheme, {})
                row.update(dict.fromkeys(range(event.first, event.last + 1), NOT_ASKED))
                self.device_line = ""
            case ev.PlacesAnswered():
                self.cells.setdefault(event.scheme, {}).update({i: LETTERS[use] for i, use in event.uses})
            case ev.SchemeEnded():
                self._done += [line for line in (self._row(event.scheme),) if line]
                self._done += told(event)
                self.cells.pop(event.scheme, None)
            case _:
                self._done += told(event)

    def grid(self) -> tuple[str, ...]:
        return tuple(self._row(scheme) for scheme in self.cells)

    def _row(self, scheme: str) -> str:
        cells = self.cells.get(scheme, {})
        if not cells:
            return ""
        letters = "".join(cells.get(index, NOT_ASKED) for index in range(max(cells) + 1))
        room = max(25, (self.width - LABEL - 20) * 5 // 6)
        hidden = max(0, len(letters) - room)
        before = f"  (and {hidden} before)" if hidden else ""
        return f"{printable(scheme, 40):<{LABEL}} {grouped(letters[hidden:])}{before}"
