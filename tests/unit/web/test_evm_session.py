"""The guided run of the EVM family: the order of its steps, what interrupts it, and that nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.evm.double import EvmDouble, serving
from emulator.evm.state import Account, Chain, load
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.schemes import BIP44
from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.errors import InputError, LinkDoubtful
from ledger_recovery.recover.service import evm as service
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Family, GuideState, QuestionKind
from ledger_recovery.web.model.summary_evm import EvmSummary
from ledger_recovery.web.run import road_evm
from ledger_recovery.web.run.actions import EvmWish, Flow, Plan
from ledger_recovery.web.run.actions_evm import evm_policy_of
from ledger_recovery.web.run.place import place_file
from ledger_recovery.web.run.session import GuideSession
from tests.support.rpc_proxy import rpc_proxy
from tests.unit.web.conftest import asked, at, device_steps, say, turned_back, until
from tests.unit.web.evm_guide import ADDRESSES, EvmGuide, heard, steps_of, to_the_search

NOBODY = "http://127.0.0.1:9"
QUICK = EvmWish(gap=3)
WITH_HOLES = EvmWish(gap=5)
"""Reaches ledger_live #9 and legacy #3 of the demo, and #5, which is used on the second chain only."""


@pytest.fixture
async def demo() -> AsyncIterator[EvmDouble]:
    async with serving(load("demo")) as double:
        yield double


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Smart accounts are searched in the whole recovery only: the double's own machine takes a second for them."""
    if request.function is not test_a_whole_recovery_leads_through_the_steps_in_order:
        monkeypatch.setattr(road_evm, "evm_policy_of", lambda wish: replace(evm_policy_of(wish), smart_accounts=False))


@pytest.fixture
async def guide(tmp_path: Path, demo: EvmDouble) -> AsyncIterator[EvmGuide]:
    made = EvmGuide(tmp_path / "home", demo.urls)
    yield made
    for session in made.sessions:
        await session.close()


def kind_asked(state: GuideState) -> QuestionKind | None:
    return None if state.question is None else state.question.kind


async def asks(session: GuideSession, kind: QuestionKind) -> GuideState:
    return await until(session, lambda state: kind_asked(state) is kind)


def summary(state: GuideState) -> EvmSummary:
    assert isinstance(state.result, EvmSummary)
    return state.result


async def done(session: GuideSession) -> EvmSummary:
    """The result, once the run and what follows it is over."""
    await at(session, steps.RESULT)
    assert session._task is not None
    await session._task
    return summary(session.hub.state)


async def test_a_whole_recovery_leads_through_the_steps_in_order(guide: EvmGuide) -> None:
    session = await guide.start()
    states = heard(session)
    await session.choose(Flow.RECOVER, Plan())
    state = await asks(session, QuestionKind.SAME_WALLET)
    assert state.device.fingerprint == guide.ledger.fingerprint_text
    await say(session, "yes")
    state = await asks(session, QuestionKind.BEGIN)
    assert [(c.source, c.failure) for c in state.evm.chains] == [(_host(guide.rpc[0]), "")] * 2
    assert all(chain.height and chain.age is not None for chain in state.evm.chains)
    await say(session, "yes")
    await asks(session, QuestionKind.FURTHER)
    await say(session, "no")
    result = await done(session)
    # The first R8 is for the place file only: the question follows before any page is told.
    assert steps_of(states) == ["R0", "R1", "R3", "R4", "R6", "R8", "R7", "R8"]
    assert result.complete
    assert len(result.accounts) == 7
    assert all(account.name for account in result.accounts)
    assert session.hub.state.offers.accounts == 7


async def test_each_step_of_the_device_is_shown_and_passed_by_itself(guide: EvmGuide) -> None:
    guide.ledger.obstacles = [DeviceState.NO_DEVICE, DeviceState.LOCKED, DeviceState.WRONG_APP]
    shown = await device_steps(await guide.start())
    assert shown == ["R1 no-device", "R2 locked", "R2 wrong-app", "R2 ready", "R3 ready"]


async def test_the_app_is_opened_when_the_person_wants_it(guide: EvmGuide) -> None:
    guide.ledger.obstacles = [DeviceState.DASHBOARD, DeviceState.DASHBOARD]
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    question = (await asked(session)).question
    assert question is not None
    assert (question.kind, question.app) == (QuestionKind.OPEN_APP, "Ethereum")
    assert session.answer(question.number, "yes")
    await asks(session, QuestionKind.SAME_WALLET)


async def test_another_ledger_than_meant_ends_at_the_start_and_asks_no_chain(guide: EvmGuide, demo: EvmDouble) -> None:
    state = await turned_back(await guide.start())
    assert state.failure is not None
    assert state.failure.code == "cancelled"
    assert demo.asked == []


async def test_without_a_node_the_page_asks_for_one_and_goes_on_with_it(guide: EvmGuide, demo: EvmDouble) -> None:
    guide.rpc = ()
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    state = await until(session, lambda s: s.step is steps.NETWORK and not s.busy)
    assert (state.evm.nodes, state.question, state.failure) == ((), None, None)
    await session.use_nodes(" ".join(demo.urls))
    state = await asks(session, QuestionKind.BEGIN)
    assert state.evm.nodes == (_host(demo.urls[0]),)
    assert len(state.evm.chains) == 2


async def test_a_chain_that_is_silent_is_looked_at_again_while_the_person_reads(
    guide: EvmGuide, demo: EvmDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_recovery.web.run.journey.PAUSES", (0.01,))
    async with rpc_proxy(demo.urls[1]) as proxy:
        proxy.fail(lambda question, answer: b"not JSON")
        guide.rpc = (demo.urls[0], proxy.url)
        session = await guide.start()
        await session.choose(Flow.RECOVER, Plan())
        await say(session, "yes")
        state = await asks(session, QuestionKind.BEGIN)
        assert sorted(bool(chain.failure) for chain in state.evm.chains) == [False, True]
        proxy.spoil = None
        state = await until(session, lambda s: not any(chain.failure for chain in s.evm.chains))
        assert kind_asked(state) is QuestionKind.BEGIN
        assert all(chain.height for chain in state.evm.chains)


async def test_nodes_that_are_all_dead_are_tried_again_by_themselves(
    guide: EvmGuide, demo: EvmDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_recovery.web.run.journey.PAUSES", (0.01,))
    async with rpc_proxy(demo.urls[0]) as proxy:
        proxy.fail(lambda question, answer: b"not JSON")
        guide.rpc = (proxy.url,)
        session = await guide.start()
        await session.choose(Flow.RECOVER, Plan())
        await say(session, "yes")
        state = await until(session, lambda s: s.failure is not None)
        assert state.failure is not None
        assert (state.step, state.failure.code, state.failure.again_in) == (steps.NETWORK, "node", 0.01)
        assert state.evm.chains[0].failure
        proxy.spoil = None
        state = await asks(session, QuestionKind.BEGIN)
        assert state.failure is None


async def test_two_nodes_of_one_chain_are_told_where_others_can_be_typed(guide: EvmGuide, demo: EvmDouble) -> None:
    guide.rpc = (demo.urls[0], demo.urls[0].replace("127.0.0.1", "localhost"))
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    state = await until(session, lambda s: s.failure is not None)
    assert state.failure is not None
    assert (state.step, state.failure.again_in) == (steps.NETWORK, None)
    assert "one chain" in state.failure.sentence
    await session.use_nodes(demo.urls[0])
    await asks(session, QuestionKind.BEGIN)


async def test_a_host_stands_for_the_nodes_that_were_given_behind_it(guide: EvmGuide, demo: EvmDouble) -> None:
    """A page shows hosts only, so a person who adds a node leaves the others as hosts."""
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    state = await asks(session, QuestionKind.BEGIN)
    async with rpc_proxy(demo.urls[0]) as proxy:
        with pytest.raises(InputError, match="cannot be used"):
            await session.use_nodes("unknown.example")
        await session.use_nodes(f"{state.evm.nodes[0]}, {proxy.url}")
        state = await until(session, lambda s: s.failure is not None)
        assert state.failure is not None and "one chain" in state.failure.sentence
        assert state.evm.nodes == (_host(demo.urls[0]), _host(proxy.url))


@pytest.mark.parametrize("code", ["R3", "R4", "R6", "R7", "R8", "R9"])
async def test_after_a_kill_the_page_is_where_it_was(guide: EvmGuide, code: str) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=QUICK))
    await asks(session, QuestionKind.SAME_WALLET)
    if code != "R3":
        await say(session, "yes")
        await asks(session, QuestionKind.BEGIN)
    if code not in ("R3", "R4"):
        if code == "R6":
            guide.ledger.faults = [LinkDoubtful("the link is in doubt")] * 99
        await say(session, "yes")
    if code == "R6":
        await until(session, lambda s: s.failure is not None)
    elif code in ("R7", "R8", "R9"):
        await asks(session, QuestionKind.FURTHER)
        await until(session, lambda s: s.offers.accounts > 0)
    if code in ("R8", "R9"):
        await say(session, "no")
        await done(session)
    if code == "R9":
        await session.go("save")
    after = guide.killed()
    again = await after.start()
    if code == "R3":
        await asks(again, QuestionKind.SAME_WALLET)
    elif code == "R4":
        await to_the_search(again)  # the Ledger of this program's life is asked about: it may be another one
        await asks(again, QuestionKind.FURTHER)
    elif code in ("R6", "R7"):
        state = await asks(again, QuestionKind.FURTHER)
        assert summary(state).complete
    else:
        assert again.hub.state.step.code == code
        assert summary(again.hub.state).complete
        assert again.report is not None


async def test_after_a_kill_in_the_search_the_ledger_is_asked_for_nothing_twice(guide: EvmGuide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=QUICK))
    await say(session, "yes")
    await asks(session, QuestionKind.BEGIN)
    guide.ledger.stop_after(5)
    await say(session, "yes")
    await until(session, lambda s: s.search.running and guide.ledger.stopped)
    after = guide.killed()
    before = len(guide.ledger.asked)
    again = await after.start()
    await asks(again, QuestionKind.FURTHER)
    assert before == 5
    paths = [*guide.ledger.asked, *after.ledger.asked]
    hardened_every_time = [path for path in paths if path[:2] == (44 | 1 << 31, 60 | 1 << 31) and len(path) == 5]
    assert len(hardened_every_time) == len(set(hardened_every_time))


async def test_a_run_that_failed_goes_on_where_it_was(guide: EvmGuide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger_recovery.web.run.journey.PAUSES", (0.01,))
    session = await guide.start()
    states = heard(session)
    await session.choose(Flow.RECOVER, Plan(evm=QUICK))
    await say(session, "yes")
    await asks(session, QuestionKind.BEGIN)
    guide.ledger.faults = [LinkDoubtful("the link is in doubt")]
    await say(session, "yes")
    state = await asks(session, QuestionKind.FURTHER)
    assert {s.step for s in states if s.failure is not None} == {steps.CONNECT}
    assert state.search.kind == "resume"
    assert summary(state).complete


async def test_the_stop_button_keeps_what_was_found(guide: EvmGuide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "yes")
    await asks(session, QuestionKind.BEGIN)
    guide.ledger.stop_after(15)
    await say(session, "yes")
    await until(session, lambda s: guide.ledger.stopped)
    await session.go("stop")
    state = session.hub.state
    assert state.step is steps.RESULT
    assert state.statement.startswith("Not complete: ")
    assert state.offers.resumable is not None
    guide.ledger.gate.set()
    await session.choose(Flow.RESUME, Plan())
    await asks(session, QuestionKind.FURTHER)
    assert summary(session.hub.state).complete


async def test_a_wider_search_is_made_when_an_account_is_missed_and_asks_nothing_again(
    guide: EvmGuide,
) -> None:
    behind = ADDRESSES["bip44"][9]
    async with serving((Chain("one", 7, {behind: Account(nonce=1)}),)) as double:
        guide.rpc = double.urls
        session = await guide.start()
        await session.choose(Flow.RECOVER, Plan(evm=EvmWish(gap=6)))
        await to_the_search(session)
        state = await asks(session, QuestionKind.FURTHER)
        assert (summary(state).accounts, state.evm.gap) == ((), 6)
        await say(session, "yes")
        state = await until(session, lambda s: kind_asked(s) is QuestionKind.FURTHER and s.evm.gap == 12)
        assert [account.address for account in summary(state).accounts] == [checksum(behind)]
        await until(session, lambda s: s.offers.accounts > 0)
        after = guide.killed()
        again = await after.start()
        state = await asks(again, QuestionKind.FURTHER)
        assert [account.address for account in summary(state).accounts] == [checksum(behind)]
        assert state.evm.gap == 12, "the page says how far was searched"
        await say(again, "no")
        assert (await done(again)).complete


async def test_a_wider_search_can_be_begun_from_the_result(guide: EvmGuide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=QUICK))
    await to_the_search(session)
    await say(session, "no")
    await done(session)
    again = await guide.killed().start()
    await again.choose(Flow.FURTHER, Plan())
    state = await until(again, lambda s: kind_asked(s) is QuestionKind.FURTHER)
    assert state.evm.gap == 6


async def test_a_search_for_one_address_asks_no_chain_and_leaves_no_address_in_the_place_file(
    guide: EvmGuide, demo: EvmDouble
) -> None:
    wanted = checksum(ADDRESSES["legacy"][3])
    guide.rpc = ()
    session = await guide.start()
    states = heard(session)
    await session.choose(Flow.RECOVER, Plan(evm=EvmWish(find=wanted)))
    await say(session, "yes")
    result = await done(session)
    assert steps_of(states) == ["R0", "R1", "R3", "R6", "R8"]
    assert (result.wanted, result.complete) == (wanted, False)
    assert result.found.startswith("legacy #3")
    assert session.hub.state.evm.found.startswith("legacy #3")
    assert wanted not in place_file(guide.wallet).read_text()
    assert demo.asked == []


async def test_a_search_for_one_address_goes_on_after_a_kill(guide: EvmGuide) -> None:
    wanted = checksum(ADDRESSES["legacy"][3])
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=EvmWish(find=wanted)))
    await asks(session, QuestionKind.SAME_WALLET)
    guide.ledger.stop_after(1)
    await say(session, "yes")
    await until(session, lambda s: guide.ledger.stopped)
    again = await guide.killed().start()
    state = await until(again, lambda s: s.result is not None)
    assert summary(state).found.startswith("legacy #3")
    assert state.evm.wanted == wanted


@pytest.mark.parametrize("wish", [EvmWish(find="0x" + "11" * 20), EvmWish(owners=("0x" + "11" * 20,))], ids=str)
async def test_addresses_that_were_typed_are_asked_for_again_when_the_search_had_not_begun(
    guide: EvmGuide, wish: EvmWish
) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=wish))
    await asks(session, QuestionKind.SAME_WALLET)
    after = guide.killed()
    assert b"11" * 20 not in after.written()
    again = await after.start()
    state = again.hub.state
    assert state.step is steps.START
    assert state.failure is not None
    assert state.failure.code == "typed-again"


async def test_a_url_that_may_hold_a_key_is_kept_in_memory_only_and_asked_for_again(
    guide: EvmGuide, demo: EvmDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    guide.rpc = ()
    async with rpc_proxy(demo.urls[0]) as proxy:
        session = await guide.start()
        states = heard(session)
        await session.choose(Flow.RECOVER, Plan(evm=QUICK))
        await say(session, "yes")
        await until(session, lambda s: s.step is steps.NETWORK and not s.busy)
        await session.use_nodes(proxy.url)
        await asks(session, QuestionKind.BEGIN)
        guide.ledger.stop_after(2)
        await say(session, "yes")
        await until(session, lambda s: guide.ledger.stopped)
        after = guide.killed()
        again = await after.start()
        state = await until(again, lambda s: s.step is steps.NETWORK and bool(s.evm.again))
        assert (state.evm.again, state.question) == ((_host(proxy.url),), None)
        await again.use_nodes(proxy.url)
        state = await asks(again, QuestionKind.FURTHER)
        assert summary(state).complete
        logged = " ".join(r.getMessage() for r in caplog.records if r.name != "aiohttp.access")
        said = f"{logged} {states!r} {again.hub.state!r} {session._plan!r}"
        assert "secret-key" not in said
        assert b"secret-key" not in guide.written()
        assert b"secret-key" not in after.written()


async def test_a_url_that_was_typed_is_not_asked_for_when_the_program_is_started_with_it(
    guide: EvmGuide, demo: EvmDouble
) -> None:
    guide.rpc = ()
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=QUICK, nodes=demo.urls))
    await say(session, "yes")
    await asks(session, QuestionKind.BEGIN)
    again = await guide.killed(*demo.urls).start()
    await say(again, "yes")
    state = await asks(again, QuestionKind.BEGIN)
    assert (state.evm.again, len(state.evm.chains)) == ((), 2)


async def test_what_a_silent_chain_left_unknown_is_asked_again_without_the_ledger(
    guide: EvmGuide, demo: EvmDouble
) -> None:
    guide.rpc = (demo.urls[0], NOBODY)
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=WITH_HOLES))
    await to_the_search(session)
    result = await done(session)
    assert not result.complete
    assert result.unknown > 0
    assert session.hub.state.offers.retriable is not None
    after = guide.killed(*demo.urls)
    after.ledger.absent = True
    again = await after.start()
    assert again.hub.state.step is steps.RESULT
    await again.choose(Flow.RETRY, Plan())
    state = await until(again, lambda s: s.result is not None and summary(s).unknown == 0)
    assert len(summary(state).accounts) > len(result.accounts)


async def test_addresses_are_compared_on_the_ledger_at_the_end(guide: EvmGuide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=replace(WITH_HOLES, show=True)))
    await to_the_search(session)
    for approved in (True, False):
        state = await until(session, lambda s: s.device.expected is not None and s.step is steps.APPROVE)
        guide.ledger.decisions.put_nowait(approved)
        await until(session, lambda s, n=state.asked: s.asked > n or s.device.expected is None)  # type: ignore[misc]
    state = await asks(session, QuestionKind.FURTHER)
    assert [account.shown for account in summary(state).accounts].count(True) == 1
    assert (state.approved, state.declined) == (1, 1)
    assert state.question is not None
    session.answer(state.question.number, "yes")
    state = await until(session, lambda s: kind_asked(s) is QuestionKind.FURTHER and s.evm.gap == 10)
    assert state.asked == 2, "a search that only goes further compares nothing a second time"
    assert len(state.evm.unconfirmed) == 1, "what was not confirmed is still told"
    assert not session.road.trip(Plan(evm=QUICK)).shown(state)["evm"].unconfirmed, "a new search compares anew"


async def test_the_family_is_chosen_on_the_start_page_and_kept(guide: EvmGuide) -> None:
    session = await guide.start()
    await session.choose_family(Family.CONCORDIUM)
    assert (session.hub.state.family, session.hub.state.step) == (Family.CONCORDIUM, steps.START)
    await session.choose_family(Family.EVM)
    again = await guide.killed().start()
    assert again.hub.state.family is Family.EVM


async def test_what_is_not_possible_now_is_refused(guide: EvmGuide) -> None:
    session = await guide.start()
    for flow in (Flow.RESUME, Flow.RETRY, Flow.FURTHER):
        with pytest.raises(InputError):
            await session.choose(flow, Plan())
    with pytest.raises(InputError):
        await session.use_nodes("https://node.example")


async def test_the_page_says_nothing_of_other_runs_than_its_own_family(guide: EvmGuide) -> None:
    session = await guide.start()
    await session.choose(Flow.RECOVER, Plan(evm=QUICK))
    await to_the_search(session)
    await say(session, "no")
    await done(session)
    assert len(service.runs(guide.settings)) == 1
    await session.choose_family(Family.CONCORDIUM)
    state = session.hub.state
    assert (state.result, state.statement, state.offers.accounts) == (None, "", 0)
    assert BIP44.name not in repr(state.offers)


def _host(url: str) -> str:
    return url.split("/")[2]
