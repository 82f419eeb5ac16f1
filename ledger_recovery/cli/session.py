"""One run of the service from the command line: renderer, person, events, and what is printed at the end."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

from ledger_recovery.cli import output
from ledger_recovery.cli.command import KEPT, Outcome
from ledger_recovery.cli.config import settings_of
from ledger_recovery.cli.output import Renderer, Surface
from ledger_recovery.cli.person import Nobody, TerminalPerson
from ledger_recovery.cli.recording import Recording
from ledger_recovery.cli.running import run_to_end
from ledger_recovery.cli.runs import Recorder, known_after, of_this_run, run_json, run_text
from ledger_recovery.errors import ExitStatus, LedgerRecoveryError
from ledger_recovery.recover import service
from ledger_recovery.recover.events import Emit, Event
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.model import WalletSnapshot

Result = TypeVar("Result")
CliPerson = TerminalPerson | Nobody
Work = Callable[[CliPerson, Emit, Renderer], Coroutine[object, object, RunResult]]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a run speaks: `plain`: one line an event; `events`: JSON lines instead of words."""

    plain: bool
    events: bool = False


def person_for(settings: Settings, renderer: Surface) -> CliPerson:
    if not output.interactive():
        return Nobody(named_by_fingerprint=settings.expect_fingerprint is not None)
    from ledger_recovery.cli.keyboard import ask_terminal

    return TerminalPerson(ask_terminal, renderer)


def how_to_resume(settings: Settings) -> str:
    """KEPT, with the options that lead to the same wallet and network."""
    standard = settings_of({"network": "testnet" if settings.network == "testnet" else "mainnet"})
    words: list[str] = []
    if settings.wallet != standard.wallet:
        words += ["--wallet", str(settings.wallet)]
    if settings.network != "mainnet":
        words += ["--network", settings.network]
    for option, value in (("--genesis", settings.genesis), ("--certificate", settings.certificate)):
        words += [option, str(value)] if value is not None else []
    for node in settings.nodes:
        words += ["--node", node]
    return f"{KEPT} {shlex.join(words)}".rstrip()


def carry_out(settings: Settings, voice: Voice, work: Work, *, kept: str | None = None) -> Outcome:
    """Run `work` and make its outcome. A run that failed or was stopped still shows what it found.

    :param kept: the hint after Ctrl-C; None: how to resume.
    :raises LedgerRecoveryError: it failed before there was anything to show.
    """
    renderer = output.renderer(plain=voice.plain, events=voice.events)
    record = Recorder()

    def emit(event: Event) -> None:
        record.on(event)
        renderer.on(event)

    failure = run_shown(
        lambda: work(person_for(settings, renderer), emit, renderer),
        renderer,
        record,
        kept=how_to_resume(settings) if kept is None else kept,
    )
    if record.result is None:
        return Outcome("", None, changed=settings)
    return _outcome(settings, record, record.result, failure)


def run_shown(
    work: Callable[[], Coroutine[object, object, object]],
    surface: Surface,
    record: Recording[Result],
    *,
    kept: str,
) -> LedgerRecoveryError | None:
    """Run `work` to its end and close what it is shown on; gives what ended it early, if it left a result.

    :param kept: the hint after Ctrl-C.
    :raises LedgerRecoveryError: what ended it before there was a result.
    """
    try:
        run_to_end(work(), kept=kept)
    except LedgerRecoveryError as error:
        if record.result is None:
            raise
        return error
    finally:
        surface.close()
    return None


def _outcome(settings: Settings, record: Recorder, result: RunResult, failure: LedgerRecoveryError | None) -> Outcome:
    stored = service.wallet_view(settings) if settings.wallet.exists() else WalletSnapshot()
    found = of_this_run(known_after(stored, result.changes), result)
    status = ExitStatus(service.exit_status(result)) if failure is None else failure.exit_status
    return Outcome(run_text(record, found, output.width()), run_json(record, found), status, failure, changed=settings)
