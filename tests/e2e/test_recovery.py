"""Whole recoveries: every bundled world, both app generations, all models, both transports, and recordings."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.service import exit_status
from tests.e2e.conftest import Hands, Nodes, Scene, assert_recovered, expectation
from tests.support.device import emulated_device

TRANSCRIPTS = Path(__file__).parents[1] / "vectors" / "device-transcripts"
MakeScene = Callable[..., Scene]
FRAME = re.compile(r"Reject|\d+ of \d+")


@pytest.mark.parametrize("app", ["concordium-5.1.3", "concordium-4.1.2"])
@pytest.mark.parametrize("transport", ["tcp", "http"])
async def test_the_sample_world(app: str, transport: str, nodes: Nodes, scene: MakeScene) -> None:
    node = nodes.of("sample")
    with emulated_device(app=app, automation="approve") as device:
        path = f"tcp:{device.apdu}" if transport == "tcp" else device.api
        home = scene("sample", device=path, address=node.address)
        result = await home.recover(ScanPolicy(last=3))
    assert exit_status(result) is ExitStatus.COMPLETE
    assert_recovered(home.wallet(), result, expectation("sample"), provider_paths=False)


@pytest.mark.parametrize("version", ["4.1.2", "5.1.3"])
async def test_a_recording_of_the_real_app_performs_the_whole_recovery(
    version: str, nodes: Nodes, scene: MakeScene
) -> None:
    """Byte-equal requests: a request that was not recorded is an error."""
    recording = TRANSCRIPTS / f"concordium-{version}-nanosp.json"
    home = scene("sample", device=f"replay:{recording}", address=nodes.of("sample").address)
    result = await home.recover(ScanPolicy(last=9))
    assert exit_status(result) is ExitStatus.COMPLETE
    assert_recovered(home.wallet(), result, expectation("sample"), provider_paths=False)


@pytest.mark.parametrize("model", ["nanosp", "nanox", "stax", "flex"])
@pytest.mark.parametrize("app", ["concordium-5.1.3", "concordium-4.1.2"])
async def test_the_person_is_told_exactly_what_each_model_shows(
    model: str, app: str, nodes: Nodes, scene: MakeScene
) -> None:
    if app == "concordium-4.1.2" and model in {"stax", "flex"}:
        pytest.skip("app 4.1.2 was never released for touch screens")
    with emulated_device(app=app, model=model) as device:
        home = scene("sample", device=device.api, address=nodes.of("sample").address)
        home.person = hands = Hands(device)
        result = await home.recover(ScanPolicy(last=1))
        shown = await hands.pages()
    assert exit_status(result) is ExitStatus.COMPLETE
    assert len(shown) == len(hands.expected) == 2
    for screen, pages in zip(hands.expected, shown, strict=True):
        assert [_words(p) for p in screen.pages] == [_words(p) for p in pages]
        assert screen.check.replace(" ", "") in "".join("".join(_words(p)) for p in pages).replace(" ", "")


def _words(page: tuple[str, ...]) -> list[str]:
    """A page's texts without the frame that every touch page has; the screen reader cuts blanks in different ways."""
    return [t.strip() for t in page if t.strip() and not FRAME.fullmatch(t)]


async def test_the_demo_world_by_every_mode(nodes: Nodes, scene: MakeScene, tmp_path: Path) -> None:
    """All modes find the same accounts, except what the account list alone cannot see."""
    node = nodes.of("demo")
    wanted = expectation("demo")
    last = max(c.identity_index for c in wanted.credentials) + 1
    found: dict[str, set[str]] = {}
    with emulated_device(automation="approve") as device:
        for mode, deep in [(Mode.THOROUGH, False), (Mode.DIRECT, True), (Mode.PRIVATE, False)]:
            home = scene("demo", device=f"tcp:{device.apdu}", address=node.address)
            home = home.using(wallet=tmp_path / mode.value / "wallet.sqlite")
            result = await home.recover(ScanPolicy(last=last, mode=mode, deep=deep))
            assert exit_status(result) is ExitStatus.COMPLETE
            found[mode.value] = {c.cred_id for c in home.wallet().credentials}
            if mode is not Mode.PRIVATE:
                assert_recovered(home.wallet(), result, wanted, provider_paths=False)
    legacy = {c.cred_id: c for c in wanted.credentials if c.path == "legacy"}
    assert found["thorough"] == found["direct"] == set(legacy)
    assert found["private"] == {i for i, c in legacy.items() if c.credential_index == 0}


async def test_the_edges_world_with_provider_paths(nodes: Nodes, scene: MakeScene) -> None:
    wanted = expectation("edges")
    provider = next(c.provider for c in wanted.credentials if c.path == "provider")
    last = max(c.identity_index for c in wanted.credentials)
    with emulated_device(automation="approve") as device:
        home = scene("edges", device=f"tcp:{device.apdu}", address=nodes.of("edges").address)
        result = await home.recover(ScanPolicy(last=last, providers=(provider,) if provider is not None else ()))
    assert exit_status(result) is ExitStatus.COMPLETE
    assert_recovered(home.wallet(), result, wanted, provider_paths=True)


async def test_an_empty_ledger(nodes: Nodes, scene: MakeScene) -> None:
    with emulated_device(automation="approve") as device:
        home = scene("empty", device=f"tcp:{device.apdu}", address=nodes.of("empty").address)
        result = await home.recover(ScanPolicy(stop_after_empty=3))
    assert exit_status(result) is ExitStatus.COMPLETE
    assert "0 accounts found" in home.statement
    assert [o.identity.index for o in result.outcomes] == [0, 1, 2]


async def test_provider_paths_need_app_5(nodes: Nodes, scene: MakeScene) -> None:
    from ledger_recovery.errors import InputError

    with emulated_device(app="concordium-4.1.2", automation="approve") as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        with pytest.raises(InputError, match="provider"):
            await home.recover(ScanPolicy(last=0, legacy=False, providers=(1,)))
