"""What devices, doctor and verify-address do once their options are read. Imported late: it brings the service."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ledger_recovery.cli import output
from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.output import Renderer
from ledger_recovery.cli.person import Showing
from ledger_recovery.cli.picture import model_name
from ledger_recovery.cli.running import run_to_end
from ledger_recovery.cli.session import person_for
from ledger_recovery.cli.tables import Column, table
from ledger_recovery.cli.terminal import printable
from ledger_recovery.device.interaction import DeviceInfo
from ledger_recovery.errors import Cancelled, ExitStatus, InputError, LedgerRecoveryError, NoDevice
from ledger_recovery.recover import service
from ledger_recovery.recover.events import Json
from ledger_recovery.recover.service.settings import Settings

RETEST_SECONDS = 2.0
NOTHING_KEPT = "nothing was changed"
UNKNOWN_ADDRESS = "confirmed on the Ledger: the address of {}; the wallet holds no account there to compare with"
_STATUS_OF_CHECK = {
    **dict.fromkeys(("usb", "usb-no-node", "node", "surroundings"), ExitStatus.NO_DEVICE),
    **dict.fromkeys(
        ("node-settings", "node-unreachable", "node-answer", "wrong-network", "block-stale", "clock-off"),
        ExitStatus.NODE,
    ),
    "dashboard": ExitStatus.WRONG_APP,
}
"""Checks that are no errors of the error tree; those others have its codes."""
_DEVICE_COLUMNS = (Column("device"), Column("app"), Column("fingerprint"), Column("state"), Column("path"))


class Finding(Protocol):
    """One check of the doctor; `fix` is empty when all is well or nothing can be done."""

    @property
    def code(self) -> str: ...

    @property
    def ok(self) -> bool: ...

    @property
    def sentence(self) -> str: ...

    @property
    def fix(self) -> str: ...


def list_devices(extra_paths: Sequence[str]) -> Outcome:
    """The devices as a table.

    :raises NoDevice: there is none.
    """
    found = run_to_end(service.devices(extra_paths), kept=NOTHING_KEPT)
    if not found:
        raise NoDevice("no Ledger is connected", "find out why with: ledger-recovery doctor")
    rows = [_device_cells(d) for d in found]
    return Outcome(table(_DEVICE_COLUMNS, rows, output.width()), {"devices": [_device_json(d) for d in found]})


def doctor(settings: Settings, *, watch: bool) -> Outcome:
    """Test until all is well (`watch`), or once. Each round of findings is told on stderr when it changed."""
    findings = run_to_end(_watched(settings) if watch else _once(settings), kept=NOTHING_KEPT)
    result: Json = {"findings": [{"code": f.code, "ok": f.ok, "sentence": f.sentence, "fix": f.fix} for f in findings]}
    return Outcome(findings_text(findings), result, status_of(findings))


def findings_text(findings: Sequence[Finding]) -> str:
    """One line a finding, marked "ok" or "!!", the fix below it."""
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{'ok' if finding.ok else '!!'}  {printable(finding.sentence)}")
        if finding.fix and not finding.ok:
            lines.append(f"    fix: {printable(finding.fix, 2000)}")
    return "\n".join(lines)


def status_of(findings: Sequence[Finding]) -> ExitStatus:
    """The exit status of the first finding that is not well; its code is one of the error tree's, or of a check."""
    bad = next((f for f in findings if not f.ok), None)
    if bad is None:
        return ExitStatus.COMPLETE
    statuses = {e.code: e.exit_status for e in _errors(LedgerRecoveryError) if e.code != LedgerRecoveryError.code}
    return (statuses | _STATUS_OF_CHECK).get(bad.code, ExitStatus.UNKNOWNS)


def install_udev(ask: Callable[[], bool] | None = None) -> Outcome:
    """Show the rule, ask, write it; without the right to write, tell the exact command.

    :raises InputError: not Linux, not root, or nobody to ask.
    :raises Cancelled: the person said no.
    """
    if not sys.platform.startswith("linux"):
        raise InputError(
            "udev rules are a matter of Linux", "on this system no rule is needed; try: ledger-recovery doctor"
        )
    rule = service.udev_rule(over_ssh="SSH_CONNECTION" in os.environ)
    commands = "\n".join(f"then: {c}" for c in rule.commands)
    sys.stderr.write(f"This goes to {rule.file}:\n\n{rule.text}\n{commands}\n")
    sys.stderr.flush()
    if os.geteuid() != 0:
        raise InputError(f"only root may write {rule.file}", f"run: sudo {sys.argv[0]} doctor --install-udev")
    if not (ask or _may_write)():
        raise Cancelled("the udev rule was not written", NOTHING_KEPT)
    path = service.install_udev_rule(rule)
    notes = [f"written: {path}", *rule.notes, "Plug the Ledger in again, then run: ledger-recovery doctor"]
    return Outcome("\n".join(notes), {"findings": [], "installed": str(path)})


def verify_address(settings: Settings, address: str, *, plain: bool) -> Outcome:
    """Have the Ledger show the address; it is drawn beside what to press.

    :raises Declined: the person said on the device that it is another one.
    """
    renderer = output.renderer(plain=plain, events=False)
    try:
        shown = run_to_end(_verified(settings, address, renderer), kept=NOTHING_KEPT)
    finally:
        renderer.close()
    text = f"confirmed on the Ledger: {printable(shown)}" if shown else UNKNOWN_ADDRESS.format(printable(address, 100))
    return Outcome(text, {"asked": address, "address": shown, "confirmed": True})


async def _verified(settings: Settings, address: str, renderer: Renderer) -> str:
    person = Showing(person_for(settings, renderer), renderer)
    return await service.verify_address(settings, address, person)


async def _once(settings: Settings) -> Sequence[Finding]:
    return tuple(await service.doctor(settings))


async def _watched(settings: Settings) -> Sequence[Finding]:
    """Test again until nothing is wrong; a round that differs from the one before is told."""
    told = ""
    while True:
        findings = await _once(settings)
        if all(f.ok for f in findings):
            return findings
        text = findings_text(findings)
        if text != told:
            sys.stderr.write(f"{text}\n    testing again by itself; Ctrl-C ends\n\n")
            sys.stderr.flush()
            told = text
        await asyncio.sleep(RETEST_SECONDS)


def _may_write() -> bool:
    if not output.interactive():
        raise InputError("there is no terminal to ask whether the rule may be written", "run it at a terminal")
    from ledger_recovery.cli.keyboard import ask_terminal

    async def answer() -> str:
        return await ask_terminal("Write it? [y/N] ")

    return run_to_end(answer(), kept=NOTHING_KEPT).lower() in ("y", "yes")


def _errors(root: type[LedgerRecoveryError]) -> Iterator[type[LedgerRecoveryError]]:
    yield root
    for child in root.__subclasses__():
        yield from _errors(child)


def _device_cells(info: DeviceInfo) -> list[str]:
    name = f"{model_name(info.model)}{' (emulated)' if info.emulated else ''}"
    return [name, f"{info.app} {info.app_version}".strip(), info.fingerprint[:16], info.state.value, info.path]


def _device_json(info: DeviceInfo) -> Json:
    return {
        "path": info.path,
        "model": info.model,
        "product_id": info.product_id,
        "app": info.app,
        "app_version": info.app_version,
        "fingerprint": info.fingerprint,
        "state": info.state.value,
        "emulated": info.emulated,
    }
