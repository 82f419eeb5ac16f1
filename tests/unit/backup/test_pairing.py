"""Pairing links and typed codes: both directions, typing mistakes, and a false Box with a nearly fitting key."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.pairing import (
    PairingOffer,
    make_code,
    make_link,
    parse_code,
    parse_link,
    short_token,
)
from ledger_recovery.backup.pairing_url import box_address, check_box_url
from ledger_recovery.backup.protocol_requests import TOKEN
from ledger_recovery.errors import InputError, NewerVersion

NOW = 1_795_000_000
OFFER = PairingOffer("https://box.example:8443", bytes(range(32)), bytes(range(100, 116)), NOW + 600, "attic")
LINK = make_link(OFFER)
CODE = make_code(OFFER)


def test_the_link_is_what_its_description_says() -> None:
    """Written out again with other means, so that one version reads what another made."""
    body = OFFER.pin + OFFER.token + struct.pack(">Q", OFFER.expires_at) + b"attic"
    text = b"ledger-recovery box link 2026-11-22\nhttps://box.example:8443\n" + body
    packed = base64.urlsafe_b64encode(body + hashlib.sha256(text).digest()[:4]).decode().rstrip("=")
    assert f"https://box.example:8443/#lr1.{packed}" == LINK


def test_the_code_is_what_its_description_says() -> None:
    def letters(data: bytes, count: int) -> str:
        bits = "".join(f"{byte:08b}" for byte in data)
        return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[5 * i : 5 * i + 5], 2)] for i in range(count))

    def hashed(label: str, data: bytes) -> bytes:
        return hashlib.sha256(f"ledger-recovery box {label} 2026-11-22\n".encode() + data).digest()

    token = letters(hashed("short token", OFFER.token), 12)
    body = letters(OFFER.pin, 8) + token + letters(hashed("code binding", OFFER.pin + token.encode()), 3)
    whole = body + letters(hashed("code", body.encode()), 2)
    assert "-".join(re.findall(".....", whole)) == CODE


def test_the_link_comes_back() -> None:
    assert parse_link(LINK, NOW) == OFFER
    assert parse_link(f"  {LINK[:60]}\n{LINK[60:]}\n", NOW) == OFFER
    assert LINK.index("#") < LINK.index(LINK[-40:]), "pin and token stand in the fragment"


@settings(deadline=None, max_examples=80)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16), st.text(max_size=80))
def test_every_offer_comes_back(pin: bytes, token: bytes, name: str) -> None:
    offer = PairingOffer("https://[::1]", pin, token, NOW + 1, name)
    got = parse_link(make_link(offer), NOW)
    assert (got.url, got.pin, got.token, got.expires_at) == ("https://[::1]", pin, token, NOW + 1)
    assert len(got.name.encode()) <= 60
    code = parse_code(make_code(offer))
    assert code.fits(pin) and code.token_text == short_token(token)


def test_tokens_have_the_form_that_the_box_takes() -> None:
    assert TOKEN.fullmatch(OFFER.token_text) and TOKEN.fullmatch(parse_code(CODE).token_text)


def test_no_secret_in_a_repr() -> None:
    code = parse_code(CODE)
    assert OFFER.token_text not in repr(OFFER) and repr(OFFER.token) not in repr(OFFER)
    assert code.token_text not in repr(code)


def test_an_expired_link_says_so() -> None:
    with pytest.raises(InputError, match="expired"):
        parse_link(LINK, NOW + 600)
    assert parse_link(LINK, NOW + 599).expires_at == NOW + 600


def test_a_newer_link_says_so() -> None:
    with pytest.raises(NewerVersion):
        parse_link(LINK.replace("#lr1.", "#lr2."), NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://box.example:8443/",
        LINK.replace("https", "http"),
        LINK.replace("#lr1", "#xx1"),
        LINK.replace("box.example", "user@box.example"),
        LINK.replace("8443/", "8443/path"),
        LINK + "=",
        "x" * 5000,
        LINK * 3,
    ],
)
def test_what_is_no_link_says_so(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_link(text, NOW)
    assert caught.value.hint and "lr1" not in caught.value.sentence


def test_a_link_cut_anywhere_is_noticed() -> None:
    for cut in range(len(LINK)):
        with pytest.raises(InputError):
            parse_link(LINK[:cut], NOW)


def test_a_changed_character_anywhere_is_noticed() -> None:
    for place, character in enumerate(LINK):
        other = "b" if character != "b" else "c"
        with pytest.raises(InputError):
            parse_link(LINK[:place] + other + LINK[place + 1 :], NOW)


# --- typed code ---------------------------------------------------------------------------------------------------


def test_a_code_is_read_as_people_type_it() -> None:
    expected = parse_code(CODE)
    assert expected.pin_prefix == OFFER.pin[:5]
    lookalikes = CODE.replace("0", "o").replace("1", "l")
    for typed in (CODE.lower(), CODE.replace("-", " "), CODE.replace("-", ""), f" {CODE}\n", lookalikes):
        assert parse_code(typed) == expected


@pytest.mark.parametrize(
    "typed", ["", CODE[:-1], CODE + "0", "0" * 25, "U" * 25, "é" * 25, "0" * 5000, CODE[:-1] + "\x00"]
)
def test_what_is_no_code_says_so(typed: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_code(typed)
    assert caught.value.hint


def test_typing_mistakes_are_noticed() -> None:
    """Ten bits of checksum: about one in a thousand slips through here, and is stopped at the pin or by the Box."""
    plain = CODE.replace("-", "")
    slipped = tried = 0
    for place in range(25):
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if other == plain[place]:
                continue
            tried += 1
            try:
                parse_code(plain[:place] + other + plain[place + 1 :])
                slipped += 1
            except InputError:
                pass
    assert tried == 25 * 31 and slipped <= 4


def test_a_false_box_with_the_same_first_forty_bits_is_found_out() -> None:
    code = parse_code(CODE)
    forged = OFFER.pin[:5] + bytes(27)
    assert code.fits(OFFER.pin) and not code.fits(forged) and not code.fits(bytes(32)) and not code.fits(b"")
    assert OFFER.fits(OFFER.pin) and not OFFER.fits(forged)


def test_the_binding_depends_on_the_token() -> None:
    """Else a key could be ground for it beforehand."""
    other = make_code(replace(OFFER, token=bytes(16)))
    assert other.replace("-", "")[20:23] != CODE.replace("-", "")[20:23]


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200), st.integers(0, 2**40))
def test_any_text_is_read_or_refused(text: str, now: int) -> None:
    for parse in (
        lambda: parse_link(text, now),
        lambda: parse_link(f"https://a/#lr1.{text}", now),
        lambda: parse_code(text),
    ):
        try:
            parse()
        except InputError:
            continue


# --- address ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://Box.Example:8443/", "https://box.example:8443"),
        ("https://box.example:443", "https://box.example"),
        ("HTTPS://192.168.1.5:8443", "https://192.168.1.5:8443"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443"),
        ("  https://localhost ", "https://localhost"),
    ],
)
def test_an_address_has_one_form(text: str, expected: str) -> None:
    assert check_box_url(text) == expected and check_box_url(expected) == expected


def test_host_and_port() -> None:
    assert box_address("https://[::1]:8443") == ("::1", 8443)
    assert box_address("https://box.example") == ("box.example", 443)


@pytest.mark.parametrize(
    "text",
    [
        "box.example:8443",
        "http://box.example",
        "https://",
        "https://box.example:0",
        "https://box.example:70000",
        "https://a@box.example",
        "https://box.example/path",
        "https://box.example?x",
        "https://box.example#x",
        "https://box..example",
        "https://-box.example",
        "https://box.example:8443:1",
        "https://bo\nx",
    ],
)
def test_what_is_no_address_of_a_box_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        check_box_url(text)
