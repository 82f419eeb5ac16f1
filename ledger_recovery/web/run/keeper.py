"""Keeps the place file up to date with the guide's state, each change of step before a page shows it."""

from __future__ import annotations

from pathlib import Path

from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import GuideState
from ledger_recovery.web.run.actions import Plan
from ledger_recovery.web.run.place import Place, forget_place, write_place


class Keeper:
    """:param wallet: the file beside which the place is kept."""

    def __init__(self, wallet: Path) -> None:
        self._wallet = wallet
        self._place = Place()

    def keep(self, state: GuideState, plan: Plan | None) -> bool:
        """False when a disk refused: that costs the comfort of resuming, nothing else.

        :param plan: as the family's road lets it be kept.
        """
        run_id = state.result.run_id if state.result is not None else self._place.run_id
        code = state.step.code if state.step in steps.STEPS else steps.START.code
        place = Place(code, run_id, state.helper, state.family.value, plan)
        if place == self._place:
            return True
        self._place = place
        if place == Place():
            forget_place(self._wallet)
            return True
        return write_place(self._wallet, place)
