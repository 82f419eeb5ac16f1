"""What no client library sends to a Box, over real TLS: broken framing, tricks with lengths, endless heads, floods."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.support.box_process import BoxProcess, box_process

CONNECTIONS = 20
ABOUT = b"GET /v1/about HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
PAIR = b"POST /v1/pair HTTP/1.1\r\nhost: x\r\n"
CLOSED = b""

TRICKS: dict[str, tuple[bytes, tuple[bytes, ...]]] = {
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01" * 50, (b"400", CLOSED)),
    "another version": (b"GET /v1/about HTTP/9.9\r\nhost: x\r\n\r\n", (b"200", b"400", b"505")),
    "no host": (b"GET /v1/about HTTP/1.1\r\n\r\n", (b"400",)),
    "two hosts": (b"GET /v1/about HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", (b"400",)),
    "two lengths": (PAIR + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}x", (b"400",)),
    "a length below zero": (PAIR + b"content-length: -1\r\n\r\n{}", (b"400",)),
    "a length that is no number": (PAIR + b"content-length: 0x10\r\n\r\n{}", (b"400",)),
    "an enormous length": (PAIR + b"content-length: " + b"9" * 30 + b"\r\n\r\n{}", (b"400", b"413")),
    "a length and chunks": (
        PAIR
        + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        (b"400",),
    ),
    "a length hidden by a space": (PAIR + b"content-length : 2\r\n\r\n{}", (b"400",)),
    "another coding of the transfer": (
        PAIR + b"transfer-encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        (b"400", b"501"),
    ),
    "a chunk that is no number": (PAIR + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n", (b"400", CLOSED)),
    "an enormous chunk": (PAIR + b"transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}", (b"400", b"408", b"413")),
    "an end in the middle of a body": (PAIR + b"content-length: 4000\r\n\r\n{", (b"408", CLOSED)),
    "a body larger than it may be": (PAIR + b"content-length: 5000\r\n\r\n" + b"x" * 5000, (b"413",)),
    "a zero byte in a header": (b"GET /v1/about HTTP/1.1\r\nhost: x\r\na: b\x00c\r\n\r\n", (b"400",)),
    "a folded header": (b"GET /v1/about HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n", (b"200", b"400")),
    "a head without an end": (b"GET /v1/about HTTP/1.1\r\na: " + b"x" * 200_000, (b"400", b"431", CLOSED)),
    "too many headers": (
        b"GET /v1/about HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 200_000 + b"\r\n",
        (b"400", b"431", CLOSED),
    ),
    "a whole URL as the target": (b"GET https://other/v1/about HTTP/1.1\r\nhost: x\r\n\r\n", (b"200", b"400", b"404")),
    "a proxy's target": (b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n", (b"404", b"405", b"400")),
    "a path out of the root": (b"GET /../../box.key HTTP/1.1\r\nhost: x\r\n\r\n", (b"404",)),
    "an encoded path out of the root": (b"GET /%2e%2e/%2e%2e/box.sqlite HTTP/1.1\r\nhost: x\r\n\r\n", (b"404",)),
    "bytes that are no text in the target": (b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n", (b"400", b"404")),
    "an upgrade to another protocol": (
        b"GET /v1/about HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        (b"200", b"400", b"426"),
    ),
    "a hundred requests at once": (ABOUT.replace(b"connection: close\r\n", b"") * 100, (b"200",)),
}


@pytest.fixture(name="box", scope="module")
def _box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoxProcess]:
    limits = ["header_time=1", "request_time=1", f"max_connections={CONNECTIONS}"]
    with box_process(tmp_path_factory.mktemp("box"), limits=limits) as box:
        yield box
        log = box.stop()
    assert "defect" not in log and "Traceback" not in log, log


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


CONTEXT = _context()


@asynccontextmanager
async def connected(box: BoxProcess) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", box.port, ssl=CONTEXT)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                await writer.wait_closed()


async def said(box: BoxProcess, data: bytes) -> bytes:
    """The status of the Box's first answer; nothing when it closed without one."""
    async with asyncio.timeout(20), connected(box) as (reader, writer):
        with suppress(OSError):
            writer.write(data)
            await writer.drain()
            return (await reader.readline())[9:12]
    return CLOSED


@pytest.mark.parametrize("trick", TRICKS)
async def test_framing_tricks_are_refused_and_the_box_goes_on(box: BoxProcess, trick: str) -> None:
    data, allowed = TRICKS[trick]
    assert await said(box, data) in allowed
    assert await said(box, ABOUT) == b"200"


async def test_nothing_smuggled_behind_a_body_is_answered(box: BoxProcess) -> None:
    """Of a request whose end is not certain nothing that follows counts as a request."""
    data = TRICKS["a length and chunks"][0]
    async with asyncio.timeout(20), connected(box) as (reader, writer):
        writer.write(data)
        answers = await reader.read()
    assert answers.startswith(b"HTTP/1.1 400")
    assert answers.count(b"HTTP/1.1 ") == 1


async def test_a_flood_of_connections_is_bounded_and_passes(box: BoxProcess) -> None:
    answers = await asyncio.gather(*(said(box, ABOUT) for _ in range(3 * CONNECTIONS)))
    assert set(answers) <= {b"200", b"503", CLOSED}
    idle = [asyncio.create_task(said(box, b"GET ")) for _ in range(3 * CONNECTIONS)]
    # They say nothing more. Within the time that a head may take, the Box has let go of all of them.
    assert set(await asyncio.gather(*idle)) == {CLOSED}
    assert await said(box, ABOUT) == b"200"
