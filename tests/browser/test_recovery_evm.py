"""A whole guided EVM recovery in the browser, with all that goes wrong on one day: a locked device, a wrong app, a dead
chain, a reload, a kill of the program, a decline, an unplug. What was answered before the kill is asked no second time.

Then the shorter roads: one known address, and a chain that is dead to the end of its search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from emulator.apps import evm_keys
from emulator.apps.keys import DEFAULT_PHRASE, HARDENED, Seed
from ledger_recovery.recover.report import verify_document
from tests.browser.conftest import Axe
from tests.browser.guide_process import GuideProcess, guide_process
from tests.browser.sight import Sight, no_secret_in
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.evm_chains import evm_chains

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from ledger_recovery.recover.evm.report import EvmReport

KEY = "planted-key-0a1b2c3d4e5f"
"""Stands in the URLs of nodes, as a provider's key does."""

FIRST, SECOND = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D", "0x00b0AE240aC06a7bED3F985f2c19287EF29f4e16"
"""The first used address of ledger_live (and bip44), and that of legacy."""

BEHIND_A_HOLE = "0xfBb855D62d72e726c470628b086cAe0709cd8d09"
"""legacy #12: eight unused addresses after #3."""

NOBODYS = f"0x{'01' * 20}"
Shoot = Callable[["Page", str], None]


@pytest.fixture
def locked() -> Iterator[EmulatedDevice]:
    """A locked Ledger with the wrong app open."""
    with emulated_device(app="bitcoin", installed=["ethereum"], after_exit="dashboard", locked=True) as one:
        yield one


@pytest.fixture
def device() -> Iterator[EmulatedDevice]:
    with emulated_device(app="ethereum") as one:
        yield one


def test_a_person_recovers_whatever_goes_wrong(
    chromium: Browser, axe: Axe, shoot: Shoot, locked: EmulatedDevice, free_port: int, tmp_path: Path
) -> None:
    sight = Sight(chromium.new_page(), axe, shoot, None, prefix="live-evm")
    with evm_chains() as urls, ExitStack() as later:
        settings = _settings(tmp_path, [urls[0], f"http://127.0.0.1:{free_port}/31338"])
        options = [*_options(locked, tmp_path), "--config", str(settings)]
        with guide_process(tmp_path, options) as guide:
            sight.open(guide)
            _to_the_search(sight, locked, lambda: later.enter_context(evm_chains(port=free_port)))
            _comparing(sight, FIRST)
            sight.page.reload()
            _comparing(sight, FIRST)
            guide.kill()
        with guide_process(tmp_path, options) as guide:
            sight.open(guide)
            sight.at("R1", "The Ledger is busy")  # it still shows what the killed program asked for
            sight.reads("Finish or decline what its screen shows")
            locked.decline()
            _compare_with_an_unplug(sight, locked)
            _further(sight)
            _result_and_report(sight, guide, tmp_path)
    sight.page.close()
    assert sight.violations() == {}
    no_secret_in([*_secrets(), KEY.encode()], [*sight.seen, guide.said()], tmp_path, [settings])


def test_a_known_address_is_looked_for_without_any_node(
    chromium: Browser, axe: Axe, shoot: Shoot, device: EmulatedDevice, tmp_path: Path
) -> None:
    sight = Sight(chromium.new_page(), axe, shoot, None, prefix="live-evm-find")
    with guide_process(tmp_path, _options(device, tmp_path)) as guide:
        sight.open(guide)
        sight.at("R0", "Get your accounts back")
        _look_for(sight, BEHIND_A_HOLE)
        sight.at("R3", "Is this the right Ledger?")
        sight.press("Yes, I mean this Ledger")
        sight.at("R8", "The address is yours")
        sight.reads("legacy #12, m/44'/60'/0'/12")
        sight.press("Find all accounts")
        _look_for(sight, NOBODYS)
        sight.at("R6", "Looking for your address")
        sight.press("Stop here")  # to its end it would take the emulated Ledger a thousand derivations
        sight.at("R8", "The address was not found so far")
        sight.reads("The search is not complete.")
        sight.page.get_by_role("button", name="Go on with the search").wait_for()
        text = sight.page.locator("main").inner_text().lower()
        assert not any(word in text for word in ("absent", "on chain", "no account", "none of the ways"))
    sight.page.close()
    assert sight.violations() == {}


def test_a_chain_that_was_dead_to_the_end_is_asked_again_later(
    chromium: Browser, axe: Axe, shoot: Shoot, device: EmulatedDevice, free_port: int, tmp_path: Path
) -> None:
    sight = Sight(chromium.new_page(), axe, shoot, None, prefix="live-evm-again")
    with evm_chains() as urls:
        nodes = f"{urls[0]} http://127.0.0.1:{free_port}/31338?key={KEY}"
        with guide_process(tmp_path, _options(device, tmp_path)) as guide:
            sight.open(guide)
            _start(sight)
            sight.at("R3", "Is this the right Ledger?")
            sight.press("Yes, I mean this Ledger")
            sight.at("R4", "Which chains shall be searched?")
            _type_nodes(sight, nodes)
            sight.at("R4", "Ready to search?")
            sight.reads("1 chain gives no answers")
            sight.press("Begin the search")
            _not_complete(sight)
            guide.kill()
        with evm_chains(port=free_port), guide_process(tmp_path, _options(device, tmp_path)) as guide:
            sight.open(guide)
            _not_complete(sight)
            sight.press("Ask again for what is missing")
            sight.at("R4", "Networks and nodes")
            sight.reads(f"127.0.0.1:{free_port} again. It may hold a key, so this program did not keep it.")
            _type_nodes(sight, nodes)
            sight.at("R7", "Do you miss an account?")
            sight.press("No, show the result")
            sight.at("R8", "6 accounts found")
            sight.reads("The search is complete.")
    sight.page.close()
    assert sight.violations() == {}
    assert any(KEY in body for body in sight.typed)
    no_secret_in([*_secrets(), KEY.encode()], [*sight.seen, guide.said()], tmp_path)


def _look_for(sight: Sight, address: str) -> None:
    sight.page.get_by_text("I know the address of an account").click()
    sight.page.get_by_label("Its address").fill(address)
    sight.press("Look for it")


def _type_nodes(sight: Sight, nodes: str) -> None:
    sight.page.get_by_label("Addresses of nodes").fill(nodes)
    sight.press("Use these")


def _not_complete(sight: Sight) -> None:
    """Accounts are there; that none is elsewhere is not said."""
    sight.at("R8", "5 accounts found so far")
    sight.reads("The search is not complete.")
    text = sight.page.locator("main").inner_text().lower()
    assert "0 accounts" not in text and "0 smart" not in text and "no account was found" not in text
    assert "complete" not in text.replace("not complete", "")


def _settings(home: Path, urls: Sequence[str]) -> Path:
    """The test's own settings, the only place where the nodes' key stands."""
    names = home / "networks.toml"
    names.write_text("[demo-one]\nchain_id = 31337\n[demo-two]\nchain_id = 31338\n", "utf-8")
    path = home / "settings.toml"
    listed = ", ".join(f'"{url}?key={KEY}"' for url in urls)
    path.write_text(f"rpc = [{listed}]\nnetworks = 'networks.toml'\n", "utf-8")
    return path


def _options(device: EmulatedDevice, home: Path) -> list[str]:
    return ["--family", "ethereum", "--wallet", str(home / "wallet.sqlite"), "--device", device.api]


def _start(sight: Sight, *, compare: bool = False) -> None:
    sight.at("R0", "Get your accounts back")
    sight.page.get_by_text("More ways to search").click()
    sight.page.get_by_label("Compare addresses on the Ledger").set_checked(compare)
    sight.page.get_by_label("Unused addresses in a row").fill("5")
    sight.press("Start")


def _to_the_search(sight: Sight, device: EmulatedDevice, start_node: Callable[[], object]) -> None:
    _start(sight, compare=True)
    sight.at("R2", "Unlock your Ledger")
    device.unlock()
    sight.at("R2", "Open the Ethereum app")
    device.open_app("ethereum")
    sight.at("R3", "Is this the right Ledger?")
    sight.press("Yes, I mean this Ledger")
    sight.at("R4", "Ready to search?")
    sight.reads("1 chain gives no answers")
    sight.reads("cannot be reached")
    start_node()
    sight.reads("All chains answer")
    sight.at("R4", "Ready to search?")
    sight.press("Begin the search")


def _comparing(sight: Sight, address: str) -> None:
    """The page shows the address that the Ledger is to show."""
    sight.reads(address)
    sight.at("R5", "Compare the address on your Ledger")


def _compare_with_an_unplug(sight: Sight, device: EmulatedDevice) -> None:
    """The first one does not please; the second is compared after the Ledger came back."""
    _comparing(sight, FIRST)
    assert FIRST in _shown(device.decline())
    _comparing(sight, SECOND)
    device.replug(app="ethereum", locked=True)
    sight.at("R2", "Unlock your Ledger")
    device.unlock()
    _comparing(sight, SECOND)
    assert SECOND in _shown(device.approve())


def _shown(screens: Sequence[Sequence[str]]) -> str:
    """All that stood on the Ledger's screens, in one word."""
    return "".join(text for screen in screens for text in screen)


def _further(sight: Sight) -> None:
    """Behind a larger hole lies one more; the Ledger shows nothing for it."""
    sight.at("R7", "Do you miss an account?")
    sight.reads("6 accounts were found")
    sight.reads("Not confirmed on the Ledger: ledger_live #0, m/44'/60'/0'/0/0.")
    sight.press("Yes, search further")
    sight.reads("until 10 addresses in a row were unused")
    sight.at("R7", "Do you miss an account?")
    sight.press("No, show the result")


def _result_and_report(sight: Sight, guide: GuideProcess, home: Path) -> None:
    sight.at("R8", "7 accounts found")
    sight.reads(BEHIND_A_HOLE)
    sight.press("Save the result")
    sight.at("R9", "Save what was found")
    sight.page.get_by_label("For support").check()
    sight.press("Save the report")
    sight.page.get_by_text("PDF saved").wait_for()
    report = next(home.rglob("*-hashed.json"))
    verified = cast("EvmReport", verify_document(report.read_bytes()).document)
    assert verified["statement"]["complete"] and verified["accounts"]
    assert report.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert "Complete" in sight.look("/report")
    sight.look("/diagnosis")
    sight.press("Finish")
    sight.at("R10", "You are done")
    sight.page.locator("main").get_by_role("button", name="Close the guide").click()
    sight.at("R10", "You can close this page")
    assert guide.ended() == 0


def _secrets() -> list[bytes]:
    """The device's phrase and seed; keys and chain codes of all that a search derives from."""
    seed = Seed.from_text(DEFAULT_PHRASE)
    above = [(44, 60, 0), (44, 60, 1), (44, 60, 160720)]
    paths = [[level | HARDENED for level in path] for path in above]
    nodes = [
        evm_keys.node_at(seed, path) for path in (*paths, [*paths[0], 0], [*paths[2], HARDENED], [*paths[1], 0, 0])
    ]
    private = [one for node in nodes for one in (node.private_key.to_bytes(32, "big"), node.chain_code)]
    return [DEFAULT_PHRASE.encode(), seed.raw, *private, *(node.public_key()[1:33] for node in nodes)]
