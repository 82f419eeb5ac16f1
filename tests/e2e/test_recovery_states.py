"""What goes other than planned, on real sockets: device states, another Ledger, dead and half-dead nodes, secrets."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from mnemonic import Mnemonic

from emulator.node.effects import Fail, Hide
from emulator.node.faults import Fault, Range
from emulator.world import bundled, derivation
from ledger_recovery.derive.address import decode_address
from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.errors import AppExited, ExitStatus, NodeError, OtherDevice, Unplugged
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.service import Automatic, exit_status
from tests.e2e.conftest import Hands, Nodes, Scene, assert_recovered, expectation
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.node import node_double

MakeScene = Callable[..., Scene]
OTHER_PHRASE = " ".join(["abandon"] * 23 + ["art"])


class Helper(Automatic):
    """Does something to the device, once, when a state is told."""

    def __init__(self, state: DeviceState, act: Callable[[], None]) -> None:
        self._state, self._act = state, act
        self._done: asyncio.Future[None] | None = None
        self.told: list[DeviceState] = []

    def notice(self, notice: Notice) -> None:
        self.told.append(notice.state)
        if notice.state is self._state and self._done is None:
            self._done = asyncio.get_running_loop().run_in_executor(None, self._act)


async def test_a_locked_device_goes_on_by_itself_when_it_is_unlocked(nodes: Nodes, scene: MakeScene) -> None:
    with emulated_device(app="concordium-4.1.2", automation="approve", locked=True) as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        home.person = helper = Helper(DeviceState.LOCKED, device.unlock)
        result = await home.recover(ScanPolicy(last=1))
    assert helper.told.count(DeviceState.LOCKED) == 1
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_the_dashboard_opens_the_app_after_asking(nodes: Nodes, scene: MakeScene) -> None:
    with emulated_device(app="dashboard", installed=["concordium-5.1.3"], automation="approve") as device:
        home = scene("sample", device=device.api, address=nodes.of("sample").address)
        home.person = helper = Helper(DeviceState.DASHBOARD, lambda: None)
        result = await home.recover(ScanPolicy(last=0))
    assert DeviceState.DASHBOARD in helper.told
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_another_app_is_named_and_the_run_goes_on_when_it_changes(nodes: Nodes, scene: MakeScene) -> None:
    with emulated_device(
        app="bitcoin", installed=["concordium-5.1.3"], after_exit="dashboard", automation="approve"
    ) as device:
        home = scene("sample", device=device.api, address=nodes.of("sample").address)
        home.person = Helper(DeviceState.WRONG_APP, lambda: device.open_app("concordium-5.1.3"))
        result = await home.recover(ScanPolicy(last=0))
    told = [e.notice for e in home.events if isinstance(e, ev.DeviceNoticed)]
    assert any("Bitcoin" in n.sentence for n in told if n.state is DeviceState.WRONG_APP)
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_a_decline_on_the_device_leaves_that_index_unknown(nodes: Nodes, scene: MakeScene) -> None:
    with emulated_device() as device:
        home = scene("sample", device=device.api, address=nodes.of("sample").address)
        home.person = Hands(device, decide=lambda check: not check.endswith("1"))
        result = await home.recover(ScanPolicy(last=2))
    statuses = [o.status for o in result.outcomes]
    assert statuses == [IndexStatus.SCANNED, IndexStatus.DECLINED, IndexStatus.SCANNED]
    assert exit_status(result) is ExitStatus.UNKNOWNS
    assert home.statement.startswith("Not complete")


async def test_another_ledger_half_way_is_refused_and_resume_takes_only_the_first(
    nodes: Nodes, scene: MakeScene
) -> None:
    with emulated_device(automation="approve") as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        home.person = Swap(device, before="ID #1", seed=OTHER_PHRASE)
        with pytest.raises((OtherDevice, AppExited, Unplugged)):
            await home.recover(ScanPolicy(last=2))
        assert home.statement.startswith("Not complete")
        home.person = Automatic()
        with pytest.raises(OtherDevice):
            await home.resume()
        device.replug(app="concordium-5.1.3", seed=bundled.load("sample").wallets[0].phrase)
        result = await home.resume()
    assert exit_status(result) is ExitStatus.COMPLETE
    assert_recovered(home.wallet(), result, expectation("sample"), provider_paths=False)


class Swap(Automatic):
    """Unplugs the Ledger and plugs in another as soon as a request is announced."""

    def __init__(self, device: EmulatedDevice, *, before: str, seed: str) -> None:
        self._device, self._before, self._seed = device, before, seed
        self._swapping: asyncio.Future[None] | None = None

    def expect(self, screen: object) -> None:
        check = str(getattr(screen, "check", ""))
        if check.replace(" ", "") == self._before.replace(" ", "") and self._swapping is None:
            # In this very call, so that the request certainly meets the other Ledger.
            self._device.replug(app="concordium-5.1.3", seed=self._seed)


async def test_a_wrong_seed_is_told_before_the_first_look_up(scene: MakeScene) -> None:
    class No(Automatic):
        async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
            return False

    async with node_double("sample") as node:
        with emulated_device(automation="approve") as device:
            home = scene("sample", device=f"tcp:{device.apdu}", address=node.address)
            await home.recover(ScanPolicy(last=0))
        asked = len(node.calls_of("GetAccountInfo"))
        with emulated_device(automation="approve", seed=OTHER_PHRASE) as device:
            home = home.using(device=f"tcp:{device.apdu}")
            home.person = No()
            with pytest.raises(Exception, match="not the one that the wallet file knows"):
                await home.recover(ScanPolicy(last=0))
        assert len(node.calls_of("GetAccountInfo")) == asked


async def test_a_dead_node_is_told_before_the_device_is_asked(scene: MakeScene) -> None:
    async with node_double("sample") as node:
        address = node.address
    with emulated_device() as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=address)
        with pytest.raises(NodeError):
            await home.recover(ScanPolicy(last=0))
        assert device.state()["awaits_person"] is False
    assert not any(isinstance(e, ev.DeviceNoticed) for e in home.events)


async def test_a_node_that_fails_half_way_leaves_unknowns_and_retry_needs_no_device(scene: MakeScene) -> None:
    async with node_double("sample") as node:
        # Everything about accounts fails from the 30th question on.
        node.set_faults([Fault(Fail("UNAVAILABLE"), methods=frozenset({"GetAccountInfo"}), calls=Range(first=30))])
        with emulated_device(automation="approve") as device:
            home = scene("sample", device=f"tcp:{device.apdu}", address=node.address)
            result = await home.recover(ScanPolicy(last=1, mode=Mode.DIRECT))
            assert exit_status(result) is ExitStatus.UNKNOWNS
            assert result.unknown_cells
        node.set_faults([])
        result = await home.retry()
    assert exit_status(result) is ExitStatus.COMPLETE
    wanted = {c.cred_id for c in expectation("sample").credentials}
    assert {c.cred_id for c in home.wallet().credentials} == wanted


async def test_two_nodes_of_which_one_hides_an_account_disagree_and_the_account_is_found(scene: MakeScene) -> None:
    account = expectation("sample").accounts[0]
    hidden = {decode_address(account.address), *map(bytes.fromhex, account.credentials)}
    async with node_double("sample") as honest, node_double("sample") as liar:
        liar.set_faults([Fault(Hide(frozenset(hidden)))])
        with emulated_device(automation="approve") as device:
            home = scene("sample", device=f"tcp:{device.apdu}", address=liar.address)
            home = home.using(nodes=(f"http://{liar.address}", f"http://{honest.address}"))
            result = await home.recover(ScanPolicy(last=1))
    assert exit_status(result) is ExitStatus.SOURCES_DISAGREE
    assert_recovered(home.wallet(), result, expectation("sample"), provider_paths=False)


async def test_planted_secrets_are_in_nothing_that_was_written_printed_or_told(
    nodes: Nodes, scene: MakeScene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The phrase of this test goes in by standard input; its seeds and keys must come out nowhere."""
    phrase = Mnemonic("english").to_mnemonic(bytes(range(32)))
    caplog.set_level(logging.DEBUG)
    with emulated_device(automation="approve", seed=phrase) as device:
        home = scene("sample", device=f"tcp:{device.apdu}", address=nodes.of("sample").address)
        await home.recover(ScanPolicy(last=1))
        talk = device.stderr()
    seed = derivation.seed_from_phrase(phrase, "")
    secrets = [phrase.encode(), seed]
    for index in range(2):
        prf_seed = derivation.slip10(seed, derivation.prf_key_path(index, None))
        secrets += [prf_seed, *(derivation.keygen(v, prf_seed).to_bytes(32, "big") for v in (0, 1))]
    told = repr(home.events) + repr([ev.to_json(e) for e in home.events]) + caplog.text + talk
    written = [*_contents(tmp_path), told.encode()]
    assert len(written) >= 5
    for secret in secrets:
        for form in (secret, secret.hex().encode(), secret[::-1], base64.b64encode(secret)):
            assert not any(form in blob for blob in written)


def _contents(directory: Path) -> list[bytes]:
    return [p.read_bytes() for p in directory.rglob("*") if p.is_file()]
