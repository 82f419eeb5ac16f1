"""Pin one block of an EVM chain: chain ID checked, finality as good as the node offers it, then everything by its hash.

By hash, not by number: after a reorganisation the same number silently names another state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from chain.errors import BadAnswer, NodeUnavailable, PointLost
from chain.evm.link import RpcLink
from chain.evm.networks import EvmNetwork
from chain.evm.quantity import Garbled, data, hex_data, quantity
from chain.evm.reply import Kind, Refused, Value
from chain.model import Finality, Point

HASH: Final = 32
ZERO_ADDRESS: Final = "0x" + "00" * 20
REPLICA_TRIES: Final = 3
"""Behind one address may stand several machines, of which one has not seen the block yet."""

BlockForm = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Header:
    """`time`: seconds since 1970, as the block's producer set it."""

    block_hash: bytes
    number: int
    time: int


@dataclass(frozen=True, slots=True)
class PinnedBlock:
    """`form`: how this node wants the block named in a question (EIP-1898, or the bare hash)."""

    point: Point
    form: BlockForm


async def chain_id_of(link: RpcLink) -> int:
    """The chain that the node is on.

    :raises NodeUnavailable, BadAnswer: it does not say.
    """
    reply = (await link.batch([("eth_chainId", ())]))[0]
    try:
        if isinstance(reply, Value):
            return quantity(reply.result, 2**63)
    except Garbled:
        pass
    told = f"the node {link.label} does not say which chain it is on{_words(reply)}"
    raise BadAnswer(told, code="NO_CHAIN_ID", source=link.label)


async def pin(link: RpcLink, network: EvmNetwork, now: datetime, at: bytes | None) -> PinnedBlock:
    """Pin the newest block of the best finality, or with `at` (32 bytes) that very block.

    :raises BadAnswer: the node is on another chain (both IDs are told), or its block cannot be read.
    :raises PointLost: `at` is not known to it any more.
    :raises NodeUnavailable: it answers no question at a block that is named by its hash.
    """
    found = await chain_id_of(link)
    if found != network.chain_id:
        raise BadAnswer(
            f"the node {link.label} is on chain {found}, not on {network.name} (chain {network.chain_id})",
            code="WRONG_NETWORK",
            source=link.label,
        )
    header, finality = await _newest(link) if at is None else (await _known(link, at), Finality.FINALIZED)
    form = await _block_form(link, header.block_hash)
    genesis = await header_by(link, "eth_getBlockByNumber", "0x0")
    point = Point(
        network=network.name,
        genesis_hash=genesis.block_hash if genesis is not None else b"",
        block_hash=header.block_hash,
        height=header.number,
        slot_time=datetime.fromtimestamp(header.time, UTC),
        age_seconds=now.timestamp() - header.time,
        finality=finality,
        sources=(link.label,),
    )
    return PinnedBlock(point, form)


async def header_by(link: RpcLink, method: str, which: str) -> Header | None:
    """A block's header by number, tag or hash; None when the node refuses, or knows no such block.

    :raises BadAnswer: it answers with something that is no block.
    :raises NodeUnavailable: it gives no answer at all, which says nothing about the block.
    """
    reply = (await link.batch([(method, (which, False))]))[0]
    if isinstance(reply, Refused):
        if reply.kind in (Kind.MISSING, Kind.RATE):
            raise NodeUnavailable(
                f"the node {link.label} does not answer for a block{_words(reply)}", code="NO_ANSWER", source=link.label
            )
        return None
    if reply.result is None:
        return None
    return _header(reply.result, link.label)


async def still_known(link: RpcLink, block_hash: bytes) -> bool:
    """Whether a node that refused a question still knows the block; each machine behind its address gets a chance."""
    for _ in range(REPLICA_TRIES):
        header = await header_by(link, "eth_getBlockByHash", hex_data(block_hash))
        if header is not None and header.block_hash == block_hash:
            return True
    return False


async def _newest(link: RpcLink) -> tuple[Header, Finality]:
    for finality in (Finality.FINALIZED, Finality.SAFE, Finality.LATEST):
        header = await header_by(link, "eth_getBlockByNumber", finality.value)
        if header is not None:
            return header, finality
    raise NodeUnavailable(f"the node {link.label} names no newest block", code="NO_BLOCK", source=link.label)


async def _known(link: RpcLink, at: bytes) -> Header:
    for _ in range(REPLICA_TRIES):
        header = await header_by(link, "eth_getBlockByHash", hex_data(at))
        if header is not None and header.block_hash == at:
            return header
    raise PointLost(f"the node {link.label} no longer knows the pinned block", code="POINT_LOST", source=link.label)


async def _block_form(link: RpcLink, block_hash: bytes) -> BlockForm:
    """The first form in which the node answers a question at the block.

    Asked of the zero address, whose balance is of no interest: the form must be known before anything counts.
    """
    refusal: Refused | None = None
    for _ in range(REPLICA_TRIES):
        for form in ({"blockHash": hex_data(block_hash)}, hex_data(block_hash)):
            reply = (await link.batch([("eth_getBalance", (ZERO_ADDRESS, form))]))[0]
            if isinstance(reply, Value) and _is_quantity(reply.result):
                return form
            refusal = reply if isinstance(reply, Refused) else refusal
    told = f"the node {link.label} answers no question at the block that it named itself{_words(refusal)}"
    raise NodeUnavailable(told, code="NO_STATE", source=link.label)


def _header(block: object, source: str) -> Header:
    try:
        match block:
            case {"hash": block_hash, "number": number, "timestamp": time}:
                return Header(data(block_hash, HASH), quantity(number, 2**63), quantity(time, 2**37))
    except Garbled:
        pass
    raise BadAnswer(f"the node {source} answered with something that is no block", code="GARBLED", source=source)


def _is_quantity(value: object) -> bool:
    try:
        quantity(value)
    except Garbled:
        return False
    return True


def _words(reply: object) -> str:
    return f": {reply.text}" if isinstance(reply, Refused) and reply.text else ""
