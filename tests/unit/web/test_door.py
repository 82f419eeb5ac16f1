"""The guide's server as it listens: raw bytes over real sockets, from programs that do not keep to any rule."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from ledger_recovery.web.server import door
from ledger_recovery.web.server.serve import GuideServer
from tests.unit.web.serving import served

as_root = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can become a second user"
)


@pytest.fixture
async def server() -> AsyncIterator[GuideServer]:
    async with served() as one:
        yield one


@pytest.fixture
def cookie(server: GuideServer) -> str:
    return "Cookie: {}={}".format(*server.keys.cookie(server.port))


async def said(server: GuideServer, *lines: str, body: bytes = b"") -> bytes:
    """All that comes back for these lines of a request, until the server closes; b"" for a cut connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = "\r\n".join([line.replace("HOST", f"127.0.0.1:{server.port}") for line in lines] + ["", ""])
    try:
        writer.write(head.encode("latin-1") + body)
        async with asyncio.timeout(10):
            return await reader.read(1 << 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d+) ", answer)
    return int(found[1]) if found else 0


GET = "GET /step HTTP/1.1"
CLOSE = "Connection: close"


async def test_a_page_is_served_to_who_has_the_cookie(server: GuideServer, cookie: str) -> None:
    answer = await said(server, GET, "Host: HOST", cookie, CLOSE)
    assert status(answer) == 200
    assert b"R0" in answer


@pytest.mark.parametrize(
    "lines",
    [
        [GET, "Host: HOST"],
        [GET, "Host: HOST", "COOKIE", "Origin: https://evil.example"],
        [GET, "Host: HOST", "COOKIE", "Origin: http://HOST", "Origin: https://evil.example"],
        [GET, "Host: evil.example", "COOKIE"],
        [GET, "Host: HOST", "Host: evil.example", "COOKIE"],
        ["GET /step HTTP/1.0", "COOKIE"],
        ["GET http://evil.example/step HTTP/1.1", "Host: evil.example", "COOKIE"],
        ["GET /events HTTP/1.1", "Host: HOST"],
        ["GET /static/../step HTTP/1.1", "Host: HOST", "Origin: null"],
        ["POST /answer HTTP/1.1", "Host: HOST", "COOKIE", "Content-Length: 0"],
        ["CONNECT evil.example:443 HTTP/1.1", "Host: HOST", "COOKIE"],
    ],
    ids=lambda lines: " | ".join(lines),
)
async def test_what_is_not_ours_gets_no_word_and_its_connection_closed(
    server: GuideServer, cookie: str, lines: list[str]
) -> None:
    answer = await said(server, *(cookie if line == "COOKIE" else line for line in lines))
    assert status(answer) in (400, 403)
    body = answer.partition(b"\r\n\r\n")[2]
    assert body in (b"", b"Invalid HTTP request received.")


@pytest.mark.parametrize(
    "target",
    [
        *("http://evil.example/step", "/static/../step", "/static/%2e%2e/step", "//step", "/step/../diagnosis"),
        *("/step%00", "/%73tep/", "*", "/static/guide.css%0d%0aX-Evil:%20yes"),
    ],
)
async def test_odd_targets_lead_nowhere(server: GuideServer, cookie: str, target: str) -> None:
    answer = await said(server, f"GET {target} HTTP/1.1", "Host: HOST", cookie, CLOSE)
    assert status(answer) in (400, 404)
    assert b"X-Evil" not in answer
    assert b'id="heading"' not in answer


async def test_what_the_files_route_answers_without_a_cookie_is_no_page(server: GuideServer) -> None:
    answer = await said(server, "GET /static/%2e%2e/step HTTP/1.1", "Host: HOST", CLOSE)
    assert status(answer) == 404
    assert server.keys.csrf.encode() not in answer


async def test_a_head_without_end_is_refused(server: GuideServer, cookie: str) -> None:
    answer = await said(server, GET, "Host: HOST", cookie, "X: " + "x" * 200_000)
    assert status(answer) in (0, 400)


async def test_a_body_that_lies_about_its_length_is_no_second_request(server: GuideServer, cookie: str) -> None:
    inner = b"GET /diagnosis HTTP/1.1\r\nHost: HOST\r\n\r\n"
    lines = ("POST /go HTTP/1.1", "Host: HOST", "Origin: http://HOST", cookie)
    answer = await said(server, *lines, "Content-Length: 3", "Transfer-Encoding: chunked", body=inner)
    assert status(answer) == 400
    assert answer.count(b"HTTP/1.1") == 1


async def test_who_never_asks_is_not_waited_for(server: GuideServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    async with asyncio.timeout(10):
        assert await _rest(reader) == b""
    writer.close()


async def test_half_a_second_request_is_not_waited_for(
    server: GuideServer, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    whole = f"{GET}\r\nHost: 127.0.0.1:{server.port}\r\n{cookie}\r\n\r\n".encode()
    writer.write(whole)
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head)
    assert found
    await reader.readexactly(int(found[1]))
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.05)
    writer.write(whole[:20])
    async with asyncio.timeout(10):
        assert await _rest(reader) == b""
    writer.close()


async def test_an_open_stream_is_never_cut(server: GuideServer, cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HEAD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{cookie}\r\n\r\n".encode())
    await reader.readuntil(b"data: ")
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, passed.set)
    await passed.wait()
    server.hub.change(busy="something new")
    async with asyncio.timeout(10):
        assert b"omething new" in await reader.readuntil(b"omething new")
    writer.close()


async def test_one_program_cannot_take_all_connections(
    server: GuideServer, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MAX_CONNECTIONS", 3)
    held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(5)]
    async with asyncio.timeout(10):
        ends = [asyncio.create_task(_rest(reader)) for reader, _ in held]
        done, open_still = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 2:
            more, open_still = await asyncio.wait(open_still, return_when=asyncio.FIRST_COMPLETED)
            done |= more
    assert len(open_still) == 3
    for _, writer in held:
        writer.close()
    await asyncio.gather(*open_still)
    assert status(await said(server, GET, "Host: HOST", cookie, CLOSE)) == 200


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


PROBE = """
import encodings.idna, os, socket, sys
port, user, family, source, target = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
os.setuid(user)
line = socket.socket(socket.AF_INET6 if family == "6" else socket.AF_INET)
line.bind((source, 0))
try:
    line.connect((target, port))
    line.sendall(f"GET / HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nConnection: close\\r\\n\\r\\n".encode())
    print(line.recv(100).split(b"\\r\\n")[0].decode() or "cut")
except ConnectionError:
    print("cut")
"""


@as_root
@pytest.mark.parametrize(
    "way",
    [
        ("4", "127.0.0.1", "127.0.0.1"),
        ("4", "127.0.0.2", "127.0.0.1"),
        ("6", "::ffff:127.0.0.1", "::ffff:127.0.0.1"),
    ],
    ids=["plain", "another loopback address", "a socket of the other family"],
)
async def test_a_real_second_user_is_cut_off_at_the_door(server: GuideServer, way: tuple[str, str, str]) -> None:
    run = [sys.executable, "-c", PROBE, str(server.port)]
    got = [
        await asyncio.to_thread(subprocess.check_output, [*run, user, *way], text=True)
        for user in ("65534", str(os.getuid()))
    ]
    assert [line.strip() for line in got] == ["cut", "HTTP/1.1 200 OK"]
