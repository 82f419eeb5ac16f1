"""The routes: pages, the stream of changes, and the forms of `actions.py`; all of it behind `security.Guard`.

A form that the page's script sends (Accept: application/json) is answered with {ok, sentence, hint, code}; one that a
browser sends, with 303 to /step or a page that says what is wrong. Nothing here knows how to recover anything.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp

from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.web.model.state import GuideState
from ledger_recovery.web.model.steps import step_of
from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.demo_screen import DemoScreen
from ledger_recovery.web.pages.diagnosis import diagnosis_text
from ledger_recovery.web.pages.no_terminal import for_page
from ledger_recovery.web.pages.sheet import sheet_of
from ledger_recovery.web.run.actions import FORMS, BadForm
from ledger_recovery.web.run.defects import Quiet, failure_of
from ledger_recovery.web.run.hub import MAX_FOLLOWERS, Hub, TooManyPages
from ledger_recovery.web.server.bodies import TooLarge, read_body
from ledger_recovery.web.server.forms import MAX_FORM, read_form
from ledger_recovery.web.server.security import Guard, Keys
from ledger_recovery.web.server.static_files import static_file

if TYPE_CHECKING:
    from ledger_recovery.web.server.demo_panel import DemoPanel
    from ledger_recovery.web.server.desk import Desk

MAX_ENTER: Final = 1024
ENTER_SECONDS: Final = 10.0
"""Whoever stands at the entrance may be anybody; the token is sent in one piece."""

CLOSED: Final = {"Connection": "close"}
EVENT_STREAM: Final = "text/event-stream"
STATIC_CACHE: Final = "private, max-age=3600"
Endpoint = Callable[[Request], Awaitable[Response]]
Action = Callable[[Mapping[str, str]], Awaitable[None]]


@dataclass(slots=True)
class Pages:
    """What the routes lean on. `demo`: an emulated device stands beside the page.

    `desk`: arrives a moment after the first page, for it brings the whole service; forms wait for it. It ends with
    the error when that failed.

    `shown`: a first page was made. `newest`: the page that was made last, for all who follow.
    """

    hub: Hub
    desk: asyncio.Future[Desk]
    keys: Keys
    port: int
    demo: bool
    quit_program: Callable[[], None]
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    newest: tuple[GuideState, views.Page] | None = None

    @property
    def state(self) -> GuideState:
        return self.hub.state

    def page(self, state: GuideState, screen: DemoScreen | None = None) -> views.Page:
        return views.render(state, token=self.keys.csrf, demo=self.demo, screen=screen)

    async def at_desk(self) -> Desk:
        """:raises LedgerRecoveryError: the program could not get ready."""
        return await asyncio.shield(self.desk)

    # --- getting in ---------------------------------------------------------------------------------------------

    async def entrance(self, request: Request) -> Response:
        """The page before the token is known: without any data."""
        return HTMLResponse(views.enter_page())

    async def enter(self, request: Request) -> Response:
        """The token, as the whole body, for a cookie."""
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                token = (await read_body(request, MAX_ENTER)).decode("utf-8", "replace")
        except (TimeoutError, TooLarge, ClientDisconnect):
            return PlainTextResponse("", 403, CLOSED)
        if not self.keys.opens(token.strip()):
            return PlainTextResponse("", 403, CLOSED)
        answer = JSONResponse({"ok": True, "to": "/step"})
        name, value = self.keys.cookie(self.port)
        answer.set_cookie(name, value, httponly=True, samesite="strict", path="/")
        return answer

    # --- pages --------------------------------------------------------------------------------------------------

    async def step(self, request: Request) -> Response:
        panel = self.panel
        page = HTMLResponse(self.page(self.state, await panel.look() if panel is not None else None).html)
        self.shown.set()
        return page

    async def events(self, request: Request) -> Response:
        """Server-sent events: the newest state whenever there is one."""
        if request.method == "HEAD":
            return Response(media_type=EVENT_STREAM)
        if self.hub.followers >= MAX_FOLLOWERS:
            return PlainTextResponse("too many pages are open", 503, {"Retry-After": "5"})
        return StreamingResponse(
            self._stream(_seen(request)), media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"}
        )

    async def _stream(self, seen: int) -> AsyncIterator[str]:
        shown: Mapping[str, str] = {}
        yield "retry: 1000\n\n"
        with suppress(TooManyPages):  # others were quicker; the browser tries again
            async for state in self.hub.follow(seen):
                if state is None:
                    yield ": still here\n\n"
                    continue
                page = self._newest(state)
                changed = {region: html for region, html in page.fragments.items() if shown.get(region) != html}
                shown = page.fragments
                yield f"id: {state.version}\ndata: {_told(state, changed, page.announce)}\n\n"

    def _newest(self, state: GuideState) -> views.Page:
        """The page of the newest state, made once for all who follow."""
        if self.newest is None or self.newest[0] is not state:
            self.newest = (state, self.page(state))
        return self.newest[1]

    async def report(self, request: Request) -> Response:
        desk = await self.at_desk()
        return HTMLResponse(await desk.report_page(request.query_params.get("level", "full"), self.keys.csrf))

    async def diagnosis(self, request: Request) -> Response:
        return HTMLResponse(views.diagnosis_page(diagnosis_text(self.state)))

    async def sheet(self, request: Request) -> Response:
        step = step_of(request.path_params["code"])
        if step is None:
            return _page("there is no such step", "the codes are R0 to R10", "no-such-step", 404)
        return HTMLResponse(views.sheet_page(sheet_of(step.sheet, self.state.family), step, self.state.family))

    async def static(self, request: Request) -> Response:
        found = static_file(request.path_params["name"])
        if found is None:
            return PlainTextResponse("", 404)
        return Response(found[0], media_type=found[1], headers={"Cache-Control": STATIC_CACHE})

    # --- the demo's device --------------------------------------------------------------------------------------

    @property
    def panel(self) -> DemoPanel | None:
        """None without a demo, and while it starts."""
        ready = self.demo and self.desk.done() and not self.desk.cancelled() and self.desk.exception() is None
        return self.desk.result().panel if ready else None

    async def demo_picture(self, request: Request) -> Response:
        picture = await self.panel.picture() if self.panel is not None else b""
        return Response(picture, 200 if picture else 404, media_type="image/png")

    async def demo_look(self, request: Request) -> Response:
        """What the emulated Ledger shows, for the script that keeps the panel up to date; 204: nothing yet."""
        screen = await self.panel.look() if self.panel is not None else None
        if screen is None:
            return Response(status_code=204)
        width, height = screen.size
        told = {"title": screen.title, "how": screen.how, "text": screen.text, "touch": screen.touch}
        scale = {"width": width, "height": height, "pixels": [screen.width, screen.height]}
        return JSONResponse({**told, **scale, "buttons": views.demo_buttons(screen, self.keys.csrf)})

    async def demo_press(self, request: Request) -> Response:
        button = str(request.path_params["button"])

        async def press(fields: Mapping[str, str]) -> None:
            if self.panel is None or not await self.panel.press(button, fields):
                raise BadForm("there is no such button", "use the controls under the picture")

        return await self.form(press)(request)

    # --- forms --------------------------------------------------------------------------------------------------

    def form(self, action: Action) -> Endpoint:
        """An endpoint for a form of ours."""

        async def endpoint(request: Request) -> Response:
            as_json = _wants_json(request)
            try:
                fields = read_form(await read_body(request, MAX_FORM))
                if not self.keys.fits(fields.pop("csrf", "")):
                    raise BadForm("this form was made by an earlier page", "reload the page and try again")
                await action(fields)
            except ClientDisconnect:
                return PlainTextResponse("", 400)
            except LedgerRecoveryError as error:
                return _refused(error, as_json=as_json)
            return JSONResponse({"ok": True}) if as_json else RedirectResponse("/step", 303)

        return endpoint

    async def upload(self, request: Request) -> Response:
        """A wallet file as the body; the token stands in a header, since there is no form."""
        try:
            if not self.keys.fits(request.headers.get("x-csrf", "")):
                raise BadForm("this form was made by an earlier page", "reload the page and try again")
            await (await self.at_desk()).upload(request)
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        except LedgerRecoveryError as error:
            return _refused(error, as_json=True)
        return JSONResponse({"ok": True})

    def at(self, path: str) -> Action:
        """What the desk does with the form of a path."""

        async def act(fields: Mapping[str, str]) -> None:
            await (await self.at_desk()).actions()[path](fields)

        return act

    async def leave(self, fields: Mapping[str, str]) -> None:
        """The person is done; a run under way is ended in order by whoever ends the program."""
        self.quit_program()


def create_app(pages: Pages) -> ASGIApp:
    """The application with its guard."""
    gets: dict[str, Endpoint] = {
        "/": pages.entrance,
        "/step": pages.step,
        "/events": pages.events,
        "/report": pages.report,
        "/diagnosis": pages.diagnosis,
        "/sheet/{code}": pages.sheet,
        "/static/{name}": pages.static,
        "/demo/screen.png": pages.demo_picture,
        "/demo/look": pages.demo_look,
    }
    posts: dict[str, Endpoint] = {
        "/enter": pages.enter,
        "/demo/press/{button}": pages.demo_press,
        "/file/upload": pages.upload,
        "/quit": pages.form(pages.leave),
        **{path: pages.form(pages.at(path)) for path in FORMS},
    }
    routes = [
        *(Route(path, endpoint, methods=["GET"]) for path, endpoint in gets.items()),
        *(Route(path, endpoint, methods=["POST"]) for path, endpoint in posts.items()),
    ]
    handlers = {404: _not_found, LedgerRecoveryError: _failed, Exception: _defect}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Quiet(Guard(app, pages.keys, pages.port, pages.hub.seen))


def _seen(request: Request) -> int:
    """The version that the page shows already: the browser's own header after a broken line, else the query."""
    text = request.headers.get("last-event-id") or request.query_params.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def _told(state: GuideState, html: Mapping[str, str], announce: str) -> str:
    step = state.step
    return json.dumps(
        {
            "version": state.version,
            "step": step.code,
            "number": step.number,
            "title": step.title,
            "html": dict(html),
            "announce": announce,
            "ended": state.ended,
        }
    )


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _refused(error: LedgerRecoveryError, *, as_json: bool, status: int = 422) -> Response:
    sentence, hint = for_page(error.sentence), for_page(error.hint)
    if as_json:
        return JSONResponse({"ok": False, "sentence": sentence, "hint": hint, "code": error.code}, status)
    return _page(sentence, hint, error.code, status)


async def _failed(request: Request, error: Exception) -> Response:
    if not isinstance(error, LedgerRecoveryError):
        raise error
    return _refused(error, as_json=False)


async def _defect(request: Request, error: Exception) -> Response:
    """The answer to who asked; the error itself goes on to `Quiet`."""
    return _refused(failure_of(error), as_json=_wants_json(request), status=500)


async def _not_found(request: Request, error: Exception) -> Response:
    return _page("there is no such page", "go back to the guide", "no-such-page", 404)


def _page(sentence: str, hint: str, code: str, status: int) -> Response:
    return HTMLResponse(views.failure_page(sentence, hint, code), status)
