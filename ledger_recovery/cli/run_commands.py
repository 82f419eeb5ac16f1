"""What recover, resume and retry do once their options are read. Imported late: it brings the whole service."""

from __future__ import annotations

from collections.abc import Mapping

from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.config import settings_of
from ledger_recovery.cli.output import Renderer
from ledger_recovery.cli.session import CliPerson, Voice, carry_out
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.recover import service
from ledger_recovery.recover.events import Emit
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.result import RunResult


def voice(values: Mapping[str, Value], *, events: bool) -> Voice:
    return Voice(plain=bool(values.get("plain", False)), events=events)


def recover(values: Mapping[str, Value], search: ScanPolicy, speech: Voice, *, dry_run: bool) -> Outcome:
    settings = settings_of(values)

    async def work(person: CliPerson, emit: Emit, _: Renderer) -> RunResult:
        return await service.recover(settings, search, person, emit, dry_run=dry_run)

    return carry_out(settings, speech, work)


def resume(values: Mapping[str, Value], run_id: str | None, speech: Voice) -> Outcome:
    settings = settings_of(values)

    async def work(person: CliPerson, emit: Emit, _: Renderer) -> RunResult:
        return await service.resume(settings, person, emit, run_id=run_id)

    return carry_out(settings, speech, work)


def retry(values: Mapping[str, Value], run_id: str | None, speech: Voice) -> Outcome:
    settings = settings_of(values)

    async def work(person: CliPerson, emit: Emit, _: Renderer) -> RunResult:
        return await service.retry(settings, person, emit, run_id=run_id)

    return carry_out(settings, speech, work)
