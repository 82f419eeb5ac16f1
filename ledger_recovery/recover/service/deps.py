"""The seams of a run: how chains and devices are opened, what time it is, how runs are named.

`real_deps` is what programs use; tests replace single fields.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from chain.concordium.account import CredentialSighting
from chain.connect import open_chain
from chain.ports import ListingChain
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.session import DeviceSession, SessionOptions, open_session
from ledger_recovery.errors import InputError
from ledger_recovery.recover.service.settings import Settings

OpenChain = Callable[[Settings], ListingChain[CredentialSighting]]
OpenDevice = Callable[[Settings, Interaction, str | None], Awaitable[DeviceSession]]


@dataclass(frozen=True, slots=True)
class Deps:
    """`open_device` gets the fingerprint (64 hex) that the run is pinned to, or None."""

    open_chain: OpenChain
    open_device: OpenDevice
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    new_run_id: Callable[[], str]


def real_deps() -> Deps:
    """The real parts: gRPC, the real driver, the system clock."""
    return Deps(
        open_chain=_open_chain,
        open_device=_open_device,
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        new_run_id=lambda: secrets.token_hex(8),
    )


def _open_chain(settings: Settings) -> ListingChain[CredentialSighting]:
    try:
        return open_chain(
            "concordium",
            settings.network,
            settings.nodes,
            genesis=bytes.fromhex(settings.genesis) if settings.genesis else None,
            certificate=settings.certificate,
            max_age_seconds=settings.max_block_age,
            cache_dir=settings.state_dir / "account-lists",
            connections=settings.connections,
        )
    except ValueError as error:
        raise InputError(str(error), "see: ledger-recovery recover --help") from error


async def _open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
    wanted = settings.allow_format
    options = SessionOptions(
        allow_format=None if wanted is None else WireFormat.named(wanted), wait_for_person=settings.wait_for_device
    )
    return await open_session(settings.device, interaction, pinned_fingerprint=pinned, options=options)
