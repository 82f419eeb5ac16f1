"""Sheets for the person who helps: one for every step, in plain language, none of which asks for a secret."""

from __future__ import annotations

import re

import pytest

from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Family
from ledger_recovery.web.model.steps import SIDE_STEPS, STEPS, Step
from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.sheet import sheet_of

EVERY = (*STEPS, *SIDE_STEPS)
_HEX = re.compile(r"0x[0-9A-Fa-f]{2,}|\bAPDU\b|\bgRPC\b|status word", re.IGNORECASE)
_TELL = re.compile(r"(read|tell|say|type|send)[^.?]{0,40}\b(words|PIN|password|passphrase)\b", re.IGNORECASE)


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.code)
def test_every_step_has_its_sheet(step: Step, family: Family) -> None:
    sheet = sheet_of(step.sheet, family)
    assert sheet.goal and sheet.good and sheet.next
    assert all(question.endswith(("?", ".")) for question in sheet.ask)
    page = views.sheet_page(sheet, step, family)
    assert step.code in page and views.NEVER_ASKS in page
    assert all(trouble.do for trouble in sheet.trouble)


def test_where_the_families_differ_the_sheets_do() -> None:
    for step in (steps.START, steps.NETWORK, steps.APPROVE, steps.LOOKING_UP, steps.STOP_OR_GO_ON, steps.RESULT):
        said = views.sheet_page(sheet_of(step.sheet, Family.EVM), step, Family.EVM)
        assert sheet_of(step.sheet, Family.EVM) != sheet_of(step.sheet)
        assert not re.search(r"CCD|identit(y|ies)|credential", said), step.code


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("step", EVERY, ids=lambda step: step.code)
def test_no_question_asks_for_a_secret_or_in_jargon(step: Step, family: Family) -> None:
    sheet = sheet_of(step.sheet, family)
    for question in sheet.ask:
        assert _HEX.search(question) is None
        asked = _TELL.search(question)
        assert asked is None or "not" in question, question


@pytest.mark.parametrize("name", ["", "nothing", "../sheets/start", "start.toml", "/etc/passwd", "Start\x00"])
def test_there_is_no_other_sheet(name: str) -> None:
    with pytest.raises(KeyError):
        sheet_of(name)
