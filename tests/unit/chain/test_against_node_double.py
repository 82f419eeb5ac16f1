"""The client against the emulator's node over real sockets: whole worlds, old and new nodes, and faults."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from chain.concordium.account import CredentialSighting, CredentialStatus
from chain.concordium.channel import Node
from chain.concordium.client import ConcordiumChain
from chain.concordium.connection import GrpcConnection
from chain.concordium.judgement import Answer
from chain.concordium.networks import network_named, parse_node_url
from chain.concordium.retry import RetryPolicy
from chain.concordium.timing import Timing
from chain.concordium.view import ConcordiumView
from chain.connect import open_chain
from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost
from chain.model import Presence, Sighting, Unanswered
from emulator.node.double import NodeDouble
from emulator.node.effects import (
    BlockAge,
    BlockHashHeader,
    Cut,
    Delay,
    Duplicate,
    Effect,
    Fail,
    Forget,
    Garbage,
    Hang,
    Hide,
    Lag,
    Limits,
    ListMore,
    Oversize,
    Reset,
    Shuffle,
    Software,
    Substitute,
    Truncate,
    WrongNetwork,
)
from emulator.node.faults import Fault, Range
from emulator.node.view import Generation
from emulator.world.chain import ChainCredential
from tests.support.node import node_double

# Hanging and refusing are waited out for real here, so a question may not take long.
IMPATIENT = RetryPolicy(per_try=0.4, total=1.0, pause=0.02)
FEW = 4


@asynccontextmanager
async def chain_of(*nodes: NodeDouble) -> AsyncIterator[ConcordiumChain]:
    network = nodes[0].world.network
    chain = ConcordiumChain(
        [
            Node(str(address), [GrpcConnection(address)], policy=IMPATIENT, timing=Timing())
            for address in (parse_node_url(node.address) for node in nodes)
        ],
        network_named(network.name, network.genesis_hash),
    )
    try:
        yield chain
    finally:
        await chain.close()


@asynccontextmanager
async def pinned(world: str = "edges", count: int = 1) -> AsyncIterator[tuple[ConcordiumView, list[NodeDouble]]]:
    """A view of healthy nodes; a test then gives them faults."""
    async with AsyncExitStack() as stack:
        nodes = [await stack.enter_async_context(node_double(world)) for _ in range(count)]
        chain = await stack.enter_async_context(chain_of(*nodes))
        yield await chain.pin(), nodes


def credentials(node: NodeDouble, height: int) -> dict[bytes, tuple[ChainCredential, bytes]]:
    """Every credential that has been on the chain up to this height, with the address of its account."""
    return {
        item.cred_id: (item, account.address)
        for account in node.chain.accounts
        for item in account.credentials
        if item.added_at <= height
    }


def later(node: NodeDouble, height: int) -> list[bytes]:
    """Credentials that come only after this height."""
    return [item.cred_id for account in node.chain.accounts for item in account.credentials if item.added_at > height]


def never_deployed(count: int = FEW) -> list[bytes]:
    return [b"\x8f" * 47 + bytes([number]) for number in range(count)]


async def look(view: ConcordiumView, handles: Iterable[bytes]) -> dict[bytes, Answer]:
    return {answer.handle: answer async for answer in view.look(list(handles))}


def deployed(answer: Answer) -> CredentialSighting:
    assert isinstance(answer, Sighting), answer
    assert answer.detail is not None
    return answer.detail


def absent(answer: Answer) -> bool:
    return isinstance(answer, Sighting) and answer.presence is Presence.ABSENT


def check_world(node: NodeDouble, height: int, found: dict[bytes, Answer]) -> None:
    """Each credential is found on its account with the right status; the made-up ones are absent."""
    for cred_id, (expected, address) in credentials(node, height).items():
        detail = deployed(found[cred_id])
        assert detail.account.address == address
        if expected.active_at(height):
            assert detail.credential is not None
            assert detail.credential.credential_index == expected.index
            assert detail.credential.kind.value == expected.kind.value
            assert dict(detail.credential.keys) == dict(expected.keys)
        else:
            assert (detail.status, detail.credential) == (CredentialStatus.REMOVED, None)
    assert all(absent(found[cred_id]) for cred_id in (*never_deployed(), *later(node, height)))


@pytest.mark.parametrize("world", ["sample", "edges", "demo"])
async def test_a_whole_world(world: str) -> None:
    async with pinned(world) as (view, (node,)):
        height = view.point.height
        found = await look(view, [*credentials(node, height), *later(node, height), *never_deployed()])
        check_world(node, height, found)
        for account in node.chain.accounts:
            if account.created_at > height:
                continue
            seen = deployed(found[account.active(height)[0].cred_id]).account
            assert (seen.amount, seen.index) == (account.balance, account.index)
            assert (seen.stake.amount, seen.locked) == (account.staked, account.locked)
            assert (seen.in_cooldown, seen.at_disposal) == (account.cooling_down, account.available)
        await view.confirm()


@pytest.mark.parametrize("generation", list(Generation))
async def test_older_and_newer_nodes(generation: Generation) -> None:
    async with pinned() as (view, (node,)):
        node.set_faults([Software(generation)])
        height = view.point.height
        found = await look(view, [*credentials(node, height), *never_deployed()])
        assert all(absent(found[cred_id]) for cred_id in never_deployed())
        for cred_id, (expected, address) in credentials(node, height).items():
            answer = found[cred_id]
            if generation is Generation.NEWER and not expected.active_at(height):
                # Every account of the newer node also holds a credential that cannot be read: it could be this one.
                assert isinstance(answer, Unanswered)
                assert answer.error.code == "UNREADABLE_CREDENTIAL"
            else:
                assert deployed(answer).account.address == address


async def test_the_account_list_and_its_cache(tmp_path: Path) -> None:
    async with node_double("demo", filler_accounts=1500) as node:
        network = node.world.network
        chain = open_chain(
            "concordium", network.name, [node.address], genesis=network.genesis_hash, cache_dir=tmp_path, connections=2
        )
        view = await chain.pin()
        fetched = await view.account_list()
        again = await view.account_list()
        await chain.close()
    assert {account.address for account in node.chain.accounts} <= fetched.addresses
    assert len(fetched.addresses) == len(node.chain.accounts) + 1500
    assert (again.cached, again.addresses) == (True, fetched.addresses)
    assert len(node.calls_of("GetAccountList")) == 1


async def test_accounts_by_address() -> None:
    async with pinned("demo") as (view, (node,)):
        addresses = [account.address for account in node.chain.accounts]
        found = {answer.handle: answer async for answer in view.look_by_address([*addresses, b"\x01" * 32])}
        assert all(deployed(found[address]).account.address == address for address in addresses)
        assert absent(found[b"\x01" * 32])


async def test_tls(tmp_path: Path) -> None:
    async with node_double("sample", tls=True) as node:
        assert node.certificate is not None
        pem = tmp_path / "node.pem"
        pem.write_bytes(node.certificate)
        network = node.world.network
        url = f"https://{node.address}"
        chain = open_chain("concordium", network.name, [url], genesis=network.genesis_hash, certificate=pem)
        assert (await chain.pin()).point.genesis_hash == network.genesis_hash
        await chain.close()


FAULTS: dict[str, list[Effect | Fault]] = {
    "unavailable": [Fail("UNAVAILABLE")],
    "internal": [Fail("INTERNAL")],
    "not enabled": [Fail("UNIMPLEMENTED")],
    "cancelled": [Fail("CANCELLED", "Timeout expired")],
    "hang": [Hang()],
    "garbage": [Garbage()],
    "cut short": [Truncate()],
    "emptied": [Truncate(0.0)],
    "oversized": [Oversize()],
    "reset": [Reset()],
    "another block": [BlockHashHeader("ab" * 32)],
    "forgets the block": [Forget()],
    "forgets the block, every third question": [Fault(Forget(), calls=Range(every=3))],
    "fails every second time": [Fault(Fail("UNAVAILABLE"), calls=Range(every=2))],
    "fails for the block": [Fault(Fail("UNAVAILABLE"), methods=frozenset({"GetBlockInfo"}))],
    "forgets at the end": [Fault(Forget(), methods=frozenset({"GetBlockInfo"}))],
    "one at a time": [Delay(0.001, workers=1)],
    "busy": [Limits(total=2), Delay(0.002)],
}


@pytest.mark.parametrize("faults", list(FAULTS.values()), ids=list(FAULTS))
async def test_no_fault_makes_a_credential_absent(faults: list[Effect | Fault]) -> None:
    async with pinned() as (view, (node,)):
        expected = list(credentials(node, view.point.height))
        node.set_faults(faults)
        handles = [*expected, *never_deployed()]
        found: dict[bytes, Answer] = {}
        try:
            async for answer in view.look(handles):
                assert answer.handle not in found
                found[answer.handle] = answer
        except PointLost:
            assert any("orget" in str(fault) for fault in faults)
        else:
            assert set(found) == set(handles)
        assert not any(absent(found[cred_id]) for cred_id in expected if cred_id in found)


async def test_a_swap_between_two_first_credentials_is_refused() -> None:
    async with pinned("demo") as (view, (node,)):
        one, other = (account.credentials[0].cred_id for account in node.chain.accounts[:2])
        node.set_faults([Substitute({one: other})])
        answer = (await look(view, [one]))[one]
        assert isinstance(answer, Unanswered)
        assert answer.error.code == "MISMATCH"


async def test_a_second_node_finds_what_the_first_hides() -> None:
    async with pinned("demo", count=2) as (view, (first, second)):
        hidden = first.chain.accounts[0].credentials[0].cred_id
        first.set_faults([Hide(frozenset({hidden}))])
        answer = (await look(view, [hidden]))[hidden]
        assert deployed(answer).account.address == first.chain.accounts[0].address
        assert isinstance(answer, Sighting)
        assert answer.sources == (second.address,)
        assert [(note.source, note.said) for note in answer.dissent] == [(first.address, Presence.ABSENT)]


async def test_a_second_node_that_hangs_leaves_absences_open() -> None:
    async with pinned(count=2) as (view, (_, second)):
        second.set_faults([Hang()])
        found = await look(view, never_deployed())
        assert {answer.error.code for answer in found.values() if isinstance(answer, Unanswered)} == {"UNCONFIRMED"}
        assert not any(absent(answer) for answer in found.values())


LISTS: dict[str, tuple[list[Effect | Fault], type[ChainError] | None]] = {
    "in any order": ([Shuffle()], None),
    "cut once": ([Fault(Cut(3), methods=frozenset({"GetAccountList"}), calls=Range(last=1))], None),
    "always cut": ([Cut(3)], NodeUnavailable),
    "cut politely": ([Cut(3, None)], BadAnswer),
    "doubled": ([Duplicate()], BadAnswer),
    "one too many": ([ListMore((b"\x05" * 32,))], BadAnswer),
    "garbled": ([Fault(Garbage(), methods=frozenset({"GetAccountList"}))], BadAnswer),
    "of another block": ([Fault(BlockHashHeader("ab" * 32), methods=frozenset({"GetAccountList"}))], BadAnswer),
    "of a block it forgot": ([Fault(Forget(), methods=frozenset({"GetAccountList"}))], PointLost),
}


@pytest.mark.parametrize(("faults", "error"), list(LISTS.values()), ids=list(LISTS))
async def test_a_list_is_whole_or_an_error(faults: list[Effect | Fault], error: type[ChainError] | None) -> None:
    async with pinned("demo") as (view, (node,)):
        node.set_faults(faults)
        if error is None:
            assert {account.address for account in node.chain.accounts} <= (await view.account_list()).addresses
        else:
            with pytest.raises(error):
                await view.account_list()


async def test_of_two_nodes_the_second_lists_and_the_first_stands_in_for_it() -> None:
    """The list is to be another source than the node that answers look-ups."""
    async with pinned("demo", count=2) as (view, (first, second)):
        assert (await view.account_list()).source == second.address
        second.set_faults([Cut(3, None)])
        assert (await view.account_list()).source == first.address
        first.set_faults([Cut(3)])
        with pytest.raises(BadAnswer) as told:
            await view.account_list()
        assert told.value.source == second.address


PINS: dict[str, tuple[Effect, str]] = {
    "another network": (WrongNetwork(b"\x02" * 32, "Other"), "WRONG_NETWORK"),
    "old": (BlockAge(400), "STALE"),
    "from the future": (BlockAge(-400), "CLOCK"),
    "dead": (Fail("UNAVAILABLE"), "UNAVAILABLE"),
    "hanging": (Hang(), "TIMEOUT"),
    "garbled": (Garbage(), "GARBLED"),
}


@pytest.mark.parametrize(("effect", "code"), list(PINS.values()), ids=list(PINS))
async def test_what_cannot_be_pinned(effect: Effect, code: str) -> None:
    async with node_double("sample", faults=[effect]) as node, chain_of(node) as chain:
        with pytest.raises(ChainError) as caught:
            await chain.pin()
    assert (caught.value.code, caught.value.source) == (code, node.address)


async def test_a_node_far_behind_is_pinned_only_if_told_so() -> None:
    async with node_double("sample", faults=[Lag(10)]) as node, chain_of(node) as chain:
        try:
            point = (await chain.pin()).point
        except BadAnswer as error:
            assert error.code == "STALE"
        else:
            assert point.age_seconds > 0
