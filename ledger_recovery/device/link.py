"""[io] One open link to a device: one question at a time, and closed for good on the first doubt.

The protocol has no request number, so an answer belongs to a question only because nothing else is under way. A link
is therefore poisoned before each question and cleared only by a whole, understood answer: after a time-out, a cancel,
a short or odd answer, or any error at all, it is closed and never used again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from enum import Enum, unique
from typing import TypeVar

from ledger_recovery.device.apps.question import Patience, Question
from ledger_recovery.device.transport.base import Cancel, Found, Transport
from ledger_recovery.device.wire.apdu import CommandApdu, ResponseApdu
from ledger_recovery.errors import Declined, DeviceBusy, DeviceLocked, LinkDoubtful, WrongApp

T = TypeVar("T")
log = logging.getLogger(__name__)


@unique
class LinkState(Enum):
    CLOSED = "closed"
    OPEN = "open"
    POISONED = "poisoned"


class Link:
    """A transport that trusts itself only as long as every answer was whole. Lives in the device thread."""

    def __init__(
        self, transport: Transport, now: Callable[[], float], answer_seconds: Mapping[Patience, float | None]
    ) -> None:
        self._transport = transport
        self._now = now
        self._answer_seconds = answer_seconds
        self._state = LinkState.CLOSED

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def found(self) -> Found:
        return self._transport.found

    @property
    def lasting(self) -> bool:
        """As `Transport.lasting`."""
        return self._transport.lasting

    def open(self) -> None:
        """
        :raises DeviceError: as `Transport.open`.
        """
        self._transport.open()
        self._state = LinkState.OPEN

    def ask(self, question: Question[T], cancelled: Cancel) -> T:
        """Put a question and return its value.

        :raises Declined, DeviceLocked, DeviceBusy, WrongApp: a whole answer that says so; the link stays open.
        :raises LinkDoubtful: it was closed or poisoned before.
        :raises DeviceError, Cancelled: anything else; the link is closed.
        """
        if self._state is not LinkState.OPEN:
            raise LinkDoubtful(f"the link is {self._state.value}; it is not asked to {question.what}")
        self._state = LinkState.POISONED
        try:
            response = self._exchange(question, cancelled)
            value = question.read(response)
        except (Declined, DeviceLocked, DeviceBusy, WrongApp):
            self._state = LinkState.OPEN
            raise
        except BaseException:
            self._transport.close()
            raise
        self._state = LinkState.OPEN
        return value

    def close(self) -> None:
        if self._state is not LinkState.POISONED:
            self._state = LinkState.CLOSED
        self._transport.close()

    def _exchange(self, question: Question[T], cancelled: Cancel) -> ResponseApdu:
        seconds = self._answer_seconds[question.patience]
        deadline = None if seconds is None else self._now() + seconds
        raw = self._transport.exchange(question.command.encode(), deadline, cancelled)
        response = ResponseApdu.parse(raw)
        _trace(question.command, response)
        return response


def _trace(command: CommandApdu, response: ResponseApdu) -> None:
    """Instruction, lengths and status word; never the payload, which may be a key."""
    log.debug(
        "INS %02x P1 %02x P2 %02x, %d bytes -> %d bytes, status word %04x",
        command.ins,
        command.p1,
        command.p2,
        len(command.data),
        len(response.data),
        response.sw,
    )
