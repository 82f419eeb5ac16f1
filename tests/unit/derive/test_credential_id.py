"""Credential IDs: batches, the counter without one, refusals and the self-test. Known answers: tests/vectors."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive import credential_id
from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY
from ledger_recovery.derive.credential_id import credential_ids, in_batches
from ledger_recovery.derive.curve import FixedBase, PointError
from ledger_recovery.derive.keygen import GROUP_ORDER
from ledger_recovery.errors import ArithmeticFault
from ledger_recovery.secret import SecretBytes
from tests.unit.derive import other_curve

G = KNOWN_COMMITMENT_KEY[:48]
COUNTERS = st.lists(st.integers(0, 255), max_size=20)
SCALARS = st.one_of(
    st.integers(1, GROUP_ORDER - 1),
    st.integers(GROUP_ORDER - 256, GROUP_ORDER - 1),  # those for which one counter has no credential ID
)


def key(scalar: int) -> SecretBytes:
    return SecretBytes(scalar.to_bytes(32, "big"))


@settings(max_examples=40, deadline=None)
@given(SCALARS, COUNTERS)
def test_a_batch_equals_its_single_counters(scalar: int, counters: list[int]) -> None:
    singles = [credential_ids(key(scalar), [counter], G)[0] for counter in counters]
    assert credential_ids(key(scalar), counters, G) == tuple(singles)


@settings(max_examples=40, deadline=None)
@given(SCALARS, COUNTERS)
def test_none_exactly_where_key_and_counter_cancel(scalar: int, counters: list[int]) -> None:
    ids = credential_ids(key(scalar), counters, G)
    assert [cred_id is None for cred_id in ids] == [(scalar + x) % GROUP_ORDER == 0 for x in counters]


@settings(max_examples=10, deadline=None)
@given(SCALARS, st.integers(0, 255))
def test_agrees_with_py_ecc(scalar: int, counter: int) -> None:
    total = (scalar + counter) % GROUP_ORDER
    expected = other_curve.times(G, pow(total, GROUP_ORDER - 2, GROUP_ORDER)) if total else None
    assert credential_ids(key(scalar), [counter], G) == (expected,)


def test_a_counter_of_one_key_is_the_next_counter_of_the_key_before() -> None:
    assert credential_ids(key(1000), range(1, 41), G) == credential_ids(key(1001), range(40), G)


def test_all_256_counters_differ() -> None:
    assert len(set(credential_ids(key(12345), range(256), G))) == 256


def test_no_counters_give_nothing() -> None:
    assert credential_ids(key(1), [], G) == ()
    assert list(in_batches(key(1), [], G)) == []


@pytest.mark.parametrize("size", [1, 7, 25, 300])
def test_batches_give_every_counter_once_and_in_order(size: int) -> None:
    scalar, counters = GROUP_ORDER - 30, [*range(60), 255, 200]
    steps = list(in_batches(key(scalar), counters, G, size))
    assert all(len(step) <= size for step in steps)
    pairs = [pair for step in steps for pair in step]
    assert pairs == list(zip(counters, credential_ids(key(scalar), counters, G), strict=True))


def test_a_batch_is_computed_when_it_is_asked_for() -> None:
    prf_key = key(77)
    steps = in_batches(prf_key, range(50), G)
    next(steps)
    prf_key.wipe()
    with pytest.raises(ValueError, match="wiped"):
        next(steps)


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next(in_batches(key(1), [1], G, 0))


@pytest.mark.parametrize("counter", [-1, 256, 2**32])
def test_a_counter_beyond_one_byte_is_refused(counter: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 255, not {counter}"):
        credential_ids(key(1), [0, counter], G)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        pytest.param(b"\x07" * 31, "32 bytes", id="short"),
        pytest.param(b"\x07" * 33, "32 bytes", id="long"),
        pytest.param(GROUP_ORDER.to_bytes(32, "big"), "group order", id="r itself"),
        pytest.param(b"\xff" * 32, "group order", id="largest"),
    ],
)
def test_a_key_that_is_no_scalar_is_refused_without_being_shown(encoded: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        credential_ids(SecretBytes(encoded), [0], G)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert encoded.hex() not in shown and str(int.from_bytes(encoded, "big")) not in shown


def test_a_bad_base_is_refused() -> None:
    with pytest.raises(PointError):
        credential_ids(key(1), [0], bytes(48))


@pytest.fixture(name="untested")
def _untested() -> Iterator[None]:
    credential_id._prove_arithmetic.cache_clear()
    yield
    credential_id._prove_arithmetic.cache_clear()


@pytest.mark.usefixtures("untested")
def test_wrong_arithmetic_is_an_error_each_time_and_never_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:

        def off_by_one(self: FixedBase, exponents: Sequence[int]) -> tuple[bytes, ...]:
            return tuple(G for _ in exponents)

        patch.setattr(FixedBase, "multiples", off_by_one)
        for _ in range(2):
            with pytest.raises(ArithmeticFault):
                credential_ids(key(5), [0], G)
    assert credential_ids(key(1), [0], G) == (G,)


@pytest.mark.usefixtures("untested")
def test_a_wrong_inversion_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential_id, "_inverses", lambda values: [value % GROUP_ORDER for value in values])
    with pytest.raises(ArithmeticFault):
        credential_ids(key(5), [0], G)
