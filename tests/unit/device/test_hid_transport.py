"""USB through a hidapi double: the module itself, the node, and every way in which a device fails."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ledgerblue.ledgerWrapper import unwrapResponseAPDU, wrapCommandAPDU

from ledger_recovery.device.transport.base import Found, NodeFacts
from ledger_recovery.device.transport.discover import SystemBus
from ledger_recovery.device.transport.hid import Hid
from ledger_recovery.device.transport.hid_library import HidHandle, HidLibrary, ledgers, load_hid_library
from ledger_recovery.device.transport.hid_node import holders, node_facts
from ledger_recovery.device.transport.paths import HidPath
from ledger_recovery.errors import (
    BadReply,
    Cancelled,
    DeviceBusy,
    DeviceError,
    HidLibraryMissing,
    LinkDoubtful,
    NoDevice,
    NoPermission,
    Unplugged,
)

REQUEST = bytes.fromhex("e0050101050000000003")
ANSWER = bytes(range(66)) + b"\x90\x00"
FOUND = Found("hid:/dev/hidraw3", "nanosp", 0x5011, emulated=False)
USABLE = NodeFacts("/dev/hidraw3", exists=True, usable=True, mode="crw-rw----", owner="root", group="plugdev")


class Handle:
    """A handle that answers each request, or fails as told."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.reads: deque[list[int] | Exception] = deque()
        self.error_text = ""
        self.open_error: Exception | None = None
        self.write_result: int | Exception | None = None
        self.closed = 0
        self.timeouts: list[int] = []
        self.answers: deque[bytes] = deque([ANSWER])

    def open_path(self, path: bytes) -> None:
        if self.open_error is not None:
            raise self.open_error

    def write(self, data: bytes) -> int:
        if isinstance(self.write_result, Exception):
            raise self.write_result
        self.written.append(data)
        whole = unwrapResponseAPDU(0x0101, b"".join(frame[1:] for frame in self.written), 64)
        if whole is not None and self.answers:
            stream = bytes(wrapCommandAPDU(0x0101, self.answers.popleft(), 64))
            self.reads.extend(list(stream[at : at + 64]) for at in range(0, len(stream), 64))
        return len(data) if self.write_result is None else self.write_result

    def read(self, max_length: int, timeout_ms: int) -> list[int]:
        assert max_length == 64
        self.timeouts.append(timeout_ms)
        entry = self.reads.popleft() if self.reads else []
        if isinstance(entry, Exception):
            raise entry
        return entry

    def error(self) -> str:
        return self.error_text

    def close(self) -> None:
        self.closed += 1


class Library:
    name = "hidraw 0.15.0"

    def __init__(self, *entries: dict[str, Any]) -> None:
        self.entries = list(entries)
        self.handle = Handle()

    def enumerate(self, vendor_id: int, product_id: int) -> list[dict[str, Any]]:
        assert (vendor_id, product_id) == (0x2C97, 0)
        return self.entries

    def device(self) -> HidHandle:
        return self.handle


def hid(
    library: Library, facts: NodeFacts = USABLE, platform: str = "linux", now: Callable[[], float] = lambda: 0.0
) -> Hid:
    assert isinstance(library, Library)
    typed: HidLibrary = library
    return Hid(FOUND, HidPath("/dev/hidraw3"), typed, now, platform=platform, look=lambda path: facts)


def never() -> bool:
    return False


def test_an_exchange_over_several_frames() -> None:
    library = Library()
    transport = hid(library)
    transport.open()
    assert transport.exchange(REQUEST, None, never) == ANSWER
    (report,) = library.handle.written
    assert report[0] == 0
    assert len(report) == 65
    assert 0 not in library.handle.timeouts  # hidapi reads 0 as "for ever"
    assert max(library.handle.timeouts) <= 250
    assert transport.found is FOUND


def test_reports_that_nobody_asked_for_are_noticed_before_the_question() -> None:
    library = Library()
    library.handle.reads.append([1] * 64)
    transport = hid(library)
    transport.open()
    with pytest.raises(LinkDoubtful, match="not asked for"):
        transport.exchange(REQUEST, None, never)
    assert library.handle.written == []


def test_silence_ends_at_the_deadline_or_by_cancel() -> None:
    library = Library()
    library.handle.answers.clear()
    moments = iter([0.0, 5.0, 9.9, 10.0])
    transport = hid(library, now=lambda: next(moments))
    transport.open()
    with pytest.raises(LinkDoubtful, match="in time"):
        transport.exchange(REQUEST, 10.0, never)
    flags = iter([False, False, True])
    with pytest.raises(Cancelled):
        transport.exchange(REQUEST, None, lambda: next(flags))


@pytest.mark.parametrize("error", [OSError("read error"), ValueError("not open")])
def test_an_unplug_under_a_read(error: Exception) -> None:
    library = Library()
    library.handle.answers.clear()
    library.handle.reads.extend([[], error])
    library.handle.error_text = "No such device"
    transport = hid(library)
    transport.open()
    with pytest.raises(Unplugged, match="No such device"):
        transport.exchange(REQUEST, None, never)


@pytest.mark.parametrize("result", [-1, 10, OSError("write error"), ValueError("not open")])
def test_an_unplug_under_a_write(result: int | Exception) -> None:
    library = Library()
    library.handle.write_result = result
    transport = hid(library)
    transport.open()
    with pytest.raises(Unplugged):
        transport.exchange(REQUEST, None, never)


def test_a_frame_of_another_channel_is_refused() -> None:
    library = Library()
    library.handle.answers.clear()
    library.handle.reads.extend([[], [2] * 64])
    transport = hid(library)
    transport.open()
    with pytest.raises(BadReply, match="channel"):
        transport.exchange(REQUEST, None, never)


@pytest.mark.parametrize(
    ("facts", "kind", "words"),
    [
        (NodeFacts("/dev/hidraw3", exists=False, usable=False), NoDevice, "/dev/hidraw3"),
        (
            NodeFacts("/dev/hidraw3", exists=True, usable=False, mode="crw-------", owner="root", group="root"),
            NoPermission,
            r"/dev/hidraw3 \(mode crw-------, owner root, group root\)",
        ),
        (
            NodeFacts("/dev/hidraw3", exists=True, usable=True, holders=("Ledger Live (pid 7)",)),
            DeviceBusy,
            r"Ledger Live \(pid 7\)",
        ),
    ],
)
def test_the_node_says_why_before_it_is_opened(facts: NodeFacts, kind: type[DeviceError], words: str) -> None:
    library = Library()
    library.handle.open_error = AssertionError("opened in spite of it")
    with pytest.raises(kind, match=words) as caught:
        hid(library, facts).open()
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Failed to open a device with path '/dev/hidraw3': Permission denied", NoPermission),
        ("Failed to open a device with path '/dev/hidraw3': No such file or directory", NoDevice),
        ("hid_open_path: The process cannot access the file because it is being used by another process.", DeviceBusy),
        ("hid_open_path: failed to open IOHIDDevice: (0xE00002C5) (iokit/common) exclusive access and ...", DeviceBusy),
        ("hid_open_path: failed to open IOHIDDevice: (0xE00002E2) (iokit/common) not permitted", NoPermission),
        ("Device or resource busy", DeviceBusy),
        ("", NoDevice),
    ],
)
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_a_failed_open_is_told_by_hidapis_own_words(text: str, kind: type[DeviceError], platform: str) -> None:
    library = Library()
    library.handle.open_error = OSError("open failed")
    library.handle.error_text = text
    with pytest.raises(kind, match=(text or "open failed")[:12]):
        hid(library, platform=platform).open()


def test_a_closed_transport_is_not_used_and_closing_never_raises() -> None:
    library = Library()
    transport = hid(library)
    with pytest.raises(LinkDoubtful):
        transport.exchange(REQUEST, None, never)
    transport.open()
    library.handle.close = lambda: (_ for _ in ()).throw(OSError("gone"))  # type: ignore[method-assign]
    transport.close()
    transport.close()


def entry(path: str, **change: Any) -> dict[str, Any]:
    return {"path": path.encode(), "product_id": 0x5011, "usage_page": 0xFFA0, "interface_number": 0} | change


def test_ledgers_are_found_once_each_by_usage_page_or_interface() -> None:
    library = Library(
        entry("/dev/hidraw0"),
        entry("/dev/hidraw0", usage_page=0xFFA0),
        entry("/dev/hidraw1", usage_page=0xF1D0, interface_number=1),
        entry("/dev/hidraw2", usage_page=0xF1D0),
        entry("1-1:1.0", usage_page=0, product_id=0x6011),
        entry("1-1:1.1", usage_page=0, interface_number=1),
        entry("none", usage_page=None, interface_number=-1),
    )
    assert ledgers(library) == (
        Found("hid:/dev/hidraw0", "nanosp", 0x5011, emulated=False),
        Found("hid:1-1:1.0", "stax", 0x6011, emulated=False),
    )


def test_the_bus_loads_hidapi_only_when_usb_is_wanted() -> None:
    library = Library(entry("/dev/hidraw0"))
    loads: list[int] = []

    def load() -> HidLibrary:
        loads.append(1)
        return library

    bus = SystemBus(lambda: 0.0, load)
    bus.transport(Found("tcp:127.0.0.1:9999", "emulator", None, emulated=True))
    assert loads == []
    (found,) = bus.usb_devices()
    assert bus.transport(found).found == found
    assert loads == [1]


def module(name: str, **members: Any) -> Any:
    return SimpleNamespace(__name__=name, __file__=f"/site/{name}.py", **members)


HIDAPI = {"enumerate": lambda *_: [], "device": lambda: None, "version_str": lambda: "0.15.0"}


@pytest.mark.parametrize(
    ("platform", "present", "name"),
    [
        ("linux", ("hidraw", "hid"), "hidraw 0.15.0"),
        ("linux", ("hid",), "hid 0.15.0"),
        ("darwin", ("hidraw", "hid"), "hid 0.15.0"),
        ("win32", ("hid",), "hid 0.15.0"),
    ],
)
def test_which_module_is_loaded(platform: str, present: tuple[str, ...], name: str) -> None:
    def importer(wanted: str) -> Any:
        if wanted not in present:
            raise ModuleNotFoundError(wanted)
        return module(wanted, **HIDAPI)

    assert load_hid_library(platform, importer).name == name


def test_an_absent_library_anothers_module_and_a_broken_one_are_told_apart() -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(name)

    def pyhidapi(name: str) -> Any:
        if name == "hidraw":
            raise ModuleNotFoundError(name)
        return module(name, enumerate=list, Device=object)

    def broken(name: str) -> Any:
        raise ImportError("libudev.so.1: cannot open shared object file")

    for importer, words in (
        (absent, "not installed"),
        (pyhidapi, "another package's module 'hid'"),
        (broken, "libudev"),
    ):
        with pytest.raises(HidLibraryMissing, match=words) as caught:
            load_hid_library("linux", importer)
        assert "pip install" in caught.value.hint


def test_the_installed_library_is_the_right_one() -> None:
    library = load_hid_library()
    assert library.name.split()[0] == ("hidraw" if sys.platform.startswith("linux") else "hid")
    assert isinstance(ledgers(library), tuple)


def test_facts_of_a_node(tmp_path: Path) -> None:
    node = tmp_path / "hidraw0"
    node.touch(mode=0o600)
    facts = node_facts(str(node), proc=tmp_path / "no-proc")
    assert facts.exists
    assert facts.usable
    assert facts.mode == stat.filemode(node.stat().st_mode)
    assert facts.holders == ()
    assert not node_facts(str(tmp_path / "gone")).exists


def test_another_process_that_holds_the_node_is_named(tmp_path: Path) -> None:
    node = tmp_path / "hidraw0"
    node.touch()
    held = tmp_path / "proc" / "4242"
    (held / "fd").mkdir(parents=True)
    (held / "fd" / "7").symlink_to(node)
    (held / "comm").write_text("ledger\x1b-live\n")
    own = tmp_path / "proc" / str(os.getpid()) / "fd"
    own.mkdir(parents=True)
    (own / "3").symlink_to(node)
    (tmp_path / "proc" / "self").mkdir()
    assert holders(str(node), proc=tmp_path / "proc") == ("ledger-live (pid 4242)",)


def test_a_node_that_a_sandbox_holds_under_its_own_path_is_held(tmp_path: Path) -> None:
    """A program in a container has the same device open by another path; another file of that name is not the node."""
    node, inside, other = tmp_path / "hidraw0", tmp_path / "inside" / "hidraw0", tmp_path / "other" / "hidraw0"
    node.touch()
    for path, process in ((inside, "51"), (other, "52")):
        path.parent.mkdir()
        (tmp_path / "proc" / process / "fd").mkdir(parents=True)
        (tmp_path / "proc" / process / "fd" / "3").symlink_to(path)
    inside.hardlink_to(node)
    other.touch()
    assert holders(str(node), proc=tmp_path / "proc") == ("another program (pid 51)",)


def test_a_copied_device_node_is_the_same_device(tmp_path: Path) -> None:
    """As `docker run --device` makes one: another file, the same device number."""
    null, copy = Path(os.devnull).stat(), tmp_path / "null"
    try:
        os.mknod(copy, stat.S_IFCHR | 0o600, null.st_rdev)
    except PermissionError:
        pytest.skip("only root may make device nodes")
    (tmp_path / "proc" / "53" / "fd").mkdir(parents=True)
    (tmp_path / "proc" / "53" / "fd" / "3").symlink_to(copy)
    assert holders(os.devnull, proc=tmp_path / "proc") == ("another program (pid 53)",)


def test_the_driver_never_loads_ledgerblues_comm() -> None:
    """It reads the environment at import and mixes up late answers."""
    modules = ["session", "diagnose", "udev_install", "transport.discover", "apps.concordium"]
    code = "; ".join(f"import ledger_recovery.device.{name}" for name in modules)
    code += "; import sys; print([m for m in sys.modules if m in ('ledgerblue.comm', 'hid', 'hidraw', 'serial')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
