"""Accounts, blocks and parameters as Concordium's messages (concordium-grpc-api v2/concordium/types.proto). [pure]

The credential map is encoded by hand: its order on the wire is not defined, and a double must be able to send
every order.
"""

from __future__ import annotations

from collections.abc import Iterable

from chain.concordium.proto import concordium_pb2 as pb
from emulator.node.view import Generation
from emulator.world.chain import ChainAccount, ChainCredential, ChainStake, Proofs
from emulator.world.derivation import GENERATOR
from emulator.world.model import CredentialKind, YearMonth

EMPTY_ENCRYPTED_AMOUNT = (b"\xc0" + bytes(47)) * 4
"""Encryption of zero: four times the point at infinity."""

_CREDS_FIELD = 4
_UNKNOWN_CREDENTIAL_INDEX = 200
_UNKNOWN_ENUM_VALUE = 99
_LENGTH_DELIMITED = 2


def account_info(
    account: ChainAccount, height: int, generation: Generation, *, encrypted_balance: bool = True
) -> bytes:
    """AccountInfo of an account as it is at a height: active credentials only."""
    info = pb.AccountInfo(
        sequence_number=pb.SequenceNumber(value=account.nonce),
        amount=pb.Amount(value=account.balance),
        schedule=_schedule(account),
        threshold=pb.AccountThreshold(value=account.threshold),
        encryption_key=pb.EncryptionKey(value=GENERATOR + _first_cred_id(account)),
        index=pb.AccountIndex(value=account.index),
        address=pb.AccountAddress(value=account.address),
    )
    if encrypted_balance:
        info.encrypted_balance.self_amount.value = EMPTY_ENCRYPTED_AMOUNT
    if generation is not Generation.OLDER:
        _add_recent_fields(info, account, generation)
    creds = [(item.index, credential(item).SerializeToString()) for item in account.active(height)]
    if generation is Generation.NEWER:
        creds.append((_UNKNOWN_CREDENTIAL_INDEX, _field(3, b"a credential kind of the future")))
    if account.descending_map:
        creds.reverse()
    return info.SerializeToString() + b"".join(_map_entry(index, value) for index, value in creds)


def _add_recent_fields(info: pb.AccountInfo, account: ChainAccount, generation: Generation) -> None:
    info.available_balance.value = account.available
    newer = generation is Generation.NEWER
    for item in account.cooldowns:
        cooldown = info.cooldowns.add()
        cooldown.end_time.value = item.timestamp
        cooldown.amount.value = item.amount
        status = _UNKNOWN_ENUM_VALUE if newer else item.status
        cooldown.MergeFromString(b"\x18" + _varint(status))
    if account.stake is not None:
        info.stake.CopyFrom(_stake(account.stake, account.index))
    elif newer:
        info.stake.MergeFromString(_field(9, b"a way of staking of the future"))


def _first_cred_id(account: ChainAccount) -> bytes:
    first = min(account.credentials, key=lambda item: (item.index, item.removed_at is not None))
    return first.cred_id


def _schedule(account: ChainAccount) -> pb.ReleaseSchedule:
    schedule = pb.ReleaseSchedule(total=pb.Amount(value=account.locked))
    for item in account.schedule:
        release = schedule.schedules.add()
        release.timestamp.value = item.timestamp
        release.amount.value = item.amount
        for transaction in item.transactions:
            release.transactions.add().value = transaction
    return schedule


def _stake(stake: ChainStake, account_index: int) -> pb.AccountStakingInfo:
    info = pb.AccountStakingInfo()
    if stake.kind == "validator":
        baker = info.baker
        baker.staked_amount.value = stake.amount
        baker.restake_earnings = stake.restake
        baker.baker_info.baker_id.value = account_index
        baker.baker_info.election_key.value = bytes([0x11]) * 32
        baker.baker_info.signature_key.value = bytes([0x12]) * 32
        baker.baker_info.aggregation_key.value = bytes([0x13]) * 96
        baker.pool_info.open_status = pb.OPEN_STATUS_OPEN_FOR_ALL
        baker.pool_info.url = "https://validator.example"
        rates = baker.pool_info.commission_rates
        rates.finalization.parts_per_hundred_thousand = 100_000
        rates.baking.parts_per_hundred_thousand = 10_000
        rates.transaction.parts_per_hundred_thousand = 10_000
        baker.is_suspended = stake.suspended
        return info
    delegator = info.delegator
    delegator.staked_amount.value = stake.amount
    delegator.restake_earnings = stake.restake
    if stake.target is None:
        delegator.target.passive.SetInParent()
    else:
        delegator.target.baker.value = stake.target
    return info


def credential(item: ChainCredential) -> pb.AccountCredential:
    """One credential, initial or normal."""
    message = pb.AccountCredential()
    if item.kind is CredentialKind.INITIAL:
        message.initial.SetInParent()
        _common_values(message.initial, item)
        return message
    message.normal.SetInParent()
    _common_values(message.normal, item)
    if item.proofs is not None:
        _proofs(message.normal, item.proofs)
    return message


def _common_values(values: pb.InitialCredentialValues | pb.NormalCredentialValues, item: ChainCredential) -> None:
    for number, key in item.keys.items():
        values.keys.keys[number].ed25519_key = key
    values.keys.threshold.value = item.signature_threshold
    values.cred_id.value = item.cred_id
    if item.provider is not None:
        # Assigning marks the message as present, also for provider 0, whose message is empty.
        values.ip_id.value = item.provider
    if item.created_at is not None and item.valid_to is not None:
        values.policy.created_at.CopyFrom(_month(item.created_at))
        values.policy.valid_to.CopyFrom(_month(item.valid_to))
        for tag, value in item.attributes.items():
            values.policy.attributes[tag] = value


def _month(month: YearMonth) -> pb.YearMonth:
    return pb.YearMonth(year=month.year, month=month.month)


def _proofs(values: pb.NormalCredentialValues, proofs: Proofs) -> None:
    values.ar_threshold.value = proofs.ar_threshold
    for number, share in proofs.ar_data.items():
        values.ar_data[number].enc_id_cred_pub_share = share
    commitments = values.commitments
    commitments.prf.value = proofs.prf
    commitments.cred_counter.value = proofs.counter
    commitments.max_accounts.value = proofs.max_accounts
    for tag, commitment in proofs.attributes.items():
        commitments.attributes[tag].value = commitment
    for coefficient in proofs.sharing:
        commitments.id_cred_sec_sharing_coeff.add().value = coefficient


def unknown_fields() -> bytes:
    """Fields that no message has today: a number, text, and a nested message. A reader must skip them."""
    return _varint(1999 << 3) + _varint(7) + _field(2000, b"text") + _field(2001, _field(1, b"nested"))


def padding(size: int) -> bytes:
    """An unknown field of `size` bytes."""
    return _field(2047, bytes(size))


def _map_entry(key: int, value: bytes) -> bytes:
    return _field(_CREDS_FIELD, b"\x08" + _varint(key) + _field(2, value))


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def addresses(items: Iterable[bytes]) -> Iterable[bytes]:
    """AccountAddress messages, written by hand for the sake of very long lists."""
    for item in items:
        yield b"\x0a\x20" + item
