"""In the browser, by hand: a wallet file read over recovered placeholders, and a backup restored from an Identity Box.

The same rules are tried form by form in tests/unit/web/test_file_pages.py and test_box_*.py; here a person does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from emulator.world import bundled
from ledger_recovery.backup.words import words_of
from ledger_recovery.box import admin
from ledger_recovery.recover.service import backups
from ledger_recovery.wallet.store import WalletStore
from tests.browser.conftest import Axe
from tests.browser.guide_process import GuideProcess, guide_process
from tests.browser.sight import RULES, Sight
from tests.browser.test_recovery import WORLD
from tests.support.backups.computer import new_computer
from tests.support.backups.planted import Planted
from tests.support.box_process import BoxProcess, box_process
from tests.support.device import emulated_device
from tests.support.node import node_process
from tests.unit.files.support import PASSWORD_TEXT, cbc_file, compact, desktop_sample
from tests.unit.wallet import rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser

T = TypeVar("T")
LEDGER = "3859554f"
"""The first one of the sample, whose first identity was recovered as a placeholder."""

Shoot = Callable[..., None]


@dataclass(frozen=True)
class Backup:
    """A Box with one backup, and the words that open it."""

    box: BoxProcess
    folder: Path
    words: str


def apart(work: Coroutine[object, object, T]) -> T:
    """Run it in another thread: Playwright's event loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backup]:
    folder = tmp_path_factory.mktemp("box")
    with box_process(folder / "box") as box:
        yield Backup(box, folder / "box", apart(_saved(folder)))


async def _saved(folder: Path) -> str:
    maker = new_computer(folder / "maker")
    deps = replace(maker.deps, now=backups.real_backup_deps().now)
    offer = backups.read_offer(admin.offer(folder / "box").link, deps=deps)
    await backups.pair(maker.settings, offer, deps=deps)
    with WalletStore.open(maker.settings.wallet) as store:
        store.apply(rows.EVERYTHING)
    with backups.prepare_enable(maker.settings, deps=deps) as new:
        words = " ".join(words_of(new.secret))
        assert (await backups.enable(maker.settings, new, deps=deps)).status.kind is backups.BackupKind.SAVED
    return words


@contextmanager
def sight_of(chromium: Browser, axe: Axe, shoot: Shoot, guide: GuideProcess) -> Iterator[Sight]:
    sight = Sight(chromium.new_page(), axe, lambda page, name: shoot(page, f"box-{name}"))
    sight.open(guide)
    try:
        yield sight
    finally:
        sight.page.close()


def test_a_backup_comes_back_with_the_words_typed_by_hand(
    chromium: Browser, axe: Axe, shoot: Shoot, backup: Backup, tmp_path: Path
) -> None:
    options = ["--wallet", str(tmp_path / "wallet.sqlite"), "--device", "tcp:127.0.0.1:9"]
    with guide_process(tmp_path, options) as guide, sight_of(chromium, axe, shoot, guide) as sight:
        page = sight.page
        page.remove_listener("response", sight._answered)  # refusals are part of this
        sight.at("R0", "Get your accounts back")
        sight.press("Restore a backup")
        sight.at("R0-B", "Restore from an Identity Box")
        # In one piece, before the list of words can have arrived.
        page.get_by_label("Pairing link or code").fill(backup.words)
        page.get_by_text("This looks like recovery words.").wait_for()
        assert page.get_by_label("Pairing link or code").input_value() == "", "only one field takes words"
        page.get_by_label("Pairing link or code").fill(admin.offer(backup.folder).code)
        page.get_by_label("Address of the Box").fill(backup.box.ready["url"])
        sight.press("Connect to the Box")
        typed = page.get_by_label("The 24 words of your backup")
        typed.fill(" ".join([*backup.words.split()[:23], "zoo" if not backup.words.endswith("zoo") else "abandon"]))
        sight.press("Open the backup")
        page.get_by_role("alert").filter(has_text="They do not belong together").or_(
            page.get_by_role("alert").filter(has_text="they do not belong together")
        ).wait_for()
        typed.fill(backup.words)
        sight.press("Open the backup")
        sight.at("R0-B", "This is in the backup")
        assert axe.violations(page, RULES) == []
        assert page.get_by_text("2 identities, 2 accounts").count() == 1
        sight.press("Restore it")
        sight.at("R0-B", "The backup is restored")
        page.get_by_text("From now on this computer saves under these words, by itself.").wait_for()
        assert axe.violations(page, RULES) == []
        sight.press("Back to the start")
        page.get_by_text("2 accounts").wait_for()
        seen = [text for text in sight.seen if not text.startswith(("csrf=", "words="))]
    planted = Planted()
    planted.words(backup.words, "the backup")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    found = [leak for text in (*seen, guide.said()) for leak in planted.leaks(text.encode(), "seen")]
    assert found + [leak for path in files for leak in planted.leaks(path.read_bytes(), path.name)] == []
    with WalletStore.open(tmp_path / "wallet.sqlite") as store:
        assert {row.address for row in store.snapshot().accounts} == {rows.address(0), rows.address(1)}


def test_a_wallet_file_names_what_was_recovered(chromium: Browser, axe: Axe, shoot: Shoot, tmp_path: Path) -> None:
    file = tmp_path / "desktop.json"
    file.write_bytes(cbc_file(compact(desktop_sample())))
    network = bundled.load(WORLD).network
    with node_process(WORLD) as node, emulated_device(automation="approve") as device:
        options = [
            *("--wallet", str(tmp_path / "wallet.sqlite"), "--device", device.api),
            *("--network", "custom", "--genesis", network.genesis_hash.hex(), "--node", f"http://{node.address}"),
        ]
        with guide_process(tmp_path, options) as guide, sight_of(chromium, axe, shoot, guide) as sight:
            _recover_the_first_identity(sight)
            _where_a_backup_would_begin(sight, axe)
            _read_the_file(sight, file)
            sight.at("R0-F", "The file is read in")
    with WalletStore.open(tmp_path / "wallet.sqlite") as store:
        snapshot = store.snapshot()
    mine = (row for row in snapshot.identities if row.key.fingerprint.startswith(LEDGER) and row.key.index == 0)
    first = next(mine)
    assert first.name == "Passport ID" and first.identity_object
    assert {"Everyday", "Joint savings"} <= {row.name for row in snapshot.accounts}
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name.startswith("given-")]
    assert left == []
    assert not any(PASSWORD_TEXT in text for text in (guide.said(), *(one for one in sight.seen if "<html" in one)))


def _recover_the_first_identity(sight: Sight) -> None:
    sight.press("Start")
    sight.at("R3", "Is this the right Ledger?")
    sight.press("Yes, I mean this Ledger")
    sight.at("R4", "Ready to search?")
    sight.press("Begin the search")
    sight.at("R7", "Go on with ID #1?")
    sight.press("Stop and see the result")
    sight.at("R8", "found")


def _read_the_file(sight: Sight, file: Path) -> None:
    page = sight.page
    page.remove_listener("response", sight._answered)  # a wrong password is part of this
    sight.press("Read a file")
    sight.at("R0-F", "Read a wallet file")
    page.get_by_label("The file").set_input_files(file)
    sight.press("Look into it")
    sight.at("R0-F", "Its password, please")
    page.get_by_label("Password of the file").fill("not the right one")
    sight.press("Open the file")
    page.get_by_role("alert").filter(has_text="password").wait_for()
    page.get_by_label("Password of the file").fill(PASSWORD_TEXT)
    sight.press("Open the file")
    sight.at("R0-F", "This is in the file")
    sight.press("Read it in")


def _where_a_backup_would_begin(sight: Sight, axe: Axe) -> None:
    """Without a Box the page of the copies offers to connect to one; no words are ever shown there."""
    sight.press("Save the result")
    sight.at("R9", "Save what was found")
    sight.page.get_by_text("Backup: in your Identity Box").click()
    sight.page.get_by_label("Pairing link or code").wait_for()
    assert axe.violations(sight.page, RULES) == []
    sight.page.locator("summary").filter(has_text="Report: what was searched").click()
    sight.shoot(sight.page, "R9-backup")
    sight.press("Finish")
    sight.at("R10", "You are done")
    sight.press("Back to the start")
