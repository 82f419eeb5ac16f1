"""APDU codec and status words: one table both ways, and any bytes give a value or our error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.wire.apdu import MAX_RESPONSE, CommandApdu, ResponseApdu
from ledger_recovery.device.wire.status import ANY_APP, CONCORDIUM, DASHBOARD, STATUS_WORDS, error_for, status_of
from ledger_recovery.errors import BadReply, Declined, DeviceError, DeviceLocked, WrongApp

COMMANDS = [
    (CommandApdu(0xB0, 0x01), "b001000000"),
    (CommandApdu(0xE0, 0x05, 0x01, 0x01, bytes(4)), "e00501010400000000"),
    (CommandApdu(0xE0, 0x05, 0x02, 0x01, b"\x07"), "e00502010107"),
    (CommandApdu(0xE0, 0xFF, 0xFF, 0xFF, b"\xaa" * 255), "e0ffffffff" + "aa" * 255),
]
RESPONSES = [
    (ResponseApdu(b"", 0x9000), "9000"),
    (ResponseApdu(b"", 0x6985), "6985"),
    (ResponseApdu(b"\x01\x02", 0x9000), "01029000"),
    (ResponseApdu(bytes(MAX_RESPONSE - 2), 0x9000), "00" * (MAX_RESPONSE - 2) + "9000"),
]


@pytest.mark.parametrize(("command", "raw"), COMMANDS)
def test_commands_both_ways(command: CommandApdu, raw: str) -> None:
    assert command.encode().hex() == raw
    assert CommandApdu.parse(bytes.fromhex(raw)) == command


@pytest.mark.parametrize(("response", "raw"), RESPONSES)
def test_responses_both_ways(response: ResponseApdu, raw: str) -> None:
    assert response.encode().hex() == raw
    assert ResponseApdu.parse(bytes.fromhex(raw)) == response


@pytest.mark.parametrize("raw", ["", "b0", "b0010000", "b001000001", "b00100000000"])
def test_a_request_with_a_wrong_length_is_no_request(raw: str) -> None:
    with pytest.raises(ValueError, match=r"request (has|announces)|at least"):
        CommandApdu.parse(bytes.fromhex(raw))


@pytest.mark.parametrize("size", [0, 1, MAX_RESPONSE + 1])
def test_an_answer_without_room_for_a_status_word_or_too_long_is_refused(size: int) -> None:
    with pytest.raises(BadReply, match=f"{size} bytes"):
        ResponseApdu.parse(bytes(size))


@pytest.mark.parametrize("change", [{"cla": 256}, {"ins": -1}, {"p1": 256}, {"p2": 999}, {"data": bytes(256)}])
def test_values_that_do_not_fit_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="byte"):
        CommandApdu(**({"cla": 0xE0, "ins": 0x05} | change))  # type: ignore[arg-type]  # the point of the test


def test_neither_repr_shows_a_payload() -> None:
    assert "5ec3e7" not in repr(ResponseApdu(bytes.fromhex("5ec3e7"), 0x9000))
    assert "b'" not in repr(CommandApdu(0xE0, 0x05, data=b"secret"))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_an_answer_or_our_error(raw: bytes) -> None:
    try:
        assert ResponseApdu.parse(raw).encode() == raw
    except BadReply:
        assert not 2 <= len(raw) <= MAX_RESPONSE


@pytest.mark.parametrize(
    ("app", "sw", "kind"),
    [
        (CONCORDIUM, 0x6985, Declined),
        (CONCORDIUM, 0x5501, Declined),
        (CONCORDIUM, 0x530C, DeviceLocked),
        (CONCORDIUM, 0x5515, DeviceLocked),
        (CONCORDIUM, 0x6982, BadReply),
        ("Bitcoin", 0x6982, DeviceLocked),
        (CONCORDIUM, 0x6B0C, BadReply),
        (DASHBOARD, 0x6B0C, DeviceLocked),
        (DASHBOARD, 0x6804, DeviceLocked),
        (DASHBOARD, 0x6FAA, DeviceLocked),
        (CONCORDIUM, 0x6E00, WrongApp),
        (CONCORDIUM, 0x6D00, WrongApp),
        (CONCORDIUM, 0x6511, WrongApp),
        (DASHBOARD, 0x6807, WrongApp),
        (CONCORDIUM, 0x6807, BadReply),
        (CONCORDIUM, 0x6A87, BadReply),
        (CONCORDIUM, 0x6B02, BadReply),
        (CONCORDIUM, 0x6B0B, BadReply),
        (CONCORDIUM, 0x6C20, BadReply),
        (CONCORDIUM, 0x1234, BadReply),
    ],
)
def test_a_status_word_is_read_by_app_and_code(app: str, sw: int, kind: type[DeviceError]) -> None:
    error = error_for(app, sw, "give a public key")
    assert type(error) is kind
    assert error.sentence
    assert error.hint


def test_only_9000_is_success() -> None:
    successes = {sw for (app, sw) in STATUS_WORDS if error_for(app, sw, "x") is None}
    assert successes == {0x9000}


def test_an_unknown_word_is_named_in_hex() -> None:
    error = error_for(CONCORDIUM, 0x6F42, "give a public key")
    assert isinstance(error, BadReply)
    assert error.sw == 0x6F42
    assert "0x6F42" in error.sentence


def test_words_of_another_app_do_not_leak_into_any_app() -> None:
    assert status_of("Bitcoin", 0x6B02) is None
    assert status_of(ANY_APP, 0x6807) is None
