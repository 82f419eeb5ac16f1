"""The report of a run on disk: built, redacted as asked, signed, written, read back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from ledger_recovery.errors import InputError
from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.report import (
    Redaction,
    build_report,
    load_or_create_key,
    read_report,
    save_report,
    sign_report,
    verify_report,
)
from ledger_recovery.recover.report.redact import redact
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service.settings import Settings


def redaction(settings: Settings) -> Redaction:
    """:raises InputError: not a redaction level."""
    try:
        return Redaction(settings.redact)
    except ValueError:
        levels = ", ".join(r.value for r in Redaction)
        raise InputError(f"{settings.redact!r} is not a redaction level", f"choose one of: {levels}") from None


def prepare_reports(settings: Settings) -> None:
    """Make sure, before anybody approves anything, that a report can be made; the first time this makes its key.

    :raises InputError: not a redaction level.
    :raises StorageError: the state directory cannot be used.
    """
    redaction(settings)
    load_or_create_key(settings.state_dir)


def write_report(result: RunResult, conflicts: Sequence[Conflict], settings: Settings) -> Path:
    """Write the signed report of a run and return where it lies; it is verified as read back before this returns.

    :raises StorageError: it could not be written.
    """
    level = redaction(settings)
    # The key of hashed redaction is made for this report and forgotten: nobody can try addresses against it later.
    report = redact(build_report(result, conflicts), level, secrets.token_bytes(32))
    path = settings.reports / f"report-{result.finished:%Y%m%d-%H%M%S}-{result.run_id}.json"
    save_report(path, sign_report(report, load_or_create_key(settings.state_dir)))
    verify_report(read_report(path))
    return path
