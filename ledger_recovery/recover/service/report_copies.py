"""Copies of a signed report for other people: the same run at another redaction level, signed again, read back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.errors import InputError
from ledger_recovery.recover.report import (
    Redaction,
    Report,
    VerifiedReport,
    load_or_create_key,
    read_report,
    redact,
    save_report,
    sign_report,
    verify_report,
)
from ledger_recovery.recover.service.settings import Settings


@dataclass(frozen=True, slots=True)
class ReportCopy:
    """A copy on disk, verified as read back."""

    path: Path
    level: Redaction
    verified: VerifiedReport


def newest_report(settings: Settings, run_id: str) -> Path | None:
    """The newest report of a run, None when there is none (any more)."""
    names = settings.reports.glob(f"report-*-{run_id}.json") if run_id.isalnum() else ()
    return max(names, key=lambda path: path.name, default=None)


def read_signed(path: Path) -> VerifiedReport:
    """A report whose signature was checked.

    :raises InputError: it cannot be read, or is of a newer program. :raises ReportAltered: it was changed.
    """
    return verify_report(read_report(path))


def redacted(path: Path, level: Redaction) -> Report:
    """What a copy at `level` would say, for a preview. Hashes differ from copy to copy: their key is not kept.

    :raises InputError, ReportAltered: as `read_signed`; InputError also when it was redacted before.
    """
    report = read_signed(path).report
    if level.value == report["head"]["redaction"]:
        return report
    try:
        return redact(report, level, secrets.token_bytes(32))
    except ValueError as error:
        raise InputError(f"this report cannot be redacted: {error}", "choose the full report of the run") from None


def copy_report(settings: Settings, path: Path, level: Redaction, target: Path) -> ReportCopy:
    """Write a signed copy at `level`; an existing file stays as it is.

    :raises InputError: there is a file of that name; otherwise as `redacted`.
    :raises StorageError: it could not be written.
    """
    if target.exists():
        raise InputError(f"there is a file {target} already", "choose another name")
    save_report(target, sign_report(redacted(path, level), load_or_create_key(settings.state_dir)))
    return ReportCopy(target, level, read_signed(target))
