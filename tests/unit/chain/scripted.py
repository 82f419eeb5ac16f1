"""A node in memory behind the client's Connection protocol, and a clock that only moves when someone waits on it.

Answers like concordium-node; each test bends one method by putting a function of its own into `bent`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from google.protobuf.message import Message

from chain.concordium.channel import Node
from chain.concordium.connection import RawReply
from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.retry import StatusError
from chain.concordium.timing import Timing
from tests.unit.chain import builders

Bend = Callable[[bytes], Message]


class FakeClock:
    """Both clocks in one; `sleep` moves it and lets the other tasks run. `waits` lists what was slept."""

    def __init__(self, now: datetime = builders.SLOT_TIME) -> None:
        self.seconds = 0.0
        self.start = now
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    @property
    def timing(self) -> Timing:
        return Timing(
            monotonic=lambda: self.seconds,
            now=lambda: self.start + timedelta(seconds=self.seconds),
            sleep=self.sleep,
            jitter=lambda: 0.5,
        )


@dataclass
class Ledger:
    """The chain's state at the one block: accounts by credential ID ever used, and those accounts in order."""

    accounts: list[pb.AccountInfo] = field(default_factory=list)
    by_cred: dict[bytes, pb.AccountInfo] = field(default_factory=dict)

    def add(self, active: dict[int, bytes], removed: Sequence[bytes] = ()) -> pb.AccountInfo:
        info = builders.account(len(self.accounts), active)
        self.accounts.append(info)
        for cred in (*active.values(), *removed):
            self.by_cred[cred] = info
        return info


def not_found() -> StatusError:
    return StatusError("NOT_FOUND", "account or block not found.")


@dataclass
class ScriptedConnection:
    """`bent`: method name -> replacement. `header`: what to send as `blockhash` (None: nothing, "": the right one)."""

    ledger: Ledger = field(default_factory=Ledger)
    blocks: dict[bytes, pb.BlockInfo] = field(default_factory=lambda: {builders.BLOCK: builders.block_info()})
    genesis: bytes = builders.GENESIS
    key: bytes = builders.COMMITMENT_KEY
    bent: dict[str, Bend] = field(default_factory=dict)
    header: str | None = ""
    calls: list[str] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    closed: bool = False

    async def unary(self, path: str, payload: bytes, timeout: float) -> RawReply:
        method = path.rpartition("/")[2]
        self.calls.append(method)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(0)
            answer = self.bent[method](payload) if method in self.bent else self.answer(method, payload)
        finally:
            self.in_flight -= 1
        header = builders.BLOCK.hex() if self.header == "" else self.header
        return RawReply(answer.SerializeToString(), None if method == "GetConsensusInfo" else header)

    async def stream(
        self, path: str, payload: bytes, on_header: Callable[[str | None], None], on_element: Callable[[bytes], None]
    ) -> None:
        self.calls.append(path.rpartition("/")[2])
        on_header(builders.BLOCK.hex() if self.header == "" else self.header)
        for info in self.ledger.accounts:
            on_element(info.address.SerializeToString())

    async def close(self) -> None:
        self.closed = True

    def answer(self, method: str, payload: bytes) -> Message:
        if method == "GetConsensusInfo":
            return builders.consensus_info(self.genesis)
        if method == "GetCryptographicParameters":
            return pb.CryptographicParameters(on_chain_commitment_key=self.key)
        if method == "GetBlockInfo":
            wanted = pb.BlockHashInput.FromString(payload)
            if wanted.HasField("last_final"):
                return next(iter(self.blocks.values()))
            return self._block(wanted.given.value)
        request = pb.AccountInfoRequest.FromString(payload)
        self._block(request.block_hash.given.value)
        return self._account(request.account_identifier)

    def _block(self, block_hash: bytes) -> pb.BlockInfo:
        if block_hash not in self.blocks:
            raise not_found()
        return self.blocks[block_hash]

    def _account(self, identifier: pb.AccountIdentifierInput) -> pb.AccountInfo:
        if identifier.HasField("cred_id"):
            found = self.ledger.by_cred.get(identifier.cred_id.value)
        elif identifier.HasField("address"):
            found = next((info for info in self.ledger.accounts if info.address == identifier.address), None)
        else:
            found = dict(enumerate(self.ledger.accounts)).get(identifier.account_index.value)
        if found is None:
            raise not_found()
        return found


def node(connection: ScriptedConnection, clock: FakeClock | None = None, source: str = "one:1") -> Node:
    return Node(source, [connection], timing=(clock or FakeClock()).timing)


def failing(status: str, text: str = "") -> Bend:
    """A method that always ends with this status."""

    def bend(_: bytes) -> Message:
        raise StatusError(status, text)

    return bend
