"""Protobuf answers for the tests, made from a few words each."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from chain.concordium.proto import concordium_pb2 as pb

GENESIS = bytes.fromhex("9dd9ca4d19e9393877d2c44b70f89acbfc0883c2243e5eeaecc0d1cd0503f478")
OTHER_GENESIS = b"\x02" * 32
COMMITMENT_KEY = bytes.fromhex(
    "b14cbfe44a02c6b1f78711176d5f437295367aa4f2a8c2551ee10d25a03adc69d61a332a058971919dad7312e1fc94c5"
    "a8d45e64b6f917c540eee16c970c3d4b7f3caf48a7746284878e2ace21c82ea44bf84609834625be1f309988ac523fac"
)
BLOCK = b"\xb1" * 32
OTHER_BLOCK = b"\xb2" * 32
SLOT_TIME = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
HEIGHT = 1234


def cred_id(number: int) -> bytes:
    """48 bytes that look like a compressed point; the node compares them raw."""
    return b"\x80" + number.to_bytes(47, "big")


def address_of(credential: bytes) -> bytes:
    return hashlib.sha256(credential).digest()


def credential(cred: bytes, *, key: bytes = b"\x11" * 32, initial: bool = False) -> pb.AccountCredential:
    keys = pb.CredentialPublicKeys(
        keys={0: pb.AccountVerifyKey(ed25519_key=key)}, threshold=pb.SignatureThreshold(value=1)
    )
    registration = pb.CredentialRegistrationId(value=cred)
    if initial:
        return pb.AccountCredential(initial=pb.InitialCredentialValues(keys=keys, cred_id=registration))
    return pb.AccountCredential(normal=pb.NormalCredentialValues(keys=keys, cred_id=registration))


def account(index: int, active: dict[int, bytes], *, address: bytes | None = None) -> pb.AccountInfo:
    """An account by its active credentials (index -> ID); the address follows from the first unless given."""
    return pb.AccountInfo(
        sequence_number=pb.SequenceNumber(value=1),
        amount=pb.Amount(value=1_000_000),
        creds={place: credential(cred) for place, cred in active.items()},
        threshold=pb.AccountThreshold(value=1),
        encryption_key=pb.EncryptionKey(value=COMMITMENT_KEY[:48] + active[0]),
        index=pb.AccountIndex(value=index),
        address=pb.AccountAddress(value=address or address_of(active[0])),
    )


def block_info(
    block_hash: bytes = BLOCK, *, height: int = HEIGHT, slot_time: datetime = SLOT_TIME, finalized: bool = True
) -> pb.BlockInfo:
    return pb.BlockInfo(
        hash=pb.BlockHash(value=block_hash),
        height=pb.AbsoluteBlockHeight(value=height),
        slot_time=pb.Timestamp(value=int(slot_time.timestamp() * 1000)),
        finalized=finalized,
    )


def consensus_info(genesis: bytes = GENESIS, last_finalized: bytes = BLOCK) -> pb.ConsensusInfo:
    return pb.ConsensusInfo(
        genesis_block=pb.BlockHash(value=genesis),
        last_finalized_block=pb.BlockHash(value=last_finalized),
        last_finalized_block_height=pb.AbsoluteBlockHeight(value=HEIGHT),
    )
