"""The report: the statement of completeness and all that it rests on, machine-readable, printable, signed.

This file only gathers the parts: build, redact, sign and verify, print, keep.
"""

from __future__ import annotations

from ledger_recovery.recover.report.build import build_report
from ledger_recovery.recover.report.files import read_report, save_report
from ledger_recovery.recover.report.keys import load_or_create_key
from ledger_recovery.recover.report.model import Report
from ledger_recovery.recover.report.redact import Redaction, redact
from ledger_recovery.recover.report.schema import report_schema
from ledger_recovery.recover.report.sign import (
    VerifiedDocument,
    VerifiedReport,
    key_fingerprint,
    sign_report,
    verify_document,
    verify_report,
)
from ledger_recovery.recover.report.statement import CompletenessStatement, Scope, state_completeness
from ledger_recovery.recover.report.text import report_text

__all__ = [
    "CompletenessStatement",
    "Redaction",
    "Report",
    "Scope",
    "VerifiedDocument",
    "VerifiedReport",
    "build_report",
    "key_fingerprint",
    "load_or_create_key",
    "read_report",
    "redact",
    "report_schema",
    "report_text",
    "save_report",
    "sign_report",
    "state_completeness",
    "verify_document",
    "verify_report",
]
