"""The HTTP answer of Speculos' POST /apdu: from raw bytes of the connection to the APDU answer.

Status line and headers come at once, the chunked body {"data": hex} when the app answers; a body that ends without
its terminator means that the app ended (measured on Speculos 0.27.1). The HTTP parsing is the standard library's.
"""

from __future__ import annotations

import io
import json
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, cast

from ledger_recovery.device.wire.need import NEED_DATA, NeedData
from ledger_recovery.errors import BadReply

MAX_HTTP_ANSWER = 64 * 1024
_HINT = "Check that the address is the REST port of Speculos or of this program's emulator."


class AnswerCut(Exception):
    """The connection ended before the answer did; the transport translates it."""


class _Collected:
    """What HTTPResponse reads instead of a socket: the bytes collected so far."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BufferedIOBase:
        return io.BytesIO(self._raw)


def http_request(host: str, apdu: bytes) -> bytes:
    """The request that carries an APDU, with a body of its own length and no keep-alive."""
    body = json.dumps({"data": apdu.hex()}).encode()
    head = (
        f"POST /apdu HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


class RestAssembler:
    """Collects the bytes of one HTTP answer. Use a new one for each question."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def in_body(self) -> bool:
        """Whether more than status line and headers, which come before the app answers, is here."""
        return bool(self._buffer.partition(b"\r\n\r\n")[2])

    def feed(self, chunk: bytes) -> bytes | NeedData:
        """Take bytes as they come; the APDU answer once the HTTP answer is whole.

        :raises BadReply: too long, not HTTP, not status 200, or not the JSON that Speculos sends.
        """
        self._buffer += chunk
        if len(self._buffer) > MAX_HTTP_ANSWER:
            raise BadReply(f"the emulator's HTTP answer is longer than {MAX_HTTP_ANSWER} bytes", _HINT)
        if b"\r\n\r\n" not in self._buffer:
            return NEED_DATA
        answer = self._parse(at_end=False)
        return NEED_DATA if answer is None else answer

    def finish(self) -> bytes:
        """The connection was closed: the answer, if the close is what ended it.

        :raises AnswerCut: the answer is incomplete.
        :raises BadReply: as `feed`.
        """
        answer = self._parse(at_end=True) if b"\r\n\r\n" in self._buffer else None
        if answer is None:
            raise AnswerCut(f"the connection was closed after {len(self._buffer)} bytes of the answer")
        return answer

    def _parse(self, *, at_end: bool) -> bytes | None:
        try:
            response = HTTPResponse(cast(Any, _Collected(bytes(self._buffer))), method="POST")
            response.begin()
            framed = response.chunked or response.length is not None
            if not framed and not at_end:
                return None
            body = response.read()
        except IncompleteRead:
            return None
        except (HTTPException, ValueError, OverflowError) as error:
            raise BadReply(f"the emulator's answer is not HTTP ({type(error).__name__})", _HINT) from None
        if response.status != 200:
            raise BadReply(f"the emulator refused the request with HTTP status {response.status}", _HINT)
        if not body:
            return None
        return _apdu_of(body)


def _apdu_of(body: bytes) -> bytes:
    """The bytes in {"data": "<hex>"}; the body itself never enters an error, it may hold a key."""
    try:
        document = json.loads(body)
        return bytes.fromhex(document["data"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadReply('the emulator\'s answer is not the JSON document {"data": "<hex>"}', _HINT) from None
