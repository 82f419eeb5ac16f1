"""Safes made on a real node by the published contracts, and found again from the owner's key and a salt alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chain.evm.abi import address, dynamic_bytes, selector, uint
from chain.evm.client import EvmChain, EvmView
from chain.evm.factories import FACTORIES
from chain.evm.keccak import keccak256
from chain.evm.networks import EvmNetwork
from chain.evm.safe import MULTICHAIN, RECIPES, SafeRecipe, _setup_call, safe_address
from chain.evm.smart_accounts import find_smart_accounts
from chain.evm.timing import Timing
from chain.model import Presence
from tests.support.anvil import BINARY, MISSING, MODULES, Anvil, anvil

BUILD = MODULES / "@safe-global/safe-contracts/build/artifacts/contracts"
pytestmark = pytest.mark.skipif(not (BINARY.exists() and BUILD.exists()), reason=f"{MISSING}, and Safe's contracts")
OWNER, FRIEND, STRANGER = b"\x0a" * 20, b"\x0b" * 20, b"\x0c" * 20
SINGLETONS = {
    "Safe": "41675C099F32341bf84BFc5382aF534df5C7461a",
    "SafeL2": "29fcB43b46531BcA003ddC8FCB67FFE91900C762",
}
L2 = next(r for r in RECIPES if r.name == "Safe 1.4.1 L2")


def built(path: str) -> bytes:
    """The code that the published build leaves on a chain."""
    return bytes.fromhex(json.loads((BUILD / path).read_text())["deployedBytecode"][2:])


@pytest.fixture(scope="module")
def process() -> Iterator[Anvil]:
    """The contracts of 1.4.1 at their addresses, as on every chain that has them."""
    with anvil("--accounts", "1") as node:
        for name, at in SINGLETONS.items():
            node.set_account(bytes.fromhex(at), code=built(f"{name}.sol/{name}.json"))
        node.set_account(
            MULTICHAIN.deployment.factory, code=built("proxies/SafeProxyFactory.sol/SafeProxyFactory.json")
        )
        node.set_account(MULTICHAIN.to, code=built("libraries/SafeToL2Setup.sol/SafeToL2Setup.json"))
        node.mine()
        yield node


@pytest.fixture
def node(process: Anvil) -> Iterator[Anvil]:
    with process.kept():
        yield process


@pytest.fixture
async def chain(node: Anvil) -> AsyncIterator[EvmChain]:
    made = EvmChain(node.url, EvmNetwork("anvil", 31337), {}, Timing(pause=0.0))
    try:
        yield made
    finally:
        await made.close()


def make(node: Anvil, recipe: SafeRecipe, owners: list[bytes], threshold: int, salt: int) -> bytes:
    """Have the factory make a Safe, as the wallet does; its address, of the factory's own event."""
    singleton = SINGLETONS["SafeL2" if recipe is L2 else "Safe"]
    initializer = _setup_call(recipe, owners, threshold)
    head = address(bytes.fromhex(singleton)) + uint(96) + uint(salt)
    payload = selector("createProxyWithNonce(address,bytes,uint256)") + head + dynamic_bytes(initializer)
    sender = node.rpc("eth_accounts")[0]
    to = "0x" + recipe.deployment.factory.hex()
    sent = node.rpc("eth_sendTransaction", {"from": sender, "to": to, "data": "0x" + payload.hex(), "gas": "0x4c4b40"})
    node.mine(1)  # by itself anvil mines soon after it has answered, not before
    receipt = node.rpc("eth_getTransactionReceipt", sent)
    assert receipt["status"] == "0x1"
    event = "0x" + keccak256(b"ProxyCreation(address,address)").hex()
    return next(bytes.fromhex(log["topics"][1][-40:]) for log in receipt["logs"] if log["topics"][0] == event)


async def pinned(node: Anvil, chain: EvmChain) -> EvmView:
    node.mine()
    return await chain.pin()


async def test_safes_of_one_owner_at_any_salt_and_money_at_one_that_was_never_made(
    node: Anvil, chain: EvmChain
) -> None:
    made = {make(node, MULTICHAIN, [OWNER], 1, salt): salt for salt in (0, 1, 4, 9)}
    assert all(safe_address(MULTICHAIN, [OWNER], 1, salt) == at for at, salt in made.items())
    waiting = safe_address(MULTICHAIN, [OWNER], 1, 12)
    node.set_account(waiting, balance=10**18)
    found = await find_smart_accounts(await pinned(node, chain), [OWNER, STRANGER])
    assert not found.unanswered and not found.notes
    told = {s.address: s for s in found.found}
    assert set(told) == {*made, waiting}
    assert {a: told[a].salt for a in made} == made
    for at in made:
        safe = told[at]
        assert (safe.presence, safe.owners, safe.threshold, safe.still_owner) == (Presence.DEPLOYED, (OWNER,), 1, True)
    assert told[waiting].presence is Presence.FUNDED and told[waiting].account.balance == 10**18
    assert told[waiting].still_owner is None


async def test_a_safe_with_co_owners_needs_their_names_in_any_order(node: Anvil, chain: EvmChain) -> None:
    shared = make(node, L2, [FRIEND, OWNER], 2, 0)
    view = await pinned(node, chain)
    assert not (await find_smart_accounts(view, [OWNER])).found
    found = (await find_smart_accounts(view, [OWNER], [FRIEND])).found
    assert [(s.address, s.threshold, s.first_owners) for s in found] == [(shared, 2, (FRIEND, OWNER))]


async def test_an_owner_who_was_replaced_is_told_so(node: Anvil, chain: EvmChain) -> None:
    """The address follows from the first owners; who owns it now, only the chain says."""
    safe = make(node, MULTICHAIN, [OWNER], 1, 0)
    where = "0x" + safe.hex()
    node.rpc("anvil_setBalance", where, hex(10**18))
    node.rpc("anvil_impersonateAccount", where)
    payload = (
        selector("swapOwner(address,address,address)")
        + address(b"\0" * 19 + b"\x01")
        + address(OWNER)
        + address(FRIEND)
    )
    node.rpc("eth_sendTransaction", {"from": where, "to": where, "data": "0x" + payload.hex(), "gas": "0x4c4b40"})
    found = (await find_smart_accounts(await pinned(node, chain), [OWNER])).found
    assert [(s.address, s.owners, s.still_owner) for s in found] == [(safe, (FRIEND,), False)]


async def test_accounts_of_a_factory_that_names_their_address(node: Anvil, chain: EvmChain) -> None:
    """A stand-in factory whose account address is owner + salt, so that the walk and its gap show."""
    factory = FACTORIES[0].address
    # return (calldata word 1 + calldata word 2) as one word
    node.set_account(factory, code=bytes.fromhex("6004356024350160005260206000f3"))
    at = [(int.from_bytes(OWNER, "big") + salt).to_bytes(20, "big") for salt in range(30)]
    node.set_account(at[3], code=b"\x60\x00")
    node.set_account(at[8], balance=5)
    node.set_account(at[14], balance=5)
    found = (await find_smart_accounts(await pinned(node, chain), [OWNER])).found
    assert [(s.salt, s.recipe, s.presence) for s in found] == [
        (3, FACTORIES[0].name, Presence.DEPLOYED),
        (8, FACTORIES[0].name, Presence.FUNDED),
    ], "salt 14 lies beyond a gap of five unused ones after 8"


def test_the_addresses_of_the_contracts_are_those_of_the_recipes() -> None:
    assert Path(BUILD).exists()
    assert MULTICHAIN.data.endswith(bytes.fromhex(SINGLETONS["SafeL2"]))
