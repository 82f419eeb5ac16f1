"""The TCP and REST transports against real sockets: split, coalesced, half, silent, closed and refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from ledger_recovery.device.transport.base import Transport
from ledger_recovery.device.transport.paths import RestPath, TcpPath
from ledger_recovery.device.transport.speculos_rest import SpeculosRest
from ledger_recovery.device.transport.speculos_tcp import SpeculosTcp
from ledger_recovery.errors import BadReply, Cancelled, LinkDoubtful, NoDevice, Unplugged
from tests.unit.device.servers import Script, one_piece, read_exactly, server, until_closed

REQUEST = bytes.fromhex("b001000000")
FRAMED = bytes.fromhex("00000005b001000000")
ANSWER = bytes.fromhex("01029000")
TCP_ANSWER = bytes.fromhex("0000000201029000")
HTTP_ANSWER = (
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n14\r\n{"data": "01029000"}\r\n0\r\n\r\n'
)


def now() -> float:
    return 0.0


def never() -> bool:
    return False


def tcp(port: int, clock: Callable[[], float] = now) -> SpeculosTcp:
    return SpeculosTcp(TcpPath("127.0.0.1", port), clock, slice_seconds=0.01)


def rest(port: int, clock: Callable[[], float] = now) -> SpeculosRest:
    return SpeculosRest(RestPath("127.0.0.1", port), clock, slice_seconds=0.01)


def tcp_replies(*pieces: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        one_piece(connection)
        assert read_exactly(connection, len(FRAMED)) == FRAMED
        for piece in pieces:
            connection.sendall(piece)
        until_closed(connection)

    return script


def read_http(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(4096)
        if not chunk:
            return data
        data += chunk
    head, body = data.split(b"\r\n\r\n", 1)
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            body += read_exactly(connection, int(line.split(b":")[1]) - len(body))
    return head + b"\r\n\r\n" + body


def no_screen(connection: socket.socket) -> None:
    """What `open` meets at an emulator without a screen."""
    assert read_http(connection).startswith(b"GET /screenshot ")
    connection.sendall(b"HTTP/1.1 404 NOT FOUND\r\nContent-Length: 0\r\n\r\n")


def rest_replies(*pieces: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        one_piece(connection)
        assert read_http(connection).endswith(b'{"data": "b001000000"}')
        for piece in pieces:
            connection.sendall(piece)

    return script


def ask(transport: Transport, deadline: float | None = None, cancelled: Callable[[], bool] = never) -> bytes:
    transport.open()
    try:
        return transport.exchange(REQUEST, deadline, cancelled)
    finally:
        transport.close()
        transport.close()


@pytest.mark.parametrize(
    "pieces",
    [
        [TCP_ANSWER],
        [TCP_ANSWER[:2], TCP_ANSWER[2:]],
        [TCP_ANSWER[:4], TCP_ANSWER[4:]],
        [bytes((byte,)) for byte in TCP_ANSWER],
    ],
    ids=["whole", "split length", "split data", "byte by byte"],
)
def test_tcp_reads_until_the_answer_is_whole(pieces: list[bytes]) -> None:
    with server(tcp_replies(*pieces)) as port:
        assert ask(tcp(port)) == ANSWER


@pytest.mark.parametrize(
    "pieces", [[HTTP_ANSWER], [HTTP_ANSWER[:30], HTTP_ANSWER[30:]], [bytes((byte,)) for byte in HTTP_ANSWER]]
)
def test_rest_reads_until_the_answer_is_whole(pieces: list[bytes]) -> None:
    with server(no_screen, rest_replies(*pieces)) as port:
        assert ask(rest(port)) == ANSWER


def test_rest_makes_a_connection_for_each_question() -> None:
    with server(no_screen, rest_replies(HTTP_ANSWER), rest_replies(HTTP_ANSWER)) as port:
        transport = rest(port)
        transport.open()
        assert [transport.exchange(REQUEST, None, never) for _ in range(2)] == [ANSWER, ANSWER]
        transport.close()
        with pytest.raises(LinkDoubtful):
            transport.exchange(REQUEST, None, never)


def test_tcp_keeps_its_connection_and_sends_each_request_in_one_piece() -> None:
    seen: list[bytes] = []

    def script(connection: socket.socket) -> None:
        for _ in range(2):
            seen.append(connection.recv(4096))
            connection.sendall(TCP_ANSWER)
        until_closed(connection)

    with server(script) as port:
        transport = tcp(port)
        transport.open()
        assert [transport.exchange(REQUEST, None, never) for _ in range(2)] == [ANSWER, ANSWER]
        transport.close()
    assert seen == [FRAMED, FRAMED]


@pytest.mark.parametrize("end", range(len(TCP_ANSWER)))
def test_tcp_cut_anywhere_is_a_lost_device(end: int) -> None:
    def script(connection: socket.socket) -> None:
        read_exactly(connection, len(FRAMED))
        connection.sendall(TCP_ANSWER[:end])

    with server(script) as port:
        with pytest.raises(Unplugged, match=f"{end} bytes"):
            ask(tcp(port))


@pytest.mark.parametrize("end", [0, 20, HTTP_ANSWER.index(b"14\r\n"), len(HTTP_ANSWER) - 8])
def test_rest_cut_anywhere_is_a_lost_device(end: int) -> None:
    with server(no_screen, rest_replies(HTTP_ANSWER[:end])) as port:
        with pytest.raises(Unplugged):
            ask(rest(port))


@pytest.mark.parametrize("make", [tcp, rest])
def test_a_port_where_nobody_listens_is_no_device(make: Callable[[int], Transport]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoDevice, match=str(port)):
        make(port).open()


def past_the_deadline() -> Callable[[], float]:
    moments = iter([0.0, 0.0])
    return lambda: next(moments, 11.0)


def test_tcp_silence_ends_at_the_deadline() -> None:
    with server(tcp_replies()) as port:
        with pytest.raises(LinkDoubtful, match="in time"):
            ask(tcp(port, past_the_deadline()), deadline=10.0)


def test_rest_silence_ends_at_the_deadline() -> None:
    def silent(connection: socket.socket) -> None:
        read_http(connection)
        connection.sendall(HTTP_ANSWER[: HTTP_ANSWER.index(b"14\r\n")])
        until_closed(connection)

    moments = iter([0.0] * 6)
    with server(no_screen, silent) as port:
        with pytest.raises(LinkDoubtful, match="in time"):
            ask(rest(port, lambda: next(moments, 11.0)), deadline=10.0)


@pytest.mark.parametrize(("make", "before"), [(tcp, []), (rest, [no_screen])])
def test_cancel_ends_a_wait_without_limit(make: Callable[[int], Transport], before: list[Script]) -> None:
    asked = threading.Event()

    def silent(connection: socket.socket) -> None:
        connection.recv(4096)
        asked.set()
        until_closed(connection)

    with server(*before, silent) as port:
        with pytest.raises(Cancelled):
            ask(make(port), cancelled=asked.is_set)


def test_tcp_bytes_that_nobody_asked_for_are_noticed_before_the_question() -> None:
    received: list[bytes] = []
    sent = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(TCP_ANSWER)
        sent.set()
        while chunk := connection.recv(1024):
            received.append(chunk)

    with server(script) as port:
        transport = tcp(port)
        transport.open()
        assert sent.wait(5)
        with pytest.raises(LinkDoubtful, match="not asked for"):
            transport.exchange(REQUEST, None, never)
        transport.close()
    assert received == []


def test_tcp_closed_before_the_question_is_a_lost_device() -> None:
    closed = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.close()
        closed.set()

    with server(script) as port:
        transport = tcp(port)
        transport.open()
        assert closed.wait(5)
        with pytest.raises(Unplugged, match="closed"):
            transport.exchange(REQUEST, None, never)
        transport.close()


def test_tcp_coalesced_answers_are_refused() -> None:
    with server(tcp_replies(TCP_ANSWER * 2)) as port:
        with pytest.raises(BadReply, match="beyond"):
            ask(tcp(port))


def test_a_connection_reset_is_a_lost_device() -> None:
    def script(connection: socket.socket) -> None:
        read_exactly(connection, len(FRAMED))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with server(script) as port:
        with pytest.raises(Unplugged, match="broke"):
            ask(tcp(port))


@pytest.mark.parametrize(
    ("size", "model"), [((400, 672), "stax"), ((480, 600), "flex"), ((128, 64), "nanosp"), ((7, 7), "emulator")]
)
def test_rest_tells_the_model_by_its_screen(size: tuple[int, int], model: str) -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"".join(side.to_bytes(4, "big") for side in size)

    def script(connection: socket.socket) -> None:
        read_http(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + png)
        until_closed(connection)

    with server(script) as port:
        transport = rest(port)
        transport.open()
        assert transport.found.model == model
        assert transport.found.emulated
