"""The guided run: in what order a person is led, what interrupts it, and that nothing is lost."""

from __future__ import annotations

import asyncio
import json
import stat

import pytest

from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.errors import InputError, LinkDoubtful
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import GuideState, QuestionKind
from ledger_recovery.web.model.summary import ResultSummary
from ledger_recovery.web.run.actions import Flow, Plan
from ledger_recovery.web.run.place import place_file
from ledger_recovery.web.run.session import GuideSession
from tests.support.memory_chain import unavailable
from tests.unit.web.conftest import Guide, asked, at, device_steps, say, turned_back, until


async def begin(session: GuideSession) -> None:
    """From the start page to the first request on the Ledger."""
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await say(session, "yes")


async def approve_and_stop(guide: Guide, session: GuideSession, indices: int) -> None:
    """Approve so many indices from here on, then stop and wait for the result."""
    for n in range(indices):
        await until(session, lambda state: state.device.expected is not None)
        guide.ledger.decisions.put_nowait(True)
        await say(session, "no" if n == indices - 1 else "yes")
    await at(session, steps.RESULT)
    assert session._task is not None
    await session._task


async def test_a_whole_recovery_leads_through_the_steps_in_order(guide: Guide) -> None:
    guide.deploy(0, 0)
    guide.deploy(1, 3)
    session = await guide.start()
    seen: list[str] = []

    def watch(old: GuideState, new: GuideState) -> None:
        if old.step is not new.step:
            seen.append(new.step.code)

    session.hub.on_change = watch
    await begin(session)
    await approve_and_stop(guide, session, 2)
    result = (await until(session, lambda s: s.result is not None and bool(s.result.accounts[0].name))).result
    assert isinstance(result, ResultSummary)
    assert seen == ["R1", "R3", "R4", "R6", "R5", "R6", "R7", "R6", "R5", "R6", "R7", "R6", "R8"]
    assert result.complete
    assert [a.places for a in result.accounts] == [("ID #0, credential 0",), ("ID #1, credential 3",)]
    assert all(a.key_status == "can-sign" and a.name == a.address[:8] for a in result.accounts)


async def test_each_step_of_the_device_is_shown_and_passed_by_itself(guide: Guide) -> None:
    guide.ledger.obstacles = [DeviceState.NO_DEVICE, DeviceState.LOCKED, DeviceState.WRONG_APP]
    shown = await device_steps(await guide.start())
    assert shown == ["R1 no-device", "R2 locked", "R2 wrong-app", "R2 ready", "R3 ready"]


async def test_the_app_is_opened_only_when_the_person_wants_it(guide: Guide) -> None:
    guide.ledger.obstacles = [DeviceState.DASHBOARD, DeviceState.DASHBOARD]
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    question = (await asked(session)).question
    assert question is not None
    assert question.kind is QuestionKind.OPEN_APP
    assert session.answer(question.number, "yes")
    state = await until(session, lambda s: s.question is not None and s.question.kind is QuestionKind.SAME_WALLET)
    assert state.step is steps.SAME_WALLET


async def test_another_ledger_than_meant_ends_at_the_start_and_asks_no_node(guide: Guide) -> None:
    state = await turned_back(await guide.start())
    assert state.failure is not None
    assert state.failure.code == "cancelled"
    assert guide.chain.pins == 0


async def test_a_ledger_that_the_wallet_knows_is_not_asked_about(guide: Guide) -> None:
    guide.deploy(0, 0)
    session = await guide.start()
    await begin(session)
    await approve_and_stop(guide, session, 1)
    await session.choose(Flow.RECOVER, Plan())
    question = (await asked(session)).question
    assert question is not None
    assert question.kind is QuestionKind.BEGIN


async def test_a_declined_index_is_asked_once_more_or_left_unknown(guide: Guide) -> None:
    session = await guide.start()
    await begin(session)
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(False)
    assert (await asked(session)).step is steps.APPROVE
    await say(session, "yes")
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(False)
    await say(session, "no")
    await say(session, "no")
    state = await at(session, steps.RESULT)
    assert state.result is not None
    assert not state.result.complete
    assert "declined" in state.statement
    assert state.declined == 2


async def test_a_dead_node_is_tried_again_by_itself_and_told_with_its_fix(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_recovery.web.run.journey.PAUSES", (0.01,))
    guide.chain.pin_error = unavailable()
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    state = await until(session, lambda s: s.failure is not None)
    assert state.failure is not None
    assert (state.step, state.failure.code, state.failure.again_in) == (steps.NETWORK, "node", 0.01)
    assert state.failure.hint
    guide.chain.pin_error = None
    question = (await asked(session)).question
    assert question is not None
    assert question.kind is QuestionKind.BEGIN
    assert session.hub.state.failure is None


async def test_a_link_in_doubt_is_met_again_at_the_persons_word(guide: Guide) -> None:
    guide.ledger.ready_faults = [LinkDoubtful("the link is in doubt", "plug it in again")]
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    state = await until(session, lambda s: s.failure is not None)
    assert state.step is steps.CONNECT
    await session.go("again")
    assert (await asked(session)).step is steps.SAME_WALLET


async def test_a_run_that_failed_goes_on_where_it_was(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger_recovery.web.run.journey.PAUSES", (0.01,))
    guide.deploy(0, 0)
    guide.ledger.faults = {1: LinkDoubtful("the link is in doubt")}
    session = await guide.start()
    await begin(session)
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(True)
    await say(session, "yes")
    await until(session, lambda state: state.device.expected is not None and state.asked == 2)
    guide.ledger.decisions.put_nowait(True)
    await until(session, lambda state: state.asked == 3)  # the same identity: nothing in between is asked again
    assert session.hub.state.search.kind == "resume"
    await approve_and_stop(guide, session, 1)
    assert [i.index for i in guide.ledger.approved] == [0, 1]
    assert session.hub.state.result is not None
    assert session.hub.state.result.complete


async def test_the_stop_button_keeps_what_was_found(guide: Guide) -> None:
    guide.deploy(0, 0)
    session = await guide.start()
    await begin(session)
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(True)
    await say(session, "yes")
    await until(session, lambda state: state.device.expected is not None)
    await session.go("stop")
    state = session.hub.state
    assert state.step is steps.RESULT
    assert state.statement.startswith("Not complete: ")
    assert state.offers.resumable is not None
    assert state.offers.accounts == 1


async def test_after_a_kill_the_page_is_where_it_was_and_nothing_is_approved_twice(guide: Guide) -> None:
    guide.deploy(0, 0)
    session = await guide.start()
    await begin(session)
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(True)
    await say(session, "yes")
    await until(session, lambda s: s.device.expected is not None and bool(s.indices and s.indices[0].count("D")))
    after = guide.killed()
    again = await after.start()
    state = await until(again, lambda s: s.device.expected is not None)
    assert state.device.expected is not None
    assert state.device.expected.check == "ID #1", "the person had said to go on with it, and is not asked again"
    after.ledger.decisions.put_nowait(True)
    question = (await asked(again)).question
    assert question is not None
    assert (question.kind, question.identity) == (QuestionKind.GO_ON, "ID #2")
    await say(again, "no")
    state = await at(again, steps.RESULT)
    assert [i.index for i in after.ledger.approved] == [1]
    assert state.result is not None
    assert state.result.complete
    assert len(state.result.accounts) == 1


@pytest.mark.parametrize(("to", "step"), [("result", steps.RESULT), ("save", steps.SAVE), ("finish", steps.START)])
async def test_a_finished_run_is_shown_again_from_its_signed_report(guide: Guide, to: str, step: steps.Step) -> None:
    holder = guide.deploy(0, 0)
    session = await guide.start()
    await begin(session)
    await approve_and_stop(guide, session, 1)
    await session.go(to)
    before = session.hub.state.result
    again = await guide.killed().start()
    assert again.hub.state.step is step
    if step is not steps.START:
        assert before is not None
        assert again.hub.state.result is not None
        assert again.hub.state.result.accounts[0].address == encode_address(holder.address)
        assert again.hub.state.result.statement == before.statement
        assert again.report is not None


async def test_an_altered_report_is_not_shown_as_a_result(guide: Guide) -> None:
    guide.deploy(0, 0)
    session = await guide.start()
    await begin(session)
    await approve_and_stop(guide, session, 1)
    after = guide.killed()
    report = next(after.settings.reports.glob("*.json"))
    report.write_bytes(report.read_bytes().replace(b"deployed", b"absent__", 1))
    again = await after.start()
    assert again.hub.state.result is None
    assert again.hub.state.step is steps.START


async def test_the_place_file_is_private_and_holds_no_address_or_fingerprint(guide: Guide) -> None:
    holder = guide.deploy(0, 0)
    session = await guide.start()
    await begin(session)
    await approve_and_stop(guide, session, 1)
    path = place_file(guide.settings.wallet)
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(text)["code"] == "R8"
    assert encode_address(holder.address) not in text
    assert guide.ledger.fingerprint[:16] not in text


async def test_going_back_to_the_start_forgets_the_place(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await asked(session)
    assert place_file(guide.settings.wallet).exists()
    await session.go("start")
    assert not place_file(guide.settings.wallet).exists()
    assert session.hub.state.step is steps.START
    assert session.hub.state.question is None


async def test_unknown_cells_are_asked_again_without_the_ledger(guide: Guide) -> None:
    holder = guide.deploy(0, 0)
    guide.chain.broken = {holder.credentials[0].cred_id}
    guide.chain.list_error = unavailable()
    session = await guide.start()
    await begin(session)
    await approve_and_stop(guide, session, 1)
    assert session.hub.state.result is not None
    assert session.hub.state.result.unknown > 0
    await until(session, lambda s: s.offers.retriable is not None)
    guide.chain.broken, guide.chain.list_error = set(), None
    await session.choose(Flow.RETRY, Plan())
    state = await until(session, lambda s: s.result is not None and s.result.unknown == 0)
    assert len(guide.ledger.approved) == 1
    assert state.result is not None
    assert [a.address for a in state.result.accounts] == [encode_address(holder.address)]


async def test_the_account_that_a_person_looks_for_is_told_when_it_turns_up(guide: Guide) -> None:
    address = encode_address(guide.deploy(1, 2).address)
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(), sought=address)
    await say(session, "yes")
    await say(session, "yes")
    await until(session, lambda state: state.device.expected is not None)
    guide.ledger.decisions.put_nowait(True)
    await say(session, "yes")
    assert session.hub.state.sought.found == ""
    await approve_and_stop(guide, session, 1)
    assert session.hub.state.sought.found == "ID #1, credential 2"


async def test_what_is_not_possible_now_is_refused(guide: Guide) -> None:
    session = await guide.start()
    for to in ("result", "save", "finish", "again", "nowhere"):
        with pytest.raises(InputError):
            await session.go(to)
    with pytest.raises(InputError):
        await session.choose(Flow.RESUME, Plan())
    with pytest.raises(InputError):
        await session.use_nodes("https://node.example:20000")


async def test_an_answer_to_an_earlier_question_changes_nothing(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    first = (await asked(session)).question
    assert first is not None
    assert not session.answer(first.number, "perhaps")
    assert session.answer(first.number, "yes")
    second = (await until(session, lambda s: s.question is not None and s.question.kind is QuestionKind.BEGIN)).question
    assert second is not None
    assert not session.answer(first.number, "no")
    assert session.hub.state.question == second


async def test_other_nodes_are_asked_at_once(guide: Guide) -> None:
    guide.chain.pin_error = unavailable()
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await until(session, lambda s: s.failure is not None)
    guide.chain.pin_error = None
    await session.use_nodes("https://other.example:20000")
    state = await until(session, lambda s: s.question is not None and s.question.kind is QuestionKind.BEGIN)
    assert state.node.urls == ("https://other.example:20000",)
    assert state.failure is None


async def test_to_go_on_with_one_path_is_no_word_about_another(guide: Guide) -> None:
    """Providers are walked in the order in which they were typed; each path is asked about by itself."""
    session = await guide.start()
    person = session.person
    person.agreed = IdentityRef(5, 3).sort_key
    assert await person.go_on(IdentityRef(4, 3), None)
    for other in (IdentityRef(1, 1), IdentityRef(1), IdentityRef(6, 3)):
        going = asyncio.create_task(person.go_on(other, None))
        await say(session, "no")
        assert not await going


async def test_two_pages_that_begin_at_once_leave_one_run_under_way(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await asked(session)
    plans = [Plan(mode=mode) for mode in ("direct", "private", "thorough")]
    await asyncio.gather(*(session.choose(Flow.RECOVER, plan) for plan in plans))
    assert [task.get_name() for task in asyncio.all_tasks()].count("guided run") == 1
    await until(session, lambda s: s.question is not None and s.search.mode == "thorough")


async def test_nothing_begins_any_more_once_the_guide_is_being_closed(guide: Guide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await asked(session)
    closing = asyncio.create_task(session.close())
    await asyncio.sleep(0)
    with pytest.raises(InputError, match="closed"):
        await session.choose(Flow.RECOVER, Plan())
    await closing
    assert "guided run" not in [task.get_name() for task in asyncio.all_tasks()]


async def test_turning_back_while_the_app_is_being_opened_ends_the_search(guide: Guide) -> None:
    """The permission to open the app is used up later, by the device's next look."""
    guide.ledger.obstacles = [DeviceState.DASHBOARD]
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    question = (await asked(session)).question
    assert question is not None
    assert session.answer(question.number, "yes")
    async with asyncio.timeout(10):
        await session.go("start")
    assert session.hub.state.step is steps.START
    assert "guided run" not in [task.get_name() for task in asyncio.all_tasks()]


async def test_a_defect_ends_the_search_and_tells_its_kind_only(
    guide: Guide, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = await guide.start()

    def broken(road: object, plan: Plan) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("ledger_recovery.web.run.road_concordium.ConcordiumRoad.trip", broken)
    await session.choose(Flow.RECOVER, Plan())
    state = await until(session, lambda s: s.failure is not None)
    assert state.failure is not None
    assert (state.step, state.search.running, state.question) == (steps.START, False, None)
    assert "ZeroDivisionError" in state.failure.sentence
    assert "secret" not in f"{state!r} {caplog.text}"
    with pytest.raises(InputError):
        await session.go("again")
