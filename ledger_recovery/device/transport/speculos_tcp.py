"""[io] Speculos' raw APDU port: one send per APDU, answers read until complete.

The port also takes "RAW!" payloads that press buttons; nothing here can produce one.
"""

from __future__ import annotations

from ledger_recovery.device.transport.base import SLICE_SECONDS, Cancel, Found, Now, Wait, unasked
from ledger_recovery.device.transport.paths import TcpPath
from ledger_recovery.device.transport.sockets import Stream
from ledger_recovery.device.wire.models import EMULATOR
from ledger_recovery.device.wire.need import NEED_DATA
from ledger_recovery.device.wire.tcp_frames import TcpAssembler, frame_of
from ledger_recovery.errors import LinkDoubtful, Unplugged

CONNECT_SECONDS = 2.0


class SpeculosTcp:
    """A device behind tcp:HOST:PORT."""

    def __init__(self, path: TcpPath, now: Now, *, slice_seconds: float = SLICE_SECONDS) -> None:
        self._path = path
        self._now = now
        self._slice = slice_seconds
        self._stream: Stream | None = None

    @property
    def found(self) -> Found:
        return Found(str(self._path), EMULATOR, None, emulated=True)

    @property
    def lasting(self) -> bool:
        return True

    def open(self) -> None:
        self.close()
        self._stream = Stream(
            self._path.host,
            self._path.port,
            path=str(self._path),
            connect_seconds=CONNECT_SECONDS,
            slice_seconds=self._slice,
        )

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        stream = self._stream
        if stream is None:
            raise LinkDoubtful(f"{self._path} is not open", "The connection is made anew.")
        wait = Wait(self._now, deadline, cancelled)
        if stream.waiting():
            if stream.receive(wait):
                raise unasked()
            raise Unplugged(f"{self._path} had closed the connection", "Start the emulator again.")
        stream.send(frame_of(apdu))
        assembler = TcpAssembler()
        while True:
            chunk = stream.receive(wait)
            if not chunk:
                raise Unplugged(
                    f"{self._path} closed the connection after {assembler.received} bytes of the answer",
                    "Open the app again or start the emulator again.",
                )
            answer = assembler.feed(chunk)
            if answer is not NEED_DATA:
                return answer
            wait.begun()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
