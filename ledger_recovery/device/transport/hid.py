"""[io] A Ledger on USB, through hidapi.

Looks at the node before opening it, because hidapi hides the cause of a failure; reads in slices so that cancel and
deadline are seen; turns every way in which hidapi reports a lost device into `Unplugged`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from ledger_recovery.device.transport.base import SLICE_SECONDS, Cancel, Found, NodeFacts, Now, Wait, unasked
from ledger_recovery.device.transport.hid_library import HID_LOCK, HidHandle, HidLibrary
from ledger_recovery.device.transport.hid_node import node_facts
from ledger_recovery.device.transport.paths import HidPath
from ledger_recovery.device.wire.hid_frames import FRAME_SIZE, HidAssembler, frames_of
from ledger_recovery.device.wire.need import NEED_DATA
from ledger_recovery.errors import DeviceBusy, DeviceError, LinkDoubtful, NoDevice, NoPermission, Unplugged

REPORT_ID = b"\x00"
_BUSY_WORDS = ("busy", "sharing violation", "being used by another process", "exclusive access", "already open")
_DENIED_WORDS = ("permission", "denied", "not permitted", "access is")
_REPLUG = "Plug the Ledger in again."
UDEV_HINT = "Run: ledger-recovery doctor --install-udev"


class Hid:
    """A device behind hid:NODE."""

    def __init__(
        self,
        found: Found,
        node: HidPath,
        library: HidLibrary,
        now: Now,
        *,
        platform: str = sys.platform,
        look: Callable[[str], NodeFacts] = node_facts,
        slice_seconds: float = SLICE_SECONDS,
    ) -> None:
        self._found = found
        self._node = node.node
        self._library = library
        self._now = now
        self._linux = platform.startswith("linux")
        self._look = look
        self._slice_ms = max(1, round(slice_seconds * 1000))
        self._handle: HidHandle | None = None

    @property
    def found(self) -> Found:
        return self._found

    @property
    def lasting(self) -> bool:
        return True

    def open(self) -> None:
        self.close()
        if self._linux and self._node.startswith("/"):
            self._check_node(self._look(self._node))
        handle = self._library.device()
        try:
            with HID_LOCK:
                handle.open_path(self._node.encode("utf-8", "surrogateescape"))
        except (OSError, ValueError, RuntimeError) as error:
            raise self._open_failure(_error_text(handle) or str(error)) from None
        self._handle = handle

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        handle = self._handle
        if handle is None:
            raise LinkDoubtful("the Ledger is not open", "The connection is made anew.")
        # 1 ms: hidapi reads 0 as "wait for ever". What waits now belongs to an earlier question.
        if self._read(handle, 1):
            raise unasked()
        for frame in frames_of(apdu):
            self._write(handle, REPORT_ID + frame)
        assembler, wait = HidAssembler(), Wait(self._now, deadline, cancelled)
        while True:
            wait.check()
            frame = self._read(handle, self._slice_ms)
            if not frame:
                continue
            answer = assembler.feed(frame)
            if answer is not NEED_DATA:
                return answer
            wait.begun()

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            with HID_LOCK:
                handle.close()
        except (OSError, ValueError, RuntimeError):
            return  # an unplugged handle may refuse to close; there is nothing left to hold

    def _read(self, handle: HidHandle, timeout_ms: int) -> bytes:
        try:
            return bytes(handle.read(FRAME_SIZE, timeout_ms))
        except (OSError, ValueError, RuntimeError) as error:
            raise self._lost(handle, error) from None

    def _write(self, handle: HidHandle, report: bytes) -> None:
        try:
            written = handle.write(report)
        except (OSError, ValueError, RuntimeError) as error:
            raise self._lost(handle, error) from None
        if written < len(report) - 1:
            raise self._lost(handle, OSError(f"only {written} bytes were taken"))

    def _lost(self, handle: HidHandle, error: Exception) -> Unplugged:
        reason = _error_text(handle) or str(error)
        return Unplugged(f"the Ledger at {self._found.path} went away ({reason})", _REPLUG)

    def _check_node(self, facts: NodeFacts) -> None:
        if not facts.exists:
            raise NoDevice(f"there is no Ledger at {facts.path}", _REPLUG)
        if not facts.usable:
            raise NoPermission(f"this user may not use {facts.describe()}", UDEV_HINT)
        if facts.holders:
            raise DeviceBusy(f"{facts.path} is held by {', '.join(facts.holders)}", "Close that program.")

    def _open_failure(self, reason: str) -> DeviceError:
        lowered = reason.lower()
        if any(word in lowered for word in _BUSY_WORDS):
            return DeviceBusy(
                f"another program uses the Ledger ({reason})", "Close Ledger Wallet (Ledger Live) and web wallets."
            )
        if any(word in lowered for word in _DENIED_WORDS):
            return NoPermission(f"this user may not open {self._node} ({reason})", UDEV_HINT if self._linux else "")
        return NoDevice(f"the Ledger at {self._node} cannot be opened ({reason})", _REPLUG)


def _error_text(handle: HidHandle) -> str:
    """hidapi's own words for the last failure; the libusb build has none."""
    try:
        text = handle.error()
    except (OSError, ValueError, RuntimeError):
        return ""
    return "" if not text or "not implemented" in text or text == "Success" else text
