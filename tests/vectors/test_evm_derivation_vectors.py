"""Addresses of EVM accounts against published vectors: three test phrases, four schemes, twenty indices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.derive.evm.address import address_of, checksum, parse_address
from ledger_recovery.derive.evm.bip32 import ExtendedKey, child_addresses
from ledger_recovery.derive.evm.schemes import BIP44, ETC_LEGACY, LEGACY, STANDARD, parse_path, path_text
from ledger_recovery.derive.evm.self_check import check_arithmetic

VECTORS = json.loads((Path(__file__).parent / "evm/ethereum-vectors.json").read_text())
SEEDS: dict[str, Any] = VECTORS["seeds"]
NODES = [(name, node) for name, seed in SEEDS.items() for node in seed["nodes"]]


def node_of(seed: str, path: str) -> ExtendedKey:
    found = next(n for n in SEEDS[seed]["nodes"] if n["path"] == path)
    return ExtendedKey(bytes.fromhex(found["public_key"]), bytes.fromhex(found["chain_code"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_one_node_gives_every_address_of_the_schemes_below_it(seed: str) -> None:
    account = node_of(seed, "44'/60'/0'")
    published = SEEDS[seed]["addresses"]
    assert [checksum(a) for _, a in child_addresses(account, range(20))] == published["legacy"]
    assert [checksum(a) for _, a in child_addresses(account.child(0), range(20))] == published["bip44"]


@pytest.mark.parametrize(("seed", "node"), NODES, ids=lambda v: v if isinstance(v, str) else v["path"])
def test_a_node_has_its_published_address(seed: str, node: dict[str, str]) -> None:
    key = ExtendedKey(bytes.fromhex(node["public_key"]), bytes.fromhex(node["chain_code"]))
    assert checksum(key.address) == node["address"]
    assert address_of(key.uncompressed) == parse_address(node["address"])
    assert path_text(parse_path(node["path"])) == f"m/{node['path']}"


@pytest.mark.parametrize("seed", SEEDS)
def test_published_addresses_carry_a_right_checksum(seed: str) -> None:
    for addresses in SEEDS[seed]["addresses"].values():
        assert [checksum(parse_address(a)) for a in addresses] == addresses


def test_schemes_say_what_the_device_must_be_asked() -> None:
    asked = {s.name: (s.template, s.one_request, path_text(s.path(7))) for s in STANDARD}
    assert asked == {
        "ledger_live": ("m/44'/60'/x'/0/0", False, "m/44'/60'/7'/0/0"),
        "bip44": ("m/44'/60'/0'/0/x", True, "m/44'/60'/0'/0/7"),
        "legacy": ("m/44'/60'/0'/x", True, "m/44'/60'/0'/7"),
        "etc_legacy": ("m/44'/60'/160720'/0'/x", True, "m/44'/60'/160720'/0'/7"),
    }
    assert [path_text(s.node) for s in (BIP44, LEGACY, ETC_LEGACY)] == [
        "m/44'/60'/0'/0",
        "m/44'/60'/0'",
        "m/44'/60'/160720'/0'",
    ]


def test_the_known_answer_holds() -> None:
    check_arithmetic()
