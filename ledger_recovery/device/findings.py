"""[pure] From facts about this computer to findings: what is wrong with the way to the Ledger, and the exact fix.

The cases that look alike to a user ("no device found") are told apart: library missing or another package's, nothing
on USB, on USB without a node, node not usable, node held by another program, container, system permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from ledger_recovery.device.interaction import DeviceInfo, DeviceState
from ledger_recovery.device.states import notice_of
from ledger_recovery.device.transport.base import NodeFacts
from ledger_recovery.device.udev import RULES_FILE, udev_rule
from ledger_recovery.device.wire.models import model_name
from ledger_recovery.device.wire.status import CONCORDIUM


@unique
class Surroundings(StrEnum):
    """Where this program runs, when that may hide a device."""

    PLAIN = ""
    CONTAINER = "container"
    WSL = "wsl"
    SNAP = "snap"
    FLATPAK = "flatpak"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. `fix` is empty when it is ok or when nothing can be done."""

    code: str
    ok: bool
    sentence: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What was seen. `usb`: models on the bus; None when the bus cannot be read (not Linux, or hidden)."""

    platform: str
    hid_library: str
    hid_problem: str = ""
    hid_fix: str = ""
    usb: tuple[str, ...] | None = None
    nodes: tuple[NodeFacts, ...] = ()
    surroundings: Surroundings = Surroundings.PLAIN
    over_ssh: bool = False
    rule_installed: bool = False
    listed: int = 0


_PASS_THROUGH = {
    Surroundings.CONTAINER: "Start the container with: --device /dev/hidrawN (as root on the host: ls /dev/hidraw*).",
    Surroundings.WSL: "On Windows run: usbipd list; usbipd bind --busid BUSID; usbipd attach --wsl --busid BUSID",
    Surroundings.SNAP: "Run: snap connect ledger-recovery:raw-usb; or install the program without snap.",
    Surroundings.FLATPAK: "Run the program with: flatpak run --device=all, or install it without flatpak.",
}
_PLUG_IN = "Connect it with a USB cable that carries data, and unlock it."

_NO_APP = (DeviceState.DASHBOARD, DeviceState.WRONG_APP)
_EITHER = f"{CONCORDIUM} or, for EVM chains, the Ethereum"


def judge(facts: HostFacts) -> tuple[Finding, ...]:
    """Findings about the way to the device, nearest cause first."""
    findings = [_library(facts)]
    if facts.platform.startswith("linux"):
        findings.append(_usb(facts))
        findings.extend(_node(node, facts) for node in facts.nodes)
        if facts.surroundings is not Surroundings.PLAIN and not facts.nodes:
            findings.append(_surroundings(facts.surroundings))
    else:
        findings.append(_elsewhere(facts))
    return tuple(findings)


def judge_device(device: DeviceInfo) -> Finding:
    """What stands between a listed device and a recovery."""
    name = model_name(device.model)
    if device.state is DeviceState.READY:
        serves = "" if device.app == CONCORDIUM else "; it serves EVM chains (recover --family ethereum)"
        told = f"{name}: {device.app} {device.app_version}, wallet {device.fingerprint[:8]}{serves}"
        return Finding("app", True, told)
    text = notice_of(device.state, app=_EITHER if device.state in _NO_APP else CONCORDIUM)
    open_app = f" ({device.app} {device.app_version})" if device.app else ""
    return Finding(device.state.value, False, f"{name} at {device.path}: {text.sentence}{open_app}", text.action)


def _library(facts: HostFacts) -> Finding:
    if facts.hid_library:
        return Finding("hid-library", True, f"the HID library is {facts.hid_library}")
    return Finding("hid-library", False, facts.hid_problem, facts.hid_fix)


def _usb(facts: HostFacts) -> Finding:
    if facts.usb is None:
        return Finding("usb", False, "the USB bus cannot be looked at from here", _pass_through(facts))
    if not facts.usb:
        return Finding("usb", False, "no Ledger is on the USB bus (vendor 2c97)", _pass_through(facts) or _PLUG_IN)
    names = ", ".join(model_name(model) for model in facts.usb)
    if not facts.nodes:
        return Finding(
            "usb-no-node",
            False,
            f"on the USB bus: {names}; but there is no hidraw node for it",
            _pass_through(facts) or "Unlock it and leave its boot menu; then run: sudo modprobe hidraw usbhid",
        )
    return Finding("usb", True, f"on the USB bus: {names}")


def _node(node: NodeFacts, facts: HostFacts) -> Finding:
    if not node.exists:
        return Finding("node", False, f"{node.path} has gone", "Plug the Ledger in again.")
    if not node.usable:
        return Finding("no-permission", False, f"this user may not use {node.describe()}", _permission_fix(facts))
    if node.holders:
        return Finding("device-busy", False, f"{node.path} is held by {', '.join(node.holders)}", "Close that program.")
    return Finding("node", True, f"{node.describe()} can be used")


def _permission_fix(facts: HostFacts) -> str:
    rule = udev_rule(over_ssh=facts.over_ssh)
    line = rule.text.strip().splitlines()[-1]
    if facts.rule_installed:
        return f"{RULES_FILE} is there: plug the Ledger in again, or run as root: {'; '.join(rule.commands)}"
    notes = "".join(f" {note}" for note in rule.notes)
    return f"Run: sudo ledger-recovery doctor --install-udev. It writes to {rule.file}: {line}{notes}"


def _surroundings(where: Surroundings) -> Finding:
    return Finding(
        "surroundings", False, f"this program runs inside {where.value}, which hides USB", _PASS_THROUGH[where]
    )


def _pass_through(facts: HostFacts) -> str:
    return _PASS_THROUGH.get(facts.surroundings, "")


def _elsewhere(facts: HostFacts) -> Finding:
    """macOS and Windows tell less: the list is empty for a missing cable and for a missing permission alike."""
    if facts.listed:
        return Finding("usb", True, f"{facts.listed} Ledger devices are listed")
    if facts.platform == "darwin":
        hint = "If it is connected: System Settings, Privacy & Security, Input Monitoring: allow the terminal program."
    else:
        hint = "If it is connected: close Ledger Wallet (Ledger Live) and browser tabs that use it."
    return Finding("usb", False, "no Ledger is listed (vendor 2c97)", f"{_PLUG_IN} {hint}")
