"""An answer to a question without a time limit that begins and then stops: told after a bounded time, never waited
for again and never repeated by itself, because the person has decided already."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable

import pytest

from ledger_recovery.device.transport.base import REST_SECONDS
from ledger_recovery.errors import BadReply, Cancelled, LinkDoubtful
from tests.unit.device.servers import Script, read_exactly, server, until_closed
from tests.unit.device.test_hid_transport import REQUEST as EXPORT
from tests.unit.device.test_hid_transport import Library, hid
from tests.unit.device.test_socket_transports import (
    FRAMED,
    HTTP_ANSWER,
    TCP_ANSWER,
    ask,
    never,
    no_screen,
    read_http,
    rest,
    tcp,
)

HEADERS = HTTP_ANSWER.index(b"14\r\n")
FIRST_REPORT = list(bytes.fromhex("010105000000449a") + bytes(56))


def passing() -> Callable[[], float]:
    """A clock on which a second passes with each look."""
    seconds = itertools.count(0.0)
    return lambda: next(seconds)


def tcp_stops_after(size: int) -> Script:
    def script(connection: socket.socket) -> None:
        read_exactly(connection, len(FRAMED))
        connection.sendall(TCP_ANSWER[:size])
        until_closed(connection)

    return script


def rest_stops_after(size: int) -> Script:
    def script(connection: socket.socket) -> None:
        read_http(connection)
        connection.sendall(HTTP_ANSWER[:size])
        until_closed(connection)

    return script


def test_reports_that_stop() -> None:
    library = Library()
    library.handle.answers.clear()
    transport = hid(library, now=passing())
    transport.open()
    library.handle.reads.extend([[], FIRST_REPORT])
    with pytest.raises(BadReply, match="in the middle of its answer"):
        transport.exchange(EXPORT, None, never)
    assert REST_SECONDS <= len(library.handle.timeouts) <= REST_SECONDS + 4


def test_a_report_and_its_rest_in_time() -> None:
    library = Library()
    transport = hid(library, now=passing())
    transport.open()
    assert len(transport.exchange(EXPORT, None, never)) == 68


@pytest.mark.parametrize("size", [1, 3, 4, len(TCP_ANSWER) - 1])
def test_a_half_frame_that_stalls(size: int) -> None:
    with server(tcp_stops_after(size)) as port:
        with pytest.raises(BadReply, match="in the middle of its answer"):
            ask(tcp(port, passing()))


@pytest.mark.parametrize("size", [HEADERS + 1, HEADERS + 10, HEADERS + 20])
def test_a_body_that_stalls(size: int) -> None:
    with server(no_screen, rest_stops_after(size)) as port:
        with pytest.raises(BadReply, match="in the middle of its answer"):
            ask(rest(port, passing()))


def test_headers_alone_are_no_answer_yet() -> None:
    """Speculos sends them at once, while the person still reads the screen."""
    looks = itertools.count()
    patience = 40 * REST_SECONDS
    with server(no_screen, rest_stops_after(HEADERS)) as port:
        with pytest.raises(Cancelled):
            ask(rest(port, passing()), cancelled=lambda: next(looks) > patience)


def test_a_question_with_a_deadline_ends_there() -> None:
    """It is silent on the device and may be repeated; so its error stays the one that says so."""
    with server(tcp_stops_after(3)) as port:
        with pytest.raises(LinkDoubtful, match="in time"):
            ask(tcp(port, passing()), deadline=10 * REST_SECONDS)
