"""One node: how many questions may be in flight, which failures are tried again, and what the errors say.

Every status, header and garbled byte of a node is translated here, once, into the three errors of `chain.errors`; the
table is retry.py's. "Not found" is an answer, not an error: a reply without a value.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Final, Generic, NoReturn, TypeVar

from chain.concordium import queries
from chain.concordium.attempts import Attempts
from chain.concordium.codec import Malformed
from chain.concordium.connection import Connection, RawReply
from chain.concordium.outage import Outage
from chain.concordium.queries import Query
from chain.concordium.retry import RetryPolicy, StatusError, classify
from chain.concordium.timing import Timing
from chain.concordium.together import all_of
from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost

T = TypeVar("T")
R = TypeVar("R")

# The node's default `grpc2-max-concurrent-requests-per-connection`; more would only wait in its own queue.
IN_FLIGHT: Final = 10
# A public address can hide several nodes, one of them behind. A proof is asked this often at once, so that a balancer
# that deals single questions out in turn, and not whole connections, shows each of a few nodes.
PROOFS: Final = 4
# A whole list of a million accounts takes a minute or two; a node that takes longer will not finish.
STREAM_TOTAL: Final = 600.0
# While a stream is read the node is asked a small question this often, and has so long to answer it: seconds.
WATCH_PAUSE: Final = 4.0
WATCH_TOTAL: Final = 10.0


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """`value` is None when the node said "not found". `tries`: how often it was asked."""

    value: T | None
    tries: int


class _Lane:
    """One connection and its slots. `load` counts those who hold a slot and those who wait for one."""

    def __init__(self, connection: Connection, in_flight: int) -> None:
        self.connection = connection
        self.load = 0
        self._slots = asyncio.Semaphore(in_flight)

    async def __aenter__(self) -> None:
        self.load += 1
        try:
            await self._slots.acquire()
        except BaseException:
            self.load -= 1
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._slots.release()
        self.load -= 1


class Node:
    """One node behind one or more connections. `source` is its host:port, as it stands in every answer and error."""

    def __init__(
        self,
        source: str,
        connections: Sequence[Connection],
        *,
        policy: RetryPolicy | None = None,
        timing: Timing | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        self.source = source
        self._lanes = [_Lane(connection, in_flight) for connection in connections]
        self._policy = policy or RetryPolicy()
        self._timing = timing or Timing()
        self._outage = Outage(self._policy.per_try)

    async def ask(self, query: Query[T]) -> Reply[T]:
        """Put one question, with retries, on the least busy connection.

        :raises NodeUnavailable: no answer within the policy's bound, or one that cannot be had here.
        :raises BadAnswer: an answer that is garbled, or of another block than the one asked about.
        """
        return await self._ask_on(min(self._lanes, key=lambda lane: lane.load), query)

    async def prove(self, block_hash: bytes) -> None:
        """Let every connection show that the node behind it knows the block: only then is "not found" an absence.

        :raises PointLost: one does not know it.
        :raises ChainError: one could not be asked, or answered with another block.
        """
        query = queries.block(block_hash)
        asked = (self._ask_on(lane, query) for lane in self._lanes for _ in range(PROOFS))
        replies = await asyncio.gather(*asked, return_exceptions=True)
        failures = [reply for reply in replies if isinstance(reply, BaseException)]
        answers = [reply for reply in replies if not isinstance(reply, BaseException)]
        if any(answer.value is None for answer in answers):
            raise self.lost(block_hash)
        if failures:
            raise failures[0]
        for answer in answers:
            if answer.value is not None and answer.value.block_hash != block_hash:
                raise self._bad(f"showed another block than {block_hash.hex()}", "MISMATCH")

    async def collect(self, query: Query[T], begin: Callable[[], Callable[[T], None]]) -> Reply[int]:
        """Read a whole stream; `begin` gives the taker of the elements, a fresh one for every try.

        The value is the number of elements, None when the node said "not found". What the taker raises ends the stream.

        :raises ChainError: as `ask`; also when the stream was cut, stood still or took too long.
        """
        lane = min(self._lanes, key=lambda lane: lane.load)

        async def once(timeout: float) -> int:
            take, count = begin(), 0

            def on_element(raw: bytes) -> None:
                nonlocal count
                take(self._decoded(query, raw))
                self._outage.answered(self._timing.monotonic())
                count += 1

            try:
                async with asyncio.timeout(timeout):
                    await lane.connection.stream(
                        query.path, query.payload, lambda header: self._check_header(query, header), on_element
                    )
            except TimeoutError:
                raise StatusError("DEADLINE_EXCEEDED", "the stream took too long") from None
            return count

        async with lane:
            return await self._retried(once, replace(self._policy, per_try=STREAM_TOTAL, total=STREAM_TOTAL))

    async def watch(self, block_hash: bytes) -> NoReturn:
        """Ask for the block now and then, until the node is down; what else goes wrong meanwhile is of no account.

        A stream may be silent for long while a node collects what it holds; this tells such a node from a dead one.

        :raises ChainError: the node is down.
        """
        policy = replace(self._policy, total=WATCH_TOTAL)
        while True:
            await self._timing.sleep(WATCH_PAUSE)
            started = self._timing.monotonic()
            try:
                await self._ask_on(min(self._lanes, key=lambda lane: lane.load), queries.block(block_hash), policy)
            except ChainError:
                if self._outage.found_since(started):
                    raise

    def lost(self, block_hash: bytes) -> PointLost:
        """The error that this node does not know a block that was pinned."""
        detail = f"node {self.source} does not know block {block_hash.hex()} (any more); hint: begin a new run"
        return PointLost(detail, code="POINT_LOST", source=self.source)

    async def close(self) -> None:
        await all_of(lane.connection.close() for lane in self._lanes)

    async def _ask_on(self, lane: _Lane, query: Query[T], policy: RetryPolicy | None = None) -> Reply[T]:
        queued = self._timing.monotonic()
        async with lane:
            now, policy = self._timing.monotonic(), policy or self._policy
            refusal = self._outage.refusal(queued, now)
            if refusal is not None:
                raise refusal
            if self._outage.doubted(now):
                policy = replace(policy, total=policy.per_try)

            async def once(timeout: float) -> RawReply:
                return await lane.connection.unary(query.path, query.payload, timeout)

            reply = await self._retried(once, policy)
        if reply.value is None:
            return Reply(None, reply.tries)
        self._check_header(query, reply.value.block_hash)
        return Reply(self._decoded(query, reply.value.payload), reply.tries)

    async def _retried(self, once: Callable[[float], Awaitable[R]], policy: RetryPolicy) -> Reply[R]:
        attempts = Attempts(policy, self._timing, self._outage.found_since)
        try:
            value = await attempts.run(once)
        except StatusError as error:
            raise self._failure(error, attempts) from None
        self._outage.answered(self._timing.monotonic())
        return Reply(value, attempts.tries)

    def _failure(self, error: StatusError, attempts: Attempts) -> ChainError:
        row = classify(error.status, error.text)
        said = f"{error.status}: {error.text}" if error.text else error.status
        asked = "asked once" if attempts.tries == 1 else f"asked {attempts.tries} times"
        detail = f"node {self.source}: {row.meaning} ({said}; {asked}); hint: {row.hint}"
        kind: type[ChainError] = BadAnswer if row.garbled else NodeUnavailable
        failure = kind(detail, code=row.code, source=self.source, tries=attempts.tries)
        if row.outage:
            self._outage.failed(failure, attempts.started, self._timing.monotonic())
        return failure

    def _check_header(self, query: Query[T], header: str | None) -> None:
        """The node names the block it used; when it does, it must be ours."""
        if query.block_hash is not None and header is not None and header.lower() != query.block_hash.hex():
            raise self._bad(f"answered about another block than {query.block_hash.hex()}", "MISMATCH")

    def _decoded(self, query: Query[T], raw: bytes) -> T:
        try:
            return query.decode(raw)
        except Malformed as error:
            raise self._bad(f"gave an unusable answer: {error}", "GARBLED") from None

    def _bad(self, what: str, code: str) -> BadAnswer:
        return BadAnswer(f"node {self.source} {what}; hint: choose another node", code=code, source=self.source)
