"""Reading requests as concordium-node does: a wrong length or an unset oneof is a missing field. [pure]"""

from __future__ import annotations

from dataclasses import dataclass

from chain.concordium.proto import concordium_pb2 as pb
from emulator.node.refusal import Refusal
from emulator.node.state import BlockChoice, BlockQuery
from emulator.node.view import Generation

_HASH_BYTES = 32
_ADDRESS_BYTES = 32
_CRED_ID_BYTES = 48
_ABOVE_EVERY_HEIGHT = 2**64 - 1


@dataclass(frozen=True)
class AccountQuery:
    """Which account is meant: exactly one is set."""

    address: bytes | None = None
    cred_id: bytes | None = None
    index: int | None = None


def _missing() -> Refusal:
    return Refusal("INVALID_ARGUMENT", "missing field")


def block_query(message: pb.BlockHashInput, generation: Generation) -> BlockQuery:
    """Which block. Nodes before 6.0 know no heights: there the oneof looks unset."""
    choice = message.WhichOneof("block_hash_input")
    if choice == "best":
        return BlockQuery(BlockChoice.BEST)
    if choice == "last_final":
        return BlockQuery(BlockChoice.LAST_FINAL)
    if choice == "given" and len(message.given.value) == _HASH_BYTES:
        return BlockQuery(BlockChoice.GIVEN, hash=message.given.value)
    if generation is Generation.OLDER:
        raise _missing()
    if choice == "absolute_height":
        return BlockQuery(BlockChoice.HEIGHT, height=message.absolute_height.value)
    if choice == "relative_height":
        # A world has one genesis, number 0, so heights relative to it are absolute.
        relative = message.relative_height
        known = relative.genesis_index.value == 0
        return BlockQuery(BlockChoice.HEIGHT, height=relative.height.value if known else _ABOVE_EVERY_HEIGHT)
    raise _missing()


def blocks_at_height_query(message: pb.BlocksAtHeightRequest) -> int | None:
    """Absolute height, None if it counts from a genesis that does not exist."""
    choice = message.WhichOneof("blocks_at_height")
    if choice == "absolute":
        return message.absolute.height.value
    if choice == "relative":
        return message.relative.height.value if message.relative.genesis_index.value == 0 else None
    raise _missing()


def account_info_query(message: pb.AccountInfoRequest, generation: Generation) -> tuple[BlockQuery, AccountQuery]:
    """Which block and which account."""
    block = block_query(message.block_hash, generation)
    identifier = message.account_identifier
    choice = identifier.WhichOneof("account_identifier_input")
    if choice == "cred_id" and len(identifier.cred_id.value) == _CRED_ID_BYTES:
        return block, AccountQuery(cred_id=identifier.cred_id.value)
    if choice == "address" and len(identifier.address.value) == _ADDRESS_BYTES:
        return block, AccountQuery(address=identifier.address.value)
    if choice == "account_index":
        return block, AccountQuery(index=identifier.account_index.value)
    raise _missing()
