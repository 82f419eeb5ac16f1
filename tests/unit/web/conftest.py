"""A guide in memory: a Ledger whose every approval a test gives, a chain in memory, real journal, wallet and report."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import httpx
import pytest

from chain.concordium.account import ChainAccount
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceState, ExpectedScreen, Interaction
from ledger_recovery.device.session import DeviceSession
from ledger_recovery.device.states import notice_of
from ledger_recovery.errors import Declined, LedgerRecoveryError
from ledger_recovery.recover.service import Deps, Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.web.model.state import GuideState
from ledger_recovery.web.model.steps import START, Step
from ledger_recovery.web.run.actions import Flow, Plan
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.intake import Intake
from ledger_recovery.web.run.safe import Safe
from ledger_recovery.web.run.session import GuideOptions, GuideSession
from ledger_recovery.web.server.app import Pages, create_app
from ledger_recovery.web.server.desk import Desk
from ledger_recovery.web.server.security import Keys
from tests.support.cells import account, credential, sighting
from tests.support.fake_device import FakeDevice, FakeSession
from tests.support.memory_chain import MemoryChain
from tests.support.quick_passwords import quick_passwords
from tests.support.worded_once import worded_once

PORT = 4711
ORIGIN = f"http://127.0.0.1:{PORT}"


@dataclass
class Ledger(FakeDevice):
    """`obstacles`: told before the app is ready, one after the other. `decisions`: approve (True) or decline."""

    obstacles: list[DeviceState] = field(default_factory=list)
    ready_faults: list[LedgerRecoveryError] = field(default_factory=list)
    decisions: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)


class LedgerSession(FakeSession):
    """As the driver: tells what it waits for, foretells each request, and waits for the person's hand."""

    def __init__(self, ledger: Ledger, interaction: Interaction) -> None:
        super().__init__(ledger)
        self._ledger = ledger
        self._interaction = interaction

    async def ready(self) -> object:  # type: ignore[override]  # the service reads name, version and format of it
        while self._ledger.obstacles:
            state = self._ledger.obstacles.pop(0)
            self._interaction.notice(notice_of(state))
            if state is DeviceState.DASHBOARD and not await self._interaction.may_open_app("Concordium"):
                await asyncio.Event().wait()
        if self._ledger.ready_faults:
            raise self._ledger.ready_faults.pop(0)
        self._interaction.notice(notice_of(DeviceState.READY, "Concordium 5.1.3 is open"))
        return await super().ready()

    async def export_prf_seed(self, identity_index: int, identity_provider_index: int | None = None) -> SecretBytes:
        label = str(IdentityRef(identity_index, identity_provider_index))
        pages = (("Recover", "credentials"), (label,), ("Accept",))
        self._interaction.expect(
            ExpectedScreen("Recover credentials", "nanosp", pages, ("right", "right", "both"), label)
        )
        self._interaction.notice(notice_of(DeviceState.AWAITING_APPROVAL))
        approved = False
        try:
            approved = await self._ledger.decisions.get()
            if not approved:
                raise Declined("you declined on the Ledger")
            return await super().export_prf_seed(identity_index, identity_provider_index)
        finally:
            self._interaction.settled(approved)


@dataclass
class Guide:
    """One person's machine. `start` is a start of the program."""

    settings: Settings
    folder: Path
    ledger: Ledger = field(default_factory=Ledger)
    chain: MemoryChain = field(default_factory=MemoryChain)
    sessions: list[GuideSession] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=itertools.count)

    def deps(self) -> Deps:
        async def open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
            return cast(DeviceSession, LedgerSession(self.ledger, interaction))

        return Deps(
            open_chain=lambda settings: self.chain,
            open_device=open_device,
            now=lambda: datetime(2026, 1, 1, 12, 0, next(self._ids) % 60, tzinfo=UTC),
            monotonic=lambda: float(next(self._ids)),
            new_run_id=lambda: f"run{next(self._ids):04}",
        )

    def deploy(self, index: int, counter: int) -> ChainAccount:
        """A simple account of ours with the device's own signing key."""
        cred_id = self.ledger.cred_id(index, counter)
        plain = account([cred_id], index=len(self.chain.deployed))
        key = self.ledger.public_key_at(index, counter)
        ours = {f: getattr(plain, f) for f in plain.__slots__} | {"credentials": (credential(cred_id, key=key),)}
        holder = ChainAccount(**ours)
        self.chain.deployed[cred_id] = sighting(cred_id, holder)
        return holder

    async def start(self) -> GuideSession:
        session = GuideSession(self.settings, GuideOptions(self.folder), hub=Hub(), deps=self.deps())
        self.sessions.append(session)
        await session.open()
        return session

    def killed(self) -> Guide:
        """What a kill at this moment leaves: the files as they are now, the same Ledger and chain, and no more."""
        home = self.settings.wallet.parent.parent
        copy = home.with_name(f"{home.name}-after-kill")
        shutil.copytree(home, copy)
        settings = replace(self.settings, wallet=copy / "w" / "wallet.sqlite", state_dir=copy / "state")
        after = Guide(settings, copy / "saved", Ledger(seed=self.ledger.seed), self.chain, _ids=self._ids)
        after.sessions = self.sessions  # closed together
        return after


async def until(session: GuideSession, done: Callable[[GuideState], bool]) -> GuideState:
    """The first state from now on with which `done` is content; fails when none comes."""
    async with asyncio.timeout(20):
        async for state in session.hub.follow():
            if state is not None and done(state):
                return state
    raise AssertionError("the guide ended")


async def at(session: GuideSession, step: Step) -> GuideState:
    return await until(session, lambda state: state.step is step)


async def asked(session: GuideSession) -> GuideState:
    return await until(session, lambda state: state.question is not None)


async def say(session: GuideSession, answer: str) -> None:
    """Answer the question that stands or comes next."""
    question = (await asked(session)).question
    assert question is not None
    assert session.answer(question.number, answer)


async def device_steps(session: GuideSession) -> list[str]:
    """Begin a search; step and device state of every page until the first question, each once."""
    codes: list[str] = []
    session.hub.on_change = lambda old, new: codes.append(f"{new.step.code} {new.device.state}")
    await session.choose(Flow.RECOVER, Plan())
    await asked(session)
    return [code for code in dict.fromkeys(codes) if "None" not in code]


async def turned_back(session: GuideSession) -> GuideState:
    """Begin a search and say that it is not the right Ledger; what the page shows then."""
    await session.choose(Flow.RECOVER, Plan())
    await say(session, "no")
    return await at(session, START)


@dataclass
class Browser:
    """A page of ours, let in. `post` sends a form as the page's script does."""

    client: httpx.AsyncClient
    keys: Keys
    desk: Desk

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(
            path, data={**fields, "csrf": self.keys.csrf}, headers={"Accept": "application/json"}
        )

    async def page(self) -> str:
        answer = await self.client.get("/step")
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.text)


def client_of(pages: Pages, *, origin: str | None = ORIGIN, cookie: bool = True) -> httpx.AsyncClient:
    headers = {} if origin is None else {"Origin": origin}
    name, value = pages.keys.cookie(PORT)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(pages), client=("127.0.0.1", 55555)),
        base_url=ORIGIN,
        headers=headers,
        cookies={name: value} if cookie else {},
    )


def pages_of(session: GuideSession) -> Pages:
    desk: asyncio.Future[Desk] = asyncio.get_running_loop().create_future()
    desk.set_result(Desk(session, Safe(session), Intake(session)))
    return Pages(session.hub, desk, Keys(), PORT, demo=False, quit_program=lambda: None)


@pytest.fixture
async def guide(tmp_path: Path) -> AsyncIterator[Guide]:
    settings = Settings(wallet=tmp_path / "w" / "wallet.sqlite", state_dir=tmp_path / "state", network="testnet")
    made = Guide(settings, tmp_path / "saved")
    yield made
    for session in made.sessions:
        await session.close()


@pytest.fixture
async def browser(guide: Guide) -> AsyncIterator[Browser]:
    session = await guide.start()
    pages = pages_of(session)
    async with client_of(pages) as client:
        yield Browser(client, pages.keys, pages.desk.result())


@pytest.fixture(scope="module", autouse=True)
def _worded_once() -> Iterator[None]:
    with worded_once(), quick_passwords():
        yield
