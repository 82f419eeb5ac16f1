"""The client against a Box that lies, hangs, floods or is another one: every case ends, and with its own error."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ledger_recovery.backup.client_line import BoxLine, Call
from ledger_recovery.errors import BoxError, BoxRefused, OtherBox
from tests.support.box_double import BoxDouble, BoxIdentity, Reply, endless, hang, raw, reply
from tests.unit.backup.boxes import BACKUP_ID, IMPATIENT, NO_TLS, QUICK, client

OK = b"HTTP/1.1 200 x\r\n"
FLOOD = b"x" * 65536


def line(box: BoxDouble) -> BoxLine:
    """Without signatures, and with a limit that a test can reach."""
    return BoxLine(box.url, box.identity.pin, box.identity.der, QUICK)


# --- another Box --------------------------------------------------------------------------------------------------


async def test_another_key_is_another_box_and_hears_nothing(tmp_path: Path) -> None:
    paired = BoxIdentity.make()
    async with BoxDouble(tmp_path, reply(204)) as box:
        async with client(box, pin=paired.pin.hex(), certificate=paired.der) as it:
            with pytest.raises(OtherBox):
                await it.unpair()
            assert it.pairing.certificate == paired.der, "the false one was not taken over"
    assert box.asked == []


async def test_a_stored_certificate_of_another_key_is_not_trusted(tmp_path: Path) -> None:
    """A wallet file in which somebody put another certificate beside the pin."""
    async with BoxDouble(tmp_path, reply(204)) as box:
        with pytest.raises(OtherBox):
            async with client(box, pin="00" * 32):
                raise AssertionError("entered")
        with pytest.raises(BoxError, match="cannot be read"):
            async with client(box, certificate=b"no certificate"):
                raise AssertionError("entered")
    assert box.asked == []


async def test_a_renewed_certificate_of_the_same_key_is_taken_over(tmp_path: Path) -> None:
    before = BoxIdentity.make()
    async with BoxDouble(tmp_path, reply(204), identity=BoxIdentity.make(before.key)) as box:
        async with client(box, certificate=before.der) as it:
            await it.unpair()
            await it.unpair()
            assert it.pairing.certificate == box.identity.der != before.der
    assert len(box.asked) == 2


@pytest.mark.parametrize("days", [(-20, -10), (10, 20)], ids=["expired", "not yet valid"])
async def test_the_pin_decides_and_not_the_dates(days: tuple[int, int], tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204), identity=BoxIdentity.make(days=days)) as box:
        async with client(box) as it:
            await it.unpair()
    assert len(box.asked) == 1


async def test_a_proxy_of_the_environment_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    async with BoxDouble(tmp_path, reply(204)) as box:
        async with client(box) as it:
            await it.unpair()
    assert len(box.asked) == 1


async def test_nothing_listens(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204)) as box:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            async with client(box, url=f"https://127.0.0.1:{silent.getsockname()[1]}") as it:
                with pytest.raises(BoxError, match="nothing answers"):
                    await it.unpair()


async def test_a_listener_that_never_speaks_tls(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204)) as box:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            async with client(box, NO_TLS, url=f"https://127.0.0.1:{silent.getsockname()[1]}") as it:
                with pytest.raises(BoxError):
                    await it.unpair()


# --- answers that are none ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        reply(302, location="https://elsewhere.example/"),
        reply(304),
        raw(b"SSH-2.0-OpenSSH_9.2\r\n", close=True),
        raw(b"HTTP/1.1 200 x\r\ncontent-length: -1\r\n\r\n", close=True),
        raw(b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{}", close=True),
        raw(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}}", close=True),
        raw(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\n", close=True),
        raw(OK + b"a: " + b"b" * 300_000, close=True),
        reply(200, b"{}", content_encoding="gzip"),
        reply(200, b"[]"),
        reply(200, b"{"),
        reply(200, {"newest": 5, "generations": []}),
        reply(200, b"\xff"),
        reply(200, b'{"newest":null,"generations":' + b"[" * 50_000),
    ],
    ids=[
        *(
            "redirect",
            "not-modified",
            "no-http",
            "negative-length",
            "cut-body",
            "two-lengths",
            "bad-chunk",
            "large-head",
        ),
        *("compressed", "list", "cut-json", "wrong-type", "no-text", "deep"),
    ],
)
async def test_nonsense_is_called_so(answer: Reply, tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, answer) as box:
        async with client(box) as it:
            with pytest.raises(BoxError) as caught:
                await it.head(BACKUP_ID)
    assert type(caught.value) is BoxError and caught.value.hint
    assert all(asked.target.startswith("/v1/") for asked in box.asked)


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(307, location="/v1/about"), reply(200, {"newest": None})) as box:
        async with client(box) as it:
            with pytest.raises(BoxError, match="307"):
                await it.head(BACKUP_ID)
    assert len(box.asked) == 1


async def test_a_cookie_is_not_sent_back(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204, set_cookie="track=me"), reply(204)) as box:
        async with client(box) as it:
            await it.unpair()
            await it.unpair()
    assert "cookie" not in box.asked[1].headers


async def test_a_refusal_that_is_no_json_is_still_an_answer(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(500, b"<html>")) as box:
        async with client(box) as it:
            with pytest.raises(BoxError, match="status 500") as caught:
                await it.head(BACKUP_ID)
    assert not isinstance(caught.value, BoxRefused)


# --- floods and silence -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        endless(OK + b"content-length: 10000000000\r\n\r\n", FLOOD),
        endless(OK + b"content-length: 5000\r\n\r\n", FLOOD),
        endless(OK + b"transfer-encoding: chunked\r\n\r\n", b"10000\r\n" + FLOOD + b"\r\n"),
        endless(OK + b"\r\n", FLOOD),
        endless(b"HTTP/1.1 500 x\r\n\r\n", FLOOD),
    ],
    ids=["10-GB-announced", "more-than-announced", "chunks-without-end", "no-length", "refusal-without-end"],
)
async def test_a_flood_is_bounded(answer: Reply, tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, answer) as box:
        async with line(box) as it:
            with pytest.raises(BoxError, match="larger than the"):
                await it.ask(Call("GET", "/v1/about", limit=4096, repeatable=False))


@pytest.mark.parametrize(
    "answer",
    [
        hang,
        raw(OK),
        raw(OK + b"content-length: 100\r\n\r\n{"),
        endless(OK, b"a: b\r\n"),
        endless(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["nothing", "half-a-head", "half-a-body", "head-without-end", "drops-of-body", "continue-for-ever"],
)
async def test_an_answer_without_end_ends(answer: Reply, tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, answer) as box:
        async with client(box, IMPATIENT) as it:
            with pytest.raises(BoxError):
                await it.head(BACKUP_ID)


async def test_a_box_that_wants_to_be_asked_next_year(tmp_path: Path) -> None:
    """Retry-After is capped; the tries and the time of the call end it."""
    answer = reply(503, {"code": "busy", "sentence": "later"}, retry_after="99999999")
    async with BoxDouble(tmp_path, answer) as box:
        async with client(box) as it:
            with pytest.raises(BoxRefused):
                await it.head(BACKUP_ID)
    assert len(box.asked) == QUICK.attempts
