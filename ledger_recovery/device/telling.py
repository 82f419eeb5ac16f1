"""Tells a person each state once, and lets a question to a person be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from ledger_recovery.device.interaction import DeviceState, Interaction, Notice
from ledger_recovery.device.thread import CancelFlag

T = TypeVar("T")


class Teller:
    """Passes a notice on when it differs from the last one."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction = interaction
        self._last: Notice | None = None

    @property
    def state(self) -> DeviceState:
        """The state told last; before the first, nothing is known of a device."""
        return DeviceState.NO_DEVICE if self._last is None else self._last.state

    def forget(self) -> None:
        """The last notice no longer holds: tell the next one even if it is the same."""
        self._last = None

    def tell(self, notice: Notice) -> None:
        if notice != self._last:
            self._last = notice
            self._interaction.notice(notice)


async def unless_cancelled(question: Coroutine[Any, Any, T], cancel: CancelFlag) -> T:
    """Await a person's answer, or the cancel flag.

    :raises Cancelled: the flag came first.
    """
    answer = asyncio.ensure_future(question)
    cancelled = asyncio.ensure_future(cancel.event.wait())
    try:
        await asyncio.wait((answer, cancelled), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            cancel.check()
        return await answer
    finally:
        for task in (answer, cancelled):
            task.cancel()
        await asyncio.gather(answer, cancelled, return_exceptions=True)
