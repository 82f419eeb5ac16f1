"""Account addresses: decoding refuses everything but the one spelling. Known answers: tests/vectors."""

from __future__ import annotations

import base58
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.address import (
    AddressError,
    account_address,
    decode_address,
    encode_address,
    same_account,
)

TEXT = "45M6WdUkewuKn9ySKU1MZcXUDHP2F4CJCxcYMhh2BXnr6QMEau"
ADDRESSES = st.binary(min_size=32, max_size=32)


@settings(max_examples=100, deadline=None)
@given(ADDRESSES)
def test_round_trip(address: bytes) -> None:
    text = encode_address(address)
    assert decode_address(text) == address
    assert len(text) == 50 and text[0] in "234"


def checked_text(payload: bytes) -> str:
    return base58.b58encode_check(payload).decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "0", id="empty"),
        pytest.param("1" * 65, "65", id="too long to decode"),
        pytest.param(TEXT[:-1], "checksum", id="last character missing"),
        pytest.param(TEXT[:-1] + "v", "checksum", id="one character wrong"),
        pytest.param(TEXT[1:] + TEXT[0], "checksum", id="moved"),
        pytest.param(TEXT[:-1] + "0", "Base58", id="a zero"),
        pytest.param(TEXT[:-1] + "é", "Base58", id="not ASCII"),
        pytest.param(TEXT + "\n", "Base58", id="line end"),
        pytest.param(" " + TEXT, "Base58", id="blank before"),
        pytest.param("1" + TEXT, "checksum", id="leading one"),
        pytest.param(checked_text(b"\x00" + bytes(32)), "version", id="a Bitcoin version byte"),
        pytest.param(checked_text(b"\x02" + bytes(32)), "version", id="version 2"),
        pytest.param(checked_text(b"\x01" + bytes(31)), "31", id="31 bytes"),
        pytest.param(checked_text(b"\x01" + bytes(33)), "33", id="33 bytes"),
        pytest.param(checked_text(b""), "version", id="only a checksum"),
        pytest.param("1", "checksum", id="one character"),
    ],
)
def test_decoding_refuses(text: str, reason: str) -> None:
    with pytest.raises(AddressError, match=reason):
        decode_address(text)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=70), st.text("123456789ABCabcxyz", max_size=66)))
def test_any_text_gives_an_address_or_an_address_error(text: str) -> None:
    try:
        address = decode_address(text)
    except AddressError:
        return
    assert encode_address(address) == text


@settings(max_examples=50, deadline=None)
@given(ADDRESSES, st.integers(0, 31), st.integers(1, 255))
def test_aliases_agree_in_the_first_29_bytes(address: bytes, place: int, difference: int) -> None:
    other = bytearray(address)
    other[place] ^= difference
    assert same_account(address, bytes(other)) is (place >= 29)
    assert same_account(address, address)


@pytest.mark.parametrize("length", [0, 29, 31, 33])
def test_bytes_of_another_length_are_no_address(length: int) -> None:
    for one, other in ((bytes(length), bytes(32)), (bytes(32), bytes(length))):
        with pytest.raises(AddressError):
            same_account(one, other)
    with pytest.raises(AddressError):
        encode_address(bytes(length))


@pytest.mark.parametrize("length", [0, 32, 47, 49, 96])
def test_only_48_bytes_are_a_credential_id(length: int) -> None:
    with pytest.raises(ValueError, match="48 bytes"):
        account_address(bytes(length))
