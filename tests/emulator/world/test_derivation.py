"""The worlds' derivation against published and independently computed values (tests/vectors/vectors.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.world import derivation

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "vectors" / "vectors.json").read_text())
SEEDS = {item["name"]: item for item in VECTORS["seeds"]}
GENERATED = VECTORS["cred_id_generated"]


def path_of(text: str) -> list[int]:
    return [int(element.rstrip("'")) for element in text.split("/")[1:]]


@pytest.mark.parametrize("case", VECTORS["seeds"], ids=lambda case: case["name"])
def test_phrase_gives_the_published_seed(case: dict[str, Any]) -> None:
    assert derivation.seed_from_phrase(case["mnemonic"], case["passphrase"]).hex() == case["seed"]


@pytest.mark.parametrize("case", VECTORS["slip10"], ids=lambda case: f"{case['seed'][:6]} {case['path']}")
def test_slip10(case: dict[str, Any]) -> None:
    key = derivation.slip10(bytes.fromhex(case["seed"]), path_of(case["path"]))
    assert key.hex() == case["private_key"]
    assert derivation.public_key(key).hex() == case["public_key"].removeprefix("00")


@pytest.mark.parametrize("case", VECTORS["keygen"], ids=lambda case: case["seed"][:8])
def test_keygen_version_1(case: dict[str, Any]) -> None:
    assert derivation.keygen(1, bytes.fromhex(case["seed"])) == int(case["key"], 16)


@pytest.mark.parametrize("case", VECTORS["keygen_deprecated"], ids=lambda case: case["seed"][:8])
def test_keygen_version_0_uses_the_hex_text(case: dict[str, Any]) -> None:
    key = derivation.keygen(0, bytes.fromhex(case["seed"]))
    assert key == int(case["key_from_ascii_hex"], 16)
    assert key != int(case["key_from_raw_bytes"], 16)


@pytest.mark.parametrize(
    "case",
    GENERATED["legacy_path"] + GENERATED["new_path"],
    ids=lambda case: f"{case['seed']} {case['prf_path']} v{case.get('identity_version', 1)}",
)
def test_identity_from_phrase_to_addresses_and_keys(case: dict[str, Any]) -> None:
    seed = bytes.fromhex(SEEDS[case["seed"]]["seed"])
    provider = case.get("idp")
    assert derivation.slip10(seed, path_of(case["prf_path"])).hex() == case["prf_seed"]
    key = derivation.keygen(case.get("identity_version", 1), bytes.fromhex(case["prf_seed"]))
    assert key == int(case["prf_key"], 16)
    for item in case["credentials"][:4] + case["credentials"][-1:]:
        cred_id = derivation.cred_id(key, item["counter"])
        assert cred_id.hex() == item["cred_id"]
        assert derivation.address_text(derivation.account_address(cred_id)) == item["address"]
        if case.get("coin_type", 919) != 919 or "account_public_key" not in item:
            continue
        path = derivation.account_key_path(case["identity"], item["counter"], provider)
        assert list(path) == path_of(item["account_key_path"])
        assert derivation.public_key(derivation.slip10(seed, path)).hex() == item["account_public_key"]


def test_paths_of_both_families() -> None:
    assert list(derivation.prf_key_path(3, None)) == path_of("m/1105'/0'/0'/0'/3'/1'")
    assert list(derivation.prf_key_path(3, 9)) == path_of("m/44'/919'/9'/3'/3'")


@pytest.mark.parametrize("case", VECTORS["edges"], ids=lambda case: case.get("note") or case["error"])
def test_edges_of_the_arithmetic(case: dict[str, Any]) -> None:
    prf_key = int(case.get("prf_key", "1"), 16)
    if "cred_id" in case:
        assert derivation.cred_id(prf_key, case["counter"]).hex() == case["cred_id"]
    else:
        with pytest.raises(ValueError, match=r"scalar|outside|no credential ID"):
            derivation.cred_id(prf_key, case["counter"])


def test_credential_ids_on_another_generator() -> None:
    section = VECTORS["cred_id_published_other_g"]
    for item in section["entries"][:5]:
        made = derivation.cred_id(int(section["prf_key"], 16), item["counter"], bytes.fromhex(section["g"]))
        assert made.hex() == item["cred_id"]


@pytest.mark.parametrize("case", VECTORS["address_pairs"], ids=lambda case: case["address"][:8])
def test_addresses_both_ways(case: dict[str, Any]) -> None:
    address = derivation.account_address(bytes.fromhex(case["cred_id"]))
    assert derivation.address_text(address) == case["address"]
    assert derivation.address_bytes(case["address"]) == address


@pytest.mark.parametrize("text", ["", "1", "45M6WdUkewuKn9ySKU1MZcXUDHP2F4CJCxcYMhh2BXnr6QMEav", "0OIl"])
def test_other_texts_are_no_addresses(text: str) -> None:
    with pytest.raises(ValueError):
        derivation.address_bytes(text)


def test_unknown_keygen_and_path_element_are_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        derivation.keygen(2, bytes(32))
    with pytest.raises(ValueError, match="path element"):
        derivation.slip10(bytes(64), [2**31])


def test_foreign_credentials_are_stable_and_different() -> None:
    assert derivation.foreign_cred_id("bob") == derivation.foreign_cred_id("bob")
    assert derivation.foreign_cred_id("bob") != derivation.foreign_cred_id("carol")
    assert derivation.foreign_key("bob") != derivation.foreign_key("carol")
