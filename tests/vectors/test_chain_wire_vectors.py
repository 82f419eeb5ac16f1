"""The client's requests and readings, byte for byte against node_wire.json (its provenance is in its `source`)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from chain.concordium import codec, queries
from chain.concordium.account import CredentialKind, Policy, Stake, StakeKind
from chain.concordium.networks import COMMITMENT_KEY
from chain.concordium.proto import concordium_pb2 as pb

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("node_wire.json").read_text("utf-8"))
ANSWERS: dict[str, bytes] = {entry["name"]: bytes.fromhex(entry["hex"]) for entry in VECTORS["answers"]}
CRED_IDS: dict[int, bytes] = {int(counter): bytes.fromhex(text) for counter, text in VECTORS["cred_ids"].items()}
BLOCK = bytes(range(32))


def test_the_request_for_a_credential_at_a_given_block() -> None:
    (wanted,) = [entry["hex"] for entry in VECTORS["requests"] if entry["name"] == "AccountInfoRequest: given, cred_id"]
    assert queries.account_by_cred_id(BLOCK, CRED_IDS[5]).payload.hex() == wanted


def test_the_request_for_the_last_final_block() -> None:
    assert queries.last_finalized_block().payload.hex() == "1200"


def test_an_initial_credential() -> None:
    account = codec.decode_account(ANSWERS["A"])
    first = CRED_IDS[0]
    assert account.address == hashlib.sha256(first).digest()
    assert (account.index, account.sequence_number, account.threshold) == (56789, 2, 1)
    assert (account.amount, account.at_disposal, account.locked, account.in_cooldown) == (1_000_000, 1_000_000, 0, 0)
    assert account.stake == Stake(StakeKind.NONE)
    assert account.encryption_key == COMMITMENT_KEY[:48] + first
    (credential,) = account.credentials
    assert (credential.credential_index, credential.kind) == (0, CredentialKind.INITIAL)
    assert (credential.cred_id, credential.identity_provider_index) == (first, 1)
    assert (credential.keys, credential.threshold) == (((0, b"\x11" * 32),), 1)
    assert credential.policy == Policy("202112", "202612")


def test_two_normal_credentials_sent_in_falling_order() -> None:
    account = codec.decode_account(ANSWERS["B"])
    assert [item.credential_index for item in account.credentials] == [0, 3]
    first, fourth = account.credentials
    assert (first.cred_id, fourth.cred_id) == (CRED_IDS[0], CRED_IDS[5])
    assert {first.kind, fourth.kind} == {CredentialKind.NORMAL}
    assert first.policy == Policy("202201", "202701", (("countryOfResidence", b"DK"),))
    assert (fourth.policy, fourth.identity_provider_index) == (None, 2)
    assert fourth.keys == ((0, b"\x44" * 32),)
    assert (account.sequence_number, account.threshold, account.index) == (9, 2, 7)
    assert (account.amount, account.locked, account.in_cooldown) == (5_000_000, 1000, 3)
    assert account.at_disposal == 4_998_000
    assert account.stake == Stake(StakeKind.DELEGATOR, 2000, 12)
    assert account.encryption_key == b""


def test_hashes_that_are_too_short_are_refused() -> None:
    with pytest.raises(codec.Malformed, match="4 bytes instead of 32"):
        codec.decode_consensus(ANSWERS["E"])


@pytest.mark.parametrize("name", ["A", "C", "D", "E"])
def test_messages_encode_to_the_same_bytes(name: str) -> None:
    # Not B: the order of its map is its point, and no encoder promises one.
    kinds: dict[str, type[Message]] = {
        "A": pb.AccountInfo,
        "C": pb.BlockItemSummary,
        "D": pb.BlockItemSummary,
        "E": pb.ConsensusInfo,
    }
    message = kinds[name]()
    message.ParseFromString(ANSWERS[name])
    assert message.SerializeToString(deterministic=True) == ANSWERS[name]
