"""Requests and answers byte for byte against tests/vectors/node_wire.json, made without this code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chain.concordium.proto import concordium_pb2 as pb
from emulator.node import encode
from emulator.node.requests import account_info_query, block_query
from emulator.node.view import Generation
from emulator.world.chain import ChainAccount, ChainCredential, ChainRelease, ChainStake, Proofs
from emulator.world.derivation import account_address
from emulator.world.model import CredentialKind, YearMonth

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "node_wire.json").read_text())
CRED_IDS = {int(counter): bytes.fromhex(value) for counter, value in VECTORS["cred_ids"].items()}
ANSWERS = {item["name"]: bytes.fromhex(item["hex"]) for item in VECTORS["answers"]}

INITIAL_ACCOUNT = ChainAccount(
    name="A",
    index=56_789,
    address=account_address(CRED_IDS[0]),
    credentials=(
        ChainCredential(
            index=0,
            cred_id=CRED_IDS[0],
            kind=CredentialKind.INITIAL,
            keys={0: b"\x11" * 32},
            signature_threshold=1,
            provider=1,
            created_at=YearMonth(2021, 12),
            valid_to=YearMonth(2026, 12),
        ),
    ),
    balance=1_000_000,
    threshold=1,
    nonce=2,
)

SHARED_ACCOUNT = ChainAccount(
    name="B",
    index=7,
    address=account_address(CRED_IDS[0]),
    credentials=(
        ChainCredential(
            index=0,
            cred_id=CRED_IDS[0],
            kind=CredentialKind.NORMAL,
            keys={0: b"\x11" * 32},
            signature_threshold=1,
            provider=None,
            created_at=YearMonth(2022, 1),
            valid_to=YearMonth(2027, 1),
            attributes={4: b"DK"},
            proofs=Proofs(
                ar_threshold=1,
                ar_data={1: b"\x22" * 4},
                prf=b"\x33" * 4,
                counter=b"\x34" * 4,
                max_accounts=b"\x35" * 4,
                attributes={0: b"\x36" * 4},
                sharing=(b"\x37" * 4,),
            ),
        ),
        ChainCredential(
            index=3,
            cred_id=CRED_IDS[5],
            kind=CredentialKind.NORMAL,
            keys={0: b"\x44" * 32},
            signature_threshold=1,
            provider=2,
            created_at=None,
            valid_to=None,
        ),
    ),
    balance=5_000_000,
    threshold=2,
    nonce=9,
    stake=ChainStake("delegator", 2000, restake=True, target=12, suspended=False),
    schedule=(ChainRelease(1_700_000_000_000, 1000, (b"\x55" * 4,)),),
    cooldowns=(ChainRelease(1_700_000_000_001, 3, status=2),),
    descending_map=True,
)


@pytest.mark.parametrize("case", VECTORS["requests"], ids=lambda case: case["name"])
def test_requests_are_understood(case: dict[str, Any]) -> None:
    content = bytes.fromhex(case["hex"])
    if case["message"] == "BlockHashInput":
        message = pb.BlockHashInput.FromString(content)
        assert message.SerializeToString() == content
        assert block_query(message, Generation.CURRENT).choice.value in (case["block"], "height")
        return
    request = pb.AccountInfoRequest.FromString(content)
    assert request.SerializeToString() == content
    block, account = account_info_query(request, Generation.CURRENT)
    assert (block.choice.value, account.cred_id) == (case["block"], CRED_IDS[5])
    assert block.hash in (b"", bytes(range(32)))


def as_message(account: ChainAccount) -> pb.AccountInfo:
    content = encode.account_info(account, 0, Generation.CURRENT, encrypted_balance=False)
    return pb.AccountInfo.FromString(content)


def test_initial_account_equals_vector_a() -> None:
    made = as_message(INITIAL_ACCOUNT)
    assert made == pb.AccountInfo.FromString(ANSWERS["A"])
    assert len(made.SerializeToString()) == 292


def test_shared_account_equals_vector_b() -> None:
    made = as_message(SHARED_ACCOUNT)
    # The vector has made-up numbers: it counts no cooldown as bound, and has no encryption key.
    assert made.available_balance.value == 4_997_997
    made.available_balance.value = 4_998_000
    made.ClearField("encryption_key")
    expected = pb.AccountInfo.FromString(ANSWERS["B"])
    assert made == expected
    assert len(expected.SerializeToString()) == len(ANSWERS["B"]) == 432


@pytest.mark.parametrize("descending", [False, True])
def test_order_of_the_credential_map_on_the_wire(descending: bool) -> None:
    account = ChainAccount(**{**SHARED_ACCOUNT.__dict__, "descending_map": descending})
    content = encode.account_info(account, 0, Generation.CURRENT)
    first, second = (5, 0) if descending else (0, 5)
    # The encryption key also holds the first credential ID, hence the search from the right.
    assert content.rindex(CRED_IDS[first]) < content.rindex(CRED_IDS[second])


def test_events_of_vectors_c_and_d() -> None:
    created = pb.BlockItemSummary.FromString(ANSWERS["C"]).account_creation
    assert (created.credential_type, created.reg_id.value) == (1, CRED_IDS[0])
    assert created.address.value == account_address(CRED_IDS[0])
    effects = pb.BlockItemSummary.FromString(ANSWERS["D"]).account_transaction.effects
    assert [item.value for item in effects.credentials_updated.new_cred_ids] == [CRED_IDS[5]]
    assert [item.value for item in effects.credentials_updated.removed_cred_ids] == [CRED_IDS[1]]


def test_consensus_info_of_vector_e() -> None:
    info = pb.ConsensusInfo.FromString(ANSWERS["E"])
    assert info.genesis_block.value == b"\x02" * 4
    assert (info.last_finalized_block_height.value, info.protocol_version) == (10, 8)
    assert info.SerializeToString() == ANSWERS["E"]


def test_size_of_real_answers() -> None:
    content = encode.account_info(INITIAL_ACCOUNT, 0, Generation.CURRENT)
    assert 480 <= len(content) <= 510
