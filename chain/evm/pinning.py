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
from chain.evm.quantity import Garbled, data, hex_data, hex_quantity, quantity
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


@dataclass(frozen=True, slots=True)
class _Block:
    header: Header
    finality: Finality
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
    :raises PointLost: `at` is not known to it any more, is not part of its chain, or has no state any more.
    :raises NodeUnavailable: it answers no question at a block that is named by its hash.
    """
    found = await chain_id_of(link)
    if found != network.chain_id:
        raise BadAnswer(
            f"the node {link.label} is on chain {found}, not on {network.name} (chain {network.chain_id})",
            code="WRONG_NETWORK",
            source=link.label,
        )
    block = await (_newest(link) if at is None else _again(link, at))
    header = block.header
    genesis = await header_by(link, "eth_getBlockByNumber", "0x0")
    point = Point(
        network=network.name,
        genesis_hash=genesis.block_hash if genesis is not None else b"",
        block_hash=header.block_hash,
        height=header.number,
        slot_time=datetime.fromtimestamp(header.time, UTC),
        age_seconds=now.timestamp() - header.time,
        finality=block.finality,
        sources=(link.label,),
    )
    return PinnedBlock(point, block.form)


async def header_by(link: RpcLink, method: str, which: str) -> Header | None:
    """A block's header by number, tag or hash; None when the node refuses, or knows no such block.

    :raises BadAnswer: it answers with something that is no block.
    :raises NodeUnavailable: it gives no answer at all, which says nothing about the block.
    """
    reply = (await link.batch([(method, (which, False))]))[0]
    if isinstance(reply, Refused):
        _require_answer(link, reply)
        return None
    if reply.result is None:
        return None
    return _header(reply.result, link.label)


async def by_number(link: RpcLink, number: int) -> Header | None:
    """The block of this number, errors as of `header_by`; each machine behind the address gets a chance to know it."""
    for _ in range(REPLICA_TRIES):
        header = await header_by(link, "eth_getBlockByNumber", hex_quantity(number))
        if header is not None:
            return header
    return None


async def still_known(link: RpcLink, block_hash: bytes) -> bool:
    """Whether a node that refused a question still knows the block; each machine behind its address gets a chance."""
    return await _by_hash(link, block_hash) is not None


async def _newest(link: RpcLink) -> _Block:
    """The newest block of the best finality at which the node answers.

    A node that keeps the state of a few blocks only may have none of its finalized one; and one that has not learned
    yet what is final calls its very first block so, at which nothing exists.
    """
    refusal: Refused | None = None
    for finality in (Finality.FINALIZED, Finality.SAFE, Finality.LATEST):
        header = await header_by(link, "eth_getBlockByNumber", finality.value)
        if header is None or (header.number == 0 and finality is not Finality.LATEST):
            continue
        form = await _block_form(link, header.block_hash)
        if not isinstance(form, Refused):
            return _Block(header, finality, form)
        refusal = form
    if refusal is None:
        raise NodeUnavailable(f"the node {link.label} names no newest block", code="NO_BLOCK", source=link.label)
    told = f"the node {link.label} answers no question at the block that it named itself{_words(refusal)}"
    raise NodeUnavailable(told, code="NO_STATE", source=link.label)


async def _again(link: RpcLink, at: bytes) -> _Block:
    """A block of before, with the finality that it has now."""
    header = await _by_hash(link, at)
    if header is None:
        raise _lost(link, "no longer knows the pinned block")
    standing = await by_number(link, header.number)
    if standing is None or standing.block_hash != at:
        raise _lost(link, "has another block in the place of the pinned one")
    form = await _block_form(link, at)
    if isinstance(form, Refused):
        raise _lost(link, f"has no state of the pinned block any more{_words(form)}")
    return _Block(header, await _finality(link, header.number), form)


async def _finality(link: RpcLink, number: int) -> Finality:
    for finality in (Finality.FINALIZED, Finality.SAFE):
        header = await header_by(link, "eth_getBlockByNumber", finality.value)
        if header is not None and header.number >= number:
            return finality
    return Finality.LATEST


async def _by_hash(link: RpcLink, block_hash: bytes) -> Header | None:
    for _ in range(REPLICA_TRIES):
        header = await header_by(link, "eth_getBlockByHash", hex_data(block_hash))
        if header is not None and header.block_hash == block_hash:
            return header
    return None


async def _block_form(link: RpcLink, block_hash: bytes) -> BlockForm | Refused:
    """The first form in which the node answers a question at the block; or why it does in none.

    Asked of the zero address, whose balance is of no interest: the form must be known before anything counts.

    :raises NodeUnavailable: it gives no answer at all.
    """
    refusal = Refused(Kind.OTHER, None, "")
    for _ in range(REPLICA_TRIES):
        for form in ({"blockHash": hex_data(block_hash)}, hex_data(block_hash)):
            reply = (await link.batch([("eth_getBalance", (ZERO_ADDRESS, form))]))[0]
            if isinstance(reply, Value) and _is_quantity(reply.result):
                return form
            if isinstance(reply, Refused):
                _require_answer(link, reply)
                refusal = reply
    return refusal


def _require_answer(link: RpcLink, refused: Refused) -> None:
    """:raises NodeUnavailable: the refusal is silence, which says nothing about the block."""
    if refused.kind in (Kind.MISSING, Kind.RATE):
        told = f"the node {link.label} does not answer for a block{_words(refused)}"
        raise NodeUnavailable(told, code="NO_ANSWER", source=link.label)


def _lost(link: RpcLink, how: str) -> PointLost:
    return PointLost(f"the node {link.label} {how}", code="POINT_LOST", source=link.label)


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
