"""The single link, the table of states, the memory of keys and the device thread, each by itself."""

from __future__ import annotations

import asyncio
import threading
from types import MappingProxyType

import pytest

from ledger_recovery.device.apps.concordium import Form, Target, export_question, public_key_question
from ledger_recovery.device.apps.dashboard import app_and_version
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.apps.question import Patience
from ledger_recovery.device.clock import SystemClock
from ledger_recovery.device.interaction import DeviceState, Notice, Silent
from ledger_recovery.device.keys_seen import KeysSeen
from ledger_recovery.device.link import Link, LinkState
from ledger_recovery.device.states import STATES, error_of, notice_for, notice_of, state_of
from ledger_recovery.device.telling import Teller
from ledger_recovery.device.thread import CancelFlag, DeviceThread
from ledger_recovery.device.transport.base import Cancel, Found
from ledger_recovery.errors import (
    BadReply,
    Cancelled,
    Declined,
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    LinkDoubtful,
    OtherDevice,
    RepeatedKey,
    Unplugged,
    WrongApp,
)
from ledger_recovery.secret import SecretBytes
from tests.unit.device.fakes import PATIENCE, Audience

LIMITS = MappingProxyType({Patience.SYSTEM: 3.0, Patience.APP: 10.0, Patience.PERSON: None})
VERSION = bytes.fromhex("010a436f6e636f726469756d05352e312e3301009000")


class Scripted:
    """A transport that answers or fails as told and records the deadlines it was given."""

    found = Found("hid:x", "nanosp", 0x5011, emulated=False)
    lasting = True

    def __init__(self, *outcomes: bytes | BaseException) -> None:
        self.outcomes = list(outcomes)
        self.deadlines: list[float | None] = []
        self.closed = 0

    def open(self) -> None:
        return None

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        self.deadlines.append(deadline)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def close(self) -> None:
        self.closed += 1


def link_to(transport: Scripted) -> Link:
    link = Link(transport, lambda: 100.0, LIMITS)
    link.open()
    return link


def never() -> bool:
    return False


def test_only_a_person_has_no_deadline() -> None:
    transport = Scripted(VERSION, bytes(32) + b"\x90\x00", bytes(32) + b"\x90\x00")
    link = link_to(transport)
    link.ask(app_and_version(), never)
    link.ask(public_key_question((1105, 0)), never)
    link.ask(export_question(WireFormat.V5, Target(0)), never)
    assert transport.deadlines == [103.0, 110.0, None]


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (b"", BadReply),
        (b"\x90", BadReply),
        (b"\x90\x00", BadReply),
        (VERSION[:-3] + b"\x90\x00", BadReply),
        (b"\x12\x34", BadReply),
        (b"\x69\x85", LinkDoubtful),
        (LinkDoubtful("late"), LinkDoubtful),
        (Cancelled("stop"), Cancelled),
        (Unplugged("gone"), Unplugged),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
)
def test_after_any_doubt_a_link_is_closed_and_never_used_again(
    outcome: bytes | BaseException, kind: type[BaseException]
) -> None:
    transport = Scripted(outcome, VERSION)
    link = link_to(transport)
    with pytest.raises(kind):
        link.ask(app_and_version(), never)
    assert link.state is LinkState.POISONED
    assert transport.closed
    with pytest.raises(LinkDoubtful, match="poisoned"):
        link.ask(app_and_version(), never)
    assert transport.outcomes == [VERSION]
    link.close()
    assert link.state is LinkState.POISONED


@pytest.mark.parametrize(
    ("answer", "kind"), [(b"\x55\x15", DeviceLocked), (b"\x6e\x00", WrongApp), (b"\x69\x01", DeviceBusy)]
)
def test_a_whole_answer_that_refuses_leaves_the_link_open(answer: bytes, kind: type[DeviceError]) -> None:
    link = link_to(Scripted(answer, VERSION))
    with pytest.raises(kind):
        link.ask(app_and_version(), never)
    assert link.ask(app_and_version(), never).name == "Concordium"


def test_a_decline_by_a_person_leaves_the_link_open() -> None:
    link = link_to(Scripted(b"\x69\x85", VERSION))
    with pytest.raises(Declined):
        link.ask(export_question(WireFormat.V5, Target(0)), never)
    assert link.state is LinkState.OPEN


def test_a_link_is_opened_first_and_not_used_once_closed() -> None:
    link = Link(Scripted(VERSION), lambda: 0.0, LIMITS)
    with pytest.raises(LinkDoubtful, match="closed"):
        link.ask(app_and_version(), never)
    link.open()
    link.close()
    with pytest.raises(LinkDoubtful, match="closed"):
        link.ask(app_and_version(), never)


def test_every_state_has_a_sentence_and_an_error_or_is_no_obstacle() -> None:
    assert set(STATES) == set(DeviceState)
    for state, text in STATES.items():
        assert text.sentence
        assert text.action or state is DeviceState.READY
        notice = notice_of(state)
        if text.error is None:
            with pytest.raises(ValueError, match="no obstacle"):
                error_of(notice)
        else:
            error = error_of(notice)
            assert isinstance(error, text.error)
            assert state_of(error) is state or state in (DeviceState.DASHBOARD,)


def test_facts_replace_the_tables_words() -> None:
    notice = notice_for(WrongApp("the Bitcoin app is open", "Close it."))
    assert notice == Notice(DeviceState.WRONG_APP, "the Bitcoin app is open", "Close it.")
    assert state_of(OtherDevice("x")) is DeviceState.POISONED


def test_a_state_is_told_once_until_it_changes_or_is_forgotten() -> None:
    audience = Audience()
    teller = Teller(audience)
    assert teller.state is DeviceState.NO_DEVICE
    for state in (DeviceState.LOCKED, DeviceState.LOCKED, DeviceState.READY, DeviceState.LOCKED):
        teller.tell(notice_of(state))
    teller.forget()
    teller.tell(notice_of(DeviceState.LOCKED))
    assert audience.states == [DeviceState.LOCKED, DeviceState.READY, DeviceState.LOCKED, DeviceState.LOCKED]


def test_keys_are_remembered_per_form_and_never_kept() -> None:
    seen = KeysSeen(bytes(range(16)))
    seed, key = SecretBytes(b"s" * 32), SecretBytes(b"k" * 32)
    seen.record(Target(0), Form.SEED, seed)
    seen.record(Target(0), Form.SEED, seed)
    seen.record(Target(0), Form.KEY, key)
    seen.record(Target(0, 0), Form.SEED, SecretBytes(b"p" * 32))
    assert "s" * 32 not in repr(seen.__dict__)
    with pytest.raises(RepeatedKey):
        seen.record(Target(1), Form.SEED, seed)
    with pytest.raises(RepeatedKey):
        seen.record(Target(0, 1), Form.KEY, key)
    with pytest.raises(OtherDevice):
        seen.record(Target(0), Form.SEED, SecretBytes(b"t" * 32))
    with pytest.raises(ValueError, match="16 bytes"):
        KeysSeen(b"short")


async def test_jobs_run_in_one_thread_in_order_and_raise_to_their_caller() -> None:
    thread, flag = DeviceThread(), CancelFlag()
    order: list[int] = []

    def job(number: int) -> str:
        order.append(number)
        if number == 1:
            raise KeyboardInterrupt
        return threading.current_thread().name

    results = await asyncio.gather(
        *(thread.run(lambda n=n: job(n), flag) for n in (0, 2)),  # type: ignore[misc]  # a default binds n
    )
    with pytest.raises(KeyboardInterrupt):
        await thread.run(lambda: job(1), flag)
    assert results == ["ledger-device", "ledger-device"]
    assert order == [0, 2, 1]
    thread.close()
    assert thread.join(5)


async def test_cancelling_the_caller_sets_the_flag_and_waits_for_the_job() -> None:
    thread, flag = DeviceThread(), CancelFlag()
    started, ended = threading.Event(), threading.Event()

    def job() -> None:
        started.set()
        for _ in range(PATIENCE):
            if flag.is_set():
                ended.set()
                return
            threading.Event().wait(0.001)

    task = asyncio.create_task(thread.run(job, flag))
    await asyncio.to_thread(started.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
    with pytest.raises(Cancelled):
        flag.check()
    thread.close()
    assert thread.join(5)


async def test_the_system_clock_waits_until_time_or_event() -> None:
    clock, event = SystemClock(), asyncio.Event()
    before = clock.now()
    assert await clock.wait(0.001, event) is False
    event.set()
    assert await clock.wait(1000, event) is True
    assert clock.now() >= before


async def test_the_silent_interaction_takes_what_it_gets() -> None:
    silent = Silent()
    assert await silent.may_open_app("Concordium")
    silent.notice(notice_of(DeviceState.LOCKED))
    silent.settled(True)
