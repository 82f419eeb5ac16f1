"""App name and version: one table both ways, every cut, trailing bytes, hostile text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.apps.dashboard import (
    OpenApp,
    app_and_version,
    close_app,
    encode_app_and_version,
    open_app,
    parse_app_and_version,
)
from ledger_recovery.device.apps.question import Patience
from ledger_recovery.device.wire.apdu import ResponseApdu
from ledger_recovery.errors import BadReply, Declined, DeviceLocked, WrongApp

CASES = [
    (OpenApp("Concordium", "5.1.3", b"\x00"), "010a436f6e636f726469756d05352e312e330100"),
    (OpenApp("Concordium", "4.1.2", b"\x00"), "010a436f6e636f726469756d05342e312e320100"),
    (OpenApp("BOLOS", "1.1.1"), "0105424f4c4f5305312e312e31"),
]
WHOLE = bytes.fromhex(CASES[0][1])


@pytest.mark.parametrize(("app", "raw"), CASES)
def test_both_ways(app: OpenApp, raw: str) -> None:
    assert parse_app_and_version(bytes.fromhex(raw)) == app
    assert encode_app_and_version(app).hex() == raw


# without its flags the answer is still whole: some systems send none
@pytest.mark.parametrize("end", [end for end in range(len(WHOLE)) if end != len(WHOLE) - 2])
def test_every_cut_is_refused(end: int) -> None:
    with pytest.raises(BadReply, match=r"too early|unknown layout"):
        parse_app_and_version(WHOLE[:end])


def test_trailing_bytes_are_refused() -> None:
    with pytest.raises(BadReply, match="1 bytes follow"):
        parse_app_and_version(WHOLE + b"\x00")


@pytest.mark.parametrize("name", [b"", b"Conc\x1b[2Jordium", b"\xc3\xa9", b"a\nb", b"x" * 65, b"\x00"])
def test_a_name_that_cannot_be_shown_is_refused(name: bytes) -> None:
    with pytest.raises(BadReply, match="readable name"):
        parse_app_and_version(bytes((1, len(name))) + name + b"\x011")


def test_a_key_cannot_be_taken_for_a_version() -> None:
    for first in range(256):
        with pytest.raises(BadReply):
            parse_app_and_version(bytes((first,)) + b"\x11" * 31)


@pytest.mark.parametrize(
    ("name", "dashboard"), [("BOLOS", True), ("OLOS\x00", True), ("Concordium", False), ("Bitcoin", False)]
)
def test_the_dashboard_is_known_by_its_names(name: str, dashboard: bool) -> None:
    raw = bytes((1, len(name))) + name.encode() + b"\x031.0"
    assert parse_app_and_version(raw).is_dashboard is dashboard


@given(st.binary(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_an_app_or_our_error(raw: bytes) -> None:
    try:
        app = parse_app_and_version(raw)
    except BadReply:
        return
    assert app.name.isprintable()
    assert app.version.isprintable()


def test_the_commands() -> None:
    assert app_and_version().command.encode().hex() == "b001000000"
    assert close_app().command.encode().hex() == "b0a7000000"
    assert open_app("Concordium").command.encode().hex() == "e0d800000a436f6e636f726469756d"
    assert app_and_version().patience is Patience.SYSTEM
    assert open_app("Concordium").patience is Patience.PERSON


@pytest.mark.parametrize("name", ["", "x" * 65, "Café", "a\x00"])
def test_only_plain_names_are_opened(name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        open_app(name)


@pytest.mark.parametrize(
    ("sw", "kind"),
    [(0x6807, WrongApp), (0x5501, Declined), (0x6985, Declined), (0x5515, DeviceLocked), (0x670A, BadReply)],
)
def test_what_the_dashboard_answers_to_open(sw: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        open_app("Concordium").read(ResponseApdu(b"", sw))


def test_data_where_none_belong_are_refused() -> None:
    with pytest.raises(BadReply, match="3 bytes"):
        open_app("Concordium").read(ResponseApdu(b"abc", 0x9000))
    open_app("Concordium").read(ResponseApdu(b"", 0x9000))
