"""The report of an EVM run on disk: built, redacted as asked, signed, written, read back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from ledger_recovery.recover.evm.reconcile import EvmConflict
from ledger_recovery.recover.evm.report import build_evm_report, redact_evm
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.report import load_or_create_key, read_report, save_report, sign_report, verify_document
from ledger_recovery.recover.service.report_side import redaction
from ledger_recovery.recover.service.settings import Settings


def write_report(result: EvmResult, conflicts: Sequence[EvmConflict], settings: Settings) -> Path:
    """Write the signed report of a run and return where it lies; it is verified as read back before this returns.

    :raises InputError: not a redaction level. :raises StorageError: it could not be written.
    """
    # The key of hashed redaction is made for this report and forgotten: nobody can try addresses against it later.
    report = redact_evm(build_evm_report(result, conflicts), redaction(settings), secrets.token_bytes(32))
    path = settings.reports / f"evm-report-{result.finished:%Y%m%d-%H%M%S}-{result.run_id}.json"
    save_report(path, sign_report(report, load_or_create_key(settings.state_dir)))
    verify_document(read_report(path))
    return path
