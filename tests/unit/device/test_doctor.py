"""Findings from facts, facts from a made-up computer, and the udev rule."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.device.diagnose import Host, diagnose, gather
from ledger_recovery.device.findings import HostFacts, Surroundings, judge, judge_device
from ledger_recovery.device.interaction import DeviceInfo, DeviceState
from ledger_recovery.device.transport.base import NodeFacts
from ledger_recovery.device.transport.hid_library import HidLibrary
from ledger_recovery.device.udev import RELOAD_COMMANDS, RULES_FILE, SEAT_RULES_NAME, udev_rule
from ledger_recovery.device.udev_install import install_udev_rule
from ledger_recovery.errors import HidLibraryMissing, InputError, StorageError

GOOD = NodeFacts("/dev/hidraw0", exists=True, usable=True, mode="crw-rw----", owner="root", group="plugdev")
DENIED = NodeFacts("/dev/hidraw0", exists=True, usable=False, mode="crw-------", owner="root", group="root")
HELD = NodeFacts("/dev/hidraw0", exists=True, usable=True, holders=("ledger-live (pid 7)",))
FINE = {"platform": "linux", "hid_library": "hidraw 0.15.0", "usb": ("nanosp",), "nodes": (GOOD,)}


def facts(**change: Any) -> HostFacts:
    return HostFacts(**(FINE | change))


@pytest.mark.parametrize(
    ("change", "code", "words", "fix"),
    [
        ({"hid_library": "", "hid_problem": "hidapi is gone", "hid_fix": "pip"}, "hid-library", "gone", "pip"),
        ({"usb": (), "nodes": ()}, "usb", "no Ledger is on the USB bus", "cable"),
        ({"nodes": ()}, "usb-no-node", "Nano S Plus; but there is no hidraw node", "modprobe"),
        ({"nodes": (DENIED,)}, "no-permission", r"crw-------, owner root, group root", 'TAG\\+="uaccess"'),
        ({"nodes": (DENIED,), "over_ssh": True}, "no-permission", "may not use", 'GROUP="plugdev".*usermod'),
        ({"nodes": (DENIED,), "rule_installed": True}, "no-permission", "may not use", "plug the Ledger in again"),
        ({"nodes": (HELD,)}, "device-busy", "ledger-live", "Close that program"),
        ({"nodes": (NodeFacts("/dev/hidraw0", exists=False, usable=False),)}, "node", "gone", "Plug"),
        ({"usb": (), "nodes": (), "surroundings": Surroundings.WSL}, "usb", "no Ledger", "usbipd attach"),
        ({"nodes": (), "surroundings": Surroundings.CONTAINER}, "usb-no-node", "no hidraw", "--device /dev/hidraw"),
        ({"usb": (), "nodes": (), "surroundings": Surroundings.SNAP}, "surroundings", "snap", "snap connect"),
        ({"usb": None, "nodes": (), "surroundings": Surroundings.FLATPAK}, "usb", "cannot be looked at", "flatpak run"),
        ({"platform": "darwin"}, "usb", "no Ledger is listed", "Input Monitoring"),
        ({"platform": "win32"}, "usb", "no Ledger is listed", "Ledger Live"),
    ],
)
def test_the_cases_that_look_alike_are_told_apart(change: dict[str, Any], code: str, words: str, fix: str) -> None:
    bad = [finding for finding in judge(facts(**change)) if not finding.ok]
    (finding,) = [finding for finding in bad if finding.code == code]
    assert bad[0].code == code or code == "surroundings"
    assert re.search(words, finding.sentence)
    assert re.search(fix, finding.fix)


@pytest.mark.parametrize("change", [{}, {"platform": "darwin", "listed": 1}, {"platform": "win32", "listed": 2}])
def test_when_all_is_well_nothing_is_to_be_fixed(change: dict[str, Any]) -> None:
    findings = judge(facts(**change))
    assert all(finding.ok for finding in findings)
    assert not any(finding.fix for finding in findings)


@pytest.mark.parametrize("state", list(DeviceState))
def test_every_state_of_a_device_is_a_finding(state: DeviceState) -> None:
    device = DeviceInfo("hid:/dev/hidraw0", "nanosp", 0x5011, "Bitcoin", "2.2.1", "ab" * 32, state, emulated=False)
    finding = judge_device(device)
    assert finding.ok == (state is DeviceState.READY)
    assert finding.ok or finding.fix
    assert "Nano S Plus" in finding.sentence
    assert "Bitcoin 2.2.1" in finding.sentence


class Library:
    name = "hidraw 0.15.0"

    def enumerate(self, vendor_id: int, product_id: int) -> list[dict[str, Any]]:
        return [{"path": b"/dev/hidraw0", "product_id": 0x5011, "usage_page": 0xFFA0, "interface_number": 0}]

    def device(self) -> Any:
        raise AssertionError("facts are gathered without opening a device")


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def library() -> HidLibrary:
    return Library()


def test_facts_are_read_from_sysfs(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "sys/bus/usb/devices/1-1/idVendor": "2c97\n",
            "sys/bus/usb/devices/1-1/idProduct": "5011\n",
            "sys/bus/usb/devices/1-2/idVendor": "1d6b\n",
            "sys/bus/usb/devices/1-2/idProduct": "0002\n",
            "sys/bus/usb/devices/1-3/idVendor": "2c97\n",
            "sys/bus/usb/devices/1-3/idProduct": "strange\n",
            "sys/class/hidraw/hidraw0/device/uevent": "HID_ID=0003:00002C97:00005011\nHID_NAME=Ledger\n",
            "sys/class/hidraw/hidraw1/device/uevent": "HID_ID=0003:0000046D:0000C52B\n",
            "run/.containerenv": "",
            RULES_FILE.lstrip("/"): "x",
        },
    )
    host = Host("linux", tmp_path, {"SSH_CONNECTION": "1"}, library, lambda path: NodeFacts(path, True, True))
    found = gather(host)
    assert found.usb == ("nanosp", "unknown")
    assert [node.path for node in found.nodes] == ["/dev/hidraw0"]
    assert found.surroundings is Surroundings.CONTAINER
    assert found.over_ssh
    assert found.rule_installed
    assert found.listed == 1
    assert found.hid_library == "hidraw 0.15.0"


@pytest.mark.parametrize(
    ("files", "environment", "surroundings"),
    [
        ({}, {}, Surroundings.PLAIN),
        ({".dockerenv": ""}, {}, Surroundings.CONTAINER),
        ({"proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n"}, {}, Surroundings.WSL),
        ({".flatpak-info": ""}, {}, Surroundings.FLATPAK),
        ({}, {"SNAP": "/snap/x"}, Surroundings.SNAP),
    ],
)
def test_surroundings(
    tmp_path: Path, files: dict[str, str], environment: dict[str, str], surroundings: Surroundings
) -> None:
    write(tmp_path, files)
    found = gather(Host("linux", tmp_path, environment, library))
    assert found.surroundings is surroundings
    assert found.usb is None
    assert found.nodes == ()


async def test_without_the_library_devices_are_not_listed(tmp_path: Path) -> None:
    def missing() -> HidLibrary:
        raise HidLibraryMissing("hidapi is not installed", "pip install hidapi")

    findings = await diagnose((), Host("darwin", tmp_path, {}, missing))
    assert [finding.code for finding in findings] == ["hid-library", "usb"]
    assert findings[0].fix == "pip install hidapi"


async def test_named_devices_are_looked_at_too(tmp_path: Path) -> None:
    replay = Path(__file__).parents[2] / "vectors" / "device-transcripts" / "concordium-5.1.3-nanosp.json"
    findings = await diagnose([f"replay:{replay}"], Host("linux", tmp_path, {}, library))
    assert findings[-1].ok
    assert "Concordium 5.1.3, wallet 3859554f" in findings[-1].sentence


def test_the_rule_grants_the_seat_and_nobody_else() -> None:
    rule = udev_rule()
    (line,) = [line for line in rule.text.splitlines() if not line.startswith("#")]
    assert line == 'KERNEL=="hidraw*", SUBSYSTEM=="hidraw", ATTRS{idVendor}=="2c97", TAG+="uaccess"'
    assert "MODE" not in line
    assert Path(rule.file).name < SEAT_RULES_NAME
    assert rule.commands == ("udevadm control --reload-rules", "udevadm trigger --subsystem-match=hidraw")
    over_ssh = udev_rule(over_ssh=True)
    assert 'GROUP="plugdev", MODE="0660"' in over_ssh.text
    assert "0666" not in over_ssh.text + rule.text
    assert over_ssh.notes


def test_the_rule_is_written_whole_and_udev_told(tmp_path: Path) -> None:
    target = tmp_path / "70-ledger-recovery.rules"
    target.write_text("old")
    ran: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        assert target.read_text() == udev_rule().text
        ran.append(command)
        return 0

    assert install_udev_rule(udev_rule(), file=target, run=run) == target
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert ran == list(RELOAD_COMMANDS)
    assert [file.name for file in tmp_path.iterdir()] == [target.name]


def test_a_failed_write_leaves_the_old_rule_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "70-ledger-recovery.rules"
    target.write_text("old")

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        install_udev_rule(udev_rule(), file=target, run=lambda command: 0)
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == [target.name]


def test_without_root_or_udev_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageError, match="No such file"):
        install_udev_rule(udev_rule(), file=tmp_path / "absent" / "x.rules", run=lambda command: 0)
    with pytest.raises(StorageError, match="'udevadm control --reload-rules' failed"):
        install_udev_rule(udev_rule(), file=tmp_path / "x.rules", run=lambda command: 1)

    def denied(**_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(InputError, match="only root"):
        install_udev_rule(udev_rule(), file=tmp_path / "x.rules", run=lambda command: 0)
