"""Short texts of the formats: one spelling each, everything else refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.ids import b64u, backup_id_of, check_backup_id, from_b64u, is_digest, is_time
from ledger_recovery.errors import InputError


@given(st.binary(max_size=100))
@settings(max_examples=100, deadline=None)
def test_bytes_come_back(data: bytes) -> None:
    assert from_b64u(b64u(data), len(data)) == data == from_b64u(b64u(data))


@given(st.text(max_size=60) | st.text("AQgw_-=+/ \n", max_size=8), st.none() | st.integers(0, 40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_bytes_in_their_one_spelling_or_refused(text: str, size: int | None) -> None:
    try:
        data = from_b64u(text, size)
    except InputError:
        return
    assert b64u(data) == text
    assert size in (None, len(data))


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "A+", "A/", " AA", "AA\n", "ä"])
def test_other_spellings_of_bytes_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="base64url"):
        from_b64u(text)


def test_a_backup_id_is_base32_of_32_bytes() -> None:
    assert check_backup_id(backup_id_of(bytes(32))) == "a" * 52
    assert backup_id_of(b"\xff" * 32) == "7" * 51 + "q"
    with pytest.raises(ValueError, match="32 bytes"):
        backup_id_of(bytes(31))


@pytest.mark.parametrize("text", ["", "a" * 51, "a" * 53, "A" * 52, "a" * 51 + "1", "a" * 52 + "\n", "../" + "a" * 49])
def test_other_backup_ids_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InputError, match="no backup ID") as caught:
        check_backup_id(text)
    assert not text or text not in caught.value.sentence


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-11-22T10:00:00Z", True),
        ("2026-11-22T10:00:00+00:00", False),
        ("2026-13-22T10:00:00Z", False),
        ("2026-11-22T24:00:00Z", False),
        ("2026-11-22T10:00:00Z\n", False),
        ("٢٠٢٦-11-22T10:00:00Z", False),
    ],
)
def test_times_have_one_form(text: str, good: bool) -> None:
    assert is_time(text) is good


def test_digests_are_64_lower_case_digits() -> None:
    assert is_digest("0f" * 32)
    assert not any(is_digest(text) for text in ("0F" * 32, "0f" * 31, "0f" * 32 + "\n", ""))
