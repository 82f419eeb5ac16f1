"""Safe addresses against published ones and against real Safes; contract answers that are hostile or odd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.evm.abi import AbiError, address, address_list, read_address, read_address_list, read_uint, selector, uint
from chain.evm.factories import FACTORIES, address_call, read_account_address
from chain.evm.keccak import keccak256
from chain.evm.safe import (
    MULTICHAIN,
    RECIPES,
    SafeRecipe,
    read_owners,
    read_threshold,
    safe_address,
    safe_candidates,
)

ROOT = Path(__file__).parents[4]
VECTORS = json.loads((ROOT / "tests/vectors/evm/ethereum-vectors.json").read_text())["safe"]
PACKAGES = ROOT / "tests/interop/node_modules/@safe-global/safe-contracts"
PROXIES = {
    "1.4.1": "build/artifacts/contracts/proxies/SafeProxy.sol/SafeProxy.json",
    "1.3.0": "../../@gnosis.pm/safe-contracts/build/artifacts/contracts/proxies/"
    "GnosisSafeProxy.sol/GnosisSafeProxy.json",
}
OWNER = bytes.fromhex(VECTORS["predicted_for_owner"]["owner"][2:])


def recipe(name: str) -> SafeRecipe:
    return next(r for r in RECIPES if r.name == name)


def of(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def test_two_real_safes_are_found_by_their_owners_and_salt() -> None:
    first, second = VECTORS["real"]
    assert safe_address(MULTICHAIN, [of(o) for o in first["owners"]], 1, 0) == of(first["safe"])
    owners = [of(o) for o in second["owners"]]
    found = {safe_address(r, owners, 2, second["salt_nonce"]) for r in RECIPES}
    assert of(second["safe"]) in found


@pytest.mark.parametrize(
    ("name", "key"), [("Safe 1.4.1 L2", "plain_1.4.1_SafeL2"), ("Safe 1.4.1 multichain", "multichain_1.4.1")]
)
def test_predicted_addresses(name: str, key: str) -> None:
    published = [of(text) for text in VECTORS["predicted_for_owner"][key]]
    assert [safe_address(recipe(name), [OWNER], 1, salt) for salt in range(len(published))] == published


def test_every_recipe_gives_another_address() -> None:
    found = list(safe_candidates([(OWNER,)], range(5)))
    assert len({c.address for c in found}) == len(found) == 5 * len(RECIPES)
    assert [c.salt for c in found[:5]] == [0, 1, 2, 3, 4] and found[0].recipe == MULTICHAIN.name


def test_owner_sets_are_tried_with_every_threshold_and_in_their_order() -> None:
    other = b"\x07" * 20
    both = list(safe_candidates([(OWNER, other)], range(1), [MULTICHAIN]))
    turned = list(safe_candidates([(other, OWNER)], range(1), [MULTICHAIN]))
    assert [c.threshold for c in both] == [1, 2]
    assert not {c.address for c in both} & {c.address for c in turned}


@pytest.mark.skipif(not PACKAGES.exists(), reason="needs npm's published Safe contracts: scripts/test installs them")
@pytest.mark.parametrize(
    ("name", "singleton"),
    [
        ("Safe 1.4.1", "41675C099F32341bf84BFc5382aF534df5C7461a"),
        ("Safe 1.4.1 L2", "29fcB43b46531BcA003ddC8FCB67FFE91900C762"),
        ("Safe 1.3.0", "d9Db270c1B5E3Bd161E8c8503c55cEABeE709552"),
        ("Safe 1.3.0 L2", "3E5c63644E683549055b9Be8653de26E0B4CD36E"),
        ("Safe 1.3.0 eip155", "69f4D1788e39c87893C980c06EdF4b7f686e2938"),
        ("Safe 1.3.0 eip155 L2", "fb1bffC9d739B8D520DaF37dF666da4C687191EA"),
    ],
)
def test_the_init_code_hashes_come_from_the_published_builds(name: str, singleton: str) -> None:
    """Creation code of the proxy as npm has it, with the singleton's address (safe-deployments) behind it."""
    creation = of(json.loads((PACKAGES / PROXIES[name[5:10]]).read_text())["bytecode"])
    made = keccak256(creation + address(bytes.fromhex(singleton)))
    assert recipe(name).deployment.init_code_hash == made
    if "1.4.1" in name:
        assert keccak256(creation).hex() == VECTORS["proxy_creation_code_keccak"]


@pytest.mark.parametrize(
    ("owners", "threshold", "salt"), [([], 1, 0), ([OWNER], 2, 0), ([OWNER], 0, 0), ([OWNER], 1, -1)]
)
def test_impossible_safes_are_refused(owners: list[bytes], threshold: int, salt: int) -> None:
    with pytest.raises(ValueError, match=r"owner|uint256"):
        safe_address(MULTICHAIN, owners, threshold, salt)


def test_owners_and_threshold_are_read() -> None:
    answer = uint(32) + address_list([OWNER, b"\x01" * 20])
    assert read_owners(answer) == (OWNER, b"\x01" * 20)
    assert read_threshold(uint(2)) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        uint(32),
        uint(64) + uint(0),
        uint(32) + uint(0),
        uint(32) + uint(2) + address(OWNER),
        uint(32) + uint(2**200) + address(OWNER),
        uint(32) + uint(1) + b"\x01" * 32,
        uint(32) + uint(1) + address(OWNER) + b"\0",
    ],
)
def test_a_hostile_owner_list_is_refused(answer: bytes) -> None:
    with pytest.raises(AbiError):
        read_owners(answer)


def test_a_hostile_threshold_is_refused() -> None:
    for answer in (b"", uint(0), uint(1) + uint(1)):
        with pytest.raises(AbiError):
            read_threshold(answer)


def test_the_factory_call() -> None:
    assert address_call(OWNER, 3) == selector("getAddress(address,uint256)") + address(OWNER) + uint(3)
    assert selector("getAddress(address,uint256)").hex() == "8cb84e18"
    assert read_account_address(address(OWNER)) == OWNER
    assert len({f.address for f in FACTORIES}) == len(FACTORIES)
    for answer in (b"", bytes(32), b"\x01" * 32, address(OWNER) * 2):
        with pytest.raises(AbiError):
            read_account_address(answer)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_answer_is_read_or_refused(answer: bytes) -> None:
    for read in (read_uint, read_address, read_address_list):
        try:
            read(answer)
        except AbiError as error:
            assert str(error)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=20, max_size=20), max_size=12))
def test_address_lists_survive(addresses: list[bytes]) -> None:
    assert read_address_list(uint(32) + address_list(addresses)) == tuple(addresses)
