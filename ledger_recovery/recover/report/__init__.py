"""The report: the statement of completeness and all that it rests on, machine-readable, printable, signed.

This file only gathers the parts: build, redact (in `redact`), sign and verify, print, keep.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger_recovery.recover.report.build import build_report
    from ledger_recovery.recover.report.files import read_report, save_report
    from ledger_recovery.recover.report.keys import load_or_create_key
    from ledger_recovery.recover.report.model import Report
    from ledger_recovery.recover.report.redact import Redaction
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

_PARTS: Final = {
    "build": ("build_report",),
    "files": ("read_report", "save_report"),
    "keys": ("load_or_create_key",),
    "model": ("Report",),
    "redact": ("Redaction",),
    "schema": ("report_schema",),
    "sign": (
        *("VerifiedDocument", "VerifiedReport", "key_fingerprint", "sign_report"),
        *("verify_document", "verify_report"),
    ),
    "statement": ("CompletenessStatement", "Scope", "state_completeness"),
    "text": ("report_text",),
}

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
    "report_schema",
    "report_text",
    "save_report",
    "sign_report",
    "state_completeness",
    "verify_document",
    "verify_report",
]


def __getattr__(name: str) -> object:
    """A part, loaded when somebody asks for it: the words and numbers of reports are used where no report is made."""
    part = next((part for part, names in _PARTS.items() if name in names), None)
    if part is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{part}"), name)
