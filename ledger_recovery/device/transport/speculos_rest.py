"""[io] Speculos' REST API: POST /apdu, one connection for each question.

Sockets are read in slices by ourselves because the standard client's reads cannot be resumed after a time-out and so
could not be cancelled; the HTTP answer is parsed by the standard library (rest_answer.py).
"""

from __future__ import annotations

from ledger_recovery.device.transport.base import SLICE_SECONDS, Cancel, Found, Now, Wait
from ledger_recovery.device.transport.paths import RestPath
from ledger_recovery.device.transport.rest_answer import MAX_HTTP_ANSWER, AnswerCut, RestAssembler, http_request
from ledger_recovery.device.transport.sockets import Stream
from ledger_recovery.device.wire.models import EMULATOR, model_of_screen
from ledger_recovery.device.wire.need import NEED_DATA
from ledger_recovery.errors import DeviceError, LinkDoubtful, Unplugged

CONNECT_SECONDS = 2.0
SCREEN_SECONDS = 3.0
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_HEAD = 24
"""Signature, chunk length, "IHDR", then width and height, 4 bytes each (PNG specification 11.2.2)."""


class SpeculosRest:
    """A device behind http://HOST:PORT."""

    def __init__(self, path: RestPath, now: Now, *, slice_seconds: float = SLICE_SECONDS) -> None:
        self._path = path
        self._now = now
        self._slice = slice_seconds
        self._model = EMULATOR
        self._open = False

    @property
    def found(self) -> Found:
        return Found(str(self._path), self._model, None, emulated=True)

    @property
    def lasting(self) -> bool:
        return False

    def open(self) -> None:
        """Connect once, to know that somebody listens and which model's screen it shows."""
        self.close()
        stream = self._connect()
        try:
            self._model = self._screen_model(stream)
        except DeviceError:
            self._model = EMULATOR  # a screen is a convenience: an emulator without one still answers APDUs
        finally:
            stream.close()
        self._open = True

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        if not self._open:
            raise LinkDoubtful(f"{self._path} is not open", "The connection is made anew.")
        stream = self._connect()
        try:
            stream.send(http_request(f"{self._path.host}:{self._path.port}", apdu))
            return self._read(stream, Wait(self._now, deadline, cancelled))
        finally:
            stream.close()

    def close(self) -> None:
        self._open = False

    def _connect(self) -> Stream:
        return Stream(
            self._path.host,
            self._path.port,
            path=str(self._path),
            connect_seconds=CONNECT_SECONDS,
            slice_seconds=self._slice,
        )

    def _read(self, stream: Stream, wait: Wait) -> bytes:
        assembler = RestAssembler()
        while chunk := stream.receive(wait):
            answer = assembler.feed(chunk)
            if answer is not NEED_DATA:
                return answer
            if assembler.in_body:
                wait.begun()
        try:
            return assembler.finish()
        except AnswerCut as cut:
            raise Unplugged(f"{self._path} ended without an answer ({cut})", "Open the app again.") from None

    def _screen_model(self, stream: Stream) -> str:
        request = f"GET /screenshot HTTP/1.1\r\nHost: {self._path.host}:{self._path.port}\r\nConnection: close\r\n\r\n"
        stream.send(request.encode("ascii"))
        wait = Wait(self._now, self._now() + SCREEN_SECONDS, lambda: False)
        received = b""
        while len(received) < MAX_HTTP_ANSWER:
            chunk = stream.receive(wait)
            received += chunk
            start = received.find(PNG_SIGNATURE)
            if start >= 0 and len(received) >= start + PNG_HEAD:
                size = received[start + PNG_HEAD - 8 : start + PNG_HEAD]
                return model_of_screen(int.from_bytes(size[:4], "big"), int.from_bytes(size[4:], "big"))
            if not chunk:
                break
        return EMULATOR
