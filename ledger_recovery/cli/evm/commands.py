"""What recover, resume and retry do for the EVM family once their options are read. Imported late."""

from __future__ import annotations

from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.evm.session import EvmRenderer, carry_out
from ledger_recovery.cli.session import CliPerson, Voice
from ledger_recovery.recover.evm.events import EvmEmit
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.service import evm as service
from ledger_recovery.recover.service.evm import EvmSettings


def recover(settings: EvmSettings, search: EvmPolicy, speech: Voice, *, dry_run: bool) -> Outcome:
    async def work(person: CliPerson, emit: EvmEmit, _: EvmRenderer) -> EvmResult:
        return await service.recover(settings, search, person, emit, dry_run=dry_run)

    return carry_out(settings, speech, work)


def resume(settings: EvmSettings, run_id: str | None, speech: Voice) -> Outcome:
    async def work(person: CliPerson, emit: EvmEmit, _: EvmRenderer) -> EvmResult:
        return await service.resume(settings, person, emit, run_id=run_id)

    return carry_out(settings, speech, work)


def retry(settings: EvmSettings, run_id: str | None, speech: Voice) -> Outcome:
    async def work(person: CliPerson, emit: EvmEmit, _: EvmRenderer) -> EvmResult:
        return await service.retry(settings, person, emit, run_id=run_id)

    return carry_out(settings, speech, work)
