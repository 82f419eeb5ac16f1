"""One node by JSON-RPC: batches answered whole, one retry policy, at most four requests under way.

A node's URL may hold a key: only its host is ever named.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from chain.errors import BadAnswer, ChainError, NodeUnavailable
from chain.evm.reply import Kind, Refused, Reply, replies_to
from chain.evm.timing import Timing

if TYPE_CHECKING:
    from chain.evm.provider import BoundedProvider

AT_ONCE: Final = 4
_AGAIN_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_TOO_LARGE_STATUS: Final = 413
Call = tuple[str, tuple[object, ...]]
"""Method and parameters."""


class _Again(Exception):
    """A failure that may pass. `wait`: what the node asked for, in seconds."""

    def __init__(self, error: ChainError, wait: float | None = None) -> None:
        super().__init__(error.detail)
        self.error = error
        self.wait = wait


class RpcLink:
    """Questions to one node. `label`: host and port, the only part of the URL that may be shown."""

    def __init__(self, url: str, timing: Timing) -> None:
        self.label = label_of(url)
        self._url = url
        self._timing = timing
        self._provider: BoundedProvider | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def batch(self, calls: Sequence[Call]) -> tuple[Reply, ...]:
        """Every call's own reply, in their order. Rate-limited and missing elements are asked again by themselves.

        :raises NodeUnavailable: no answer, after retries. :raises BadAnswer: an answer that is no JSON, or too long.
        """
        replies: dict[int, Reply] = {}
        open_ = list(range(len(calls)))
        for attempt in range(self._timing.tries):
            if attempt:
                await self._sleep(self._pause(attempt))
            for at, reply in zip(open_, await self._post([calls[i] for i in open_]), strict=True):
                replies[at] = reply
            open_ = [i for i in open_ if _may_pass(replies[i])]
            if not open_:
                break
        return tuple(replies[i] for i in range(len(calls)))

    async def close(self) -> None:
        if self._provider is not None:
            await self._provider.disconnect()

    async def _post(self, calls: Sequence[Call]) -> tuple[Reply, ...]:
        """One request with its tries, within the time that a request has in all."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Again),
            stop=stop_after_attempt(self._timing.tries),
            wait=self._wait,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            # The turn first: to wait for the others' requests is not this one's silence.
            async with self._turns, asyncio.timeout(self._timing.total):
                return await retrying(self._once, calls)
        except _Again as again:
            raise again.error from None
        except TimeoutError:
            told = f"the node {self.label} did not answer within {self._timing.total:g} s"
            raise NodeUnavailable(told, code="TIMEOUT", source=self.label) from None

    async def _once(self, calls: Sequence[Call]) -> tuple[Reply, ...]:
        # Here, and only when a chain is asked: web3 takes two seconds to import.
        from aiohttp import ClientError, ClientResponseError

        from chain.evm.provider import AnswerTooLong, BoundedProvider

        if self._provider is None:
            self._provider = BoundedProvider(self._url, self._timing.per_try)
        try:
            ids, decoded = await self._provider.send(calls)
        except ClientResponseError as error:
            if error.status == _TOO_LARGE_STATUS:
                return (Refused(Kind.TOO_LARGE, error.status, "the request is too large for the node"),) * len(calls)
            raise self._status(error.status, error.headers.get("Retry-After") if error.headers else None) from None
        except (ClientError, TimeoutError, OSError) as error:
            # The text of these errors holds the URL: only their kind is told.
            told = f"the node {self.label} cannot be reached ({type(error).__name__})"
            raise _Again(NodeUnavailable(told, code="UNAVAILABLE", source=self.label)) from None
        except (AnswerTooLong, ValueError, RecursionError):
            told = f"the answer of {self.label} is no JSON-RPC, was cut, or is larger than any real one"
            raise _Again(BadAnswer(told, code="GARBLED", source=self.label)) from None
        return replies_to(ids, decoded)

    def _status(self, status: int, retry_after: str | None) -> Exception:
        told = f"the node {self.label} answered with HTTP status {status}"
        if status in (401, 403):
            told += ": its URL needs another key, or the key has no right to ask this"
        error = NodeUnavailable(told, code=f"HTTP_{status}", source=self.label)
        return _Again(error, _seconds(retry_after)) if status in _AGAIN_STATUS else error

    def _wait(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome is not None else None
        asked = failed.wait if isinstance(failed, _Again) else None
        if asked is not None:
            return min(asked, self._timing.longest_wait)
        return self._pause(state.attempt_number)

    def _pause(self, attempt: int) -> float:
        full = min(self._timing.longest_pause, self._timing.pause * 2.0 ** (attempt - 1))
        # Over the upper half, so that requests that failed together do not come back together.
        return full * (0.5 + 0.5 * random.random())  # noqa: S311  # no secret depends on it

    def _sleep(self, seconds: float) -> Awaitable[None]:
        return (self._timing.sleep or asyncio.sleep)(seconds)


def label_of(url: str) -> str:
    """Host and port of a node's URL; user, password, path and query may be secret.

    :raises ValueError: not an http or https URL.
    """
    try:
        parts = urlsplit(url)
        scheme, name, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        # The text of these errors holds parts of the URL.
        raise ValueError("a node's address has a host or a port that cannot be read") from None
    if scheme not in ("http", "https") or not name:
        raise ValueError("a node's address begins with https:// or http:// and names a host")
    host = f"[{name}]" if ":" in name else name
    return f"{host}:{port}" if port else host


def _may_pass(reply: Reply) -> bool:
    return isinstance(reply, Refused) and reply.kind in (Kind.RATE, Kind.MISSING)


def _seconds(retry_after: str | None) -> float | None:
    """Whole seconds of a Retry-After header; its other form, a date, is not used by nodes."""
    return float(retry_after) if retry_after is not None and retry_after.isascii() and retry_after.isdigit() else None
