"""Stands between a computer and its Box, with the Box's own key, and keeps every byte that the computer sends.

Runs in a thread of the test, so that real processes can talk through it. The Box's answers pass unread.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from pathlib import Path
from typing import Self

from ledger_recovery.backup.pairing import PairingOffer, make_link, parse_link

PIECE = 1 << 16
PATIENCE_SECONDS = 30.0


class TlsRecorder:
    """Use as `with`. `heard`: all that was sent to the Box, in order of arrival."""

    def __init__(self, box: Path, port: int) -> None:
        """:param box: the Box's directory. :param port: where it listens."""
        self.heard = bytearray()
        self._target = port
        self._port = 0
        self._inward = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._inward.load_cert_chain(box / "box.crt", box / "box.key")
        self._outward = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._outward.check_hostname = False
        self._outward.verify_mode = ssl.CERT_NONE
        self._listening = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        self._end = asyncio.Event()

    def link(self, link: str) -> str:
        """A pairing link of the Box that leads here instead."""
        offer = parse_link(link, 0)
        url = f"https://127.0.0.1:{self._port}"
        return make_link(PairingOffer(url, offer.pin, offer.token, offer.expires_at, offer.name))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0, ssl=self._inward)
        self._port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._end.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_box, to_box = await asyncio.open_connection("127.0.0.1", self._target, ssl=self._outward)
        ways = [
            asyncio.ensure_future(_copy(reader, to_box, self.heard)),
            asyncio.ensure_future(_copy(from_box, writer, None)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_box.transport.abort()
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray | None) -> None:
    while data := await reader.read(PIECE):
        if heard is not None:
            heard += data
        writer.write(data)
        await writer.drain()
