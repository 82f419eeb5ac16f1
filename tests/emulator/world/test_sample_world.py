"""The bundled `sample` world against the published sample, and its expectation against numbers written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.world import bundled, derivation
from emulator.world.attributes import ATTRIBUTE_TAGS
from emulator.world.chain import Chain, ChainCredential, KeyRing, build_chain
from emulator.world.expectation import Expectation, expect
from emulator.world.model import Own, YearMonth

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "sample-world.json").read_text())
WORLD = bundled.load("sample")
IDENTITIES = {("wallet1", 0): "w1i0", ("wallet1", 1): "w1i1", ("wallet2", 0): "w2i0"}
HEIGHT = WORLD.blocks.finalized_height


@pytest.fixture(scope="module")
def chain() -> Chain:
    return build_chain(WORLD, started=0)


def test_genesis_and_phrases() -> None:
    assert WORLD.network.genesis_hash.hex() == PUBLISHED["genesisBlock"]
    assert {wallet.name: wallet.phrase for wallet in WORLD.wallets} == PUBLISHED["mnemonics"]


@pytest.mark.parametrize("wallet", ["wallet1", "wallet2"])
def test_wallet_identifier_is_the_pairing_key(wallet: str) -> None:
    seed = KeyRing(WORLD).seed(wallet)
    key = derivation.public_key(derivation.slip10(seed, (1105, 0)))
    assert key.hex() == PUBLISHED["walletIdentifiers"][wallet]


@pytest.mark.parametrize(("label", "prf_seed"), PUBLISHED["prfKeySeeds"].items())
def test_prf_key_seeds(label: str, prf_seed: str) -> None:
    seed = KeyRing(WORLD).seed(f"wallet{label[1]}")
    assert derivation.slip10(seed, derivation.prf_key_path(int(label[3]), None)).hex() == prf_seed


@pytest.mark.parametrize("case", PUBLISHED["credentials"], ids=lambda case: case["credId"][:8])
def test_credential_ids(case: dict[str, Any]) -> None:
    name = IDENTITIES[case["wallet"], case["identityIndex"]]
    keys = KeyRing(WORLD)
    assert keys.identity(name).keygen == case["identityVersion"]
    assert keys.cred_id(Own(name, case["credentialNumber"])).hex() == case["credId"]


def test_accounts_on_the_chain(chain: Chain) -> None:
    addresses = {account.name: derivation.address_text(account.address) for account in chain.accounts}
    # F was never deployed, R1 to R3 are other people's.
    assert addresses == {name: PUBLISHED["accounts"][name] for name in "ABCDE"}


@pytest.mark.parametrize("case", PUBLISHED["chain"], ids=lambda case: case["credId"][:8])
def test_what_the_chain_answers(case: dict[str, Any], chain: Chain) -> None:
    account = chain.by_cred_id[bytes.fromhex(case["credId"])]
    assert derivation.address_text(account.address) == case["accountAddress"]
    assert account.threshold == case["accountThreshold"]
    active = {str(item.index): as_published(item) for item in account.active(HEIGHT)}
    assert active == {index: item["value"] for index, item in case["accountCredentials"].items()}


def as_published(item: ChainCredential) -> dict[str, Any]:
    names = {tag: name for name, tag in ATTRIBUTE_TAGS.items()}
    policy = {
        "validTo": month(item.valid_to),
        "createdAt": month(item.created_at),
        "revealedAttributes": {names[tag]: value.hex() for tag, value in item.attributes.items()},
    }
    id_name = "regId" if item.kind.value == "initial" else "credId"
    return {"type": item.kind.value, "contents": {id_name: item.cred_id.hex(), "policy": policy}}


def month(value: YearMonth | None) -> str:
    assert value is not None
    return f"{value.year}{value.month:02}"


def summary(expected: Expectation) -> list[tuple[Any, ...]]:
    return [
        (item.identity_index, item.keygen, item.counter, item.account[:4], item.status, item.credential_index)
        for item in expected.credentials
    ]


def test_expectation_of_wallet_1() -> None:
    expected = expect(WORLD, "wallet1")
    assert summary(expected) == [
        (0, 0, 0, "3kud", "active", 0),
        (0, 0, 1, "3yGm", "active", 0),
        (1, 1, 0, "3h8h", "active", 0),
        (1, 1, 2, "3tad", "removed", None),
    ]
    assert [(a.address[:4], a.owned, a.can_sign, a.threshold, a.total) for a in expected.accounts] == [
        ("3kud", True, True, 1, 1_000_000_000),
        ("3yGm", True, False, 2, 250_000_000),
        ("3h8h", True, True, 1, 42_500_000),
        ("3tad", False, False, 1, 7_000_000),
    ]
    assert [item.kind for item in expected.credentials] == ["initial", "normal", "normal", None]
    assert [(item.placeholder, item.next_counters) for item in expected.identities] == [
        ("Recovered: Index 0", {0: 2}),
        ("Recovered: Index 1", {1: 3}),
    ]
    assert [item.identity_index for item in expected.next_identity_indices] == [2]


def test_expectation_of_wallet_2() -> None:
    expected = expect(WORLD, "wallet2")
    assert summary(expected) == [(0, 1, 0, "4HDx", "active", 0), (0, 1, 1, "3yGm", "active", 1)]
    assert [item.name for item in expected.accounts] == ["3yGmMhT7", "4HDxpm6a"]
    assert [item.identity_index for item in expected.next_identity_indices] == [1]


def test_expectation_at_earlier_heights() -> None:
    status = {
        height: {
            item.counter: item.status
            for item in expect(WORLD, "wallet1", height=height).credentials
            if item.identity_index == 1
        }
        for height in (499_999, 500_000, 599_999, 600_000)
    }
    assert status == {
        499_999: {0: "active"},
        500_000: {0: "active", 2: "active"},
        599_999: {0: "active", 2: "active"},
        600_000: {0: "active", 2: "removed"},
    }
