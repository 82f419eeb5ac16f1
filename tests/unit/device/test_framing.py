"""USB and TCP framing: round trip with ledgerblue's wrapper, every split, every kind of damage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgerblue.ledgerWrapper import unwrapResponseAPDU, wrapCommandAPDU

from ledger_recovery.device.wire.apdu import MAX_RESPONSE
from ledger_recovery.device.wire.hid_frames import CHANNEL, FRAME_SIZE, HidAssembler, frames_of
from ledger_recovery.device.wire.need import NEED_DATA
from ledger_recovery.device.wire.tcp_frames import TcpAssembler, frame_of
from ledger_recovery.errors import BadReply

ANSWER = bytes(range(100)) + b"\x90\x00"
SIZES = [2, 3, 34, 57, 58, 66, 57 + 59, 57 + 59 + 1, MAX_RESPONSE]


def frames_from_device(answer: bytes) -> list[bytes]:
    """Frames as a device sends them: the same layout as ours, made by ledgerblue."""
    stream = bytes(wrapCommandAPDU(CHANNEL, answer, FRAME_SIZE))
    return [stream[at : at + FRAME_SIZE] for at in range(0, len(stream), FRAME_SIZE)]


@pytest.mark.parametrize(
    ("apdu", "frames"),
    [
        ("b001000000", ["0101050000" + "0005" + "b001000000" + "00" * 52]),
        (
            "e0" * 58,
            ["0101050000" + "003a" + "e0" * 57, "0101050001" + "e0" + "00" * 58],
        ),
    ],
)
def test_a_request_is_cut_into_padded_frames(apdu: str, frames: list[str]) -> None:
    assert [frame.hex() for frame in frames_of(bytes.fromhex(apdu))] == frames


@pytest.mark.parametrize("size", SIZES)
def test_frames_of_every_size_come_back_whole(size: int) -> None:
    answer = bytes(index % 251 for index in range(size))
    *first, last = frames_from_device(answer)
    assembler = HidAssembler()
    assert all(assembler.feed(frame) is NEED_DATA for frame in first)
    assert assembler.feed(last) == answer


@given(st.binary(min_size=2, max_size=MAX_RESPONSE))
@settings(max_examples=200, deadline=None)
def test_our_frames_and_ledgerblues_agree(apdu: bytes) -> None:
    frames = frames_of(apdu)
    assert list(frames) == frames_from_device(apdu)
    assert bytes(unwrapResponseAPDU(CHANNEL, b"".join(frames), FRAME_SIZE)) == apdu
    assembler = HidAssembler()
    assert [assembler.feed(frame) for frame in frames][-1] == apdu


def changed(frame: bytes, at: int, value: int) -> bytes:
    return frame[:at] + bytes((value,)) + frame[at + 1 :]


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        (0, 0x02, "channel"),
        (1, 0x02, "channel"),
        (2, 0x06, "tag"),
        (4, 0x01, "report 1 where report 0"),
        (5, 0xFF, "announced"),
        (6, 0x01, "announced"),
    ],
)
def test_a_damaged_first_frame_is_refused(at: int, value: int, words: str) -> None:
    first = changed(changed(frames_from_device(b"\x90\x00")[0], 6, 2), at, value)
    with pytest.raises(BadReply, match=words):
        HidAssembler().feed(first)


@pytest.mark.parametrize(("at", "value", "words"), [(1, 2, "channel"), (2, 0, "tag"), (4, 0, "report 0"), (4, 2, "2")])
def test_a_damaged_later_frame_is_refused(at: int, value: int, words: str) -> None:
    first, second = frames_from_device(ANSWER)
    assembler = HidAssembler()
    assembler.feed(first)
    with pytest.raises(BadReply, match=words):
        assembler.feed(changed(second, at, value))


@pytest.mark.parametrize("size", [0, 1, 12, 63, 65])
def test_a_frame_of_another_size_is_refused(size: int) -> None:
    frame = (frames_from_device(ANSWER)[0] + b"\x00")[:size]
    with pytest.raises(BadReply, match=f"{size} bytes"):
        HidAssembler().feed(frame)


def test_a_frame_after_the_end_is_refused() -> None:
    assembler = HidAssembler()
    (frame,) = frames_from_device(b"\x90\x00")
    assert assembler.feed(frame) == b"\x90\x00"
    with pytest.raises(BadReply, match="after the end"):
        assembler.feed(frame)


def test_padding_is_not_looked_at() -> None:
    (frame,) = frames_from_device(b"\x90\x00")
    assert HidAssembler().feed(frame[:9] + b"\xff" * 55) == b"\x90\x00"


@given(st.lists(st.binary(max_size=70), max_size=8))
@settings(max_examples=300, deadline=None)
def test_any_reports_give_an_answer_need_data_or_our_error(reports: list[bytes]) -> None:
    assembler = HidAssembler()
    for report in reports:
        try:
            answer = assembler.feed(report)
        except BadReply:
            return
        assert answer is NEED_DATA or 2 <= len(answer) <= MAX_RESPONSE


@given(st.integers(0, 7), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_any_damaged_header_byte_gives_our_error_or_is_the_same(at: int, value: int) -> None:
    first, second = frames_from_device(ANSWER)
    assembler = HidAssembler()
    try:
        answer = assembler.feed(changed(first, at, value))
        if answer is NEED_DATA:
            answer = assembler.feed(second)
    except BadReply:
        return
    assert at >= 5 or value == first[at]


TCP = [
    (b"\x69\x85", "00000000" + "6985"),
    (bytes(range(32)) + b"\x90\x00", "00000020" + bytes(range(32)).hex() + "9000"),
    (bytes(MAX_RESPONSE - 2) + b"\x90\x00", "00000102" + "00" * (MAX_RESPONSE - 2) + "9000"),
]


@pytest.mark.parametrize(("answer", "raw"), TCP)
def test_a_tcp_answer_whole_and_byte_by_byte(answer: bytes, raw: str) -> None:
    stream = bytes.fromhex(raw)
    assert TcpAssembler().feed(stream) == answer
    assembler = TcpAssembler()
    *first, last = (stream[at : at + 1] for at in range(len(stream)))
    assert all(assembler.feed(byte) is NEED_DATA for byte in first)
    assert assembler.feed(last) == answer
    assert assembler.received == len(stream)


@pytest.mark.parametrize(("answer", "raw"), TCP)
def test_bytes_beyond_a_tcp_answer_are_refused(answer: bytes, raw: str) -> None:
    with pytest.raises(BadReply, match="1 bytes beyond"):
        TcpAssembler().feed(bytes.fromhex(raw) + b"\x00")
    assembler = TcpAssembler()
    assembler.feed(bytes.fromhex(raw))
    with pytest.raises(BadReply, match="after the end"):
        assembler.feed(b"\x00")


def test_a_tcp_length_that_no_answer_has_is_refused_before_its_bytes_come() -> None:
    with pytest.raises(BadReply, match="announced"):
        TcpAssembler().feed((MAX_RESPONSE - 1).to_bytes(4, "big"))
    with pytest.raises(BadReply, match="announced"):
        TcpAssembler().feed(b"\xff\xff\xff\xff")


def test_a_tcp_request_is_its_length_and_itself() -> None:
    assert frame_of(bytes.fromhex("b001000000")).hex() == "00000005b001000000"


@given(st.lists(st.binary(max_size=40), max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_tcp_bytes_give_an_answer_need_data_or_our_error(chunks: list[bytes]) -> None:
    assembler = TcpAssembler()
    for chunk in chunks:
        try:
            answer = assembler.feed(chunk)
        except BadReply:
            return
        assert answer is NEED_DATA or 2 <= len(answer) <= MAX_RESPONSE
