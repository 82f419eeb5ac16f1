"""What a state looks like: every page whole, every text escaped, the fixed sentence always there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.interaction import DeviceState, ExpectedScreen, Notice
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import DeviceView, Failure, FileView, GuideState, Question, QuestionKind
from ledger_recovery.web.model.summary import ResultSummary
from ledger_recovery.web.pages import views
from tests.support.guide_scenes import scenes

SCENES = scenes()
_FORM = re.compile(r"<form[^>]*method=\"post\"[^>]*>(.*?)</form>", re.DOTALL)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("name", SCENES)
def test_every_page_is_whole(name: str) -> None:
    state = SCENES[name]
    page = views.render(state, token="the-token", demo=False)
    assert page.html.count("<h1") == 1
    assert views.NEVER_ASKS in page.html
    assert f'id="code" title="Tell this code to the person who helps you">{state.step.code}<' in page.html
    assert set(page.fragments) == set(views.REGIONS)
    assert all(html in page.html for html in page.fragments.values())
    assert page.announce and len(page.announce) <= 600
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", page.html)
    assert all("://127.0.0.1" in url for url in re.findall(r"(?:src|href)=\"(https?[^\"]*)\"", page.html))


@pytest.mark.parametrize("name", SCENES)
def test_every_form_carries_the_token(name: str) -> None:
    html = views.render(SCENES[name], token="the-token", demo=True).html
    forms = _FORM.findall(html)
    assert forms or SCENES[name].ended
    assert all('name="csrf" value="the-token"' in form for form in forms)


@pytest.mark.parametrize("kind", QuestionKind)
def test_every_question_has_its_answers(kind: QuestionKind) -> None:
    found = [s for s in SCENES.values() if s.question is not None and s.question.kind is kind]
    assert found, f"no scene asks {kind}"
    for state in found:
        html = views.render(state, token="t", demo=False).fragments["ask"]
        wanted = {"none", "0", "1"} if kind is QuestionKind.CHOOSE_DEVICE else {"yes", "no"}
        assert set(re.findall(r'name="answer" value="([^"]*)"', html)) == wanted
        assert 'name="question" value="7"' in html


@given(st.sampled_from(steps.STEPS), st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_no_foreign_text_becomes_markup(step: steps.Step, text: str) -> None:
    foreign = EVIL + text
    state = GuideState(
        step=step,
        device=DeviceView(
            DeviceState.WRONG_APP,
            Notice(DeviceState.WRONG_APP, foreign, foreign),
            ExpectedScreen(foreign, "nanosp", ((foreign,),), (foreign,), foreign),
        ),
        question=Question(1, QuestionKind.DECLINED, foreign, foreign),
        failure=Failure(foreign, foreign, foreign),
        file=FileView("own", foreign, conflicts=(foreign,), notes=(foreign,)),
        warnings=(foreign,),
        busy=foreign,
    )
    page = views.render(state, token="t", demo=False)
    for html in (page.html, *page.fragments.values()):
        assert "<script>alert" not in html and "<img src=x" not in html


def test_a_failure_is_one_cause_and_one_fix() -> None:
    html = views.render(SCENES["04-network-dead"], token="t", demo=False).fragments["notice"]
    assert "No node answers: connection refused." in html
    assert "Check the address, or give another node." in html
    assert "tried again by itself" in html and "R4 · node" in html


def test_the_word_complete_is_not_claimed_while_something_is_unknown() -> None:
    html = views.render(SCENES["08-result-unknown"], token="t", demo=False).fragments["main"]
    assert "The search is complete." not in html and "The search is not complete." in html
    assert "0 accounts" not in html and ">0</b><span>accounts" not in html


def test_no_account_is_counted_as_none_while_something_is_unknown() -> None:
    """A nought is a claim; only a complete search may make it."""
    shown = [(s, s.result) for s in SCENES.values() if isinstance(s.result, ResultSummary) and s.step.code == "R8"]
    assert shown
    for state, result in shown:
        for complete, tile in (
            (False, "<b>–</b><span>no account seen so far</span>"),
            (True, "<b>0</b><span>accounts</span>"),
        ):
            empty = replace(state, result=replace(result, accounts=(), complete=complete))
            assert tile in views.render(empty, token="t", demo=False).fragments["main"]


def test_a_grid_that_does_not_change_gives_the_same_fragment() -> None:
    state = SCENES["06-looking-up"]
    one = views.render(state, token="t", demo=False)
    other = views.render(replace(state, version=state.version + 1), token="t", demo=False)
    assert one.fragments == other.fragments


def test_a_busy_ledger_is_not_blamed_on_another_program() -> None:
    """It may be this one's own request, which a killed run left on the screen."""
    busy = Notice(DeviceState.BUSY, "the Ledger is busy with another step", "Finish or decline what its screen shows.")
    state = GuideState(step=steps.CONNECT, device=DeviceView(DeviceState.BUSY, busy))
    main = views.render(state, token="t", demo=False).fragments["main"]
    assert "The Ledger is busy</h1>" in main and "another program" not in main.lower()


def test_the_entrance_holds_no_data() -> None:
    assert views.render(SCENES["08-result"], token="t", demo=False).html != views.enter_page()
    assert "csrf" not in views.enter_page() and views.NEVER_ASKS in views.enter_page()


def test_a_refusal_is_told_as_a_sentence() -> None:
    html = views.failure_page("the report was altered", "make another one", "report-altered")
    assert "The report was altered." in html and "Make another one." in html and views.NEVER_ASKS in html
