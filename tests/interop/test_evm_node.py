"""The EVM client on a real node: the lens against plain truth, pinning, reorganisations, tokens, several chains."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator

import pytest

from chain.errors import BadAnswer, PointLost
from chain.evm.account import EvmAccount, Kind, Token
from chain.evm.client import EvmChain, EvmView
from chain.evm.networks import EvmNetwork
from chain.evm.timing import Timing
from chain.model import Finality, Presence, Sighting, Unanswered
from tests.support.anvil import BINARY, MISSING, Anvil, anvil

pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=MISSING)
NETWORK = EvmNetwork("anvil", 31337)
DELEGATION = bytes.fromhex("ef0100") + b"\x33" * 20


@pytest.fixture(scope="module")
def process() -> Iterator[Anvil]:
    with anvil("--accounts", "1") as running:
        running.mine()
        yield running


@pytest.fixture
def node(process: Anvil) -> Iterator[Anvil]:
    with process.kept():
        yield process


@pytest.fixture
async def chain(node: Anvil) -> AsyncIterator[EvmChain]:
    made = EvmChain(node.url, NETWORK, {}, Timing(pause=0.0, per_try=20.0))
    try:
        yield made
    finally:
        await made.close()


async def looked(view: EvmView, addresses: list[bytes]) -> dict[bytes, Sighting[EvmAccount] | Unanswered]:
    return {answer.handle: answer async for answer in view.look(addresses)}


def account(answer: Sighting[EvmAccount] | Unanswered) -> EvmAccount:
    assert isinstance(answer, Sighting) and answer.detail is not None
    return answer.detail


async def test_the_lens_is_the_truth_of_three_calls_on_a_thousand_random_accounts(node: Anvil, chain: EvmChain) -> None:
    chance = random.Random(20261122)
    addresses = [chance.randbytes(20) for _ in range(1_000)]
    made = []
    for address in addresses:
        kind = chance.randrange(5)
        balance, nonce = chance.randrange(1, 2**90), chance.randrange(1, 5_000)
        code = chance.choice([b"\x00" * chance.randrange(1, 400), DELEGATION])
        made.append((address, balance * (kind in (1, 4)), nonce * (kind in (2, 4)), code * (kind == 3)))
    node.set_accounts(made)
    node.mine()
    view = await chain.pin()
    found = await looked(view, addresses)
    assert view.way == "one call for hundreds of addresses" and len(found) == 1_000
    block = {"blockHash": "0x" + view.point.block_hash.hex()}
    for address in addresses:
        where = "0x" + address.hex()
        methods = ("eth_getBalance", "eth_getTransactionCount", "eth_getCode")
        balance, nonce, code = node.rpcs([(m, (where, block)) for m in methods])
        truth = (int(balance, 16), int(nonce, 16), bytes.fromhex(code[2:]))
        answer = found[address]
        assert isinstance(answer, Sighting)
        assert (answer.presence is Presence.DEPLOYED) == any(truth)
        if answer.detail is not None:
            told = answer.detail
            assert (told.balance, told.nonce, told.code_size) == (truth[0], truth[1], len(truth[2]))
            assert (told.kind is Kind.DELEGATED) == (truth[2] == DELEGATION)
            assert told.delegate == (b"\x33" * 20 if truth[2] == DELEGATION else None)


async def test_the_newest_finalized_block_is_pinned(node: Anvil, chain: EvmChain) -> None:
    view = await chain.pin()
    assert view.point.finality is Finality.FINALIZED and view.point.network == "anvil"
    assert view.point.height == int(node.rpc("eth_blockNumber"), 16) - 2
    assert len(view.point.genesis_hash) == len(view.point.block_hash) == 32
    await view.confirm()
    again = await chain.pin(view.point.block_hash)
    assert again.point.block_hash == view.point.block_hash


async def test_what_happens_after_the_pinned_block_is_not_seen(node: Anvil, chain: EvmChain) -> None:
    view, address = await chain.pin(), b"\x44" * 20
    node.set_account(address, balance=7)
    node.mine()
    assert (await looked(view, [address]))[address].presence is Presence.ABSENT  # type: ignore[union-attr]
    assert account((await looked(await chain.pin(), [address]))[address]).balance == 7


async def test_a_block_that_a_reorganisation_took_away_is_lost(node: Anvil, chain: EvmChain) -> None:
    node.mine()
    head = node.rpc("eth_getBlockByNumber", "latest", False)["hash"]
    view = await chain.pin(bytes.fromhex(head[2:]))
    assert len(await looked(view, [b"\x55" * 20])) == 1
    node.rpc("anvil_reorg", 2, [])
    with pytest.raises(PointLost):
        await looked(view, [b"\x55" * 20])
    with pytest.raises(PointLost):
        await view.confirm()
    with pytest.raises(PointLost):
        await chain.pin(bytes.fromhex(head[2:]))


async def test_another_chain_is_refused_with_both_numbers(node: Anvil) -> None:
    wrong = EvmChain(node.url, EvmNetwork("ethereum", 1), {}, Timing(pause=0.0))
    try:
        with pytest.raises(BadAnswer, match=r"31337.*chain 1\)") as told:
            await wrong.pin()
        assert told.value.code == "WRONG_NETWORK"
    finally:
        await wrong.close()


async def test_several_chains_each_answer_for_themselves(node: Anvil, chain: EvmChain) -> None:
    address = b"\x66" * 20
    with anvil("--chain-id", "137", "--accounts", "1") as other:
        other.set_account(address, nonce=3)
        other.mine()
        second = EvmChain(other.url, None, {}, Timing(pause=0.0))
        try:
            there = await second.pin()
            assert there.point.network == "chain-137"
            assert account((await looked(there, [address]))[address]).nonce == 3
        finally:
            await second.close()
    assert (await looked(await chain.pin(), [address]))[address].presence is Presence.ABSENT  # type: ignore[union-attr]


def _erc20_like() -> bytes:
    """A contract that answers every call with its argument's last byte, and reverts when that is 0xff."""
    # PUSH1 35 CALLDATALOAD PUSH1 248 SHR ... : byte 35 is the last byte of the address argument.
    return bytes.fromhex("6023355f1a8060ff146015575f5260205ff3" + "00" * 6 + "5b5f5ffd")


async def test_token_balances_and_a_token_that_does_not_answer(node: Anvil, chain: EvmChain) -> None:
    contract, empty = b"\x77" * 20, b"\x78" * 20
    node.set_account(contract, code=_erc20_like())
    node.mine()
    view = await chain.pin()
    owners = [b"\x01" * 20, b"\x02" * 20, b"\xff" * 20]
    token = Token(contract, "TST", 0)
    assert await view.balances(token, owners) == {owners[0]: 1, owners[1]: 2, owners[2]: None}
    assert await view.balances(Token(empty, "NONE", 0), owners) is None


async def test_many_addresses_are_asked_in_few_requests_and_each_once(node: Anvil, chain: EvmChain) -> None:
    view = await chain.pin()
    addresses = [i.to_bytes(20, "big") for i in range(10_000, 11_500)]
    answers = [answer async for answer in view.look([*addresses, addresses[0]])]
    assert [a.handle for a in answers] == addresses
    assert all(isinstance(a, Sighting) and a.presence is Presence.ABSENT for a in answers)
