"""Whole EVM recoveries: the emulated Ledger is a process, the chains are real nodes (anvil), the service is real."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.derive.evm.address import parse_address
from ledger_recovery.derive.evm.schemes import STANDARD
from ledger_recovery.device.interaction import ExpectedScreen
from ledger_recovery.errors import ExitStatus, InputError, OtherDevice
from ledger_recovery.recover.events import Pinned
from ledger_recovery.recover.evm.events import PlacesAnswered
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.service import Automatic
from ledger_recovery.recover.service.evm import exit_status
from tests.support.anvil import BINARY, MISSING, Anvil, anvil
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.evm_runs import Home, used
from tests.support.rpc_proxy import rpc_proxy

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=MISSING)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors/evm/ethereum-vectors.json").read_text("utf-8"))
ADDRESSES = {
    scheme: [parse_address(text) for text in found]
    for scheme, found in VECTORS["seeds"]["speculos_default"]["addresses"].items()
}
DELEGATED = bytes.fromhex("ef0100") + b"\x33" * 20
COMPLAINTS = {"ledger_live": [0, 1, 5, 6, 9], "bip44": [0], "legacy": [3, 12]}
PLAIN = EvmPolicy(smart_accounts=False)
QUIET = EvmPolicy(schemes=STANDARD[1:3], gap=8, smart_accounts=False)


class Unprompted(Automatic):
    """Nobody is at the device: a request for an approval fails the test."""

    def expect(self, screen: ExpectedScreen) -> None:
        raise AssertionError(f"the Ledger was made to show {screen.title}")


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[Anvil, Anvil]]:
    """Two chains with the accounts of many complaints: 5 is used on the second only, and 12 holds money there."""
    with ExitStack() as stack:
        one = stack.enter_context(anvil("--accounts", "1", "--chain-id", "31337"))
        two = stack.enter_context(anvil("--accounts", "1", "--chain-id", "31338"))
        live, legacy = ADDRESSES["ledger_live"], ADDRESSES["legacy"]
        one.set_accounts(
            [
                (live[0], 10**18, 4, b""),
                (live[1], 5, 1, b""),
                (live[6], 0, 1, b""),
                (live[9], 0, 0, DELEGATED),
                (legacy[3], 7, 12, b""),
            ]
        )
        two.set_accounts([(live[5], 3, 2, b""), (legacy[12], 4, 0, b"")])
        one.mine()
        two.mine()
        yield one, two


@pytest.fixture(scope="module")
def ledger() -> Iterator[EmulatedDevice]:
    with emulated_device(app="ethereum") as device:
        yield device


def home_at(directory: Path, device: EmulatedDevice, *urls: str) -> Home:
    home = Home.at(directory, *urls, device=f"tcp:{device.apdu}")
    home.person = Unprompted()
    return home


async def test_the_case_of_many_complaints_in_one_run_without_a_prompt(
    tmp_path: Path, nodes: tuple[Anvil, Anvil], ledger: EmulatedDevice
) -> None:
    home = home_at(tmp_path, ledger, nodes[0].url, nodes[1].url)
    result = await home.recover(EvmPolicy())
    assert used(result) == COMPLAINTS
    assert exit_status(result) is ExitStatus.COMPLETE
    assert home.statement.startswith("Complete: ") and "chain-31338" in home.statement
    assert {chain.point.finality.value for chain in result.chains if chain.point} == {"finalized"}
    assert [row.placeholder for row in home.wallet().accounts].count(False) == 7
    again = await home.recover(EvmPolicy())
    assert dict(again.changes).keys() <= {"RefreshEvmSighting"}


async def test_a_reorganisation_in_the_middle_is_noticed_and_nothing_is_mixed(
    tmp_path: Path, nodes: tuple[Anvil, Anvil], ledger: EmulatedDevice
) -> None:
    node = nodes[0]
    with node.kept():
        node.mine(8)
        home = home_at(tmp_path, ledger, node.url)
        emit = home._emit

        def tell(event: Any) -> None:
            emit(event)
            if isinstance(event, PlacesAnswered) and len(home.told(Pinned)) == 1 and not home.told(PlacesAnswered)[1:]:
                node.rpc("anvil_reorg", 4, [])
                node.set_account(ADDRESSES["bip44"][4], nonce=1)
                node.mine(6)

        home._emit = tell  # type: ignore[method-assign]
        result = await home.recover(QUIET)
    assert [pinned.again for pinned in home.told(Pinned)] == [False, True]
    assert used(result)["bip44"][-1] == 4, "what the new block says of an address that was answered before"
    assert result.chains[0].repins == 1 and exit_status(result) is ExitStatus.COMPLETE


async def test_a_stopped_run_goes_on_with_the_same_ledger_only(
    tmp_path: Path, nodes: tuple[Anvil, Anvil], ledger: EmulatedDevice
) -> None:
    home = home_at(tmp_path, ledger, nodes[0].url, nodes[1].url)
    task = asyncio.create_task(home.recover(PLAIN))
    emit = home._emit

    def stop(event: Any) -> None:
        emit(event)
        if isinstance(event, PlacesAnswered):
            task.cancel()

    home._emit = stop  # type: ignore[method-assign]
    with pytest.raises(asyncio.CancelledError):
        await task
    home._emit = emit  # type: ignore[method-assign]
    with emulated_device(app="ethereum", seed="hex:" + "07" * 64) as other:
        stranger = home_at(tmp_path, other, nodes[0].url, nodes[1].url)
        with pytest.raises(OtherDevice):
            await stranger.resume()
    result = await home.resume()
    assert used(result) == COMPLAINTS and exit_status(result) is ExitStatus.COMPLETE


async def test_a_dead_chain_leaves_its_part_unknown_and_the_others_are_searched(
    tmp_path: Path, nodes: tuple[Anvil, Anvil], ledger: EmulatedDevice
) -> None:
    home = home_at(tmp_path, ledger, nodes[0].url, "http://127.0.0.1:9")
    result = await home.recover(replace(QUIET, gap=10))
    assert used(result) == {"bip44": [0], "legacy": [3]}
    assert exit_status(result) is ExitStatus.UNKNOWNS and not result.placeholders
    home.using(nodes[0].url, nodes[1].url)
    assert used(await home.retry()) == {"bip44": [0], "legacy": [3, 12]}


async def test_two_nodes_of_one_chain_are_refused(
    tmp_path: Path, nodes: tuple[Anvil, Anvil], ledger: EmulatedDevice
) -> None:
    with pytest.raises(InputError, match="one chain"):
        await home_at(tmp_path, ledger, nodes[0].url, nodes[0].url).recover(QUIET)


async def test_planted_secrets_are_nowhere(
    tmp_path: Path, nodes: tuple[Anvil, Anvil], ledger: EmulatedDevice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with rpc_proxy(nodes[0].url) as proxy:
        home = home_at(tmp_path, ledger, proxy.url, proxy.url.replace("127.0.0.1", "localhost"))
        with pytest.raises(InputError):
            await home.recover(QUIET)
        home.using(proxy.url)
        await home.recover(QUIET)
    (node,) = (n for n in VECTORS["seeds"]["speculos_default"]["nodes"] if n["path"] == "44'/60'/0'")
    written = _all_files(tmp_path)
    # The proxy is the test's own server, and logs what it is asked.
    logged = " ".join(r.getMessage() for r in caplog.records if r.name != "aiohttp.access")
    said = f"{logged} {home.events!r}"
    for secret in ("secret-key", node["chain_code"], node["public_key"][2:66]):
        assert secret.encode() not in written and secret not in said
    assert bytes.fromhex(node["chain_code"]) not in written


def _all_files(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
