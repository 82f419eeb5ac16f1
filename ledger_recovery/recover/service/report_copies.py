"""Copies of a signed report for other people: the same run at another redaction level, signed again, read back."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ledger_recovery.errors import InputError
from ledger_recovery.recover.evm.report import EvmReport, redact_evm
from ledger_recovery.recover.report import (
    Redaction,
    Report,
    VerifiedDocument,
    load_or_create_key,
    read_report,
    save_report,
    sign_report,
    verify_document,
)
from ledger_recovery.recover.report.redact import redact
from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME
from ledger_recovery.recover.service.settings import Settings

Document = Mapping[str, object]
"""A report of either family, which fits the schema that it names."""


@dataclass(frozen=True, slots=True)
class ReportCopy:
    """A copy on disk, verified as read back."""

    path: Path
    level: Redaction
    verified: VerifiedDocument


def newest_report(settings: Settings, run_id: str) -> Path | None:
    """The newest report of a run of either family, None when there is none (any more)."""
    patterns = (f"report-*-{run_id}.json", f"evm-report-*-{run_id}.json") if run_id.isalnum() else ()
    names = (path for pattern in patterns for path in settings.reports.glob(pattern))
    return max(names, key=lambda path: path.name, default=None)


def read_signed(path: Path) -> VerifiedDocument:
    """A report of either family whose signature was checked.

    :raises InputError: it cannot be read, or is of a newer program. :raises ReportAltered: it was changed.
    """
    return verify_document(read_report(path))


def redacted(path: Path, level: Redaction) -> Document:
    """What a copy at `level` would say, for a preview. Hashes differ from copy to copy: their key is not kept.

    :raises InputError, ReportAltered: as `read_signed`; InputError also when it was redacted before.
    """
    verified = read_signed(path)
    try:
        return _redacted(verified, level, secrets.token_bytes(32))
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


def _redacted(verified: VerifiedDocument, level: Redaction, key: bytes) -> Document:
    """A verified document fits the schema that it names, so it is of that type."""
    if verified.schema == EVM_SCHEMA_NAME:
        evm_report = cast(EvmReport, verified.document)
        done = evm_report["head"]["redaction"] == level.value
        return evm_report if done else redact_evm(evm_report, level, key)
    report = cast(Report, verified.document)
    return report if report["head"]["redaction"] == level.value else redact(report, level, key)
