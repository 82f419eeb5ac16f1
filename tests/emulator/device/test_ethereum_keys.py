"""The emulator's own secp256k1 derivation against published vectors."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.apps import evm_keys
from emulator.apps.keys import HARDENED, Seed
from tests.emulator.device.data import evm_vectors

SEEDS: dict[str, Any] = evm_vectors()["seeds"]
TEMPLATES = {
    "ledger_live": "44'/60'/x'/0/0",
    "bip44": "44'/60'/0'/0/x",
    "legacy": "44'/60'/0'/x",
    "etc_legacy": "44'/60'/160720'/0'/x",
}


def elements(path: str) -> tuple[int, ...]:
    """Path elements, hardened ones with their top bit."""
    return tuple(int(part.rstrip("'")) | (HARDENED if part.endswith("'") else 0) for part in path.split("/"))


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("scheme", TEMPLATES)
def test_addresses(name: str, scheme: str) -> None:
    """Twenty addresses of each scheme, letter case included."""
    seed = Seed.from_text(SEEDS[name]["mnemonic"])
    for index, address in enumerate(SEEDS[name]["addresses"][scheme]):
        node = evm_keys.node_at(seed, elements(TEMPLATES[scheme].replace("x", str(index))))
        assert "0x" + evm_keys.address_digits(node.public_key()) == address


@pytest.mark.parametrize("name", SEEDS)
def test_nodes(name: str) -> None:
    """Public key and chain code of account nodes."""
    seed = Seed.from_text(SEEDS[name]["mnemonic"])
    for wanted in SEEDS[name]["nodes"]:
        node = evm_keys.node_at(seed, elements(wanted["path"]))
        assert node.public_key().hex() == wanted["public_key"]
        assert node.chain_code.hex() == wanted["chain_code"]


@pytest.mark.parametrize(
    ("seed", "path", "private_key"),
    [
        (
            "000102030405060708090a0b0c0d0e0f",
            "0'/1/2'",
            "cbce0d719ecf7431d88e6a89fa1483e02e35092af60c042b1df2ff59fa424dca",
        ),
        # Test vector 3: private keys keep their leading zeros.
        (
            "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be",
            "0'",
            "491f7a2eebc7b57028e0d3faa0acda02e75c33b03c48fb288c41e2ea44e1daef",
        ),
    ],
    ids=["vector 1", "vector 3"],
)
def test_bip32_vectors(seed: str, path: str, private_key: str) -> None:
    """Private keys of the test vectors in BIP-32 itself."""
    node = evm_keys.node_at(Seed(bytes.fromhex(seed)), elements(path))
    assert f"{node.private_key:064x}" == private_key


@pytest.mark.parametrize("private_key", [0, evm_keys.CURVE_ORDER])
def test_keys_that_do_not_exist(private_key: int) -> None:
    """Zero and the curve order are no private keys."""
    with pytest.raises(evm_keys.NoSuchKey):
        evm_keys.Node(private_key, bytes(32))


def test_secrets_are_not_in_the_repr() -> None:
    """Neither the private key nor the chain code."""
    assert repr(evm_keys.Node(7, bytes(32))) == "Node()"
