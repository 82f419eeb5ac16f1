"""[pure] The udev rule that lets the person at the screen use a Ledger: its text, its place and what to run after.

Not world-writable: `uaccess` grants the node to whoever is logged in at the seat; over SSH nobody is, so a variant
grants it to the group plugdev. The file must sort before 73-seat-late.rules, which acts on the tag (hidapi, sample
udev/69-hid.rules).
"""

from __future__ import annotations

from dataclasses import dataclass

RULES_FILE = "/etc/udev/rules.d/70-ledger-recovery.rules"
SEAT_RULES_NAME = "73-seat-late.rules"
SSH_GROUP = "plugdev"
_MATCH = 'KERNEL=="hidraw*", SUBSYSTEM=="hidraw", ATTRS{idVendor}=="2c97"'
UACCESS_RULE = f'{_MATCH}, TAG+="uaccess"'
GROUP_RULE = f'{_MATCH}, TAG+="uaccess", GROUP="{SSH_GROUP}", MODE="0660"'
RELOAD_COMMANDS = (
    ("udevadm", "control", "--reload-rules"),
    ("udevadm", "trigger", "--subsystem-match=hidraw"),
)
_HEADER = "# Ledger hardware wallets (USB vendor 2c97) for {who}. Written by: ledger-recovery doctor --install-udev\n"


@dataclass(frozen=True, slots=True)
class UdevRule:
    """What is shown, then written. `notes`: what a person does besides."""

    file: str
    text: str
    notes: tuple[str, ...]

    @property
    def commands(self) -> tuple[str, ...]:
        """To be run as root after the file is there."""
        return tuple(" ".join(command) for command in RELOAD_COMMANDS)


def udev_rule(*, over_ssh: bool = False) -> UdevRule:
    """The rule for a person at the seat, or for a member of plugdev who is logged in over SSH."""
    if over_ssh:
        return UdevRule(
            RULES_FILE,
            _HEADER.format(who=f"the group {SSH_GROUP}") + GROUP_RULE + "\n",
            (f"Join the group: sudo usermod --append --groups {SSH_GROUP} $USER, then log in again.",),
        )
    return UdevRule(RULES_FILE, _HEADER.format(who="the person at the screen") + UACCESS_RULE + "\n", ())
