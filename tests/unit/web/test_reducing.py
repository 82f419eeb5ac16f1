"""What events mean for the page, and that no sequence of them breaks or bloats it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import ScanPolicy, StopAdvice
from ledger_recovery.recover.result import Ending
from ledger_recovery.wallet.model import KeyStatus
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.letters import Runs, encoded, letters_of, with_letters
from ledger_recovery.web.model.reducing_concordium import reduce
from ledger_recovery.web.model.state import (
    MAX_INDICES,
    MAX_LOG,
    MAX_TEXT,
    MAX_WARNINGS,
    GuideState,
    IndexStage,
    ListState,
    Sought,
)
from ledger_recovery.web.model.steps import SIDE_STEPS, STEPS, step_of
from tests.support.cells import fake_id, sighting
from tests.support.recover_strategies import point
from tests.support.runs import hits, own, run, searched

refs = st.builds(IdentityRef, st.integers(0, 300), st.one_of(st.none(), st.integers(0, 3)))
texts = st.text(max_size=700)
screens = st.builds(ExpectedScreen, texts, texts, st.just((("Recover",),)), st.just(("right",)), texts)


notices = st.builds(Notice, st.sampled_from(DeviceState), texts, texts)
devices = st.builds(
    DeviceInfo,
    st.just("tcp:1"),
    texts,
    st.none(),
    texts,
    texts,
    st.just("ab" * 32),
    st.sampled_from(DeviceState),
    st.booleans(),
)
ENDS = [run(searched(IdentityRef(0)), ending=ending) for ending in Ending]


def answered(ref: IdentityRef, counter: int, fate: str) -> Cell:
    key = CellKey(ref, ref.schemes[counter % len(ref.schemes)], counter)
    cred_id = fake_id("one", str(key))
    match fate:
        case "D":
            return Cell(key, cred_id, CellState.DEPLOYED, Basis.DIRECT, sighting=sighting(cred_id))
        case "A":
            return Cell(key, cred_id, CellState.ABSENT, Basis.DIRECT)
        case _:
            return Cell(key, cred_id, reason_code="TIMEOUT", reason="no answer")


@st.composite
def outcomes(draw: st.DrawFn) -> IndexOutcome:
    ref = draw(refs)
    fates = draw(st.dictionaries(st.integers(0, 255), st.sampled_from("DA?"), max_size=6))
    return IndexOutcome(ref, draw(st.sampled_from(IndexStatus)), tuple(answered(ref, n, f) for n, f in fates.items()))


events: st.SearchStrategy[ev.Event] = st.one_of(
    st.builds(ev.RunBegan, texts, st.sampled_from(("recover", "resume", "retry")), texts),
    st.builds(ev.Pinned, st.just(point()), st.booleans()),
    st.builds(ev.Warned, texts),
    st.builds(ev.ListProgress, st.integers(0, 10**9)),
    st.builds(ev.ListReady, st.integers(0, 10**9), texts, st.booleans()),
    st.builds(ev.ListFailed, texts, texts),
    st.builds(ev.DeviceNoticed, notices),
    st.builds(ev.DeviceReady, devices),
    st.builds(ev.ApprovalExpected, st.one_of(st.none(), refs), screens),
    st.builds(ev.ApprovalSettled, st.one_of(st.none(), refs), st.booleans()),
    outcomes().map(lambda outcome: ev.CellsAnswered(outcome.identity, outcome.cells)),
    st.builds(ev.IndexConcluded, outcomes()),
    texts.map(lambda text: ev.StopSuggested(StopAdvice(3, 1, text))),
    st.builds(ev.KeyChecked, st.just(b"\x01" * 48), texts, st.sampled_from(KeyStatus)),
    texts.map(lambda text: ev.ChangesPlanned((text,) * 60, (text,) * 60)),
    st.builds(ev.ChangesApplied, st.integers(0, 9)),
    st.builds(ev.RunEnded, st.sampled_from(ENDS), texts, texts),
)


@given(st.lists(events, max_size=25))
@settings(max_examples=25, deadline=None)
def test_any_events_give_a_bounded_state_and_every_change_is_a_new_version(told: Sequence[ev.Event]) -> None:
    state = GuideState(sought=Sought("3kBx2h5Y2veb4hZgAJWPrr8RyQESKm5TjzF3ti1QQ4VSYLwK1G"))
    for number, event in enumerate(told, 1):
        state = reduce(state, event, float(number))
        assert state.version == number
    assert state.step in STEPS
    assert len(state.indices) <= MAX_INDICES
    assert len(state.warnings) <= MAX_WARNINGS
    assert len(state.conflicts) <= MAX_WARNINGS
    assert len(state.log) <= MAX_LOG
    assert all(len(text) <= MAX_TEXT for text in (*state.warnings, *state.conflicts))
    assert all(len(row.letters) <= 256 for index in state.indices for row in index.rows)
    assert b"tcp:1" not in pickle.dumps(state.device)


@given(st.dictionaries(st.integers(0, 255), st.sampled_from("DA?"), max_size=40), st.data())
@settings(max_examples=60, deadline=None)
def test_rows_keep_every_letter_whatever_the_order(letters: dict[int, str], data: st.DataObject) -> None:
    runs: Runs = ()
    for counter in data.draw(st.permutations(sorted(letters))):
        runs = with_letters(runs, {counter: letters[counter]})
    assert runs == encoded(letters.get(n, ".") for n in range(256))
    assert {n: c for n, c in enumerate(letters_of(runs)) if c != "."} == letters


def cell(counter: int, state: CellState) -> Cell:
    key = own(0, counter)
    cred_id = fake_id("one", str(key))
    if state is CellState.UNKNOWN:
        return Cell(key, cred_id, reason_code="TIMEOUT", reason="no answer")
    seen = sighting(cred_id) if state is CellState.DEPLOYED else None
    return Cell(key, cred_id, state, Basis.DIRECT, sighting=seen)


def test_an_unknown_cell_stays_unknown_until_it_is_answered() -> None:
    ref = IdentityRef(0)
    state = reduce(GuideState(), ev.CellsAnswered(ref, (cell(0, CellState.UNKNOWN), cell(2, CellState.ABSENT))))
    assert state.indices[0].rows[0].letters == "?.A"
    assert state.unknown == 1
    state = reduce(state, ev.CellsAnswered(ref, (cell(0, CellState.DEPLOYED),)))
    assert state.indices[0].rows[0].letters == "D.A"
    assert (state.unknown, state.deployed) == (0, 1)


def test_a_concluded_index_shows_exactly_its_outcome() -> None:
    ref = IdentityRef(0)
    state = reduce(GuideState(), ev.CellsAnswered(ref, (cell(9, CellState.DEPLOYED),)))
    outcome = IndexOutcome(ref, IndexStatus.SCANNED, (cell(0, CellState.ABSENT), cell(1, CellState.UNKNOWN)))
    state = reduce(state, ev.IndexConcluded(outcome))
    assert state.indices[0].rows[0].letters == "A?"
    assert state.indices[0].stage is IndexStage.DONE


def test_a_long_search_keeps_what_was_found_and_folds_what_was_empty() -> None:
    state = GuideState()
    for n in range(MAX_INDICES + 50):
        ref = IdentityRef(n)
        found = n in (3, 7)
        key = CellKey(ref, KeyScheme.LEGACY_V1, 0)
        cred_id = fake_id("one", str(key))
        one = Cell(key, cred_id, CellState.ABSENT, Basis.DIRECT)
        if found:
            one = replace(one, state=CellState.DEPLOYED, sighting=sighting(cred_id))
        state = reduce(state, ev.IndexConcluded(IndexOutcome(ref, IndexStatus.SCANNED, (one,))))
    assert len(state.indices) == MAX_INDICES
    assert state.folded == 50
    assert {3, 7, MAX_INDICES + 49} <= {index.index for index in state.indices}


@pytest.mark.parametrize(
    ("device", "step"),
    [
        (DeviceState.NO_DEVICE, steps.CONNECT),
        (DeviceState.NO_PERMISSION, steps.CONNECT),
        (DeviceState.BUSY, steps.CONNECT),
        (DeviceState.LOCKED, steps.UNLOCK),
        (DeviceState.WRONG_APP, steps.UNLOCK),
        (DeviceState.DASHBOARD, steps.UNLOCK),
        (DeviceState.APP_EXITED, steps.UNLOCK),
        (DeviceState.POISONED, steps.UNLOCK),
        (DeviceState.AWAITING_APPROVAL, steps.APPROVE),
    ],
)
def test_the_device_decides_where_the_person_stands(device: DeviceState, step: steps.Step) -> None:
    began = reduce(GuideState(), ev.RunBegan("run", "recover", "mainnet"))
    state = reduce(began, ev.DeviceNoticed(Notice(device, "so", "do this")))
    assert state.step is step
    if device is not DeviceState.AWAITING_APPROVAL:
        assert reduce(state, ev.DeviceNoticed(Notice(DeviceState.READY, "ok"))).step is steps.LOOKING_UP


def test_a_request_on_the_device_is_shown_until_it_is_settled() -> None:
    screen = ExpectedScreen("Recover", "nanosp", (("ID #3",),), ("right",), "ID #3")
    state = reduce(GuideState(), ev.ApprovalExpected(IdentityRef(3), screen), 12.5)
    assert (state.step, state.device.expected, state.device.since) == (steps.APPROVE, screen, 12.5)
    assert state.indices[0].stage is IndexStage.APPROVING
    state = reduce(state, ev.ApprovalSettled(IdentityRef(3), True))
    assert (state.step, state.device.expected, state.approved) == (steps.LOOKING_UP, None, 1)
    assert state.indices[0].stage is IndexStage.ASKING


def test_the_account_list_is_told_as_it_comes_and_fails() -> None:
    state = reduce(GuideState(), ev.Pinned(point()))
    assert state.node.list_state is ListState.READING
    assert reduce(state, ev.ListReady(80_000, "node", False)).node.list_state is ListState.READY
    failed = reduce(state, ev.ListFailed("TIMEOUT", "too slow"))
    assert failed.node.list_state is ListState.FAILED
    assert "too slow" in failed.warnings[0]


def test_a_new_run_begins_with_an_empty_grid_and_a_resumed_one_keeps_it() -> None:
    state = reduce(GuideState(), ev.CellsAnswered(IdentityRef(0), (cell(0, CellState.ABSENT),)))
    assert reduce(state, ev.RunBegan("b", "recover", "mainnet")).indices == ()
    assert reduce(state, ev.RunBegan("a", "resume", "mainnet")).indices == state.indices


def test_the_end_shows_what_the_report_says() -> None:
    found = hits(own(0, 0), own(0, 3))
    result = run(searched(IdentityRef(0), hits=found, unknown=[own(0, 5)]), policy=ScanPolicy(last=0))
    state = reduce(GuideState(), ev.RunEnded(result, "Not complete: so.", "/home/me/state/reports/report-1.json"))
    assert state.step is steps.RESULT
    assert state.report_name == "report-1.json"
    assert state.result is not None
    assert not state.result.complete
    assert state.result.unknown == 1
    assert {a.address for a in state.result.accounts} == {encode_address(s.account.address) for s in found.values()}
    assert "/home/me" not in repr(state)


def test_texts_from_outside_cannot_fake_lines_or_carry_passwords() -> None:
    state = reduce(GuideState(), ev.Warned("from https://me:secret@node/x?token=1\nforged \u202e line" + "x" * 900))
    assert "secret" not in state.warnings[0]
    assert "token" not in state.warnings[0]
    assert state.warnings[0].isprintable()
    assert len(state.warnings[0]) == MAX_TEXT


def test_the_log_for_diagnosis_holds_no_address_fingerprint_or_path() -> None:
    info = DeviceInfo("hid:/dev/hidraw3", "nanosp", 1, "Concordium", "5.1.3", "cd" * 32, DeviceState.READY, False)
    state = reduce(GuideState(), ev.DeviceReady(info), 1.0)
    state = reduce(
        state, ev.KeyChecked(b"\x07" * 48, "3kBx2h5Y2veb4hZgAJWPrr8RyQESKm5TjzF3ti1QQ4VSYLwK1G", KeyStatus.CAN_SIGN)
    )
    told = " ".join(line.what for line in state.log)
    assert "cdcd" not in told
    assert "3kBx" not in told
    assert "hidraw" not in told


def test_steps_have_their_own_number_code_and_sheet() -> None:
    assert [step.number for step in STEPS] == list(range(11))
    assert len({step.code for step in (*STEPS, *SIDE_STEPS)}) == 13
    assert all(step_of(step.code) is step for step in (*STEPS, *SIDE_STEPS))
    assert step_of("R11") is None
