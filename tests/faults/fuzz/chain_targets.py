"""Node answers and the account list file as fuzz targets.

What a decoder accepts must have the sizes that everything behind it relies on, and an account must survive the journal.
"""

from __future__ import annotations

import hashlib
from random import Random

from chain.concordium import account_list_file as list_file
from chain.concordium import codec
from chain.concordium.account import ChainAccount, CredentialSighting, CredentialStatus
from chain.concordium.proto import concordium_pb2 as pb
from ledger_recovery.recover.sighting_codec import decode_sighting, encode_sighting
from tests.faults.fuzz.engine import BrokenPromise, Target
from tests.faults.fuzz.mutation import Conversation
from tests.unit.chain import builders

TAGS = tuple(bytes((number << 3 | wire,)) for number in (1, 2, 3, 7, 15) for wire in (0, 1, 2, 3, 4, 5))
VARINTS = (b"\xff\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\x80\x80\x00", b"\x00", b"\x20", b"\x30")


def _sizes(*pairs: tuple[bytes, int]) -> bool:
    if any(len(value) != size for value, size in pairs):
        raise BrokenPromise("a field of another size was accepted")
    return True


def drive_consensus(frames: Conversation) -> bool:
    facts = codec.decode_consensus(b"".join(frames))
    return _sizes((facts.genesis_hash, 32), (facts.last_finalized, 32))


def drive_block(frames: Conversation) -> bool:
    return _sizes((codec.decode_block(b"".join(frames)).block_hash, 32))


def drive_commitment_key(frames: Conversation) -> bool:
    return _sizes((codec.decode_commitment_key(b"".join(frames)), 96))


def drive_address(frames: Conversation) -> bool:
    """Also the elements of the account list, whose short cut must not take what the message parser refuses."""
    raw = b"".join(frames)
    address = codec.decode_address(raw)
    if pb.AccountAddress.FromString(raw).value != address:
        raise BrokenPromise("the short cut reads another address")
    return _sizes((address, 32))


def drive_account(frames: Conversation) -> bool:
    account = codec.decode_account(b"".join(frames))
    _check(account)
    status = CredentialStatus.ACTIVE if account.credentials[0].cred_id else CredentialStatus.REMOVED
    credential = account.credentials[0] if status is CredentialStatus.ACTIVE else None
    sighting = CredentialSighting(status, account, credential)
    try:
        again = decode_sighting(encode_sighting(sighting))
    except ValueError as error:
        raise BrokenPromise(f"the journal cannot read this account back: {error}") from None
    if again.account.credentials != account.credentials or again.credential != credential:
        raise BrokenPromise("the journal gives back another account")
    return True


def _check(account: ChainAccount) -> None:
    _sizes((account.address, 32))
    indices = [credential.credential_index for credential in account.credentials]
    if indices != sorted(set(indices)) or indices[0] != 0 or indices[-1] > 255:
        raise BrokenPromise("credential indices are not 0 to 255 in order")
    for credential in account.credentials:
        if len(credential.cred_id) not in (0, 48) or credential.threshold > 255:
            raise BrokenPromise("a credential with an odd ID or threshold")
        _sizes(*((key, 32) for _, key in credential.keys))


def _account() -> Conversation:
    message = builders.account(7, {0: builders.cred_id(1), 3: builders.cred_id(2)})
    message.creds[0].CopyFrom(builders.credential(builders.cred_id(1), initial=True))
    policy = message.creds[3].normal.policy
    policy.created_at.CopyFrom(pb.YearMonth(year=2022, month=1))
    policy.valid_to.CopyFrom(pb.YearMonth(year=2027, month=12))
    policy.attributes[3] = b"19700101"
    message.available_balance.value = 5
    message.schedule.total.value = 6
    message.cooldowns.add().amount.value = 7
    return (message.SerializeToString(deterministic=True),)


def _validator() -> Conversation:
    message = builders.account(1, {0: builders.cred_id(9)})
    message.stake.baker.staked_amount.value = 1 << 40
    return (message.SerializeToString(deterministic=True),)


def _newer_variant(*, readable: bool) -> Conversation:
    """A credential of a variant that does not exist yet (field 3), its ID where both known ones have it, or not."""
    message = builders.account(2, {0: builders.cred_id(4), 1: builders.cred_id(5)})
    values = message.creds[1].normal.SerializeToString(deterministic=True) if readable else b"\x08\x01"
    newer = pb.AccountCredential.FromString(b"\x1a" + _varint(len(values)) + values)
    message.creds[1].CopyFrom(newer)
    return (message.SerializeToString(deterministic=True),)


def _varint(value: int) -> bytes:
    return bytes((value & 0x7F | 0x80, value >> 7)) if value > 0x7F else bytes((value,))


# --- the account list's file ---

GENESIS, BLOCK = bytes(32), b"\xb1" * 32
ADDRESSES = tuple(hashlib.sha256(bytes((n,))).digest() for n in range(6))


def drive_list_file(frames: Conversation) -> bool:
    raw = b"".join(frames)
    found = list_file.decode(raw, GENESIS, BLOCK)
    _sizes(*((address, 32) for address in found.addresses))
    if "\ufffd" not in found.source and list_file.encode(GENESIS, BLOCK, found.source, found.addresses) != raw:
        raise BrokenPromise("another file of the same list was accepted")
    return True


def _hash_again(frames: Conversation, random: Random) -> Conversation:
    body = b"".join(frames)[:-32]
    return (body, hashlib.sha256(body).digest())


def _message(message: pb.ConsensusInfo | pb.BlockInfo | pb.CryptographicParameters | pb.AccountAddress) -> Conversation:
    return (message.SerializeToString(deterministic=True),)


_PARAMETERS = pb.CryptographicParameters(on_chain_commitment_key=builders.COMMITMENT_KEY)

CHAIN_TARGETS = (
    Target(
        "consensus info", (_message(builders.consensus_info()),), drive_consensus, (codec.Malformed,), TAGS, share=4,
    ),
    Target("block info", (_message(builders.block_info()),), drive_block, (codec.Malformed,), TAGS + VARINTS, share=4),
    Target("parameters", (_message(_PARAMETERS),), drive_commitment_key, (codec.Malformed,), TAGS, share=2),
    Target(
        "addresses", (_message(pb.AccountAddress(value=bytes(range(32)))),), drive_address, (codec.Malformed,), TAGS,
        share=4,
    ),
    Target(
        "account info",
        (_account(), _validator(), _newer_variant(readable=True), _newer_variant(readable=False)),
        drive_account, (codec.Malformed,), TAGS + VARINTS, share=12,
    ),
    Target(
        "account list file",
        tuple((list_file.encode(GENESIS, BLOCK, "node:20000", ADDRESSES[:n]),) for n in (0, 1, 6)),
        drive_list_file, (list_file.Unusable,), (b"CCDLIST\x01", BLOCK), _hash_again, share=8,
    ),
)  # fmt: skip
