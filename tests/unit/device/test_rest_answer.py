"""The HTTP answer of POST /apdu: Speculos' own bytes, every cut, and anything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.transport.rest_answer import (
    MAX_HTTP_ANSWER,
    AnswerCut,
    RestAssembler,
    http_request,
)
from ledger_recovery.device.wire.need import NEED_DATA
from ledger_recovery.errors import BadReply

HEAD = b"HTTP/1.1 200 OK\r\nServer: Werkzeug/3.1.9\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
BODY = b'{"data": "01029000"}'
ANSWER = bytes.fromhex("01029000")
WHOLE = CHUNKED + b"14\r\n" + BODY + b"\r\n0\r\n\r\n"


def with_length(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_whole_and_byte_by_byte() -> None:
    assert RestAssembler().feed(WHOLE) == ANSWER
    assembler = RestAssembler()
    answers = [assembler.feed(WHOLE[at : at + 1]) for at in range(len(WHOLE))]
    assert ANSWER in answers
    before = answers.index(ANSWER)
    assert all(answer is NEED_DATA for answer in answers[:before])
    assert before >= len(WHOLE) - 5  # not before the terminator of the chunked body began


@pytest.mark.parametrize("end", range(len(WHOLE) - 6))
def test_every_cut_is_told(end: int) -> None:
    assembler = RestAssembler()
    assert assembler.feed(WHOLE[:end]) is NEED_DATA
    with pytest.raises(AnswerCut, match=f"{end} bytes"):
        assembler.finish()


def test_a_body_of_known_length_and_one_that_ends_with_the_connection() -> None:
    assert RestAssembler().feed(with_length(BODY)) == ANSWER
    assembler = RestAssembler()
    assert assembler.feed(HEAD + b"\r\n" + BODY) is NEED_DATA
    assert assembler.finish() == ANSWER


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"{}", b'{"data": 7}', b'{"data": "0"}', b'{"data": "zz"}', b"\xff\xfe", b"[" * 5000]
)
def test_another_document_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(BadReply, match="not the JSON document") as caught:
        RestAssembler().feed(with_length(body))
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("status", ["400 BAD REQUEST", "404 NOT FOUND", "500 ERROR"])
def test_another_status_is_refused(status: str) -> None:
    with pytest.raises(BadReply, match=status[:3]):
        RestAssembler().feed(with_length(b'{"error": "x"}', status))


@pytest.mark.parametrize("raw", [b"220 smtp ready\r\n\r\n", b"HTTP/9.9 abc\r\n\r\n", b"\r\n\r\n"])
def test_what_is_not_http_is_refused(raw: bytes) -> None:
    with pytest.raises(BadReply, match="not HTTP"):
        RestAssembler().feed(raw)


def test_an_endless_answer_is_refused() -> None:
    assembler = RestAssembler()
    with pytest.raises(BadReply, match="longer than"):
        for _ in range(MAX_HTTP_ANSWER // 1024 + 1):
            assembler.feed(b"x" * 1024)


def test_a_huge_announced_size_is_refused_or_waited_for() -> None:
    for head in (b"Content-Length: 99999999999999999999999\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40):
        try:
            assert RestAssembler().feed(HEAD + head + b"\r\n") is NEED_DATA
        except BadReply as error:
            assert "not HTTP" in error.sentence


@given(st.lists(st.binary(max_size=200), max_size=5), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_an_answer_need_data_or_our_error(chunks: list[bytes], head: bool) -> None:
    assembler = RestAssembler()
    try:
        for chunk in [CHUNKED] * head + chunks:
            assembler.feed(chunk)
        assembler.finish()
    except (BadReply, AnswerCut):
        return


def test_the_request_is_one_that_speculos_takes() -> None:
    raw = http_request("127.0.0.1:5000", bytes.fromhex("b001000000"))
    head, body = raw.split(b"\r\n\r\n")
    assert head.startswith(b"POST /apdu HTTP/1.1\r\nHost: 127.0.0.1:5000\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"data": "b001000000"}
