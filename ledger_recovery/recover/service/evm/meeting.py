"""The meetings before an EVM run, for a person who is led step by step: the Ledger, and the chains.

As `service.meeting`: no node is asked about anybody, nothing is written, and nothing has to be approved.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib import import_module

from chain.evm.link import label_of
from chain.model import Point
from ledger_recovery.errors import InputError, NodeError
from ledger_recovery.recover.evm.events import EvmEmit, EvmEvent
from ledger_recovery.recover.service.evm.chain_side import ChainSide
from ledger_recovery.recover.service.evm.chains import Chains
from ledger_recovery.recover.service.evm.deps import EvmDeps, real_deps
from ledger_recovery.recover.service.evm.settings import EvmSettings
from ledger_recovery.recover.service.evm.wallet_side import WalletSide
from ledger_recovery.recover.service.meeting import MetDevice, read_device
from ledger_recovery.recover.service.person import Person
from ledger_recovery.recover.service.telling import Telling
from ledger_recovery.wallet.store import WalletStore


@dataclass(frozen=True, slots=True)
class SeenChain:
    """`source`: its node as host[:port]. `name` is `source` where the node told none. One of the two others is None.

    `failure`: (code, sentence).
    """

    source: str
    name: str
    point: Point | None
    failure: tuple[str, str] | None


async def meet_device(
    settings: EvmSettings, person: Person, emit: EvmEmit, *, pinned: str | None = None, deps: EvmDeps | None = None
) -> MetDevice:
    """Wait until the right app is open on a Ledger, telling each state on the way, and read whose Ledger it is.

    :param pinned: 64 hex; the EVM fingerprint that it must have, None for any.
    :raises DeviceError: what waiting does not help against. :raises Cancelled: the person chose none.
    :raises StorageError: the wallet cannot be read.
    """
    session = await (deps or real_deps()).open_device(settings, Telling(person, emit), pinned, True)
    info, fingerprint = await read_device(session, emit)
    return MetDevice(info, fingerprint, await asyncio.to_thread(_known, settings))


async def look_at_chains(settings: EvmSettings, *, deps: EvmDeps | None = None) -> tuple[SeenChain, ...]:
    """The block that a run would begin with, of each chain whose node answers; and why the others do not.

    :raises InputError: not a node's URL, or two nodes are on one chain.
    """
    await asyncio.to_thread(import_module, "chain.evm.provider")  # web3 takes two seconds; pages are answered meanwhile
    made = deps or real_deps()
    sides: list[ChainSide] = []
    try:
        for number, url in enumerate(settings.rpc, 1):
            sides.append(ChainSide(made.open_chain(settings, url), -number, _unheard, _no_point, _no_answers))
        chains = Chains(sides, {})
        try:
            await chains.identify()
        except NodeError:
            pass  # nobody answers; each one says why below
        await chains.pin()
        return tuple(SeenChain(f.source, f.name, f.point, f.failure) for f in chains.facts())
    finally:
        await asyncio.gather(*(side.close() for side in sides))


def node_label(url: str) -> str:
    """Host and port of a node's URL, the part that may be shown.

    :raises InputError: not a node's URL; it is not repeated.
    """
    try:
        return label_of(url)
    except ValueError:
        raise InputError(
            "one of the node addresses cannot be used", "write for example: https://rpc.example.org:8545"
        ) from None


def _known(settings: EvmSettings) -> tuple[str, ...]:
    if not settings.base.wallet.exists():
        return ()
    with WalletStore.open(settings.base.wallet) as store:
        return WalletSide(store, dry_run=True).fingerprints()


def _unheard(event: EvmEvent) -> None:
    """Nothing of a look is an event of a run."""


def _no_point(chain: int, label: str, point: Point) -> None:
    """A look pins nothing for later."""


def _no_answers(chain: int, answers: object) -> None:
    """A look asks about nobody."""
