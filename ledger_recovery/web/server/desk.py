"""What each form does: read its fields, let the session, the safe or the intake do it. One method a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from ledger_recovery.errors import InputError
from ledger_recovery.recover import service
from ledger_recovery.recover.report.redact import Redaction
from ledger_recovery.recover.service.evm import EvmSettings
from ledger_recovery.web.model.state import Family
from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.report.choice import view_of
from ledger_recovery.web.run.actions import BadForm, Flow, Plan, flow_of, level_of
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.intake import Intake
from ledger_recovery.web.run.safe import Safe
from ledger_recovery.web.run.session import GuideOptions, GuideSession
from ledger_recovery.web.server.bodies import keep_body, sweep
from ledger_recovery.web.server.demo_panel import DemoPanel

MAX_UPLOAD: Final = 64 * 1024 * 1024
Action = Callable[[Mapping[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Desk:
    """`safe`: writes copies. `intake`: reads files and backups. `panel`: the emulated device of a demo."""

    session: GuideSession
    safe: Safe
    intake: Intake
    panel: DemoPanel | None = None

    async def close(self) -> None:
        """End what is under way, in order, and forget what was given."""
        await self.intake.drop()
        await self.session.close()

    def leave(self) -> None:
        """All pages were closed a while ago: what was typed there is not kept waiting for them."""
        self.intake.leave()

    def actions(self) -> dict[str, Action]:
        """Path -> what its form does; the paths are those of `actions.FORMS`."""
        return {
            "/answer": self.answer,
            "/choose": self.choose,
            "/go": self.go,
            "/guard": self.guard,
            "/save/export": self.safe.export,
            "/save/report": self.safe.report,
            "/save/backup": self.safe.backup,
            "/file/open": self.intake.open_file,
            "/file/apply": self.intake.apply_file,
            "/box/pair": self.intake.pair,
            "/box/open": self.intake.open_backup,
            "/box/apply": self.intake.apply_backup,
        }

    async def answer(self, fields: Mapping[str, str]) -> None:
        """An answer to a question that stands no more changes nothing: the page shows what stands now."""
        number = fields.get("question", "")
        if not (number.isascii() and number.isdigit() and len(number) < 12):
            raise BadForm("this answer belongs to no question", "reload the page")
        self.session.answer(int(number), fields.get("answer", ""))

    async def choose(self, fields: Mapping[str, str]) -> None:
        flow = flow_of(fields)
        if flow is Flow.FAMILY:
            await self.intake.drop()
            await self.session.choose_family(_family(fields.get("family", "")))
            return
        if flow is not Flow.RECOVER:
            await self.intake.drop()
            await self.session.choose(flow, Plan(), helper=self.session.hub.state.helper)
            return
        plan, sought = self.session.road.plan_of(fields)
        await self.intake.drop()
        await self.session.choose(flow, plan, sought=sought, helper="helper" in fields)

    async def go(self, fields: Mapping[str, str]) -> None:
        to = fields.get("to", "")
        if to == "node":
            await self.session.use_nodes(fields.get("nodes", ""))
            return
        if to in ("start", "result", "save", "finish"):
            await self.intake.drop()
        await self.session.go(to)
        if to == "save":
            await self.safe.look()

    async def guard(self, fields: Mapping[str, str]) -> None:
        """Only asks whether a text may be sent; `read_form` has refused it before this is reached."""

    async def upload(self, request: Request) -> None:
        """:raises InputError: too large, or it cannot be kept."""
        try:
            path = await keep_body(request, self.intake.folder, MAX_UPLOAD)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InputError(f"the file could not be taken over: {reason}", "make room on the disk") from None
        await self.intake.take(path)

    async def report_page(self, level: str, token: str) -> str:
        """The report at a level of redaction, as it would be saved.

        :raises InputError: there is none. :raises ReportAltered: it was changed since.
        """
        path = self.session.report
        if path is None:
            raise InputError("there is no report yet", "finish a search first")
        verified = service.read_signed(path)
        whole = level == Redaction.FULL.value
        document = verified.document if whole else service.redacted(path, level_of(level))
        return views.report_html(view_of(document, verified.key_fingerprint), token=token)


def desk_of(settings: EvmSettings, options: GuideOptions, hub: Hub, panel: DemoPanel | None = None) -> Desk:
    """A desk with its parts, over the real services.

    :param settings: of the EVM family; their base is the other family's.
    """
    session = GuideSession(settings.base, options, hub=hub, evm=settings)
    intake = Intake(session)
    sweep(intake.folder)
    return Desk(session, Safe(session), intake, panel)


def _family(text: str) -> Family:
    try:
        return Family(text)
    except ValueError:
        raise BadForm("this family of chains is not known", "reload the page") from None
