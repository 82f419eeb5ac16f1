"""Speculos' REST API over a disturbed connection: cut and stalling bodies, other statuses, too much, not JSON."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ledger_recovery.errors import BadReply, LedgerRecoveryError, Unplugged
from tests.faults.links import (
    EXPORT,
    PUBLIC_KEY,
    SEED_1,
    SEED_2,
    ask,
    assert_clean,
)
from tests.support.device import EmulatedDevice
from tests.support.link_proxy import Play, byte_by_byte, edited, ends_after, resets_after, stalls_after

pytestmark = pytest.mark.usefixtures("impatient")

SILENT = "e001:2"
"""The first public key: over REST the wallet's fingerprint is read before each question."""

BODY = b"\r\n\r\n"
HEADERS_ONLY = 60
ALMOST_ALL = 40
"""Bytes of the answer's end that hold at least the status word, and more than the body's terminator."""


def with_body(make: Callable[[bytes], bytes], status: str = "200 OK") -> Play:
    """Another whole answer, with a length and a body made of the true one's."""

    def edit(answer: bytes) -> bytes:
        body = make(answer[answer.index(b"{") : answer.index(b"}") + 1])
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    return edited(edit)


def cut(play_after: Callable[[int], Play], missing: int) -> Play:
    """Leave out the last bytes."""
    return lambda client, answer: play_after(len(answer) - missing)(client, answer)


def same(body: bytes) -> bytes:
    return body


REFUSED = {
    "status 400": with_body(lambda body: b"{}", "400 BAD REQUEST"),
    "status 500 with the key in it": with_body(same, "500 INTERNAL SERVER ERROR"),
    "status 204": with_body(lambda body: b"", "204 NO CONTENT"),
    "a redirect": with_body(same, "302 FOUND\r\nLocation: http://127.0.0.1:1/"),
    "too long": with_body(lambda body: body + b" " * 100_000),
    "not JSON": with_body(lambda body: body[:-1]),
    "another document": with_body(lambda body: b"[" + body + b"]"),
    "no data": with_body(lambda body: body.replace(b"data", b"else")),
    "odd hex": with_body(lambda body: body.replace(b"9000", b"900")),
    "not hex": with_body(lambda body: body.replace(b"9000", b"xyz!")),
    "deeply nested": with_body(lambda body: b"[" * 60_000),
    "a key cut by a byte": with_body(lambda body: body.replace(SEED_1[:2].encode(), b"", 1)),
    "an answer without status word": with_body(lambda body: b'{"data": "90"}'),
    "not HTTP": edited(lambda answer: b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "a negative length": edited(lambda answer: b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + answer),
    "endless headers": edited(lambda answer: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000),
    "a body that stalls": cut(stalls_after, ALMOST_ALL),
}
LOST = {
    "a chunk of no length": edited(lambda answer: answer.partition(BODY)[0] + BODY + b"zz\r\n" + answer),
    "closed before": ends_after(0),
    "closed within the headers": ends_after(HEADERS_ONLY),
    "cut within the body": cut(ends_after, ALMOST_ALL),
    "reset before": resets_after(0),
    "reset within the body": cut(resets_after, ALMOST_ALL),
}
STALLS = {"says nothing": stalls_after(0), "stalls within the body": cut(stalls_after, ALMOST_ALL)}


async def test_byte_by_byte(device: EmulatedDevice) -> None:
    asked = await ask(device, byte_by_byte, EXPORT, 1, None, 2, http=True)
    assert asked.outcomes == (SEED_1, PUBLIC_KEY, SEED_2)


@pytest.mark.parametrize("play", REFUSED.values(), ids=REFUSED)
async def test_an_odd_answer_to_an_export(play: Play, device: EmulatedDevice) -> None:
    asked = await ask(device, play, EXPORT, 1, 2, 1, http=True)
    assert_clean(asked.outcomes[0], BadReply)
    assert asked.outcomes[1:] == (SEED_2, SEED_1)
    assert asked.heads.count("e005") == 3


@pytest.mark.parametrize("play", LOST.values(), ids=LOST)
async def test_a_connection_lost_under_an_export(play: Play, device: EmulatedDevice) -> None:
    asked = await ask(device, play, EXPORT, 1, 2, 1, http=True)
    assert_clean(asked.outcomes[0], Unplugged)
    assert asked.outcomes[1:] == (SEED_2, SEED_1)


@pytest.mark.parametrize("play", (LOST | STALLS).values(), ids=LOST | STALLS)
@pytest.mark.parametrize("at", [SILENT, "b001:1", "e001:0", "screen:0"])
async def test_a_silent_question_that_is_cut_is_asked_again(at: str, play: Play, device: EmulatedDevice) -> None:
    asked = await ask(device, play, at, 1, None, 2, http=True)
    assert asked.outcomes == (SEED_1, PUBLIC_KEY, SEED_2)
    assert asked.heads.count("e005") == 2


@pytest.mark.parametrize("play", REFUSED.values(), ids=REFUSED)
async def test_an_odd_answer_to_the_version(play: Play, device: EmulatedDevice) -> None:
    """On the way to the app the link is made anew; whatever comes is right, or one error of our tree."""
    asked = await ask(device, play, "b001:1", 1, None, 2, http=True)
    for outcome, wanted in zip(asked.outcomes, (SEED_1, PUBLIC_KEY, SEED_2), strict=True):
        assert outcome == wanted or (isinstance(outcome, LedgerRecoveryError) and outcome.sentence and outcome.hint)
    assert asked.outcomes[-1] == SEED_2
