"""[pure] Every question we put to a node: method path, request bytes, and how to read the answer.

Only `given` block hashes are used once a block is pinned, so that all answers are of one block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chain.concordium import codec
from chain.concordium.account import ChainAccount
from chain.concordium.proto import concordium_pb2 as pb

T = TypeVar("T")

_SERVICE = "/concordium.v2.Queries/"


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """`block_hash`: the block that the answer must be of (32 bytes), None when the node chooses it."""

    path: str
    payload: bytes
    decode: Callable[[bytes], T]
    block_hash: bytes | None = None


def consensus() -> Query[codec.ConsensusFacts]:
    return Query(_SERVICE + "GetConsensusInfo", pb.Empty().SerializeToString(), codec.decode_consensus)


def last_finalized_block() -> Query[codec.BlockFacts]:
    request = pb.BlockHashInput(last_final=pb.Empty())
    return Query(_SERVICE + "GetBlockInfo", request.SerializeToString(), codec.decode_block)


def block(block_hash: bytes) -> Query[codec.BlockFacts]:
    payload = _given(block_hash).SerializeToString()
    return Query(_SERVICE + "GetBlockInfo", payload, codec.decode_block, block_hash)


def commitment_key(block_hash: bytes) -> Query[bytes]:
    payload = _given(block_hash).SerializeToString()
    path = _SERVICE + "GetCryptographicParameters"
    return Query(path, payload, codec.decode_commitment_key, block_hash)


def account_list(block_hash: bytes) -> Query[bytes]:
    """A stream: each element decodes to one 32-byte address."""
    payload = _given(block_hash).SerializeToString()
    return Query(_SERVICE + "GetAccountList", payload, codec.decode_address, block_hash)


def account_by_cred_id(block_hash: bytes, cred_id: bytes) -> Query[ChainAccount]:
    identifier = pb.AccountIdentifierInput(cred_id=pb.CredentialRegistrationId(value=cred_id))
    return _account(block_hash, identifier)


def account_by_address(block_hash: bytes, address: bytes) -> Query[ChainAccount]:
    return _account(block_hash, pb.AccountIdentifierInput(address=pb.AccountAddress(value=address)))


def account_by_index(block_hash: bytes, index: int) -> Query[ChainAccount]:
    identifier = pb.AccountIdentifierInput(account_index=pb.AccountIndex(value=index))
    return _account(block_hash, identifier)


def _account(block_hash: bytes, identifier: pb.AccountIdentifierInput) -> Query[ChainAccount]:
    request = pb.AccountInfoRequest(block_hash=_given(block_hash), account_identifier=identifier)
    return Query(_SERVICE + "GetAccountInfo", request.SerializeToString(), codec.decode_account, block_hash)


def _given(block_hash: bytes) -> pb.BlockHashInput:
    return pb.BlockHashInput(given=pb.BlockHash(value=block_hash))
