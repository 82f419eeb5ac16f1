"""Which family a run belongs to that goes on: the one that was named, else that of the newest run that fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ledger_recovery.cli.config import settings_of
from ledger_recovery.cli.evm.options import CONCORDIUM, ETHEREUM, family_named
from ledger_recovery.cli.evm.session import evm_settings
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.recover import service
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.service import evm as evm_service

Fits = Callable[[RunRecord | EvmRunRecord], bool]


def unfinished(run: RunRecord | EvmRunRecord) -> bool:
    return not run.ending


def with_unknowns(run: RunRecord | EvmRunRecord) -> bool:
    return bool(run.unknown)


def of_run(values: Mapping[str, Value], family: str | None, rpc: object, run_id: str | None, fits: Fits) -> str:
    """:param family: as given on the command line. `rpc`: nodes given there, which only one family has.

    :raises InputError: not a family. :raises StorageError: a journal cannot be read.
    """
    if family is not None or rpc:
        return ETHEREUM if family is None else family_named(family)
    ours: list[tuple[RunRecord | EvmRunRecord, str]] = []
    ours += [(run, CONCORDIUM) for run in service.status(settings_of(values)).runs]
    ours += [(run, ETHEREUM) for run in evm_service.runs(evm_settings(values))]
    named = [(run, of) for run, of in ours if (run.run_id == run_id if run_id is not None else fits(run))]
    return max(named, key=lambda pair: pair[0].started)[1] if named else CONCORDIUM
