"""In-process doubles for the driver's tests: a clock that jumps, a Ledger that misbehaves on demand, an audience."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence

from ledger_recovery.device.apps.dashboard import OpenApp, encode_app_and_version
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.device.transport.base import Cancel, Found, Transport, check_patience, unasked
from ledger_recovery.errors import DeviceError, LinkDoubtful, NoDevice, Unplugged

PATIENCE = 10_000
"""Turns of a millisecond after which a wait that should have been ended has failed."""

OK = b"\x90\x00"
APP_REQUEST = bytes.fromhex("b001000000")
PAIRING_REQUEST = bytes.fromhex("e001010009020000045100000000")
WALLET = bytes(range(32))
OTHER_WALLET = bytes(range(32, 64))
DASHBOARD = OpenApp("BOLOS", "1.1.1")
CONCORDIUM_5 = OpenApp("Concordium", "5.1.3", b"\x00")
CONCORDIUM_4 = OpenApp("Concordium", "4.1.2", b"\x00")
BITCOIN = OpenApp("Bitcoin", "2.2.1", b"\x00")


class JumpingClock:
    """Time passes only by waiting; each wait runs what is due, so that a test can change the world meanwhile."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []
        self._due: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        return self.time

    def at(self, moment: float, action: Callable[[], None]) -> None:
        self._due.append((moment, action))

    async def wait(self, seconds: float, event: asyncio.Event) -> bool:
        self.waits.append(seconds)
        if len(self.waits) > 500:
            raise AssertionError("the code under test waits for ever")
        self.time += seconds
        due = [entry for entry in self._due if entry[0] <= self.time]
        for entry in due:
            self._due.remove(entry)
            entry[1]()
        await asyncio.sleep(0)
        return event.is_set()


Answer = Callable[[bytes], bytes]
Fault = Callable[[bytes, Cancel], bytes | None]


class FakeLedger:
    """A device with a system, one open app and a wallet. Faults are queued and consumed one per exchange;
    `command_faults` only by exchanges other than the question which app is open.

    `late`: answers that come out before the answer to the next question, as after a time-out. `log`: requests taken.
    """

    def __init__(self, app: OpenApp = CONCORDIUM_5, wallet: bytes = WALLET, path: str = "hid:/dev/hidraw0") -> None:
        self.app = app
        self.wallet = wallet
        self.found = Found(path, "nanosp", 0x5011, emulated=not path.startswith("hid:"))
        self.connected = True
        self.locked = False
        self.lasting = True
        self.open_error: DeviceError | None = None
        self.late: deque[bytes] = deque()
        self.faults: deque[Fault] = deque()
        self.command_faults: deque[Fault] = deque()
        self.log: list[bytes] = []
        self.opened = 0
        self.waiting = threading.Event()
        self.export: Answer = lambda request: b"K" * 28 + request[-4:] + OK
        self.after_open_app: Callable[[], None] = lambda: setattr(self, "app", CONCORDIUM_5)

    def move(self, path: str) -> None:
        """Come back under another path, as after an app opened or closed."""
        self.found = Found(path, self.found.model, self.found.product_id, self.found.emulated)

    def come_back(self, path: str) -> None:
        """Be connected again, under another path."""
        self.move(path)
        self.connected = True

    def answer(self, request: bytes) -> bytes:
        self.log.append(request)
        if self.locked:
            return b"\x55\x15"
        if request == APP_REQUEST:
            return encode_app_and_version(self.app) + OK
        if request[:2] == b"\xe0\xd8":
            return self._open_app()
        if self.app.is_dashboard or self.app.name != "Concordium":
            return b"\x6e\x00"
        match request[1]:
            case 0x01:
                return (self.wallet if request == PAIRING_REQUEST else b"P" * 28 + request[-4:]) + OK
            case 0x05:
                return self.export(request)
            case 0x00:
                return OK
            case _:
                raise AssertionError(f"a command that no app has: {request.hex()}")

    def _open_app(self) -> bytes:
        self.after_open_app()
        return OK


class FakeTransport:
    """A handle of a `FakeLedger`; refuses use after close, like a file descriptor."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._ledger = ledger
        self._found = ledger.found
        self._open = False
        self._unread: list[bytes] = []

    @property
    def found(self) -> Found:
        return self._found

    @property
    def lasting(self) -> bool:
        return self._ledger.lasting

    def open(self) -> None:
        if not self._ledger.connected:
            raise NoDevice("nothing there")
        if self._ledger.open_error is not None:
            raise self._ledger.open_error
        self._ledger.opened += 1
        self._open = True

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        ledger = self._ledger
        if not self._open:
            raise AssertionError("a closed transport was used")
        if not ledger.connected or ledger.found.path != self._found.path:
            raise Unplugged("it is gone")
        if self._unread:
            raise unasked()
        faults = ledger.command_faults if ledger.command_faults and apdu != APP_REQUEST else ledger.faults
        answer = faults.popleft()(apdu, cancelled) if faults else None
        if answer is None:
            answer = ledger.answer(apdu)
        if ledger.late:
            self._unread.append(answer)
            return ledger.late.popleft()
        return answer

    def close(self) -> None:
        self._open = False


class FakeBus:
    """USB with the Ledgers that are connected."""

    def __init__(self, *ledgers: FakeLedger) -> None:
        self.ledgers = list(ledgers)

    def usb_devices(self) -> tuple[Found, ...]:
        return tuple(ledger.found for ledger in self.ledgers if ledger.connected)

    def transport(self, found: Found) -> Transport:
        for ledger in self.ledgers:
            if ledger.found.path == found.path:
                return FakeTransport(ledger)
        raise NoDevice(f"nothing at {found.path}")


class Audience:
    """Records what a person is told; answers as set."""

    def __init__(self, *, may_open: bool = True, chosen: int = 0) -> None:
        self.notices: list[Notice] = []
        self.screens: list[ExpectedScreen] = []
        self.outcomes: list[bool] = []
        self.offers = 0
        self.may_open = may_open
        self.chosen = chosen
        self.choices: list[tuple[DeviceInfo, ...]] = []

    @property
    def states(self) -> list[DeviceState]:
        return [notice.state for notice in self.notices]

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    def expect(self, screen: ExpectedScreen) -> None:
        self.screens.append(screen)

    def settled(self, approved: bool) -> None:
        self.outcomes.append(approved)

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        self.choices.append(tuple(devices))
        return devices[self.chosen]

    async def may_open_app(self, app: str) -> bool:
        self.offers += 1
        return self.may_open


def times_out(ledger: FakeLedger) -> Fault:
    """The answer comes, but only after the deadline: it is late for whoever asks next."""

    def fault(request: bytes, cancelled: Cancel) -> bytes | None:
        ledger.late.append(ledger.answer(request))
        raise LinkDoubtful("the deadline passed")

    return fault


def vanishes(ledger: FakeLedger, then: Callable[[], None] = lambda: None) -> Fault:
    """The device goes away under the command; `then` says what becomes of it."""

    def fault(request: bytes, cancelled: Cancel) -> bytes | None:
        ledger.log.append(request)
        then()
        raise Unplugged("read failed: No such device")

    return fault


def answers(raw: bytes) -> Fault:
    """These bytes, whatever was asked."""
    return lambda request, cancelled: raw


def nothing_wrong() -> Fault:
    """The next exchange goes well."""
    return lambda request, cancelled: None


def nobody_presses(ledger: FakeLedger) -> Fault:
    """Tell the test that the prompt is up, then wait for the cancel flag as a transport does; the answer comes late."""

    def fault(request: bytes, cancelled: Cancel) -> bytes | None:
        pause = threading.Event()
        ledger.late.append(ledger.answer(request))
        ledger.waiting.set()
        for _ in range(PATIENCE):
            check_patience(lambda: 0.0, None, cancelled)
            pause.wait(0.001)
        raise AssertionError("nobody cancelled")

    return fault
