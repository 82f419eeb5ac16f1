"""The meetings before an EVM run: whose Ledger it is, and what each chain would be asked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chain.evm.client import EvmChain
from emulator.evm.double import EvmDouble, serving
from emulator.evm.state import load
from ledger_recovery.errors import InputError, NoDevice, OtherDevice
from ledger_recovery.recover.events import DeviceReady
from ledger_recovery.recover.service import Automatic
from ledger_recovery.recover.service.evm import EvmSettings, look_at_chains, meet_device, node_label
from tests.support.evm_runs import FINGERPRINT, Home

NOBODY = "http://127.0.0.1:9/v2/secret-key"


@pytest.fixture
async def demo() -> AsyncIterator[EvmDouble]:
    async with serving(load("demo")) as double:
        yield double


async def test_the_ledger_is_met_and_known_once_its_accounts_are_in_the_wallet(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, demo.urls[0])
    met = await meet_device(home.settings, Automatic(), home.events.append, deps=home._deps())
    assert (met.fingerprint, met.known, met.info.app) == (FINGERPRINT, (), "Ethereum")
    assert [type(event) for event in home.events] == [DeviceReady]
    assert not home.settings.base.wallet.exists()
    await home.recover()
    met = await meet_device(home.settings, Automatic(), home.events.append, deps=home._deps())
    assert met.known == (FINGERPRINT,)


async def test_another_ledger_than_the_pinned_one_and_none_are_refused(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    assert home.ledger is not None
    with pytest.raises(OtherDevice):
        await meet_device(home.settings, Automatic(), home.events.append, pinned="ab" * 32, deps=home._deps())
    home.ledger.absent = True
    with pytest.raises(NoDevice):
        await meet_device(home.settings, Automatic(), home.events.append, deps=home._deps())


async def test_every_chain_tells_its_block_or_why_not_and_nothing_is_asked_about_anybody(
    tmp_path: Path, demo: EvmDouble
) -> None:
    home = Home.at(tmp_path, demo.urls[0], NOBODY, demo.urls[1])
    one, dead, two = await look_at_chains(home.settings, deps=home._deps())
    assert [chain.point is not None for chain in (one, dead, two)] == [True, False, True]
    assert one.point is not None and two.point is not None
    assert one.point.block_hash != two.point.block_hash
    assert (dead.source, dead.name) == ("127.0.0.1:9", "127.0.0.1:9")
    assert dead.failure is not None
    assert "secret-key" not in repr((one, dead, two))
    asked = set(demo.asked)  # one balance, of the zero address: whether the node has the state of the block
    assert asked <= {"eth_chainId", "eth_getBlockByNumber", "eth_getBlockByHash", "eth_getBalance"}
    assert not home.settings.journal.exists()


async def test_nodes_that_are_all_silent_are_told_one_by_one(tmp_path: Path) -> None:
    home = Home.at(tmp_path, NOBODY, NOBODY.replace("127.0.0.1", "localhost"))
    seen = await look_at_chains(home.settings, deps=home._deps())
    assert [chain.source for chain in seen] == ["127.0.0.1:9", "localhost:9"]
    assert all(chain.failure is not None for chain in seen)


async def test_two_nodes_of_one_chain_are_refused(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, demo.urls[0], demo.urls[0].replace("127.0.0.1", "localhost"))
    with pytest.raises(InputError, match="one chain"):
        await look_at_chains(home.settings, deps=home._deps())


async def test_what_was_opened_is_closed_when_a_later_url_cannot_be_used(tmp_path: Path, demo: EvmDouble) -> None:
    home = Home.at(tmp_path, demo.urls[0], "nonsense")
    closed: list[str] = []
    real = home._deps().open_chain

    def opened(settings: EvmSettings, url: str) -> EvmChain:
        if url == "nonsense":
            raise InputError("not a node's URL")
        chain = real(settings, url)
        close = chain.close

        async def told() -> None:
            closed.append(url)
            await close()

        chain.close = told  # type: ignore[method-assign]  # to hear of it
        return chain

    with pytest.raises(InputError):
        await look_at_chains(home.settings, deps=replace(home._deps(), open_chain=opened))
    assert closed == [demo.urls[0]]


@pytest.mark.parametrize("url", ["nonsense", "ftp://secret.example", "https://", "https://host:99999/secret"])
def test_a_label_of_no_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError) as refused:
        node_label(url)
    assert "secret" not in f"{refused.value.sentence} {refused.value.hint}"
