"""[io] Looks at this computer and at the connected devices, and returns findings; prints and changes nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger_recovery.device.findings import Finding, HostFacts, Surroundings, judge, judge_device
from ledger_recovery.device.listing import list_devices
from ledger_recovery.device.transport.base import NodeFacts
from ledger_recovery.device.transport.hid_library import HidLibrary, ledgers, load_hid_library
from ledger_recovery.device.transport.hid_node import node_facts
from ledger_recovery.device.udev import RULES_FILE
from ledger_recovery.device.wire.models import model_of
from ledger_recovery.errors import HidLibraryMissing

LEDGER_VENDOR = "2c97"
MAX_USB_DEVICES = 1024


@dataclass(frozen=True, slots=True)
class Host:
    """Where facts are read; every place can be replaced."""

    platform: str = sys.platform
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    load: Callable[[], HidLibrary] = load_hid_library
    look: Callable[[str], NodeFacts] = node_facts


async def diagnose(device_paths: Sequence[str] = (), host: Host | None = None) -> tuple[Finding, ...]:
    """All findings about the way to the device, then one for each device.

    :param device_paths: emulators and recordings to look at besides USB.
    :raises InputError: one of them is not a device path.
    """
    facts = gather(host or Host())
    findings = judge(facts)
    if not facts.hid_library:
        return findings
    devices = await list_devices(device_paths)
    return (*findings, *(judge_device(device) for device in devices))


def gather(host: Host) -> HostFacts:
    """Read the facts, each bounded and each without changing anything."""
    library = problem = fix = ""
    listed: tuple[str, ...] = ()
    try:
        module = host.load()
        library = module.name
        listed = tuple(found.path.removeprefix("hid:") for found in ledgers(module))
    except HidLibraryMissing as error:
        problem, fix = error.sentence, error.hint
    linux = host.platform.startswith("linux")
    return HostFacts(
        platform=host.platform,
        hid_library=library,
        hid_problem=problem,
        hid_fix=fix,
        usb=_usb_models(host.root) if linux else None,
        nodes=tuple(host.look(node) for node in _nodes(host.root)) if linux else (),
        surroundings=_surroundings(host),
        over_ssh="SSH_CONNECTION" in host.environment,
        rule_installed=(host.root / RULES_FILE.lstrip("/")).exists(),
        listed=len(listed),
    )


def _usb_models(root: Path) -> tuple[str, ...] | None:
    """Models on the bus by sysfs, which shows a device even when it has no node; None without sysfs."""
    models = []
    bus = root / "sys/bus/usb/devices"
    if not bus.is_dir():
        return None
    for _, device in zip(range(MAX_USB_DEVICES), sorted(bus.iterdir()), strict=False):
        if _line(device / "idVendor") == LEDGER_VENDOR:
            models.append(model_of(_hex(_line(device / "idProduct"))))
    return tuple(models)


def _nodes(root: Path) -> tuple[str, ...]:
    """hidraw nodes of Ledgers: HID_ID is BUS:VENDOR:PRODUCT in 8 hex digits each."""
    nodes = []
    folder = root / "sys/class/hidraw"
    for _, entry in zip(range(MAX_USB_DEVICES), sorted(folder.iterdir()) if folder.is_dir() else (), strict=False):
        if f":0000{LEDGER_VENDOR}:" in _text(entry / "device/uevent").lower():
            nodes.append(f"/dev/{entry.name}")
    return tuple(nodes)


def _surroundings(host: Host) -> Surroundings:
    if "SNAP" in host.environment:
        return Surroundings.SNAP
    if (host.root / ".flatpak-info").exists():
        return Surroundings.FLATPAK
    if "microsoft" in _line(host.root / "proc/sys/kernel/osrelease").lower():
        return Surroundings.WSL
    if (host.root / ".dockerenv").exists() or (host.root / "run/.containerenv").exists():
        return Surroundings.CONTAINER
    return Surroundings.PLAIN


def _text(file: Path) -> str:
    try:
        with file.open(errors="replace") as stream:
            return stream.read(4096)
    except OSError:
        return ""


def _line(file: Path) -> str:
    return _text(file).strip()


def _hex(text: str) -> int:
    try:
        return int(text, 16) & 0xFFFF
    except ValueError:
        return 0
