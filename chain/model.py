"""[pure] What every chain answers with: a Point, Sightings at that point, and questions that stayed Unanswered.

Pure and frozen. Nothing here knows of Concordium or EVM: `detail` is the family's own account type.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Generic, TypeVar

from chain.errors import ChainError

D_co = TypeVar("D_co", covariant=True)


@unique
class Presence(Enum):
    """What a chain says of a handle. There is no fourth value: what could not be asked is `Unanswered`."""

    ABSENT = "absent"
    FUNDED = "funded"
    DEPLOYED = "deployed"


@unique
class Finality(Enum):
    """How final the pinned block is."""

    FINALIZED = "finalized"
    SAFE = "safe"
    LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Point:
    """One block of one network, at which a whole run is answered.

    `genesis_hash` and `block_hash`: 32 bytes. `slot_time`: the block's own time, UTC. `age_seconds`: how far it
    lay behind the local clock when it was pinned (negative: in the future). `sources`: nodes that know the block.
    `commitment_key`: 96 bytes on Concordium (g then h, compressed G1), empty elsewhere.
    """

    network: str
    genesis_hash: bytes
    block_hash: bytes
    height: int
    slot_time: datetime
    age_seconds: float
    finality: Finality
    sources: tuple[str, ...]
    commitment_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Dissent:
    """A source that said otherwise than the sighting it is attached to. Two sources disagreeing is a finding."""

    source: str
    said: Presence
    note: str


@dataclass(frozen=True, slots=True)
class Sighting(Generic[D_co]):
    """A positive answer: the handle is ABSENT, FUNDED or DEPLOYED at the view's point.

    `sources` are the nodes that said so (all of them for ABSENT); `detail` is set unless ABSENT.
    """

    handle: bytes
    presence: Presence
    detail: D_co | None
    sources: tuple[str, ...]
    tries: int = 1
    dissent: tuple[Dissent, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no trustworthy answer. Never silently dropped, never ABSENT."""

    handle: bytes
    error: ChainError
    tries: int = 1


@dataclass(frozen=True, slots=True)
class AccountList:
    """Every account address (32 bytes each) of one node at the view's point: a whole stream, never a cut one.

    `cached` says that it came from the local cache of that same block. `refused`: why the lists of nodes that were
    asked before `source` are not used, a sentence each.
    """

    addresses: Set[bytes]
    source: str
    cached: bool = False
    refused: tuple[str, ...] = ()
