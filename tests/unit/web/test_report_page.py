"""The report's page and its PDF, made from the JSON of three kept runs: nothing is left out, nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ledger_recovery.recover.report import Redaction, Report
from ledger_recovery.recover.report.redact import redact
from ledger_recovery.web.model.amounts import ccd, when
from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.report.page_concordium import report_view
from ledger_recovery.web.pages.report.pdf import report_pdf
from tests.support import report_worlds

Make = Callable[[], Report]
WORLDS: tuple[Make, ...] = (report_worlds.complete, report_worlds.not_complete)


@pytest.mark.parametrize("make", WORLDS)
@pytest.mark.parametrize("level", Redaction)
def test_the_page_tells_what_the_report_tells(make: Make, level: Redaction) -> None:
    report = redact(make(), level, b"k" * 16)
    html = views.report_html(report_view(report, "1a2b 3c4d"), token="t")
    text = re.sub(r"<[^>]+>", " ", html)
    assert views.NEVER_ASKS in text
    assert report["statement"]["sentence"].split(":")[0] in text
    for account in report["accounts"]:
        assert account["address"] in text
    for unknown in report["unknown"]:
        assert unknown["reason_code"] in text
    assert len(report_view(report).grids) == len(report["outcomes"])
    assert "1a2b 3c4d" in text


def test_redacted_pages_hold_no_address() -> None:
    full = report_worlds.complete()
    addresses = [a["address"] for a in full["accounts"]] + [c["cred_id"] for c in full["credentials"]]
    for level in (Redaction.SHORT, Redaction.HASHED):
        view = report_view(redact(full, level, b"k" * 16))
        page, pdf = views.report_html(view, token="t"), report_pdf(view, compress=False)
        assert not any(a in page or a.encode() in pdf for a in addresses)


def test_an_incomplete_report_never_claims_to_be_complete() -> None:
    view = report_view(report_worlds.not_complete())
    assert not view.complete and view.reasons
    page = views.report_html(view, token="t")
    assert "<strong>Not complete</strong>" in page and "<strong>Complete</strong>" not in page


@pytest.mark.parametrize("complete", [True, False])
def test_nought_is_told_by_a_complete_search_only(complete: bool) -> None:
    """A search that was broken off before anything was unknown has found nothing either."""
    report = report_worlds.complete()
    report["statement"]["complete"] = complete
    report["accounts"], report["credentials"], report["unknown"] = [], [], []
    told = {fact.name: fact.value for fact in report_view(report).summary}
    assert [told[name] == "0" for name in ("Accounts", "Credentials", "Unknown")] == [complete] * 3


@pytest.mark.parametrize("make", WORLDS)
def test_the_pdf_tells_the_statement_the_accounts_and_the_sentence(make: Make) -> None:
    report = make()
    pdf = report_pdf(report_view(report, "1a2b"), compress=False)
    shown = b" ".join(re.findall(rb"\(((?:\\.|[^()\\])*)\) ?Tj", pdf)).decode("latin-1")
    assert pdf.startswith(b"%PDF") and b"%%EOF" in pdf[-8:]
    assert "This program never asks for your recovery words." in shown
    assert ("Not complete" in shown) != report["statement"]["complete"]
    bare = shown.replace(" ", "")
    assert all(a["address"] in bare for a in report["accounts"])


def test_equal_reports_give_equal_files() -> None:
    view = report_view(report_worlds.complete())
    assert report_pdf(view) == report_pdf(view)


def test_a_pdf_takes_letters_that_its_fonts_do_not_have() -> None:
    report = report_worlds.not_complete()
    report["warnings"] = ["Ωmega … “quoted” 漢字 " + "x" * 400]
    assert report_pdf(report_view(report)).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("micro", "shown"), [("0", "0 CCD"), ("1", "0.000001 CCD"), ("1234500000", "1,234.5 CCD"), ("5000000", "5 CCD")]
)
def test_amounts(micro: str, shown: str) -> None:
    assert ccd(micro) == shown


def test_times() -> None:
    assert when("2026-01-31T09:05:00Z") == "2026-01-31 09:05 UTC"
    assert when("") == ""
