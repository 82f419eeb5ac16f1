"""The key of an account: the same for all aliases, and defined for texts that are no address at all."""

from __future__ import annotations

import base58
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.address import encode_address, same_account
from ledger_recovery.wallet.canonical import canonical_key

ADDRESSES = st.binary(min_size=32, max_size=32)


@settings(max_examples=100, deadline=None)
@given(ADDRESSES, st.one_of(ADDRESSES, st.binary(min_size=3, max_size=3)))
def test_agrees_with_the_rule_of_the_chain(one: bytes, other: bytes) -> None:
    if len(other) == 3:
        other = one[:29] + other
    same = canonical_key(encode_address(one)) == canonical_key(encode_address(other))
    assert same is same_account(one, other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not an address",
        "a" * 96,
        "1" * 100_000,
        "45M6WdUkewuKn9ySKU1MZcXUDHP2F4CJCxcYMhh2BXnr6QMEav",
        "45M6WdUkewuKn9ySKU1MZcXUDHP2F4CJCxcYMhh2BXnr6QMEau ",
        base58.b58encode_check(bytes(21)).decode(),
        "é",
    ],
    ids=["nothing", "words", "credential ID", "long", "wrong checksum", "blank", "Bitcoin", "not ASCII"],
)
def test_a_text_that_is_no_address_is_its_own_key(text: str) -> None:
    assert canonical_key(text) == text


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=70))
def test_any_text_has_a_key(text: str) -> None:
    assert canonical_key(text) == text
