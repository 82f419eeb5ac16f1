"""One EVM run from the command line: renderer, person, events, and what is printed at the end."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Protocol

from ledger_recovery.cli import output
from ledger_recovery.cli.command import KEPT, Outcome
from ledger_recovery.cli.config import settings_of
from ledger_recovery.cli.evm.runs import Recorder, run_json, run_text
from ledger_recovery.cli.output import Surface
from ledger_recovery.cli.session import CliPerson, Voice, person_for, run_shown
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.evm.events import EvmEmit, EvmEvent
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.service import evm as service
from ledger_recovery.recover.service.evm import EvmSettings


class EvmRenderer(Surface, Protocol):
    """Shows an EVM run while it goes on."""

    def on(self, event: EvmEvent) -> None: ...


Work = Callable[[CliPerson, EvmEmit, EvmRenderer], Coroutine[object, object, EvmResult]]


def evm_settings(values: Mapping[str, Value], *, show_addresses: bool = False) -> EvmSettings:
    rpc, networks = values.get("rpc", ()), values.get("networks")
    return EvmSettings(
        settings_of(values),
        rpc=rpc if isinstance(rpc, tuple) else (),
        networks=networks if isinstance(networks, Path) else None,
        show_addresses=show_addresses,
    )


def renderer(voice: Voice) -> EvmRenderer:
    """As `output.renderer`, for the events of an EVM run."""
    import sys

    stream = sys.stderr
    if voice.events:
        from ledger_recovery.cli.jsonout import EventLines
        from ledger_recovery.recover.evm.events import to_json

        return EventLines(stream, to_json)
    if voice.plain or not output.can_redraw(stream):
        from ledger_recovery.cli.evm.sentences import told
        from ledger_recovery.cli.plain import Lines

        return Lines(stream, told)
    from ledger_recovery.cli.evm.board import ROW, EvmBoard
    from ledger_recovery.cli.live import Display, styled

    return Display(stream, EvmBoard, lambda line: styled(line, ROW))


def carry_out(settings: EvmSettings, voice: Voice, work: Work, *, kept: str | None = None) -> Outcome:
    """Run `work` and make its outcome. A run that failed or was stopped still shows what it found.

    :param kept: the hint after Ctrl-C; None: how to resume. Nodes are not named: their URLs may hold keys.
    :raises LedgerRecoveryError: it failed before there was anything to show.
    """
    shown = renderer(voice)
    record = Recorder()

    def emit(event: EvmEvent) -> None:
        record.on(event)
        shown.on(event)

    failure = run_shown(
        lambda: work(person_for(settings.base, shown), emit, shown),
        shown,
        record,
        kept=how_to_resume(settings) if kept is None else kept,
    )
    if record.result is None:
        return Outcome("", None, changed=settings.base)
    status = ExitStatus(service.exit_status(record.result)) if failure is None else failure.exit_status
    text = run_text(record, output.width())
    return Outcome(text, run_json(record), status, failure, changed=settings.base)


def how_to_resume(settings: EvmSettings) -> str:
    wallet = settings.base.wallet
    named = "" if wallet == settings_of({}).wallet else f" --wallet {shlex.quote(str(wallet))}"
    return f"{KEPT} --family ethereum{named}, with the same --rpc addresses"
