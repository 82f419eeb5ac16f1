"""The EVM report's page and PDF, made from the JSON alone: nothing is left out, invented, or called unused."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings

from ledger_recovery.recover.evm.report import build_evm_report, redact_evm
from ledger_recovery.recover.evm.report.model import EvmReport
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.report import Redaction
from ledger_recovery.web.model.summary_evm import NEVER_MADE, REPLACED
from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.report.page_evm import evm_report_view
from ledger_recovery.web.pages.report.pdf import report_pdf
from tests.support import guide_scenes_evm
from tests.unit.recover.evm import worlds

REPORTS: Mapping[str, Callable[[], EvmReport]] = {
    "found": guide_scenes_evm.found,
    "not-complete": guide_scenes_evm.not_complete,
    "nothing": guide_scenes_evm.nothing,
    "sought": lambda: guide_scenes_evm.sought(9),
    "failed": lambda: build_evm_report(worlds.failed()),
}


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#39;", "'")


def _of_pdf(pdf: bytes) -> str:
    return b" ".join(re.findall(rb"\(((?:\\.|[^()\\])*)\) ?Tj", pdf)).decode("latin-1")


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("level", Redaction)
def test_the_page_tells_what_the_report_tells(name: str, level: Redaction) -> None:
    report: EvmReport = redact_evm(REPORTS[name](), level, b"k" * 16)
    text = _text(views.report_html(evm_report_view(report, "1a2b 3c4d"), token="t"))
    assert views.NEVER_ASKS in text and "1a2b 3c4d" in text
    for account in (*report["accounts"], *report["smart_accounts"]):
        assert account["address"] in text
    for placeholder in report["placeholders"]:
        assert f"{placeholder['scheme']} #{placeholder['index']} ({placeholder['address']}) is skipped" in text
    assert all(unknown["reason_code"] in text for unknown in report["unknown"])
    assert all(chain["source"] in text for chain in report["chains"])
    assert all(note.split(":")[0] in text for note in report["notes"])


@pytest.mark.parametrize("name", REPORTS)
def test_the_pdf_tells_it_too(name: str) -> None:
    report = REPORTS[name]()
    shown = _of_pdf(report_pdf(evm_report_view(report, "1a2b"), compress=False))
    assert ("Not complete" in shown) != report["statement"]["complete"]
    bare = shown.replace(" ", "")
    assert all(a["address"] in bare for a in (*report["accounts"], *report["smart_accounts"]))


def test_redacted_pages_hold_no_address_and_no_amount() -> None:
    full = guide_scenes_evm.not_complete()
    found = [*full["accounts"], *full["smart_accounts"], *full["placeholders"], *full["unknown"]]
    private = [*(f["address"] for f in found), "1.5 ETH", "1,234.56", "USDC ("]
    for level in (Redaction.SHORT, Redaction.HASHED):
        view = evm_report_view(redact_evm(full, level, b"k" * 16))
        page, pdf = views.report_html(view, token="t"), report_pdf(view, compress=False)
        assert [p for p in private if p in page or p.encode() in pdf] == []


def test_letters_say_only_what_was_answered() -> None:
    live, legacy, own = evm_report_view(guide_scenes_evm.not_complete()).grids
    assert live.schemes[0].picture.words == "used 0, 2–4; unused 1, 5–9"
    assert legacy.schemes[0].picture.words == "unknown 0–1"
    assert own.schemes[0].picture.words == "used 0"
    assert (legacy.status, own.status) == (
        "none seen so far, 2 unknown",
        "not searched, 1 used as under another scheme",
    )


def test_a_walk_that_ended_early_calls_nothing_unused() -> None:
    report = guide_scenes_evm.found()
    report["schemes"][0] |= {"stop": "not-walked", "last": 19, "used": [{"from": 3, "to": 3}]}
    assert evm_report_view(report).grids[0].schemes[0].picture.words == "used 3; not asked 0–2, 4–19"


def test_a_search_for_one_address_has_no_grid_and_counts_no_accounts() -> None:
    view = evm_report_view(guide_scenes_evm.sought(9))
    assert view.grids == () and [fact.value for fact in view.summary] == ["found"]
    text = _text(views.report_html(view, token="t"))
    assert "ledger_live #9, m/44'/60'/9'/0/0" in text and "None found" not in text


def test_nought_is_said_by_a_complete_report_only() -> None:
    tiles = {fact.name: fact.value for fact in evm_report_view(guide_scenes_evm.nothing()).summary}
    assert tiles["Used accounts"] == "0"
    failed = evm_report_view(REPORTS["failed"]())
    assert {fact.name: fact.value for fact in failed.summary}["Used accounts"] == "none so far"
    assert failed.none_found == "None seen so far."


def test_warnings_of_smart_accounts_are_told() -> None:
    lost, never = evm_report_view(guide_scenes_evm.not_complete()).smart
    assert REPLACED in lost.facts and NEVER_MADE in never.facts
    assert any(fact.startswith("salt 4, made by 0x") for fact in lost.facts)


def test_a_report_of_enormous_indices_stays_small() -> None:
    report = guide_scenes_evm.found()
    report["schemes"][0] |= {"stop": "gap", "last": 2**31 - 1, "used": [{"from": 2**31 - 2, "to": 2**31 - 1}]}
    view = evm_report_view(report)
    assert len(views.report_html(view, token="t")) < 200_000
    assert report_pdf(view).startswith(b"%PDF")


@given(worlds.drawn())
@settings(max_examples=25, deadline=None)
def test_any_run_has_a_page_without_foreign_markup(result: EvmResult) -> None:
    view = evm_report_view(build_evm_report(result))
    html = views.report_html(view, token="t")
    assert html.count("<script") == 1 and "javascript:" not in html
    assert view.complete == build_evm_report(result)["statement"]["complete"]
