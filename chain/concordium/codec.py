"""[pure] Node answers (protobuf bytes) to our own frozen types: tolerant of what is new, strict on what we rely on.

Unknown fields, enum values and oneof variants are skipped or become UNKNOWN, as the API says of itself that it may be
extended. Sizes, counts and dates that we read are checked. Meanings: concordium-grpc-api v2/concordium/types.proto.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from chain.concordium.account import (
    ChainAccount,
    ChainCredential,
    CredentialKind,
    Policy,
    Stake,
    StakeKind,
)
from chain.concordium.attributes import attribute_name
from chain.concordium.proto import concordium_pb2 as pb

HASH_SIZE = 32
CRED_ID_SIZE = 48
ENCRYPTION_KEY_SIZE = 96
COMMITMENT_KEY_SIZE = 96
ED25519_KEY_SIZE = 32
MAX_ATTRIBUTE_SIZE = 31
# Credential, key and threshold numbers are one byte on the chain.
MAX_BYTE = 255
# 9999-12-31 in milliseconds; a datetime holds no more.
MAX_TIMESTAMP_MS = 253_402_214_400_000
_LENGTH_DELIMITED = 2
_ADDRESS_HEAD = bytes([0x0A, HASH_SIZE])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

M = TypeVar("M", bound=Message)


class Malformed(ValueError):
    """The bytes are no such answer; the text says which field and why. Channels turn this into BadAnswer."""


@dataclass(frozen=True, slots=True)
class ConsensusFacts:
    """The network's identity (32 bytes) and the node's last finalized block (32 bytes, and its absolute height)."""

    genesis_hash: bytes
    last_finalized: bytes
    last_finalized_height: int


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """One block: hash (32 bytes), absolute height, its own time in UTC, and whether this node holds it final."""

    block_hash: bytes
    height: int
    slot_time: datetime
    finalized: bool


class _CredentialValues(Protocol):
    """What initial and normal credentials share (field numbers 1 to 4)."""

    @property
    def keys(self) -> pb.CredentialPublicKeys: ...
    @property
    def cred_id(self) -> pb.CredentialRegistrationId: ...
    @property
    def ip_id(self) -> pb.IdentityProviderIdentity: ...
    @property
    def policy(self) -> pb.Policy: ...
    def HasField(self, field_name: str) -> bool: ...


def decode_consensus(raw: bytes) -> ConsensusFacts:
    """Decode a ConsensusInfo.

    :raises Malformed: not such a message, or a hash is not 32 bytes.
    """
    message = _parse(pb.ConsensusInfo, raw)
    return ConsensusFacts(
        genesis_hash=_sized(message.genesis_block.value, HASH_SIZE, "genesis block"),
        last_finalized=_sized(message.last_finalized_block.value, HASH_SIZE, "last finalized block"),
        last_finalized_height=message.last_finalized_block_height.value,
    )


def decode_block(raw: bytes) -> BlockFacts:
    """Decode a BlockInfo.

    :raises Malformed: not such a message, the hash is not 32 bytes, or the slot time lies beyond the calendar.
    """
    message = _parse(pb.BlockInfo, raw)
    milliseconds = message.slot_time.value
    if milliseconds > MAX_TIMESTAMP_MS:
        raise Malformed(f"slot time of {milliseconds} ms lies beyond the year 9999")
    return BlockFacts(
        block_hash=_sized(message.hash.value, HASH_SIZE, "block hash"),
        height=message.height.value,
        slot_time=_EPOCH + timedelta(milliseconds=milliseconds),
        finalized=message.finalized,
    )


def decode_commitment_key(raw: bytes) -> bytes:
    """The on-chain commitment key of a CryptographicParameters: g (48 bytes) then h (48 bytes).

    :raises Malformed: not such a message, or the key is not 96 bytes.
    """
    message = _parse(pb.CryptographicParameters, raw)
    return _sized(message.on_chain_commitment_key, COMMITMENT_KEY_SIZE, "on-chain commitment key")


def decode_address(raw: bytes) -> bytes:
    """The 32 canonical bytes of an AccountAddress. Called for every element of the account list, so it has a short cut.

    :raises Malformed: not such a message, or not 32 bytes.
    """
    if len(raw) == len(_ADDRESS_HEAD) + HASH_SIZE and raw.startswith(_ADDRESS_HEAD):
        return raw[len(_ADDRESS_HEAD) :]
    return _sized(_parse(pb.AccountAddress, raw).value, HASH_SIZE, "account address")


def decode_account(raw: bytes) -> ChainAccount:
    """Decode an AccountInfo; credentials come sorted by index (the wire order of a map means nothing).

    :raises Malformed: not such a message, a size or count is wrong, or there is no credential at index 0.
    """
    message = _parse(pb.AccountInfo, raw)
    encryption_key = message.encryption_key.value
    if encryption_key:
        _sized(encryption_key, ENCRYPTION_KEY_SIZE, "encryption key")
    return ChainAccount(
        address=_sized(message.address.value, HASH_SIZE, "account address"),
        index=message.index.value,
        sequence_number=message.sequence_number.value,
        threshold=_byte(message.threshold.value, "account threshold"),
        credentials=_credentials(message.creds),
        amount=message.amount.value,
        at_disposal=message.available_balance.value if message.HasField("available_balance") else None,
        locked=message.schedule.total.value,
        in_cooldown=sum(cooldown.amount.value for cooldown in message.cooldowns),
        stake=_stake(message),
        encryption_key=encryption_key,
    )


def _parse(kind: type[M], raw: bytes) -> M:
    message = kind()
    try:
        message.ParseFromString(raw)
    except DecodeError as error:
        raise Malformed(f"the {len(raw)} bytes are no {kind.__name__}") from error
    return message


def _sized(value: bytes, size: int, what: str) -> bytes:
    if len(value) != size:
        raise Malformed(f"{what} has {len(value)} bytes instead of {size}")
    return value


def _byte(value: int, what: str) -> int:
    if value > MAX_BYTE:
        raise Malformed(f"{what} is {value}, above {MAX_BYTE}")
    return value


def _credentials(entries: Mapping[int, pb.AccountCredential]) -> tuple[ChainCredential, ...]:
    if 0 not in entries:
        raise Malformed("the account has no credential at index 0, which cannot be removed")
    # Ordered first, so that the count is bounded by the largest index before anything is decoded.
    indices = sorted(entries)
    _byte(indices[-1], "credential index")
    credentials = tuple(_credential(index, entries[index]) for index in indices)
    known = [credential.cred_id for credential in credentials if credential.cred_id]
    if len(set(known)) != len(known):
        raise Malformed("one credential ID stands at two indices of the account")
    return credentials


def _credential(index: int, message: pb.AccountCredential) -> ChainCredential:
    variant = message.WhichOneof("credential_values")
    if variant == "initial":
        return _known_credential(index, CredentialKind.INITIAL, message.initial)
    if variant == "normal":
        return _known_credential(index, CredentialKind.NORMAL, message.normal)
    return _newer_credential(index, message)


def _known_credential(index: int, kind: CredentialKind, values: _CredentialValues) -> ChainCredential:
    return ChainCredential(
        credential_index=index,
        kind=kind,
        cred_id=_sized(values.cred_id.value, CRED_ID_SIZE, f"credential ID at index {index}"),
        identity_provider_index=values.ip_id.value,
        keys=_keys(values.keys),
        threshold=_byte(values.keys.threshold.value, "signature threshold"),
        policy=_policy(values.policy) if values.HasField("policy") else None,
    )


def _newer_credential(index: int, message: pb.AccountCredential) -> ChainCredential:
    """A variant that did not exist when this was written: both known ones keep the ID in field 2, so look there.

    An ID that cannot be read stays empty; whoever looks for one must then not conclude that it was removed.
    """
    fields = UnknownFieldSet(message)
    for position in range(len(fields)):
        field = fields[position]
        if field.wire_type != _LENGTH_DELIMITED:
            continue
        try:
            values = _parse(pb.NormalCredentialValues, field.data)
            return _known_credential(index, CredentialKind.UNKNOWN, values)
        except Malformed:
            continue
    return ChainCredential(index, CredentialKind.UNKNOWN, b"", 0, (), 0, None)


def _keys(message: pb.CredentialPublicKeys) -> tuple[tuple[int, bytes], ...]:
    """Ed25519 keys by index; keys of a newer scheme are left out, they cannot be compared with the device's."""
    found: list[tuple[int, bytes]] = []
    for index in sorted(message.keys):
        _byte(index, "key index")
        entry = message.keys[index]
        if entry.WhichOneof("key") == "ed25519_key":
            found.append((index, _sized(entry.ed25519_key, ED25519_KEY_SIZE, f"public key {index}")))
    return tuple(found)


def _policy(message: pb.Policy) -> Policy:
    revealed: list[tuple[str, bytes]] = []
    for tag in sorted(message.attributes):
        _byte(tag, "attribute tag")
        value = message.attributes[tag]
        if len(value) > MAX_ATTRIBUTE_SIZE:
            raise Malformed(f"attribute {tag} has {len(value)} bytes, above {MAX_ATTRIBUTE_SIZE}")
        revealed.append((attribute_name(tag), value))
    return Policy(_year_month(message.created_at), _year_month(message.valid_to), tuple(revealed))


def _year_month(message: pb.YearMonth) -> str:
    if not 1000 <= message.year <= 9999 or not 1 <= message.month <= 12:
        raise Malformed(f"year {message.year}, month {message.month} is no date of a policy")
    return f"{message.year:04}{message.month:02}"


def _stake(message: pb.AccountInfo) -> Stake:
    if not message.HasField("stake"):
        return Stake(StakeKind.NONE)
    variant = message.stake.WhichOneof("staking_info")
    if variant == "baker":
        baker = message.stake.baker
        return Stake(StakeKind.VALIDATOR, baker.staked_amount.value, None, baker.is_suspended)
    if variant == "delegator":
        delegator = message.stake.delegator
        to_validator = delegator.target.WhichOneof("target") == "baker"
        target = delegator.target.baker.value if to_validator else None
        return Stake(StakeKind.DELEGATOR, delegator.staked_amount.value, target)
    return Stake(StakeKind.UNKNOWN)
