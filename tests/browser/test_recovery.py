"""A whole guided recovery in the browser, with all that goes wrong on one day: a locked device, a wrong app, a dead
node, a decline, a reload, a kill of the program, an unplug. Nothing that was approved is asked twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emulator.world import bundled, derivation
from ledger_recovery.recover.report import verify_report
from tests.browser.conftest import Axe
from tests.browser.guide_process import guide_process
from tests.browser.sight import Sight, no_secret_in
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.node import node_process

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WORLD = "sample"


@pytest.fixture
def device() -> Iterator[EmulatedDevice]:
    """A locked Ledger with the wrong app open."""
    with emulated_device(app="bitcoin", installed=["concordium-5.1.3"], after_exit="dashboard", locked=True) as one:
        yield one


def test_a_person_recovers_whatever_goes_wrong(
    chromium: Browser,
    axe: Axe,
    shoot: Callable[[Page, str], None],
    device: EmulatedDevice,
    free_port: int,
    tmp_path: Path,
) -> None:
    options = _options(device, free_port, tmp_path)
    sight = Sight(chromium.new_page(), axe, shoot)
    with ExitStack() as nodes:
        with guide_process(tmp_path, options) as guide:
            sight.open(guide)
            _to_the_first_approval(sight, device, lambda: nodes.enter_context(node_process(WORLD, port=free_port)))
            _decline_and_approve(sight, device)
            sight.page.reload()
            sight.at("R5", "Approve ID#1")
            guide.kill()
        with guide_process(tmp_path, options) as guide:
            sight.open(guide)
            sight.at("R2", "Look at your Ledger")  # it still shows the killed program's request
            device.decline(expecting="ID#1")
            _taken_up_at_the_second(sight)
            device.replug(app="concordium-5.1.3", locked=True)
            sight.at("R2", "Unlock your Ledger")
            device.unlock()
            _taken_up_at_the_second(sight)
            device.approve(expecting="ID#1")
            sight.at("R7", "Go on with ID #2?")
            sight.press("Stop and see the result")
            _result_and_report(sight, tmp_path)
            assert guide.ended() == 0
    sight.page.close()
    assert sight.violations() == {}
    no_secret_in(_secrets(), [*sight.seen, guide.said()], tmp_path)


def _options(device: EmulatedDevice, node_port: int, home: Path) -> list[str]:
    network = bundled.load(WORLD).network
    return [
        *("--wallet", str(home / "wallet.sqlite"), "--device", device.api),
        *("--network", "custom", "--genesis", network.genesis_hash.hex(), "--node", f"http://127.0.0.1:{node_port}"),
    ]


def _to_the_first_approval(sight: Sight, device: EmulatedDevice, start_node: Callable[[], object]) -> None:
    sight.at("R0", "Get your accounts back")
    sight.press("Start")
    sight.at("R2", "Unlock your Ledger")
    device.unlock()
    sight.at("R2", "Open the Concordium app")
    device.open_app("concordium-5.1.3")
    sight.at("R3", "Is this the right Ledger?")
    sight.press("Yes, I mean this Ledger")
    sight.page.get_by_role("button", name="Try again now").wait_for()
    sight.at("R4", "Network and node")
    start_node()
    sight.at("R4", "Ready to search?")
    sight.press("Begin the search")
    sight.at("R5", "Approve ID#0")


def _decline_and_approve(sight: Sight, device: EmulatedDevice) -> None:
    shown = sight.page.locator("[data-region=device]").inner_text()
    pages = device.decline(expecting="ID#0")
    assert "Recover credentials" in pages[0] and "Recover credentials" in shown
    sight.at("R5", "You declined ID #0. Ask once more?")
    sight.press("Ask once more")
    sight.at("R5", "Approve ID#0")
    device.approve(expecting="ID#0")
    sight.at("R7", "Go on with ID #1?")
    sight.press("Go on with ID #1")
    sight.at("R5", "Approve ID#1")


def _taken_up_at_the_second(sight: Sight) -> None:
    """ID #0 is not asked again, nor whether to go on with ID #1: that was answered before the program was killed."""
    sight.at("R5", "Approve ID#1")


def _result_and_report(sight: Sight, home: Path) -> None:
    sight.at("R8", "accounts found")
    sight.press("Save the result")
    sight.at("R9", "Save what was found")
    sight.page.get_by_label("For support").check()
    sight.press("Save the report")
    sight.page.get_by_text("PDF saved").wait_for()
    report = next(home.rglob("*-hashed.json"))
    assert verify_report(report.read_bytes()).report["statement"]["complete"]
    assert report.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    sight.press("Finish")
    sight.at("R10", "You are done")
    sight.page.locator("main").get_by_role("button", name="Close the guide").click()
    sight.at("R10", "You can close this page")


def _secrets() -> list[bytes]:
    """The device's phrase, seeds and keys."""
    phrase = bundled.load(WORLD).wallets[0].phrase
    seed = derivation.seed_from_phrase(phrase, "")
    secrets = [phrase.encode(), seed]
    for index in range(2):
        prf_seed = derivation.slip10(seed, derivation.prf_key_path(index, None))
        secrets += [prf_seed, *(derivation.keygen(v, prf_seed).to_bytes(32, "big") for v in (0, 1))]
    return secrets
