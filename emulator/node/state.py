"""Queries on a world's chain, with the semantics of concordium-node: which block, which account, which list. [pure]

A look-up by credential ID goes through an index that only grows, and yields the account as it is at the chosen
block (concordium-consensus `getAccountByCredId`, `recordRegId`). The clock is given. No encoding here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from emulator.node.view import View
from emulator.world import filler
from emulator.world.chain import ALIAS_BYTES, Chain, ChainAccount, ChainCredential
from emulator.world.model import CredentialKind, YearMonth

MAX_FINALIZED_DELAY_MS = 300_000
"""`grpc2-health-max-finalized-delay` of the node."""

_FIRST_PROTOCOL_WITH_ALIASES = 3
_HEIGHT_BYTES = 8

Clock = Callable[[], int]
"""Milliseconds since 1970."""


class BlockChoice(Enum):
    """The ways to name a block."""

    BEST = "best"
    LAST_FINAL = "last_final"
    GIVEN = "given"
    HEIGHT = "height"


@dataclass(frozen=True)
class BlockQuery:
    """Which block is meant."""

    choice: BlockChoice
    hash: bytes = b""
    height: int = 0


@dataclass(frozen=True)
class Block:
    """A block of the chain; `slot_time` in ms since 1970."""

    hash: bytes
    height: int
    slot_time: int
    finalized: bool


class ChainState:
    """The chain as it stands at each call."""

    def __init__(self, chain: Chain, clock: Clock) -> None:
        self.chain = chain
        self._clock = clock
        self._height_of_fixed_hash = {value: height for height, value in chain.blocks.hashes.items()}

    def now(self, view: View) -> int:
        """The node's own clock, ms since 1970."""
        return self._clock() + view.clock_ms

    def genesis_hash(self, view: View) -> bytes:
        """Hash of the block at height 0: the network's identity."""
        return view.genesis_hash or self.chain.network.genesis_hash

    def finalized_height(self, view: View) -> int:
        """Height of the last finalized block."""
        blocks = self.chain.blocks
        grown = 0
        if blocks.grows:
            grown = max(0, int((self._clock() - self.chain.started) / (blocks.interval * 1000)))
        return max(0, blocks.finalized_height + grown - view.lag)

    def best_height(self, view: View) -> int:
        """Height of the best block."""
        return self.finalized_height(view) + self.chain.blocks.ahead

    def block_at(self, height: int, view: View) -> Block | None:
        """The block at a height, None above the best block."""
        if height > self.best_height(view):
            return None
        finalized = height <= self.finalized_height(view)
        return Block(self._hash(height, view), height, self._slot_time(height, view), finalized)

    def resolve(self, query: BlockQuery, view: View) -> Block | None:
        """The block that is meant, None if this node does not know it."""
        if query.choice is BlockChoice.BEST:
            return self.block_at(self.best_height(view), view)
        if query.choice is BlockChoice.LAST_FINAL:
            return self.block_at(self.finalized_height(view), view)
        if query.choice is BlockChoice.HEIGHT:
            return self.block_at(query.height, view)
        return self._block_with_hash(query.hash, view)

    def _hash(self, height: int, view: View) -> bytes:
        # The height is written into the hash, so that any hash is found again without a table of all blocks.
        if height == 0:
            return self.genesis_hash(view)
        if view.epoch == 0 and height in self.chain.blocks.hashes:
            return self.chain.blocks.hashes[height]
        material = b"emulator.node block %d %d " % (view.epoch, height) + self.chain.network.genesis_hash
        return hashlib.sha256(material).digest()[:-_HEIGHT_BYTES] + height.to_bytes(_HEIGHT_BYTES, "big")

    def _block_with_hash(self, wanted: bytes, view: View) -> Block | None:
        if wanted == self.genesis_hash(view):
            return self.block_at(0, view)
        height = self._height_of_fixed_hash.get(wanted, int.from_bytes(wanted[-_HEIGHT_BYTES:], "big"))
        block = self.block_at(height, view)
        return block if block is not None and block.hash == wanted else None

    def _slot_time(self, height: int, view: View) -> int:
        blocks = self.chain.blocks
        behind = round((blocks.finalized_height - height) * blocks.interval * 1000)
        slot_time = self.chain.started - round(blocks.finalized_age * 1000) - behind - view.age_ms
        return max(slot_time, self.chain.network.genesis_time) if height else self.chain.network.genesis_time

    def too_far_behind(self, view: View) -> bool:
        """Whether the node's health check fails: the last finalized block is old by the node's clock."""
        age = self.now(view) - self._slot_time(self.finalized_height(view), view)
        return age > MAX_FINALIZED_DELAY_MS

    def account_by_cred_id(self, cred_id: bytes, height: int, view: View) -> ChainAccount | None:
        """The account to which a credential belongs or has ever belonged by this height."""
        if cred_id in view.hide:
            return None
        wanted = view.substitutes.get(cred_id, cred_id)
        account = self.chain.by_cred_id.get(wanted)
        if account is None:
            number = filler.number_of_cred_id(wanted, self.chain.filler_accounts)
            return None if number is None else self._filler_account(number)
        credential = next(item for item in account.credentials if item.cred_id == wanted)
        if credential.added_at > height or (view.hide_genesis_cred_ids and credential.added_at == 0):
            return None
        return account

    def account_by_address(self, address: bytes, height: int, view: View) -> ChainAccount | None:
        """The account with this canonical address or, from protocol 3 on, any of its aliases."""
        if any(hidden[:ALIAS_BYTES] == address[:ALIAS_BYTES] for hidden in view.hide if len(hidden) == 32):
            return None
        wanted = view.substitutes.get(address, address)
        account = self.chain.by_alias.get(wanted[:ALIAS_BYTES])
        if account is None:
            number = filler.number_of_address(wanted, self.chain.filler_accounts)
            account = None if number is None else self._filler_account(number)
        if account is None or account.created_at > height:
            return None
        exact = self.chain.network.protocol_version < _FIRST_PROTOCOL_WITH_ALIASES
        return None if exact and account.address != wanted else account

    def account_by_index(self, index: int, height: int) -> ChainAccount | None:
        """The account with this chain-wide number."""
        account = self.chain.by_index.get(index)
        if account is None:
            number = index - self.chain.first_filler_index
            return self._filler_account(number) if 0 <= number < self.chain.filler_accounts else None
        return account if account.created_at <= height else None

    def account_list(self, height: int, view: View) -> Iterator[bytes]:
        """Canonical addresses of all accounts at a height; the order means nothing."""
        own = [item.address for item in self.chain.accounts if item.created_at <= height]
        own.extend(view.listed)
        for address in self._mixed(own):
            if address not in view.hide_listed:
                yield view.substitutes.get(address, address)

    def _mixed(self, own: list[bytes]) -> Iterator[bytes]:
        """The world's accounts spread evenly among the filler accounts, as on a chain with other people."""
        count = self.chain.filler_accounts
        placed = 0
        for number in range(count):
            while placed < len(own) and placed * count < number * len(own):
                yield own[placed]
                placed += 1
            yield filler.address(number)
        yield from own[placed:]

    def _filler_account(self, number: int) -> ChainAccount:
        cred_id = filler.cred_id(number)
        credential = ChainCredential(
            index=0,
            cred_id=cred_id,
            kind=CredentialKind.NORMAL,
            keys={0: hashlib.sha256(cred_id).digest()},
            signature_threshold=1,
            provider=self.chain.providers[0].number,
            created_at=YearMonth(2022, 1),
            valid_to=YearMonth(2027, 1),
        )
        return ChainAccount(
            name=f"filler {number}",
            index=self.chain.first_filler_index + number,
            address=filler.address(number),
            credentials=(credential,),
            balance=number * 1000,
            threshold=1,
            nonce=1,
        )
