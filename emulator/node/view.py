"""How one node sees the chain for one call: usually as it is, otherwise as a fault bends it. [pure]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Generation(Enum):
    """Age of the node software, as far as it shows in answers."""

    OLDER = "older"
    """Before 6.0: no queries by height, no available balance, no cooldowns, no stake."""
    CURRENT = "current"
    NEWER = "newer"
    """Unknown fields, an unknown credential variant, unknown enum values."""


@dataclass(frozen=True)
class View:
    """What may differ from the plain truth.

    :param lag: blocks that this node is behind; it answers from an old state without any error
    :param epoch: salt of the block hashes; another epoch knows none of the hashes given before
    :param age_ms: how much older all blocks are than the world says (negative: in the future)
    :param clock_ms: how far the node's own clock is ahead of the true time
    :param hide: credential IDs (48 bytes) and addresses (32) that look-ups do not find
    :param hide_listed: addresses that the account list leaves out
    :param hide_genesis_cred_ids: concordium-node issue 1008: genesis credentials are not found by their ID
    :param listed: addresses that the account list has in addition
    :param substitutes: asked credential ID or address -> the one that is answered for
    """

    lag: int = 0
    epoch: int = 0
    age_ms: int = 0
    clock_ms: int = 0
    genesis_hash: bytes | None = None
    genesis_string: str | None = None
    hide: frozenset[bytes] = frozenset()
    hide_listed: frozenset[bytes] = frozenset()
    hide_genesis_cred_ids: bool = False
    listed: tuple[bytes, ...] = ()
    substitutes: Mapping[bytes, bytes] = field(default_factory=dict)
    generation: Generation = Generation.CURRENT


TRUE_VIEW = View()
