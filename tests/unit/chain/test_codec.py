"""Decoders of node answers: known answers, what is tolerated, what is refused, and that nothing else can happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium import codec
from chain.concordium.account import CredentialKind, Stake, StakeKind
from chain.concordium.proto import concordium_pb2 as pb
from tests.unit.chain import builders

DECODERS: list[Callable[[bytes], object]] = [
    codec.decode_account,
    codec.decode_address,
    codec.decode_block,
    codec.decode_commitment_key,
    codec.decode_consensus,
]


def info() -> pb.AccountInfo:
    return builders.account(7, {0: builders.cred_id(1), 3: builders.cred_id(2)})


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: decode.__name__)
@given(raw=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_a_value_or_our_error(decode: Callable[[bytes], object], raw: bytes) -> None:
    try:
        decode(raw)
    except codec.Malformed as error:
        assert str(error)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_account_gives_a_value_or_our_error(data: st.DataObject) -> None:
    raw = bytearray(info().SerializeToString(deterministic=True))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for damaged in (bytes(raw), bytes(raw[:cut])):
        try:
            account = codec.decode_account(damaged)
        except codec.Malformed:
            continue
        assert len(account.address) == 32
        assert account.credentials[0].credential_index == 0


def test_credentials_come_in_order_of_their_index() -> None:
    message = builders.account(7, {200: builders.cred_id(3), 0: builders.cred_id(1), 3: builders.cred_id(2)})
    account = codec.decode_account(message.SerializeToString())
    assert [credential.credential_index for credential in account.credentials] == [0, 3, 200]
    assert account.credential(builders.cred_id(2)) == account.credentials[1]
    assert account.credential(builders.cred_id(9)) is None


def test_unknown_fields_are_skipped() -> None:
    newer = info().SerializeToString() + bytes.fromhex("6a0a08b296daf0ff07120101") + bytes.fromhex("f83f2a")
    assert codec.decode_account(newer) == codec.decode_account(info().SerializeToString())


def newer_variant(values: bytes) -> bytes:
    """The account with its credential at index 3 replaced by one of a variant number 9."""
    message = info()
    message.creds[3].CopyFrom(pb.AccountCredential.FromString(bytes([9 << 3 | 2, len(values)]) + values))
    return message.SerializeToString()


def test_a_newer_credential_variant_keeps_its_id() -> None:
    values = builders.credential(builders.cred_id(2)).normal.SerializeToString()
    credential = codec.decode_account(newer_variant(values)).credentials[1]
    assert (credential.kind, credential.cred_id) == (CredentialKind.UNKNOWN, builders.cred_id(2))
    assert credential.keys == ((0, b"\x11" * 32),)


def test_a_credential_that_cannot_be_read_has_no_id() -> None:
    credential = codec.decode_account(newer_variant(b"\x0a\x01")).credentials[1]
    assert (credential.kind, credential.cred_id) == (CredentialKind.UNKNOWN, b"")


def test_a_key_of_a_newer_scheme_is_left_out() -> None:
    message = info()
    message.creds[0].normal.keys.keys[1].CopyFrom(pb.AccountVerifyKey.FromString(bytes.fromhex("12021234")))
    assert codec.decode_account(message.SerializeToString()).credentials[0].keys == ((0, b"\x11" * 32),)


STAKES: list[tuple[str, bytes, Stake]] = [
    (
        "validator, suspended",
        pb.AccountStakingInfo(
            baker=pb.AccountStakingInfo.Baker(staked_amount=pb.Amount(value=5), is_suspended=True)
        ).SerializeToString(),
        Stake(StakeKind.VALIDATOR, 5, None, True),
    ),
    (
        "delegator to a validator",
        pb.AccountStakingInfo(
            delegator=pb.AccountStakingInfo.Delegator(
                staked_amount=pb.Amount(value=6), target=pb.DelegationTarget(baker=pb.BakerId(value=0))
            )
        ).SerializeToString(),
        Stake(StakeKind.DELEGATOR, 6, 0),
    ),
    (
        "passive delegator",
        pb.AccountStakingInfo(
            delegator=pb.AccountStakingInfo.Delegator(
                staked_amount=pb.Amount(value=7), target=pb.DelegationTarget(passive=pb.Empty())
            )
        ).SerializeToString(),
        Stake(StakeKind.DELEGATOR, 7, None),
    ),
    ("newer kind", bytes.fromhex("1a00"), Stake(StakeKind.UNKNOWN)),
]


@pytest.mark.parametrize(("raw", "expected"), [row[1:] for row in STAKES], ids=[row[0] for row in STAKES])
def test_stakes(raw: bytes, expected: Stake) -> None:
    message = info()
    message.stake.CopyFrom(pb.AccountStakingInfo.FromString(raw))
    assert codec.decode_account(message.SerializeToString()).stake == expected


def test_no_stake_and_an_old_node() -> None:
    account = codec.decode_account(info().SerializeToString())
    assert account.stake == Stake(StakeKind.NONE)
    assert account.at_disposal is None


def test_a_balance_of_zero_at_disposal_is_not_an_unknown_one() -> None:
    message = info()
    message.available_balance.CopyFrom(pb.Amount(value=0))
    assert codec.decode_account(message.SerializeToString()).at_disposal == 0


def test_an_unknown_attribute_tag_has_a_name_of_its_own() -> None:
    message = info()
    policy = message.creds[0].normal.policy
    policy.created_at.CopyFrom(pb.YearMonth(year=2022, month=1))
    policy.valid_to.CopyFrom(pb.YearMonth(year=2027, month=12))
    policy.attributes[99] = b"x"
    policy.attributes[4] = b"DK"
    found = codec.decode_account(message.SerializeToString()).credentials[0].policy
    assert found is not None
    assert (found.created_at, found.valid_to) == ("202201", "202712")
    assert found.revealed == (("countryOfResidence", b"DK"), ("UNNAMED#99", b"x"))


def _short_cred_id(message: pb.AccountInfo) -> None:
    message.creds[3].normal.cred_id.value = b"\x80" * 47


def _no_first(message: pb.AccountInfo) -> None:
    del message.creds[0]


def _doubled(message: pb.AccountInfo) -> None:
    message.creds[3].normal.cred_id.value = builders.cred_id(1)


def _big_index(message: pb.AccountInfo) -> None:
    message.creds[256].CopyFrom(builders.credential(builders.cred_id(5)))


def _short_key(message: pb.AccountInfo) -> None:
    message.creds[0].normal.keys.keys[0].ed25519_key = b"\x11" * 31


def _big_key_index(message: pb.AccountInfo) -> None:
    message.creds[0].normal.keys.keys[256].ed25519_key = b"\x11" * 32


def _short_address(message: pb.AccountInfo) -> None:
    message.address.value = b"\x01" * 31


def _long_encryption_key(message: pb.AccountInfo) -> None:
    message.encryption_key.value += b"\x00"


def _thirteenth_month(message: pb.AccountInfo) -> None:
    message.creds[0].normal.policy.created_at.CopyFrom(pb.YearMonth(year=2022, month=13))


def _long_attribute(message: pb.AccountInfo) -> None:
    policy = message.creds[0].normal.policy
    policy.created_at.CopyFrom(pb.YearMonth(year=2022, month=1))
    policy.valid_to.CopyFrom(pb.YearMonth(year=2022, month=1))
    policy.attributes[0] = b"x" * 32


def _big_threshold(message: pb.AccountInfo) -> None:
    message.threshold.value = 256


@pytest.mark.parametrize(
    "damage",
    [
        _short_cred_id,
        _no_first,
        _doubled,
        _big_index,
        _short_key,
        _big_key_index,
        _short_address,
        _long_encryption_key,
        _thirteenth_month,
        _long_attribute,
        _big_threshold,
    ],
)
def test_an_account_that_cannot_be_is_refused(damage: Callable[[pb.AccountInfo], None]) -> None:
    message = info()
    damage(message)
    with pytest.raises(codec.Malformed):
        codec.decode_account(message.SerializeToString())


def test_block_times() -> None:
    facts = codec.decode_block(builders.block_info().SerializeToString())
    assert facts.slot_time == datetime(2026, 6, 1, 12, tzinfo=UTC)
    latest = builders.block_info()
    latest.slot_time.value = codec.MAX_TIMESTAMP_MS
    assert codec.decode_block(latest.SerializeToString()).slot_time.year == 9999
    latest.slot_time.value += 1
    with pytest.raises(codec.Malformed):
        codec.decode_block(latest.SerializeToString())


@given(address=st.binary(min_size=32, max_size=32))
@settings(max_examples=50, deadline=None)
def test_both_ways_to_read_an_address_agree(address: bytes) -> None:
    short = pb.AccountAddress(value=address).SerializeToString()
    long = short + bytes.fromhex("1001")
    assert codec.decode_address(short) == codec.decode_address(long) == address


@pytest.mark.parametrize("size", [0, 31, 33])
def test_an_address_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(codec.Malformed):
        codec.decode_address(pb.AccountAddress(value=bytes(size)).SerializeToString())
