"""[pure] The report of an EVM run: built, redacted, printed. It is signed and kept like every other report."""

from __future__ import annotations

from ledger_recovery.recover.evm.report.build import build_evm_report
from ledger_recovery.recover.evm.report.model import EvmReport
from ledger_recovery.recover.evm.report.redact import redact_evm
from ledger_recovery.recover.evm.report.text import evm_report_text

__all__ = ["EvmReport", "build_evm_report", "evm_report_text", "redact_evm"]
