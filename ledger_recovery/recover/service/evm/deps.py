"""The seams of an EVM run: how nodes and devices are reached, what time it is, how runs are named.

`real_deps` is what programs use; tests replace single fields.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from chain.connect import open_evm_chain
from chain.evm.client import EvmChain
from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.ethereum import EvmExtendedKey, EvmPublicKey
from ledger_recovery.device.evm_session import SessionOptions, open_evm_session
from ledger_recovery.device.interaction import DeviceInfo, Interaction
from ledger_recovery.errors import InputError
from ledger_recovery.recover.service.evm.settings import EvmSettings


class DeviceClient(Protocol):
    """What a run asks of a Ledger; see `EvmSession`."""

    @property
    def info(self) -> DeviceInfo: ...

    async def ready(self) -> OpenApp: ...

    async def fingerprint(self) -> str: ...

    async def extended_key(self, path: Sequence[int]) -> EvmExtendedKey: ...

    async def address(self, path: Sequence[int]) -> EvmPublicKey: ...

    async def show_address(self, path: Sequence[int], address: bytes, chain_id: int | None = None) -> None: ...

    async def close(self) -> None: ...


OpenDevice = Callable[[EvmSettings, Interaction, str | None, bool], Awaitable[DeviceClient]]


@dataclass(frozen=True, slots=True)
class EvmDeps:
    """`open_device` gets the fingerprint (64 hex) that the run is pinned to or None, and whether to wait for people."""

    open_chain: Callable[[EvmSettings, str], EvmChain]
    open_device: OpenDevice
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    new_run_id: Callable[[], str]


def real_deps() -> EvmDeps:
    """The real parts: web3, the real driver, the system clock."""
    return EvmDeps(
        open_chain=_open_chain,
        open_device=_open_device,
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        new_run_id=lambda: secrets.token_hex(8),
    )


def _open_chain(settings: EvmSettings, url: str) -> EvmChain:
    try:
        return open_evm_chain(url, networks_file=settings.networks)
    except ValueError as error:
        sentence, _, advice = str(error).partition("; hint: ")
        raise InputError(sentence, advice or "see: ledger-recovery recover --help") from None


async def _open_device(settings: EvmSettings, interaction: Interaction, pinned: str | None, wait: bool) -> DeviceClient:
    options = SessionOptions(wait_for_person=wait)
    return await open_evm_session(settings.base.device, interaction, pinned_fingerprint=pinned, options=options)
