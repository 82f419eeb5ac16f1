"""Who gets in: nobody but this user's own page. Each test is one way that somebody else could try."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from ledger_recovery.web.app import Pages, create_app
from ledger_recovery.web.hub import Hub
from ledger_recovery.web.neighbour import is_another_user, owner_of
from ledger_recovery.web.security import NO_STORE, POLICY, Keys
from ledger_recovery.web.serve import GuideServer, listen
from tests.unit.web.conftest import ORIGIN, PORT, Guide, client_of, pages_of

PAGES = ("/step", "/events", "/report", "/diagnosis", "/sheet/R5", "/demo/screen.png", "/nothing")
FORMS = ("/answer", "/choose", "/go", "/guard", "/save/export", "/save/report", "/file/upload", "/box/open", "/quit")


@pytest.fixture
async def pages(guide: Guide) -> Pages:
    return pages_of(await guide.start())


@pytest.fixture
async def inside(pages: Pages) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(pages) as client:
        yield client


def refused(answer: httpx.Response) -> bool:
    """403 and not one byte of information."""
    return answer.status_code == 403 and answer.content == b""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1",
        "127.0.0.1:1",
        f"127.0.0.1.evil.example:{PORT}",
        f"192.168.1.5:{PORT}",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/step", "/static/guide.css"])
async def test_dns_rebinding_gets_nothing(inside: httpx.AsyncClient, host: str, path: str) -> None:
    assert refused(await inside.get(path, headers={"Host": host, "Origin": f"http://{host}"}))


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"])
async def test_our_own_names_are_served(inside: httpx.AsyncClient, host: str) -> None:
    answer = await inside.get("/step", headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": f"https://127.0.0.1:{PORT}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Dest": "embed"},
        {"Sec-Fetch-Dest": "object"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/step"), ("GET", "/events"), ("POST", "/answer"), ("POST", "/enter")]
)
async def test_other_sites_and_frames_get_nothing(
    inside: httpx.AsyncClient, headers: dict[str, str], method: str, path: str
) -> None:
    assert refused(await inside.request(method, path, headers=headers))


async def test_a_form_without_an_origin_is_refused(pages: Pages) -> None:
    async with client_of(pages, origin=None) as client:
        assert refused(await client.post("/answer", data={"csrf": pages.keys.csrf}))


@pytest.mark.parametrize("path", PAGES)
async def test_a_second_user_without_the_token_sees_no_page(pages: Pages, path: str) -> None:
    async with client_of(pages, cookie=False) as client:
        assert refused(await client.get(path))


@pytest.mark.parametrize("path", FORMS)
async def test_a_second_user_without_the_token_sends_no_form(pages: Pages, path: str) -> None:
    async with client_of(pages, cookie=False) as client:
        assert refused(await client.post(path, data={"csrf": "guessed"}))


@pytest.mark.parametrize("token", ["", "guessed", "é" * 40, "x" * 900])
async def test_a_wrong_token_opens_nothing(pages: Pages, token: str) -> None:
    async with client_of(pages, cookie=False) as client:
        answer = await client.post("/enter", content=token)
        assert refused(answer)
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "guessed", "é", '"', "a=b; c", ";" * 50])
async def test_a_wrong_cookie_opens_nothing(pages: Pages, cookie: str) -> None:
    name, _ = pages.keys.cookie(PORT)
    async with client_of(pages, cookie=False) as client:
        raw = f"{name}={cookie}".encode()
        assert refused(await client.get("/step", headers=[(b"Cookie", raw)]))


async def test_the_token_opens_the_page_by_a_cookie_that_no_script_and_no_other_site_can_use(pages: Pages) -> None:
    async with client_of(pages, cookie=False) as client:
        answer = await client.post("/enter", content=pages.keys.token)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "max-age" not in cookie
        assert (await client.get("/step")).status_code == 200


async def test_the_entrance_holds_no_data(pages: Pages) -> None:
    async with client_of(pages, cookie=False) as client:
        answer = await client.get("/")
        assert answer.status_code == 200
        for secret in (pages.keys.token, pages.keys.csrf, pages.keys.cookie(PORT)[1], "wallet.sqlite"):
            assert secret not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/step", "/diagnosis", "/sheet/R5", "/report", "/nothing", "/static/guide.css", "/static/nothing"]
)
async def test_every_answer_carries_the_policy_and_only_static_files_may_be_kept(
    inside: httpx.AsyncClient, path: str
) -> None:
    answer = await inside.get(path)
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    kept = answer.status_code == 200 and path.startswith("/static/")
    assert (answer.headers.get("cache-control") == NO_STORE[1].decode()) is not kept or answer.status_code == 404


async def test_refusals_carry_the_policy_too(pages: Pages) -> None:
    async with client_of(pages, cookie=False) as client:
        answer = await client.get("/step")
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/step", "/diagnosis", "/sheet/R5"])
async def test_pages_have_no_inline_script_or_style_and_nothing_from_elsewhere(
    inside: httpx.AsyncClient, path: str
) -> None:
    text = (await inside.get(path)).text.lower()
    assert "<script>" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert not any(f' on{event}="' in text for event in ("click", "load", "error", "submit"))
    assert 'src="http' not in text
    assert '<link rel="stylesheet" href="http' not in text


@pytest.mark.parametrize("path", ["/answer", "/choose", "/go", "/save/export", "/box/open", "/quit"])
async def test_a_form_without_our_own_token_changes_nothing(inside: httpx.AsyncClient, pages: Pages, path: str) -> None:
    before = pages.hub.state
    answer = await inside.post(
        path, data={"csrf": "guessed", "flow": "recover", "to": "start"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad-form"
    assert pages.hub.state is before


async def test_an_upload_without_our_own_token_is_not_kept(
    inside: httpx.AsyncClient, pages: Pages, guide: Guide
) -> None:
    answer = await inside.post("/file/upload", content=b"x")
    assert answer.status_code == 422
    assert not (guide.settings.state_dir / "guide").exists()


async def test_a_body_without_end_is_cut_off(inside: httpx.AsyncClient) -> None:
    answer = await inside.post("/answer", content=b"a=" + b"x" * 200_000, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too-large")


def test_keys_do_not_print_and_differ_from_run_to_run() -> None:
    one, two = Keys(), Keys()
    assert one.token not in repr(one)
    assert len({one.token, two.token, one.csrf, two.csrf, *one.cookie(1), *two.cookie(1)}) == 7
    assert one.csrf not in one.cookie(1)[1]


async def test_another_user_of_this_computer_gets_nothing_even_with_token_and_cookie(pages: Pages) -> None:
    app = create_app(pages)
    app._stranger = lambda client, ours: True  # type: ignore[attr-defined]
    name, value = pages.keys.cookie(PORT)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 55555))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies={name: value}) as client:
        assert refused(await client.get("/step"))
        assert refused(await client.get("/"))


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1267 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
   1: 0100007F:D903 0100007F:1267 01 00000000:00000000 00:00000000 00000000  1001        0 2 1
   2: 0100007F:1267 0100007F:D903 01 00000000:00000000 00:00000000 00000000  1000        0 3 1
   garbage
"""


def test_the_kernels_table_says_whose_connection_it_is() -> None:
    assert owner_of(0xD903, 0x1267, TABLE) == 1001
    assert owner_of(0xD904, 0x1267, TABLE) is None
    assert owner_of(1, 2, "") is None


PROBE = """
import encodings.idna, http.client, os, sys
os.setuid(int(sys.argv[2]))
line = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
line.request("GET", "/")
print(line.getresponse().status)
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root on Linux can become a second user")
async def test_a_real_second_user_is_refused_at_the_door() -> None:
    async def never(hub: Hub) -> object:
        await asyncio.Event().wait()
        raise AssertionError

    with listen() as listening:
        server = GuideServer(Hub(), listening, Keys(), never)  # type: ignore[arg-type]
        up = asyncio.Event()
        serving = asyncio.create_task(server.serve(lambda url: up.set()))
        await up.wait()
        port = str(server.port)
        run = [sys.executable, "-c", PROBE, port]
        got = [
            await asyncio.to_thread(subprocess.check_output, [*run, uid], text=True)
            for uid in ("65534", str(os.getuid()))
        ]
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    assert [status.strip() for status in got] == ["403", "200"]


def test_only_loopback_is_listened_on() -> None:
    with listen() as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_connections_that_the_table_does_not_have_are_not_taken_for_strangers() -> None:
    with socket.socket() as alone:
        alone.bind(("127.0.0.1", 0))
        assert not is_another_user(alone.getsockname()[1], 1)


async def test_the_program_ends_when_nobody_looks_but_never_during_a_run() -> None:
    now = [0.0]

    async def never(hub: Hub) -> object:
        await asyncio.Event().wait()
        raise AssertionError

    hub = Hub(clock=lambda: now[0])
    running = hub.state.search.__class__(running=True)
    hub.change(search=running)
    with listen() as listening:
        server = GuideServer(hub, listening, Keys(), never, idle_seconds=0.01)  # type: ignore[arg-type]
        up = asyncio.Event()
        serving = asyncio.create_task(server.serve(lambda url: up.set()))
        await up.wait()
        now[0] = 10_000.0
        done, _ = await asyncio.wait({serving}, timeout=0.3)
        assert not done
        hub.change(search=running.__class__(running=False))
        async with asyncio.timeout(10):
            await serving
    assert hub.state.ended
