"""[pure] The whole contract of a transport: open, exchange, close; and what a found device and its node are.

A transport moves one question and one answer at a time. It never retries and never repairs: after any error of
`exchange` the caller closes it. All calls come from one thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ledger_recovery.errors import BadReply, Cancelled, LinkDoubtful

SLICE_SECONDS = 0.25
"""Longest time a read blocks before the cancel flag and the deadline are looked at."""

REST_SECONDS = 5.0
"""Longest time from the first byte of an answer to its last, where nothing else limits the wait; 20 ms are usual."""

Cancel = Callable[[], bool]
Now = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Found:
    """A place where a device is. `path`: device path as typed or listed. `model`: see `wire.models`."""

    path: str
    model: str
    product_id: int | None
    emulated: bool


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One device node. `mode` as ls prints it; `holders`: "name (pid n)" of other programs that have it open."""

    path: str
    exists: bool
    usable: bool
    mode: str = ""
    owner: str = ""
    group: str = ""
    holders: tuple[str, ...] = ()

    def describe(self) -> str:
        """For sentences: "/dev/hidraw3 (mode crw-------, owner root, group root)"."""
        return f"{self.path} (mode {self.mode}, owner {self.owner}, group {self.group})"


class Transport(Protocol):
    """Moves bytes to one device and back."""

    @property
    def found(self) -> Found:
        """Where and what; the model may become known by `open`."""
        ...

    @property
    def lasting(self) -> bool:
        """Whether `open` holds the device until it is lost, so that another one cannot take its place unnoticed."""
        ...

    def open(self) -> None:
        """Make the device reachable.

        :raises NoDevice, NoPermission, DeviceBusy, HidLibraryMissing: why it cannot be reached now.
        """
        ...

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        """Send a request and wait for its whole answer (data and status word).

        :param deadline: moment of the clock at which waiting ends, in seconds; None waits for a person.
        :param cancelled: looked at least every `SLICE_SECONDS`.
        :raises Unplugged: the device or the emulator went away.
        :raises LinkDoubtful: the deadline passed, or bytes were waiting that nobody asked for.
        :raises Cancelled: `cancelled` became true.
        :raises BadReply: the answer breaks the framing, or stopped half-way where no deadline ends the wait.
        """
        ...

    def close(self) -> None:
        """Let go of the device; never raises, may be called again."""
        ...


def check_patience(now: Now, deadline: float | None, cancelled: Cancel) -> None:
    """End a wait between two slices.

    :raises Cancelled, LinkDoubtful: as `Transport.exchange`.
    """
    if cancelled():
        raise Cancelled("cancelled while waiting for the Ledger", "Decline the request if the Ledger still shows it.")
    if deadline is not None and now() >= deadline:
        raise LinkDoubtful(
            "the Ledger did not answer in time",
            "If it shows a request, decline it there; otherwise unplug it and plug it in again.",
        )


class Wait:
    """The wait for one answer, looked at between two slices.

    Without a deadline a person decides. When the answer begins, the person has decided: its rest is not waited for
    without end, and its loss is told apart from a request that the app never took (which is repeated by itself).
    """

    def __init__(self, now: Now, deadline: float | None, cancelled: Cancel) -> None:
        self._now = now
        self._deadline = deadline
        self._cancelled = cancelled
        self._rest: float | None = None

    def begun(self) -> None:
        """A part of the answer is here."""
        if self._deadline is None and self._rest is None:
            self._rest = self._now() + REST_SECONDS

    def check(self) -> None:
        """
        :raises Cancelled, LinkDoubtful, BadReply: as `Transport.exchange`.
        """
        check_patience(self._now, self._deadline, self._cancelled)
        if self._rest is not None and self._now() >= self._rest:
            raise BadReply(
                "the Ledger stopped in the middle of its answer",
                "Unplug it and plug it in again (or start the emulator again), then try again.",
            )


def unasked() -> LinkDoubtful:
    """Bytes lay waiting before the question was sent: a late answer to an earlier one."""
    return LinkDoubtful("the Ledger had sent something that was not asked for", "The connection is made anew.")
