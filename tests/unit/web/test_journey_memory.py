"""What a guided run remembers of a person's answers: asked once, kept over an unplug and a kill; Ledgers never."""

from __future__ import annotations

import pytest

from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.errors import Unplugged
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import GuideState, QuestionKind
from ledger_recovery.web.run.actions import Flow, Plan
from ledger_recovery.web.run.place import Place, write_place
from ledger_recovery.web.run.session import GuideSession
from tests.unit.web.conftest import Guide, asked, at, say, until


async def approved(guide: Guide, session: GuideSession, requests: int) -> None:
    """Wait for that many requests since the start, and approve the last of them."""
    await until(session, lambda state: state.device.expected is not None and state.asked == requests)
    guide.ledger.decisions.put_nowait(True)


def go_on_with(state: GuideState) -> str:
    question = state.question
    return question.identity if question is not None and question.kind is QuestionKind.GO_ON else ""


async def test_going_on_is_asked_once_though_the_ledger_was_unplugged(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_recovery.web.run.journey.PAUSES", (0.01,))
    guide.ledger.faults = {2: Unplugged("the Ledger was unplugged")}
    session = await guide.start()
    questions: list[str] = []
    keep = session.hub.on_change
    assert keep is not None

    def watch(old: GuideState, new: GuideState) -> None:
        if go_on_with(new) and go_on_with(new) != go_on_with(old):
            questions.append(go_on_with(new))
        keep(old, new)

    session.hub.on_change = watch
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await say(session, "yes")
    await approved(guide, session, 1)
    await say(session, "yes")
    await approved(guide, session, 2)
    await say(session, "yes")
    await approved(guide, session, 3)
    await approved(guide, session, 4)
    await say(session, "no")
    await at(session, steps.RESULT)
    assert questions == ["ID #1", "ID #2", "ID #3"]


async def test_going_on_is_asked_again_after_the_person_stopped(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await say(session, "yes")
    await approved(guide, session, 1)
    await say(session, "yes")
    await until(session, lambda state: state.asked == 2)
    await session.go("stop")
    await session.choose(Flow.RESUME, Plan())
    assert go_on_with(await asked(session)) == "ID #1"


@pytest.mark.parametrize("code", ["R3", "R4", "R6"])
async def test_a_ledger_that_nobody_said_yes_to_is_asked_about_however_far_the_plan_was(
    guide: Guide, code: str
) -> None:
    """A plan that had begun once was taken as a yes to whatever Ledger was connected after a restart."""
    write_place(guide.settings.wallet, Place(code, plan=Plan(begun=True)))
    session = await guide.start()
    question = (await asked(session)).question
    assert question is not None
    assert question.kind is QuestionKind.SAME_WALLET


async def test_a_run_that_had_met_no_ledger_takes_none_unasked(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await asked(session)
    guide.ledger.obstacles = [DeviceState.DASHBOARD]  # nobody opens the app: the run has begun and knows no Ledger
    await say(session, "yes")
    await until(session, lambda state: state.search.running and state.step is steps.UNLOCK)
    again = await guide.killed().start()
    question = (await asked(again)).question
    assert again.hub.state.search.kind == "resume"
    assert question is not None
    assert question.kind is QuestionKind.SAME_WALLET


async def test_the_log_has_changes_of_the_device_only(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await say(session, "yes")
    await approved(guide, session, 1)
    await say(session, "no")
    await at(session, steps.RESULT)
    lines = [line.what for line in session.hub.state.log if line.what.startswith("device")]
    assert [line for line, before in zip(lines[1:], lines, strict=False) if line == before] == []
    assert len([line for line in lines if line.startswith("device ready ")]) == 1
