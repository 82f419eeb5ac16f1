"""Device paths as typed and printed back; recorded conversations and what is wrong with a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.transport.discover import SystemBus, named
from ledger_recovery.device.transport.paths import (
    DevicePath,
    HidPath,
    ReplayPath,
    RestPath,
    TcpPath,
    parse_device_path,
)
from ledger_recovery.device.transport.replay import MAX_FILE_SIZE, Replay, read_recording
from ledger_recovery.errors import BadReply, Cancelled, InputError, LinkDoubtful, NoDevice

PATHS: list[tuple[str, DevicePath]] = [
    ("hid:", HidPath()),
    ("hid:/dev/hidraw3", HidPath("/dev/hidraw3")),
    ("hid:\\\\?\\HID#VID_2C97&PID_5011", HidPath("\\\\?\\HID#VID_2C97&PID_5011")),
    ("tcp:127.0.0.1:9999", TcpPath("127.0.0.1", 9999)),
    ("tcp:[::1]:9999", TcpPath("::1", 9999)),
    ("http://localhost:5000", RestPath("localhost", 5000)),
    ("replay:talk.json", ReplayPath("talk.json")),
    ("replay:C:\\talk.json", ReplayPath("C:\\talk.json")),
]


@pytest.mark.parametrize(("text", "path"), PATHS)
def test_both_ways(text: str, path: DevicePath) -> None:
    assert parse_device_path(text) == path
    assert str(path) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "known forms"),
        ("127.0.0.1:9999", "known forms"),
        ("https://localhost:5000", "known forms"),
        ("usb:1", "known forms"),
        ("tcp:127.0.0.1", "HOST:PORT"),
        ("tcp:", "HOST:PORT"),
        ("tcp:host:port", "HOST:PORT"),
        ("tcp:host:0", "port 0"),
        ("tcp:host:65536", "port 65536"),
        ("tcp:a b:1", "HOST:PORT"),
        ("tcp:host:9999\n", "not printable"),
        ("http:localhost:5000", "//"),
        ("http://localhost:5000/apdu", "HOST:PORT"),
        ("replay:", "no file"),
        ("tcp:" + "x" * 5000, "too long"),
    ],
)
def test_a_wrong_path_says_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        parse_device_path(text)
    assert caught.value.hint
    assert len(caught.value.sentence) < 200


@given(st.one_of(st.text(max_size=40), st.from_regex(r"(tcp|http|hid|replay):.{0,30}", fullmatch=True)))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_path_that_prints_back_or_our_error(text: str) -> None:
    try:
        path = parse_device_path(text)
    except InputError:
        return
    assert parse_device_path(str(path)) == path


def test_what_a_person_names_is_an_emulator_unless_it_is_usb() -> None:
    assert [named(text).emulated for text, _ in PATHS] == [False, False, False, True, True, True, True, True]


def recording(tmp_path: Path, **change: object) -> str:
    document = {
        "model": "stax",
        "exchanges": [
            {"request": "b001000000", "response": "9000"},
            {"request": "e00501010400000003", "response": "aa9000"},
            {"request": "e00501010400000003", "response": "6985"},
        ],
    }
    file = tmp_path / "talk.json"
    file.write_text(json.dumps(document | change))
    return str(file)


def never() -> bool:
    return False


def test_recorded_answers_come_in_order_and_the_last_stays(tmp_path: Path) -> None:
    replay = Replay(ReplayPath(recording(tmp_path)))
    replay.open()
    request = bytes.fromhex("e00501010400000003")
    answers = []
    for _ in range(3):
        answers.append(replay.exchange(request, None, never).hex())
        replay.close()
        replay.open()  # a reconnect goes on where the conversation stood
    assert answers == ["aa9000", "6985", "6985"]
    assert replay.found.model == "stax"
    assert replay.found.emulated
    assert replay.exchange(bytes.fromhex("b001000000"), None, never) == b"\x90\x00"


def test_a_request_that_was_not_recorded_is_an_error(tmp_path: Path) -> None:
    replay = Replay(ReplayPath(recording(tmp_path)))
    replay.open()
    with pytest.raises(BadReply, match="e00501010400000004 is not in the recording"):
        replay.exchange(bytes.fromhex("e00501010400000004"), None, never)


def test_a_recording_is_opened_first_and_can_be_cancelled(tmp_path: Path) -> None:
    replay = Replay(ReplayPath(recording(tmp_path)))
    with pytest.raises(LinkDoubtful):
        replay.exchange(bytes.fromhex("b001000000"), None, never)
    replay.open()
    with pytest.raises(Cancelled):
        replay.exchange(bytes.fromhex("b001000000"), None, lambda: True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exchanges": None}, "no list"),
        ({"exchanges": [7]}, "exchange 0"),
        ({"exchanges": [{"request": "b001000000"}]}, "exchange 0"),
        ({"exchanges": [{"request": "b0", "response": "9000"}]}, "exchange 0"),
        ({"exchanges": [{"request": "b001000000", "response": "zz"}]}, "exchange 0"),
        ({"exchanges": [{"request": "b001000000", "response": "90"}]}, "1 bytes"),
        ({"exchanges": [{"request": "b001000000", "response": "00" * 300}]}, "300 bytes"),
        ({"exchanges": [{}] * 10_001}, "more than"),
        ({"model": 7}, "model"),
    ],
)
def test_a_damaged_recording_says_where(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(NoDevice, match=words):
        read_recording(recording(tmp_path, **change))


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe\x00", b"[" * 100_000])
def test_what_is_no_recording_is_refused(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(raw)
    with pytest.raises(NoDevice, match="not a recorded conversation"):
        read_recording(str(file))


def test_a_missing_or_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoDevice, match="No such file"):
        read_recording(str(tmp_path / "none.json"))
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.truncate(MAX_FILE_SIZE + 1)
    with pytest.raises(NoDevice, match="larger"):
        read_recording(str(huge))


def test_a_run_has_one_conversation_per_recording(tmp_path: Path) -> None:
    bus = SystemBus(lambda: 0.0)
    found = named(f"replay:{recording(tmp_path)}")
    assert bus.transport(found) is bus.transport(found)
