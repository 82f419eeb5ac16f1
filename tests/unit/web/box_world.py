"""People with and without a backup, and their Boxes, for the pages that pair and restore: real TLS, real bundles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

from ledger_recovery.backup.pairing import PairingOffer, make_link
from ledger_recovery.backup.words import words_of
from ledger_recovery.recover.service import Deps, Settings, backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.web.model.state import GuideState
from ledger_recovery.web.pages import views
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.run.session import GuideOptions, GuideSession
from tests.support.backups.computer import Computer, new_computer
from tests.support.backups.planted import Leak, Planted
from tests.support.box_double import BoxIdentity
from tests.support.hostile_box import TOKEN, HostileBox, Kept
from tests.unit.wallet import rows
from tests.unit.web.conftest import Browser, client_of, pages_of


@dataclass(frozen=True)
class Saved:
    """A backup of two generations, the first without accounts, and the words that open it.

    `strangers`: words of somebody else, whose backup no Box here has.
    """

    identity: BoxIdentity
    bundles: dict[int, bytes]
    maker: Computer
    words: str
    strangers: str


def saved(folder: Path) -> Saved:
    """Made by a computer of its own, through a Box that keeps what it is given."""
    return asyncio.run(_saved(folder))


async def _saved(folder: Path) -> Saved:
    identity, kept = BoxIdentity.make(), Kept()
    maker, stranger = new_computer(folder / "maker"), new_computer(folder / "stranger")
    async with HostileBox(folder, identity, kept) as box:
        await maker.pair(link_of(box))
        secret = await maker.enable()
        with WalletStore.open(maker.settings.wallet) as store:
            store.apply(rows.EVERYTHING)
        assert (await maker.flush()).kind is BackupKind.SAVED
    async with HostileBox(folder, identity, Kept()) as box:
        await stranger.pair(link_of(box))
        other = await stranger.enable()
    return Saved(identity, dict(kept.bundles), maker, " ".join(words_of(secret)), " ".join(words_of(other)))


def link_of(box: HostileBox) -> str:
    return make_link(PairingOffer(box.url, box.pin, TOKEN, 2**40, "Hostile"))


@asynccontextmanager
async def box_of(saved: Saved, folder: Path) -> AsyncIterator[HostileBox]:
    """A Box with that backup, honest so far."""
    async with HostileBox(folder, saved.identity, Kept(dict(saved.bundles))) as box:
        yield box


@asynccontextmanager
async def browser_of(
    computer: Computer, settings: Settings | None = None, *, deps: Deps | None = None, on_time: bool = False
) -> AsyncIterator[Browser]:
    """A page on that computer, let in.

    :param on_time: the clock of the program is the real one, as a real Box's is.
    """
    backup_deps = replace(computer.deps, now=backups.real_backup_deps().now) if on_time else computer.deps
    options = GuideOptions(computer.folder / "saved")
    session = GuideSession(settings or computer.settings, options, hub=Hub(), deps=deps, backup_deps=backup_deps)
    computer.folder.mkdir(exist_ok=True)
    await session.open()
    pages = pages_of(session)
    try:
        async with client_of(pages) as client:
            yield Browser(client, pages.keys, pages.desk.result())
    finally:
        await pages.desk.result().close()


@dataclass
class Overheard:
    """Everything that the guide showed, as states and as pages, with each text once."""

    texts: dict[str, None] = field(default_factory=dict)

    def take(self, state: GuideState) -> None:
        page = views.render(state, token="token", demo=False)
        self.texts |= dict.fromkeys((repr(state), page.html, page.announce))


@contextmanager
def overheard() -> Iterator[Overheard]:
    """Within the block every state that any hub publishes is kept."""
    found, publish = Overheard(), Hub._publish

    def keep(hub: Hub, state: GuideState) -> None:
        found.take(state)
        publish(hub, state)

    with patch.object(Hub, "_publish", keep):
        yield found


def leaks_in(folder: Path, planted: Planted) -> list[Leak]:
    """Secrets in any file below; fails when there is hardly any file to look into."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    return [leak for path in files for leak in planted.leaks(path.read_bytes(), path.name)]
