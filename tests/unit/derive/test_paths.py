"""Derivation paths: one spelling, bounded elements, both families."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.paths import (
    DerivationPath,
    account_key_path,
    id_cred_sec_path,
    pairing_path,
    prf_path,
)
from ledger_recovery.derive.schemes import MAX_INDEX, IdentityRef, KeyScheme

LEGACY, PROVIDER = IdentityRef(7), IdentityRef(7, 2)
ELEMENTS = st.lists(st.integers(0, MAX_INDEX), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (pairing_path(), "m/1105'/0'"),
        (id_cred_sec_path(LEGACY), "m/1105'/0'/0'/0'/7'/0'"),
        (prf_path(LEGACY), "m/1105'/0'/0'/0'/7'/1'"),
        (account_key_path(LEGACY, 255), "m/1105'/0'/0'/0'/7'/2'/255'/0'"),
        (id_cred_sec_path(PROVIDER), "m/44'/919'/2'/7'/2'"),
        (prf_path(PROVIDER), "m/44'/919'/2'/7'/3'"),
        (account_key_path(PROVIDER, 255), "m/44'/919'/2'/7'/0'/255'"),
        (prf_path(IdentityRef(MAX_INDEX, 0)), f"m/44'/919'/0'/{MAX_INDEX}'/3'"),
    ],
)
def test_text_form_both_ways(path: DerivationPath, text: str) -> None:
    assert str(path) == text
    assert DerivationPath.parse(text) == path
    assert text in repr(path)


@settings(max_examples=100, deadline=None)
@given(ELEMENTS)
def test_round_trip(elements: list[int]) -> None:
    path = DerivationPath(elements)
    assert path == tuple(elements)
    assert DerivationPath.parse(str(path)) == path


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("m/'0123456789 -h", max_size=40)))
def test_any_text_gives_the_path_that_prints_it_or_a_value_error(text: str) -> None:
    try:
        path = DerivationPath.parse(text)
    except ValueError:
        return
    assert str(path) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m",
        "m/",
        "1105'/0'",
        "M/1105'/0'",
        "m/1105/0",
        "m/1105'/0",
        "m/1105h/0h",
        "m/01'",
        "m/-1'",
        "m/ 1'",
        "m/1'\n",
        "m/1'/",
        "m//1'",
        "m/١'",
        "m/2147483648'",
        "m/99999999999'",
        "m/" + "/".join(["1'"] * 9),
        "m/" + "/".join(["1'"] * 100_000),
    ],
    ids=lambda text: repr(text[:16]),
)
def test_parsing_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="derivation path") as caught:
        DerivationPath.parse(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("elements", [[], [2**31], [-1], [0x80000000 | 44], [0] * 9])
def test_elements_that_the_device_would_alias_are_refused(elements: list[int]) -> None:
    with pytest.raises(ValueError, match="derivation path"):
        DerivationPath(elements)


@pytest.mark.parametrize("counter", [-1, 256])
@pytest.mark.parametrize("identity", [LEGACY, PROVIDER])
def test_a_counter_beyond_one_byte_has_no_key(identity: IdentityRef, counter: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 255"):
        account_key_path(identity, counter)


@pytest.mark.parametrize(("index", "provider"), [(-1, None), (2**31, None), (0, -1), (0, 2**31)])
def test_indices_that_the_device_would_alias_are_refused(index: int, provider: int | None) -> None:
    with pytest.raises(ValueError, match="from 0 to 2147483647"):
        IdentityRef(index, provider)


def test_the_largest_indices_are_allowed() -> None:
    largest = IdentityRef(MAX_INDEX, MAX_INDEX)
    assert str(prf_path(largest)) == f"m/44'/919'/{MAX_INDEX}'/{MAX_INDEX}'/3'"
    assert pairing_path() == (1105, 0)


def test_identities_and_their_schemes() -> None:
    assert LEGACY.schemes == (KeyScheme.LEGACY_V1, KeyScheme.LEGACY_V0)
    assert PROVIDER.schemes == (KeyScheme.PROVIDER_V1,)
    assert sorted([PROVIDER, IdentityRef(0, 3), LEGACY, IdentityRef(1)], key=lambda ref: ref.sort_key) == [
        IdentityRef(1),
        LEGACY,
        PROVIDER,
        IdentityRef(0, 3),
    ]
    assert (str(LEGACY), str(PROVIDER)) == ("ID #7", "IDP #2 ID #7")
