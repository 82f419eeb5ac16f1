"""Who gets in: nobody but this user's own page. Each test is one way that somebody else could try."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from ledger_recovery.errors import InputError
from ledger_recovery.web.model.state import SearchView
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.server import app as app_module
from ledger_recovery.web.server.app import Pages
from ledger_recovery.web.server.desk import Desk
from ledger_recovery.web.server.security import NO_STORE, POLICY, Keys
from ledger_recovery.web.server.serve import GuideServer, listen
from tests.unit.web.conftest import PORT, Guide, client_of, pages_of
from tests.unit.web.serving import never_ready

PAGES = ("/step", "/events", "/report", "/diagnosis", "/sheet/R5", "/demo/screen.png", "/nothing")
FORMS = ("/answer", "/choose", "/go", "/guard", "/save/export", "/save/report", "/file/upload", "/box/open", "/quit")


@pytest.fixture
async def pages() -> Pages:
    """With nothing behind them: who is let in is decided before anything is asked of the desk."""
    desk: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()
    desk.set_exception(InputError("there is nothing behind these pages"))
    desk.exception()
    return Pages(Hub(), desk, Keys(), PORT, demo=False, quit_program=lambda: None)


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
        f"localhost:{PORT}",  # may be another user's server at ::1, whose page would be of our origin
        f"[::1]:{PORT}",
        f"127.0.0.1:{PORT}, evil.example",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/step", "/static/guide.css"])
async def test_dns_rebinding_gets_nothing(inside: httpx.AsyncClient, host: str, path: str) -> None:
    assert refused(await inside.get(path, headers={"Host": host, "Origin": f"http://{host}"}))


async def test_our_own_name_is_served(inside: httpx.AsyncClient) -> None:
    assert (await inside.get("/step")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
        {"Origin": f"http://localhost:{PORT}"},
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


async def test_the_browsers_own_token_opens_one_time_and_the_printed_one_stays(pages: Pages) -> None:
    once = pages.keys.once()
    async with client_of(pages, cookie=False) as client:
        tried = [(await client.post("/enter", content=token)).status_code for token in (once, once)]
        printed = [(await client.post("/enter", content=pages.keys.token)).status_code for _ in range(2)]
    assert tried == [200, 403]
    assert printed == [200, 200]


async def test_only_the_newest_token_for_a_browser_opens(pages: Pages) -> None:
    older, newer = pages.keys.once(), pages.keys.once()
    assert not pages.keys.opens(older)
    assert pages.keys.opens(newer)
    assert not pages.keys.opens("")


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


@pytest.mark.parametrize(
    "others",
    ['theme={"dark": true}; ', "a=b; " * 2000, "=; ; =x; ", "{name}=tossed; ", 'x="unfinished; '],
    ids=["json", "many", "empty", "tossed", "quote"],
)
async def test_cookies_of_other_programs_on_this_host_lock_nobody_out(pages: Pages, others: str) -> None:
    name, value = pages.keys.cookie(PORT)
    async with client_of(pages, cookie=False) as client:
        raw = others.replace("{name}", name) + f"{name}={value}"
        assert (await client.get("/step", headers={"Cookie": raw})).status_code == 200


async def test_a_cookie_that_somebody_else_chose_is_never_taken_over(pages: Pages) -> None:
    name, _ = pages.keys.cookie(PORT)
    async with client_of(pages, cookie=False) as client:
        answer = await client.post("/enter", content=pages.keys.token, headers={"Cookie": f"{name}=chosen"})
        assert "chosen" not in answer.headers["set-cookie"]
        client.cookies.clear()
        assert refused(await client.get("/step", headers={"Cookie": f"{name}=chosen"}))


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "DELETE", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/enter", "/step", "/answer", "/static/guide.css"])
async def test_other_methods_do_nothing_and_allow_nobody(inside: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await inside.request(method, path)
    assert answer.status_code == 405
    assert not any(name.startswith("access-control") for name in answer.headers)
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert refused(await inside.request(method, path, headers=preflight))


@pytest.mark.parametrize("path", ["/", "/step", "/events", "/diagnosis", "/static/guide.css"])
async def test_heads_end_and_have_no_body(inside: httpx.AsyncClient, path: str) -> None:
    async with asyncio.timeout(5):
        answer = await inside.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("code", ["R99", "<img src=x>", "%2e%2e", "R5%2f..", "%00", "r5"])
async def test_a_sheet_that_there_is_not_repeats_nothing_of_the_request(inside: httpx.AsyncClient, code: str) -> None:
    answer = await inside.get(f"/sheet/{code}")
    assert answer.status_code == 404
    assert "<img src=x" not in answer.text


@pytest.mark.parametrize(
    "name",
    [*("../app.py", "..%2fapp.py", "%2e%2e/templates/page.html", "guide.css/", "guide.css%00.js", "GUIDE.CSS"), ""],
)
async def test_only_the_files_of_the_table_are_served(pages: Pages, name: str) -> None:
    async with client_of(pages, cookie=False) as client:
        answer = await client.get(f"/static/{name}")
        assert answer.status_code in (403, 404)
        assert "import" not in answer.text


@pytest.mark.parametrize("kind", ["application/json", "text/html", "multipart/form-data; boundary=x", "image/png", ""])
async def test_a_body_of_another_kind_is_only_ever_read_as_our_form(
    inside: httpx.AsyncClient, pages: Pages, kind: str
) -> None:
    before = pages.hub.state
    body = b'{"csrf": "' + pages.keys.csrf.encode() + b'", "to": "start"}'
    answer = await inside.post("/go", content=body, headers={"Content-Type": kind, "Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-form")
    assert pages.hub.state is before


async def test_a_token_that_never_arrives_is_not_waited_for(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "ENTER_SECONDS", 0.01)

    async def endless() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.Event().wait()

    async with client_of(pages, cookie=False) as client, asyncio.timeout(5):
        answer = await client.post("/enter", content=endless())
    assert refused(answer)
    assert answer.headers["connection"] == "close"


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
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    kept = answer.status_code == 200 and path.startswith("/static/")
    assert (answer.headers["cache-control"] == NO_STORE[1].decode()) is not kept


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


async def test_an_upload_without_our_own_token_is_not_kept(guide: Guide) -> None:
    async with client_of(pages_of(await guide.start())) as client:
        answer = await client.post("/file/upload", content=b"x")
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


def test_only_loopback_is_listened_on() -> None:
    with listen() as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


async def test_the_program_ends_when_nobody_looks_but_never_during_a_run() -> None:
    now = [0.0]
    hub = Hub(clock=lambda: now[0])
    hub.change(search=SearchView(running=True))
    with listen() as listening:
        server = GuideServer(hub, listening, Keys(), never_ready, idle_seconds=0.01)
        up = asyncio.Event()
        serving = asyncio.create_task(server.serve(lambda url: up.set()))
        await up.wait()
        now[0] = 10_000.0
        done, _ = await asyncio.wait({serving}, timeout=0.3)
        assert not done
        hub.change(search=SearchView(running=False))
        async with asyncio.timeout(10):
            await serving
    assert hub.state.ended


async def test_a_defect_while_the_program_starts_is_told_and_forms_do_not_wait_for_ever(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(hub: Hub) -> Desk:
        raise ZeroDivisionError("secret words")

    hub, keys = Hub(), Keys()
    with listen() as listening:
        server = GuideServer(hub, listening, keys, broken)
        serving = asyncio.create_task(server.serve(lambda url: None))
        try:
            async with asyncio.timeout(10):
                told = await anext(state async for state in hub.follow() if state is not None and state.failure)
                name, value = keys.cookie(server.port)
                origin = f"http://127.0.0.1:{server.port}"
                async with httpx.AsyncClient(base_url=origin, cookies={name: value}) as client:
                    form = {"csrf": keys.csrf, "flow": "recover"}
                    answer = await client.post("/choose", data=form, headers={"Origin": origin})
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
    assert told.failure is not None
    assert (answer.status_code, told.busy) == (422, "")
    assert "ZeroDivisionError" in told.failure.sentence and "ZeroDivisionError" in answer.text
    assert "secret" not in f"{told!r} {answer.text} {caplog.text}"
