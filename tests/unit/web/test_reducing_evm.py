"""What the events of an EVM run mean for the page, and that no sequence of them breaks or bloats it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.model import Finality, Point
from ledger_recovery.derive.evm.schemes import LEDGER_LIVE
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.evm import events as evm
from ledger_recovery.recover.evm.model import Place, Use
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.reducing_evm import chain_failed, chain_seen, reduce_evm
from ledger_recovery.web.model.state import MAX_LOG, MAX_TEXT, MAX_WARNINGS, Family, GuideState
from ledger_recovery.web.model.state_evm import MAX_CHAINS, MAX_PLACES, MAX_SCHEMES, ChainView, EvmView
from ledger_recovery.web.model.summary_evm import EvmSummary
from tests.unit.recover.evm import made, worlds

ETH, RPC = "eth.example:8545", "rpc.example"
PLACE = Place("ledger_live", 3, LEDGER_LIVE.path(3), made.address(3))
START = GuideState(family=Family.EVM)

texts = st.text(max_size=700)
counts = st.integers(0, 10**6)
indices = st.integers(-3, 2**31 - 1)
stops = st.builds(Stop, st.sampled_from(StopReason), indices, st.just((1, 2)))
screens = st.builds(ExpectedScreen, texts, texts, st.just((("Verify",),)), st.just(("right",)), texts)


def point(name: str = "ethereum", source: str = ETH, height: int = 100) -> Point:
    return Point(name, b"\x01" * 32, b"\x02" * 32, height, made.NOW, 12.0, Finality.FINALIZED, (source,))


events: st.SearchStrategy[evm.EvmEvent] = st.one_of(
    st.builds(ev.RunBegan, texts, st.sampled_from(("recover", "resume", "retry")), texts),
    st.builds(ev.Pinned, st.builds(point, texts, texts, counts), st.booleans()),
    st.builds(ev.Warned, texts),
    st.builds(ev.DeviceNoticed, st.builds(Notice, st.sampled_from(DeviceState), texts, texts)),
    st.builds(ev.DeviceReady, st.just(DeviceInfo("tcp:1", "x", None, "E", "1", "", DeviceState.READY, True))),
    st.builds(ev.ApprovalExpected, st.none(), screens),
    st.builds(ev.ApprovalSettled, st.none(), st.booleans()),
    texts.map(lambda text: ev.ChangesPlanned((text,) * 60, (text,) * 60)),
    st.builds(ev.ChangesApplied, counts),
    st.builds(evm.ChainFailed, texts, texts, texts, texts),
    st.builds(evm.PlacesDerived, texts, indices, indices),
    st.builds(
        evm.PlacesAnswered,
        texts,
        st.lists(st.tuples(indices, st.sampled_from(Use)), max_size=6).map(tuple),
    ),
    st.builds(evm.SchemeEnded, texts, stops, texts),
    st.builds(evm.SmartAccountsLooked, texts, counts, counts, counts, counts),
    st.just(evm.AddressFound(PLACE)),
    st.builds(evm.AddressShown, st.just(PLACE), st.booleans()),
    st.builds(evm.EvmRunEnded, worlds.drawn(), texts, texts),
)


@given(st.lists(events, max_size=25))
@settings(max_examples=30, deadline=None)
def test_any_events_give_a_bounded_state_and_every_change_is_a_new_version(told: Sequence[evm.EvmEvent]) -> None:
    state = START
    for number, event in enumerate(told, 1):
        state = reduce_evm(state, event, float(number))
        assert state.version == number
    view = state.evm
    assert len(view.chains) <= MAX_CHAINS and len(view.schemes) <= MAX_SCHEMES
    assert all(len(one.letters) <= MAX_PLACES and one.derived <= MAX_PLACES for one in view.schemes)
    assert len(state.warnings) <= MAX_WARNINGS and len(state.conflicts) <= MAX_WARNINGS and len(state.log) <= MAX_LOG
    shown = (*state.warnings, *state.conflicts, *(c.failure for c in view.chains), *(s.scheme for s in view.schemes))
    assert all(len(text) <= MAX_TEXT and (not text or text.isprintable()) for text in shown)
    assert all(text.isprintable() for chain in view.chains for text in (chain.source, chain.name) if text)
    assert state.device.info is None or state.device.info.path == ""


def reduced(*told: evm.EvmEvent, state: GuideState = START) -> GuideState:
    for event in told:
        state = reduce_evm(state, event, 1.0)
    return state


def began(kind: str = "recover", run: str = "r1") -> ev.RunBegan:
    return ev.RunBegan(run, kind, ETH)


def answered(scheme: str = "ledger_live", **uses: Use) -> evm.PlacesAnswered:
    return evm.PlacesAnswered(scheme, tuple((int(name[1:]), use) for name, use in uses.items()))


def test_a_run_begins_with_looking_up_and_ends_with_its_result() -> None:
    state = reduced(began(), ev.Pinned(point()), evm.PlacesDerived("ledger_live", 0, 19))
    assert state.step is steps.LOOKING_UP and state.search.running
    ended = reduced(evm.EvmRunEnded(worlds.full(), "Not complete: x.", "/home/a/evm-report-1.json"), state=state)
    assert ended.step is steps.RESULT and not ended.search.running
    assert ended.report_name == "evm-report-1.json"
    assert isinstance(ended.result, EvmSummary) and not ended.result.complete


def test_letters_of_answers_and_what_was_derived_only() -> None:
    state = reduced(
        began(),
        evm.PlacesDerived("ledger_live", 0, 19),
        answered(i0=Use.ACTIVE, i1=Use.UNUSED, i2=Use.DUST, i3=Use.UNKNOWN),
    )
    (scheme,) = state.evm.schemes
    assert (scheme.letters, scheme.derived, scheme.ended) == ("DAD?", 20, "")
    assert (state.deployed, state.unknown) == (2, 1)
    again = reduced(answered(i3=Use.ACTIVE), evm.SchemeEnded("ledger_live", Stop(StopReason.GAP, 19), "x"), state=state)
    assert again.evm.schemes[0].letters == "DADD"
    assert (again.evm.schemes[0].ended, again.evm.schemes[0].complete) == ("gap", True)


def test_a_scheme_with_unknown_indices_is_not_complete() -> None:
    state = reduced(began(), evm.SchemeEnded("legacy", Stop(StopReason.GAP, 24, (3,)), "x"))
    assert not state.evm.schemes[0].complete


def test_the_seen_node_becomes_the_pinned_chain() -> None:
    seen = replace(START, evm=EvmView(chains=(ChainView(ETH), ChainView(RPC, "base", 5, "ab" * 32, 3.0))))
    state = reduced(began(), ev.Pinned(point()), state=seen)
    assert [(c.source, c.name, c.height) for c in state.evm.chains] == [(ETH, "ethereum", 100), (RPC, "base", None)]


def test_two_chains_behind_one_host_are_told_apart_by_name() -> None:
    state = reduced(
        began(),
        ev.Pinned(point("ethereum", RPC)),
        ev.Pinned(point("base", RPC)),
        evm.ChainFailed(RPC, "TIMEOUT", "no answer", "base"),
    )
    assert [(c.name, c.failure) for c in state.evm.chains] == [("ethereum", ""), ("base", "no answer")]


def test_a_chain_that_never_told_its_name_fails_by_its_host() -> None:
    only = replace(START, evm=EvmView(chains=(ChainView(RPC, "base", 5),)))
    failed = evm.ChainFailed(RPC, "TIMEOUT", "")
    assert [(c.name, c.failure) for c in reduced(began(), failed, state=only).evm.chains] == [("base", "no answer")]
    two = replace(START, evm=EvmView(chains=(ChainView(RPC, "base"), ChainView(RPC, "ethereum"))))
    assert [(c.name, bool(c.failure)) for c in reduced(failed, state=two).evm.chains] == [
        ("base", False),
        ("ethereum", False),
        ("", True),
    ]


def test_a_silent_node_does_not_silence_its_neighbour_behind_the_same_host() -> None:
    answered_first = chain_failed(chain_seen(EvmView(), point("base", RPC)), RPC, "", "no answer")
    failed_first = chain_seen(chain_failed(EvmView(), RPC, "", "no answer"), point("base", RPC))
    wanted = [("base", ""), ("", "no answer")]
    assert [(c.name, c.failure) for c in answered_first.chains] == wanted
    assert [(c.name, c.failure) for c in reversed(failed_first.chains)] == wanted
    assert len(chain_failed(failed_first, RPC, "", "no answer").chains) == 3


def test_a_block_seen_again_ends_a_failure_and_a_lost_one_takes_smart_accounts_with_it() -> None:
    looked = evm.SmartAccountsLooked("ethereum", 20, 40, 2, 1)
    state = reduced(began(), ev.Pinned(point()), looked, looked)
    assert (state.evm.chains[0].smart, state.evm.chains[0].smart_unanswered) == (4, 2)
    lost = reduced(ev.Pinned(point(height=101), again=True), state=state)
    assert (lost.evm.chains[0].height, lost.evm.chains[0].smart, lost.evm.chains[0].smart_unanswered) == (101, 0, 0)
    failed = reduced(evm.ChainFailed(ETH, "X", "gone", "ethereum"), ev.Pinned(point()), state=state)
    assert failed.evm.chains[0].failure == ""


def test_at_the_end_smart_accounts_are_counted_once() -> None:
    looked = evm.SmartAccountsLooked("ethereum", 20, 40, 7, 7)
    state = reduced(began(), ev.Pinned(point()), looked, evm.EvmRunEnded(worlds.full(), "x", ""))
    assert (state.evm.chains[0].smart, state.evm.chains[0].smart_unanswered) == (1, 0)


@pytest.mark.parametrize(
    ("kind", "run", "kept"),
    [("resume", "r1", True), ("retry", "r1", True), ("retry", "r2", False), ("recover", "r1", False)],
)
def test_the_grid_stays_for_the_same_run_only(kind: str, run: str, kept: bool) -> None:
    over = evm.SchemeEnded("ledger_live", Stop(StopReason.GAP, 1, (1,)), "x")
    state = reduced(began(), answered(i0=Use.ACTIVE, i1=Use.UNKNOWN), over, ev.Warned("w"), evm.AddressFound(PLACE))
    assert state.evm.found == "ledger_live #3, m/44'/60'/3'/0/0"
    again = reduced(began(kind, run), state=state)
    assert [s.letters for s in again.evm.schemes] == (["D?"] if kept else [])
    assert all(not s.ended for s in again.evm.schemes)
    assert (again.warnings, again.evm.found, again.result) == ((), "", None)


def test_an_address_is_compared_at_its_own_step() -> None:
    screen = ExpectedScreen("Verify", "nanosp", (("Verify",),), ("right",), "0xabc")
    state = reduced(began(), ev.ApprovalExpected(None, screen))
    assert state.step is steps.APPROVE and state.device.expected is screen
    done = reduced(ev.ApprovalSettled(None, False), evm.AddressShown(PLACE, False), state=state)
    assert done.step is steps.LOOKING_UP and done.declined == 1 and done.device.expected is None
    assert done.log[-1].what == "address not confirmed"
    assert done.evm.unconfirmed == ("ledger_live #3, m/44'/60'/3'/0/0",)
    assert reduced(evm.AddressShown(PLACE, False), state=done).evm == done.evm
    assert reduced(evm.AddressShown(PLACE, True), state=done).evm.unconfirmed == ()


def test_the_log_holds_codes_and_no_hosts() -> None:
    state = reduced(began(), ev.Pinned(point()), evm.ChainFailed(ETH, "TIMEOUT", f"{ETH} is silent", "ethereum"))
    assert [line.what for line in state.log] == ["run recover", "block pinned", "chain failed TIMEOUT"]
