"""10,000 simulated runs with late answers after time-outs and cancels: no key of one question for another one, ever."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random

import pytest

from ledger_recovery.device.apps.dashboard import OpenApp, app_and_version, encode_app_and_version
from ledger_recovery.device.apps.formats import AppIdentity
from ledger_recovery.device.apps.question import Question
from ledger_recovery.device.link import Link, LinkState
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.ready import Readiness, Ready
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.device.thread import CancelFlag
from ledger_recovery.device.transport.base import Cancel
from ledger_recovery.errors import LedgerRecoveryError, LinkDoubtful
from tests.faults.simulated import LateTransport, SimulatedClock, SlowLedger, finish, session_over

RUNS = 10_000
SHARDS = 4
SEED = 2021
APP_REQUEST = bytes.fromhex("b001000000")
PAIRING_REQUEST = bytes.fromhex("e001010009020000045100000000")
OK = b"\x90\x00"
DECLINED = b"\x69\x85"
WALLET = bytes(range(32))
PATH = (1105, 0, 0, 0, 1, 2, 0, 0)
MAX_CANCEL_AFTER = 60.0


def key_of(request: bytes) -> bytes:
    """What this wallet answers: 32 bytes that belong to this request only."""
    return hashlib.sha256(request).digest()


def answer(request: bytes) -> bytes:
    if request == APP_REQUEST:
        return encode_app_and_version(OpenApp("Concordium", "5.1.3", b"\x00")) + OK
    return (WALLET if request == PAIRING_REQUEST else key_of(request)) + OK


def public_key_request(path: Sequence[int]) -> bytes:
    data = bytes((len(path),)) + b"".join(level.to_bytes(4, "big") for level in path)
    return bytes.fromhex("e0010100") + bytes((len(data),)) + data


class Run:
    """One simulated run: a person who exports, cancels and tries again, on a device that answers late."""

    def __init__(self, number: int) -> None:
        self.random = random = Random(SEED * RUNS + number)
        self.clock = SimulatedClock()
        self.cancel_at = float("inf")
        self.quiet = False
        self.outcomes: Counter[str] = Counter()
        ledger = SlowLedger(self.clock, self._answer, self._delay, swallows=random.random() < 0.5)
        lasting = random.random() < 0.5
        self.sluggish = random.choice((0.05, 0.2, 0.6))
        self.ledger = ledger
        self.session: DeviceSession = session_over(
            lambda: LateTransport(ledger, self._person, lasting=lasting),
            self.clock,
            SessionOptions(wait_for_person=False),
        )

    def play(self) -> None:
        for _ in range(self.random.randint(1, 3)):
            self._ask(self.random.randrange(4))
        self.quiet = True
        self.clock.time = max(self.clock.time, self.ledger.idle_at) + 1
        self._ask(0)
        if self.outcomes["last"] != 1:
            raise AssertionError(f"the session does not come back to life: {self.outcomes}")

    def _ask(self, kind: int) -> None:
        """One question, perhaps cancelled; its value, if any, must be its own."""
        index = self.random.randrange(3)
        cancels = not self.quiet and self.random.random() < 0.4
        after = self.random.choice((0.0, 0.1, 1.0, 5.0, 30.0)) if cancels else MAX_CANCEL_AFTER
        self.cancel_at = self.clock.time + after
        expected, ask = self._question(kind, index)
        try:
            value = ask()
        except LedgerRecoveryError as error:
            self.outcomes[type(error).__name__] += 1
            return
        self.outcomes["last" if self.quiet else "value"] += 1
        if value != expected:
            raise AssertionError(f"a stale key: {value!r} where {expected!r} was asked for")

    def _question(self, kind: int, index: int) -> tuple[bytes, Callable[[], bytes]]:
        session = self.session
        if kind == 0:
            request = bytes.fromhex("e00501010500") + index.to_bytes(4, "big")
            return key_of(request), lambda: finish(session.export_prf_seed(index)).reveal()
        if kind == 1:
            request = bytes.fromhex("e00501020500") + index.to_bytes(4, "big")
            return key_of(request), lambda: finish(session.export_prf_key(index)).reveal()
        if kind == 2:
            path = (1105, 0, 0, 0, index, 2, 0, 0)
            return key_of(public_key_request(path)), lambda: finish(session.public_key(path))
        return WALLET, lambda: bytes.fromhex(finish(session.fingerprint()))

    def _answer(self, request: bytes) -> bytes:
        declined = request[1] == 0x05 and not self.quiet and self.random.random() < 0.2
        return DECLINED if declined else answer(request)

    def _delay(self, request: bytes) -> tuple[float, bool]:
        """Soon, or around the deadline of the question, or long after it."""
        if self.quiet or self.random.random() > self.sluggish:
            return 0.01, False
        return self.random.choice((0.3, 2.9, 3.0, 3.1, 9.9, 10.1, 12.0, 40.0)), request[1] == 0x05

    def _person(self) -> float:
        """Cancels when it is time to; tells when that is."""
        if self.clock.time >= self.cancel_at:
            self.cancel_at = float("inf")
            self.session.cancel()
        return self.cancel_at


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_late_answer_is_ever_given_to_another_question(shard: int) -> None:
    outcomes: Counter[str] = Counter()
    LateTransport.stale = 0
    runs = range(shard, RUNS, SHARDS)
    for number in runs:
        run = Run(number)
        try:
            run.play()
        except AssertionError as error:
            raise AssertionError(f"run {number}: {error}") from error
        outcomes += run.outcomes
    # The simulation was worth something: all of this happened, often.
    assert outcomes["last"] == len(runs)
    assert outcomes["value"] > len(runs) // 2, outcomes
    assert min(outcomes["Cancelled"], outcomes["Declined"], LateTransport.stale) > len(runs) // 12, outcomes


def trusting_ask(self: Link, question: Question[object], cancelled: Cancel) -> object:
    """`Link.ask` without its doubt: whatever went wrong, the next question goes out over the same link."""
    self._state = LinkState.OPEN
    return question.read(self._exchange(question, cancelled))


async def never_looks(self: DeviceSession, ready: Ready[AppIdentity], cancel: CancelFlag) -> bool:
    """`DeviceSession._still_there` without its question."""
    return True


async def asks_once(self: Readiness[AppIdentity], cancel: CancelFlag) -> OpenApp:
    """`Readiness._which_app` as if no answer could be outstanding."""
    return await self._connection.ask(app_and_version(), cancel)


def test_the_simulation_finds_stale_keys_when_the_link_is_never_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Link, "ask", trusting_ask)
    monkeypatch.setattr(DeviceSession, "_still_there", never_looks)
    found = 0
    for number in range(300):
        try:
            Run(number).play()
        except AssertionError as error:
            found += "stale" in str(error)
    assert found


# Seconds that a device takes for each question of run 53 of an earlier state of this test: two rounds of "which app,
# which wallet" come late, so that each question of the third is answered in time by its own answer of the second.
LATE_BY_A_ROUND = (0.01, 0.01, 12.0, 10.1, 0.01, 0.01, 2.9, 3.0, 0.01, 0.01, 3.0, 40.0)


@pytest.mark.parametrize("counts", [True, False])
def test_answers_late_by_a_whole_round_of_questions(monkeypatch: pytest.MonkeyPatch, counts: bool) -> None:
    """Without counting what is outstanding the pairing key would be given out as the key of an account."""
    if not counts:
        monkeypatch.setattr(Readiness, "_which_app", asks_once)
    clock, delays, cancel_at = SimulatedClock(), iter(LATE_BY_A_ROUND), [5.02]
    ledger = SlowLedger(clock, answer, lambda request: (next(delays, 0.01), False), swallows=False)

    def person() -> float:
        if clock.time >= cancel_at[0]:
            cancel_at[0] = float("inf")
            session.cancel()
        return cancel_at[0]

    options = SessionOptions(wait_for_person=False)
    session = session_over(lambda: LateTransport(ledger, person, lasting=True), clock, options)
    finish(session.ready())
    for _ in range(2):
        with suppress(LedgerRecoveryError):
            finish(session.fingerprint())
    if counts:
        with pytest.raises(LinkDoubtful):
            finish(session.public_key(PATH))
    else:
        assert finish(session.public_key(PATH)) == WALLET
