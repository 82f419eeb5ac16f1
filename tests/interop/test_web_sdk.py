"""The official SDK, @concordium/web-sdk of npm, as a client of the node double: what it understands is the world.

The double's bytes come from our reading of the protocol; the SDK reads them with Concordium's own definitions.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from emulator.node.double import NodeDouble
from emulator.node.parameters import bulletproof_generators
from emulator.node.state import Block, BlockChoice, BlockQuery
from emulator.node.view import View
from emulator.world import bundled, filler
from emulator.world.chain import ChainAccount, ChainCredential, ChainStake
from emulator.world.derivation import GENERATOR, ON_CHAIN_COMMITMENT_KEY, address_text
from emulator.world.model import World, YearMonth
from tests.interop.conftest import Find
from tests.interop.programs import Program, converse, npm_program

FILLERS = 7
VIEW = View()
NOT_FOUND = {"refused": "NOT_FOUND"}
NOWHERE = filler.cred_id(10_000)


@pytest.fixture
def sdk(find: Find) -> Program:
    return find(npm_program, "web_sdk.mjs", "@concordium/web-sdk")


@asynccontextmanager
async def still_node(world: World, *, tls: bool = False) -> AsyncIterator[NodeDouble]:
    """A node whose time stands still, so that its last finalized block is one block for the whole test."""
    now = time.time_ns() // 1_000_000
    async with NodeDouble(world, tls=tls, filler_accounts=FILLERS, clock=lambda: now) as node:
        yield node


async def ask(sdk: Program, node: NodeDouble, *lookups: tuple[str, str], block: bytes | None = None) -> Any:
    host, port = node.address.split(":")
    certificate = node.certificate.decode() if node.certificate else None
    question = {"host": host if certificate is None else "localhost", "port": int(port), "certificate": certificate}
    return await converse(sdk, {**question, "block": block.hex() if block else None, "lookups": lookups})


def last_final(node: NodeDouble) -> Block:
    block = node.state.resolve(BlockQuery(BlockChoice.LAST_FINAL), VIEW)
    assert block is not None
    return block


def wanted_consensus(node: NodeDouble) -> dict[str, object]:
    network = node.world.network
    best = node.state.resolve(BlockQuery(BlockChoice.BEST), VIEW)
    final = last_final(node)
    assert best is not None
    return {
        "best_block": best.hash.hex(),
        "best_height": best.height,
        "genesis": network.genesis_hash.hex(),
        "genesis_time": network.genesis_time,
        "final_block": final.hash.hex(),
        "final_height": final.height,
        "protocol": network.protocol_version,
        "consensus": "rounds" if network.protocol_version >= 6 else "slots",
    }


def wanted_block(node: NodeDouble, block: Block) -> dict[str, object]:
    parent = node.state.block_at(block.height - 1, VIEW)
    assert parent is not None
    protocol = node.world.network.protocol_version
    return {
        "hash": block.hash.hex(),
        "parent": parent.hash.hex(),
        "height": block.height,
        "slot_time": block.slot_time,
        "finalized": block.finalized,
        "protocol": protocol,
        "consensus": "rounds" if protocol >= 6 else "slots",
    }


def wanted_account(account: ChainAccount, height: int) -> dict[str, object]:
    first = min(account.credentials, key=lambda item: (item.index, item.removed_at is not None))
    return {
        "address": address_text(account.address),
        "index": account.index,
        "nonce": account.nonce,
        "threshold": account.threshold,
        "amount": account.balance,
        "available": account.available,
        "encryption_key": (GENERATOR + first.cred_id).hex(),
        "releases": [[item.timestamp, item.amount] for item in account.schedule],
        "locked": account.locked,
        "cooldowns": [[item.timestamp, item.amount, item.status] for item in account.cooldowns],
        "credentials": {str(item.index): wanted_credential(item) for item in account.active(height)},
        "stake": wanted_stake(account.stake, account.index),
    }


def wanted_credential(credential: ChainCredential) -> dict[str, object]:
    return {
        "type": credential.kind.value,
        "cred_id": credential.cred_id.hex(),
        "provider": credential.provider,
        "threshold": credential.signature_threshold,
        "keys": {str(index): key.hex() for index, key in credential.keys.items()},
        "created_at": month(credential.created_at),
        "valid_to": month(credential.valid_to),
        "attributes": sorted(value.hex() for value in credential.attributes.values()),
    }


def month(value: YearMonth | None) -> str:
    assert value is not None
    return f"{value.year}{value.month:02}"


def wanted_stake(stake: ChainStake | None, index: int) -> dict[str, object] | None:
    if stake is None:
        return None
    common = {"kind": stake.kind, "amount": stake.amount, "restake": stake.restake}
    if stake.kind == "validator":
        return {**common, "id": index, "isSuspended": stake.suspended}
    return {**common, "target": stake.target}


@pytest.mark.parametrize("name", ["sample", "edges", "demo"])
async def test_all_that_a_recovery_asks_is_equal_to_the_world(sdk: Program, name: str) -> None:
    async with still_node(bundled.load(name)) as node:
        final = last_final(node)
        accounts = [account for account in node.chain.accounts if account.created_at <= final.height]
        by_id = [
            (account, ("credential", credential.cred_id.hex()))
            for account in accounts
            for credential in account.credentials
            if credential.added_at <= final.height
        ]
        by_address = [(account, ("address", address_text(account.address))) for account in accounts]
        by_index = [(account, ("index", str(account.index))) for account in accounts]
        questions = [*by_id, *by_address, *by_index]
        answers = await ask(sdk, node, *(lookup for _, lookup in questions))
        listed = sorted(address_text(address) for address in node.state.account_list(final.height, VIEW))
    assert answers["consensus"] == wanted_consensus(node)
    assert answers["block"] == wanted_block(node, final)
    assert answers["parameters"] == {
        "onChainCommitmentKey": ON_CHAIN_COMMITMENT_KEY.hex(),
        "bulletproofGenerators": bulletproof_generators().hex(),
        "genesisString": node.world.network.genesis_string,
    }
    assert answers["accounts"] == listed
    assert len(listed) == len(accounts) + FILLERS
    for (account, lookup), answer in zip(questions, answers["lookups"], strict=True):
        assert answer == wanted_account(account, final.height), lookup


async def test_what_is_not_there_is_not_found(sdk: Program) -> None:
    async with still_node(bundled.load("sample")) as node:
        lookups = [
            ("credential", NOWHERE.hex()),
            ("address", address_text(filler.address(10_000))),
            ("index", str(len(node.chain.accounts) + FILLERS)),
        ]
        answers = await ask(sdk, node, *lookups)
        unknown = await ask(sdk, node, ("index", "0"), block=bytes(31) + b"\x01")
    assert answers["lookups"] == [NOT_FOUND] * 3
    assert (unknown["block"], unknown["parameters"], unknown["accounts"]) == (NOT_FOUND,) * 3
    assert unknown["lookups"] == [NOT_FOUND]


async def test_an_older_block_has_the_accounts_of_its_time(sdk: Program) -> None:
    async with still_node(bundled.load("edges")) as node:
        newest = max(node.chain.accounts, key=lambda account: account.created_at)
        before = node.state.block_at(newest.created_at - 1, VIEW)
        assert before is not None
        answers = await ask(sdk, node, ("address", address_text(newest.address)), block=before.hash)
        listed = sorted(address_text(address) for address in node.state.account_list(before.height, VIEW))
    assert answers["lookups"] == [NOT_FOUND]
    assert answers["accounts"] == listed
    assert address_text(newest.address) not in listed
    assert answers["block"] == wanted_block(node, before)


@pytest.mark.parametrize("protocol", [5, 6, 10])
async def test_both_consensus_protocols_over_tls(sdk: Program, protocol: int) -> None:
    world = bundled.load("sample")
    world = replace(world, network=replace(world.network, protocol_version=protocol))
    async with still_node(world, tls=True) as node:
        answers = await ask(sdk, node)
    assert answers["consensus"] == wanted_consensus(node)
    assert answers["block"] == wanted_block(node, last_final(node))
