"""[io] Holds the link to the one device of a run, and finds that device again under another path.

The path and the product id of a USB device change whenever an app opens or closes, so it is found again by model; the
caller then proves by fingerprint that it is the same one. All I/O runs in the device thread.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from ledger_recovery.device.apps.question import Question
from ledger_recovery.device.clock import Clock
from ledger_recovery.device.link import Link, LinkState
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.thread import CancelFlag, DeviceThread
from ledger_recovery.device.transport.base import Found
from ledger_recovery.device.transport.discover import Bus
from ledger_recovery.device.wire.models import UNKNOWN, model_name
from ledger_recovery.errors import DeviceError, LinkDoubtful, NoDevice

T = TypeVar("T")


class Connection:
    """The link to one device. `found` follows the device to its current path."""

    def __init__(self, found: Found, bus: Bus, clock: Clock, options: SessionOptions, thread: DeviceThread) -> None:
        self.found = found
        self._bus = bus
        self._clock = clock
        self._options = options
        self._thread = thread
        self._link: Link | None = None
        self._excluded: set[str] = set()
        self._owed = 1

    @property
    def owed(self) -> int:
        """How many answers to earlier questions may still be on their way, at most; 1 for what came before this run."""
        return self._owed

    def settled(self) -> None:
        """No earlier answer can be on its way any more: see `Readiness`."""
        self._owed = 0

    @property
    def is_open(self) -> bool:
        """Whether a question may be put without making the link anew."""
        return self._link is not None and self._link.state is LinkState.OPEN

    @property
    def lasting(self) -> bool:
        """Whether the open link leads to the same device as when it was opened."""
        return self._link is not None and self._link.lasting

    async def connect(self, cancel: CancelFlag) -> None:
        """Open a link unless there is one.

        :raises NoDevice, NoPermission, DeviceBusy, HidLibraryMissing: why not.
        """
        if not self.is_open:
            await self._thread.run(self._connect, cancel)

    async def ask(self, question: Question[T], cancel: CancelFlag) -> T:
        """Put a question over the open link.

        :raises DeviceError, Cancelled: as `Link.ask`.
        """
        link = self._link
        if link is None:
            raise LinkDoubtful(f"no link is open to {question.what}")
        try:
            return await self._thread.run(lambda: link.ask(question, cancel.is_set), cancel)
        except BaseException:
            # A whole answer leaves the link open, even one that says no; otherwise the true answer may still come.
            self._owed += not self.is_open
            raise

    async def drop(self, cancel: CancelFlag) -> None:
        """Close the link; the next `connect` makes a new one."""
        await self._thread.run(self._drop, cancel)

    async def pass_over(self, cancel: CancelFlag) -> bool:
        """The device at the current path is another one: leave it. Whether another of its model remains."""
        self._excluded.add(self.found.path)
        await self.drop(cancel)
        return bool(await self._thread.run(self._candidates, cancel))

    def forget_passed_over(self) -> None:
        """Allow all paths again: devices come and go."""
        self._excluded.clear()

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _connect(self) -> None:
        self._drop()
        problem: DeviceError | None = None
        for candidate in self._candidates():
            link = Link(self._bus.transport(candidate), self._clock.now, self._options.answer)
            try:
                link.open()
            except DeviceError as error:
                link.close()
                problem = problem or error
                continue
            self._link = link
            self.found = link.found
            return
        raise problem or NoDevice(
            f"the {model_name(self.found.model)} is not connected",
            "Connect it with a USB cable that carries data, and unlock it.",
        )

    def _candidates(self) -> tuple[Found, ...]:
        """Where the device may be now: its last path first, then others of its model."""
        wanted = self.found
        if wanted.emulated:
            return () if wanted.path in self._excluded else (wanted,)
        devices = [device for device in self._bus.usb_devices() if device.path not in self._excluded]
        same_path = [device for device in devices if device.path == wanted.path]
        if wanted.model == UNKNOWN:
            if same_path:
                self.found = replace(wanted, model=same_path[0].model, product_id=same_path[0].product_id)
            return tuple(same_path)
        others = [device for device in devices if device.path != wanted.path]
        return tuple(device for device in (*same_path, *others) if device.model == wanted.model)
