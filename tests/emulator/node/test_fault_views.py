"""Faults in what the node sees of the chain: replicas, networks, hidden and swapped accounts, software."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from emulator.node import effects
from emulator.node.double import NodeDouble
from emulator.node.faults import Fault, Range
from emulator.node.view import Generation
from emulator.world.derivation import account_address
from tests.emulator.node.client import (
    EMPTY,
    INFO,
    LAST_FINAL,
    Client,
    at_height,
    by_address,
    by_cred_id,
    client,
    cred_id_on,
    given,
    outcome,
)
from tests.support.node import node_double


async def test_lagging_replica_gives_an_old_state_and_no_error(asking: Client, node: NodeDouble) -> None:
    fresh = await asking.final()
    removed = cred_id_on(node, "D", 1)
    behind = node.world.blocks.finalized_height - 499_990
    node.set_faults([effects.Lag(behind)])
    old = await asking.final()
    assert old.height.value < 500_000
    assert fresh.slot_time.value - old.slot_time.value >= behind * 1999
    assert await outcome(asking, "GetAccountInfo", by_cred_id(cred_id_on(node, "A"))) == "OK"
    assert await outcome(asking, "GetAccountInfo", by_cred_id(removed)) == "NOT_FOUND"
    # A block that the replica has not reached looks exactly like a credential that was never deployed.
    pinned = by_cred_id(cred_id_on(node, "A"), given(fresh.hash.value))
    assert await asking.refusal("GetAccountInfo", pinned) == ("NOT_FOUND", "account or block not found.")
    assert (await asking.refusal("GetBlockInfo", given(fresh.hash.value)))[0] == "NOT_FOUND"
    with pytest.raises(grpc.aio.AioRpcError, match="too far behind"):
        await asking.raw("/concordium.health.Health/Check")


async def test_two_replicas_per_call(asking: Client, node: NodeDouble) -> None:
    fresh = await asking.final()
    node.set_faults([Fault(effects.Lag(1000), calls=Range(every=2))])
    pinned = by_cred_id(cred_id_on(node, "A"), given(fresh.hash.value))
    seen = [await outcome(asking, "GetAccountInfo", pinned) for _ in range(4)]
    assert seen == ["OK", "NOT_FOUND", "OK", "NOT_FOUND"]


async def test_two_replicas_per_connection(node: NodeDouble) -> None:
    node.set_faults([Fault(effects.Lag(1000), connections=Range(every=2))])
    async with client(node.address) as first, client(node.address) as second:
        pinned = given((await first.final()).hash.value)
        assert await outcome(first, "GetBlockInfo", pinned) == "OK"
        assert await outcome(second, "GetBlockInfo", pinned) == "NOT_FOUND"


async def test_forgotten_block_and_a_new_one(asking: Client, node: NodeDouble) -> None:
    node.set_faults([Fault(effects.Forget(), calls=Range(first=3))])
    pinned = given((await asking.final()).hash.value)
    assert await outcome(asking, "GetBlockInfo", pinned) == "OK"
    assert await outcome(asking, "GetBlockInfo", pinned) == "NOT_FOUND"
    again = given((await asking.final()).hash.value)
    assert await outcome(asking, "GetAccountInfo", by_cred_id(cred_id_on(node, "A"), again)) == "OK"


async def test_wrong_network(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.WrongNetwork(b"\x07" * 32, "Another network")])
    assert (await asking.call(INFO, EMPTY)).genesis_block.value == b"\x07" * 32
    parameters = await asking.call("GetCryptographicParameters", LAST_FINAL)
    assert parameters.genesis_string == "Another network"
    assert (await asking.call("GetBlockInfo", at_height(0))).hash.value == b"\x07" * 32


@pytest.mark.parametrize("lookups", [True, False])
@pytest.mark.parametrize("listed", [True, False])
async def test_hidden_accounts(asking: Client, node: NodeDouble, lookups: bool, listed: bool) -> None:
    ours = cred_id_on(node, "A")
    targets = frozenset({ours, account_address(ours)})
    node.set_faults([effects.Hide(targets, lookups=lookups, list=listed)])
    expected = "NOT_FOUND" if lookups else "OK"
    assert await outcome(asking, "GetAccountInfo", by_cred_id(ours)) == expected
    assert await outcome(asking, "GetAccountInfo", by_address(account_address(ours))) == expected
    assert (account_address(ours) in await asking.listed()) is not listed
    assert await outcome(asking, "GetAccountInfo", by_cred_id(cred_id_on(node, "C"))) == "OK"


async def test_genesis_credentials_not_found_by_id(asking: Client, node: NodeDouble) -> None:
    """concordium-node issue 1008."""
    ours = cred_id_on(node, "A")
    node.set_faults([effects.Hide(frozenset(), genesis_cred_ids=True)])
    assert await outcome(asking, "GetAccountInfo", by_cred_id(ours)) == "NOT_FOUND"
    assert await outcome(asking, "GetAccountInfo", by_address(account_address(ours))) == "OK"
    assert await outcome(asking, "GetAccountInfo", by_cred_id(cred_id_on(node, "D", 1))) == "OK"


async def test_accounts_only_in_the_list(asking: Client, node: NodeDouble) -> None:
    node.set_faults([effects.ListMore(addresses=(b"\x09" * 32,), cred_ids=(b"\x80" * 48,))])
    listed = await asking.listed()
    assert b"\x09" * 32 in listed
    assert account_address(b"\x80" * 48) in listed
    assert await outcome(asking, "GetAccountInfo", by_cred_id(b"\x80" * 48)) == "NOT_FOUND"


async def test_answer_for_another_credential(asking: Client, node: NodeDouble) -> None:
    asked, answered = cred_id_on(node, "A"), cred_id_on(node, "C")
    swap = {asked: answered, account_address(asked): account_address(answered)}
    node.set_faults([effects.Substitute(swap)])
    account = await asking.account(by_cred_id(asked))
    assert account.creds[0].normal.cred_id.value == answered
    by_its_address = await asking.account(by_address(account_address(asked)))
    assert by_its_address.address.value == account_address(answered)
    assert (await asking.listed()).count(account_address(answered)) == 2


async def test_age_of_blocks_and_clock(asking: Client, node: NodeDouble) -> None:
    fresh = await asking.final()
    node.set_faults([effects.BlockAge(400), effects.ClockOff(-3600)])
    old = await asking.final()
    assert fresh.slot_time.value - old.slot_time.value >= 395_000
    info = await asking.call("GetNodeInfo", EMPTY)
    assert info.local_time.value < node.chain.started - 3_000_000


async def test_older_software() -> None:
    async with node_double("edges", faults=[effects.Software(Generation.OLDER)]) as node:
        async with client(node.address) as asking:
            validator = next(item for item in node.chain.accounts if item.name == "validator")
            account = await asking.account(by_address(validator.address))
            assert not account.HasField("available_balance")
            assert not account.HasField("stake")
            refused = await asking.refusal("GetBlockInfo", at_height(1))
            assert refused == ("INVALID_ARGUMENT", "missing field")
            assert (await asking.call("GetNodeInfo", EMPTY)).peer_version == "5.4.2"


async def test_newer_software() -> None:
    async with node_double("edges", faults=[effects.Software(Generation.NEWER)]) as node:
        async with client(node.address) as asking:
            delegator = next(item for item in node.chain.accounts if item.name == "delegator to a validator")
            account = await asking.account(by_address(delegator.address))
            assert account.creds[0].WhichOneof("credential_values") == "normal"
            assert account.creds[200].WhichOneof("credential_values") is None
            assert {item.status for item in account.cooldowns} == {99}
            assert len(account.SerializeToString()) > len(delegator.name)
            plain = next(item for item in node.chain.accounts if item.name == "initial only")
            account = await asking.account(by_address(plain.address))
            assert account.HasField("stake")
            assert account.stake.WhichOneof("staking_info") is None
            assert (await asking.call(INFO, EMPTY)).protocol_version == 98
