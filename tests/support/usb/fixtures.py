"""Fixtures of the tests on the virtual bus; a test module imports those that it uses."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.recover.service import Settings, wallet_view
from ledger_recovery.wallet.model import WalletSnapshot
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.node import NodeProcess, node_process
from tests.support.usb.bench import UsbBench, usb_bench, why_no_bus

_IN_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Place:
    """A bus, a client, a Ledger that approves by itself, and a node; `homes`: a fast directory."""

    usb: UsbBench
    ledger: EmulatedDevice
    node: NodeProcess
    homes: Path

    def home(self) -> Path:
        """A person's empty home directory."""
        return Path(tempfile.mkdtemp(dir=self.homes))

    def order(self, home: Path, device: str | None = "hid:") -> dict[str, Any]:
        """What recover and resume are given, beside the verb."""
        node = self.node
        return {
            "home": str(home), "device": device, "node": node.address, "network": node.network, "genesis": node.genesis
        }  # fmt: skip

    def wallet(self, home: Path) -> WalletSnapshot:
        """What the home's wallet holds."""
        return wallet_view(Settings(home / "wallet.sqlite", home / "state"))


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """One for all tests: they leave the bus empty."""
    reason = why_no_bus()
    if reason:
        pytest.skip(reason)
    with (
        tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as homes,
        emulated_device(automation="approve") as ledger,
        node_process("sample") as node,
        usb_bench() as usb,
    ):
        yield Place(usb, ledger, node, Path(homes))


@pytest.fixture
def virtual(place: Place) -> Iterator[Place]:
    """The place with an empty bus, whatever a test left on it."""
    place.usb.bus.clear()
    yield place
    place.usb.bus.clear()


def comparable(wallet: WalletSnapshot) -> WalletSnapshot:
    """Without the height of the block: the node goes on between two runs."""
    accounts = (a if a.facts is None else replace(a, facts=replace(a.facts, block_height=0)) for a in wallet.accounts)
    return replace(wallet, accounts=tuple(accounts))
