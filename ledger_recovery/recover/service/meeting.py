"""The two meetings before a run, for a person who is led step by step: the Ledger, and the node.

Neither asks a node about anybody, writes anything, or needs an approval; a run does all of it again for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chain.errors import ChainError
from chain.model import Point
from ledger_recovery.device.interaction import DeviceInfo
from ledger_recovery.recover.events import DeviceReady, Emit
from ledger_recovery.recover.service.deps import Deps, real_deps
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.telling import Telling
from ledger_recovery.recover.service.translate import node_error
from ledger_recovery.wallet.store import WalletStore


class Meeting(Protocol):
    """What both families' sessions have."""

    @property
    def info(self) -> DeviceInfo: ...

    async def ready(self) -> object: ...

    async def fingerprint(self) -> str: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class MetDevice:
    """A Ledger with the right app open. `fingerprint`: 64 hex. `known`: fingerprints that the wallet file holds."""

    info: DeviceInfo
    fingerprint: str
    known: tuple[str, ...]


async def meet_device(
    settings: Settings, person: Person, emit: Emit, *, pinned: str | None = None, deps: Deps | None = None
) -> MetDevice:
    """Wait until the right app is open on a Ledger, telling each state on the way, and read whose Ledger it is.

    :param pinned: 64 hex; the fingerprint that it must have, None for any.
    :raises DeviceError: what waiting does not help against. :raises Cancelled: the person chose none.
    :raises StorageError: the wallet cannot be read.
    """
    session = await (deps or real_deps()).open_device(settings, Telling(person, emit), pinned)
    info, fingerprint = await read_device(session, emit)
    return MetDevice(info, fingerprint, _known(settings))


async def read_device(session: Meeting, emit: Callable[[DeviceReady], None]) -> tuple[DeviceInfo, str]:
    """What is connected, and its fingerprint (64 hex), once the app is open; the session is closed.

    :raises DeviceError, Cancelled: as `meet_device`.
    """
    try:
        await session.ready()
        fingerprint = await session.fingerprint()
        info = session.info
    finally:
        await session.close()
    emit(DeviceReady(info))
    return info, fingerprint


async def look_at_node(settings: Settings, *, deps: Deps | None = None) -> Point:
    """The last finalized block of the chosen network, as the node gives it now.

    :raises NodeError: no node answers, another network, or too old a block. :raises InputError: not a node's URL.
    """
    chain = (deps or real_deps()).open_chain(settings)
    try:
        return (await chain.pin()).point
    except ChainError as error:
        raise node_error(error) from error
    finally:
        await chain.close()


def _known(settings: Settings) -> tuple[str, ...]:
    if not settings.wallet.exists():
        return ()
    with WalletStore.open(settings.wallet) as store:
        return tuple(row.fingerprint for row in store.snapshot().wallets)
