"""[pure] The view of a verified report, of whichever family it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ledger_recovery.recover.evm.report import EvmReport
from ledger_recovery.recover.report.model import Report
from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME
from ledger_recovery.web.pages.report.page_concordium import report_view
from ledger_recovery.web.pages.report.page_evm import evm_report_view
from ledger_recovery.web.pages.report.shape import ReportView


def view_of(document: Mapping[str, object], key: str) -> ReportView:
    """:param document: fits the schema that it names, as a verified document does. :param key: its signer's."""
    if document["schema"] == EVM_SCHEMA_NAME:
        return evm_report_view(cast(EvmReport, document), key)
    return report_view(cast(Report, document), key)
