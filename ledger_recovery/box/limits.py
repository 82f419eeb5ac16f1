"""Bounds over time: token buckets per device and address, memory of nonces, room for bodies. The clock is injected.

Everything here is bounded itself: the oldest bucket is forgotten when there are too many, and a full memory of nonces
refuses instead of forgetting.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil

from ledger_recovery.box.refusal import Refusal, busy, too_many

MAX_BUCKETS = 50_000


class Rate:
    """So many events a minute for each key, bursts up to the whole minute's number."""

    def __init__(self, per_minute: int, clock: Callable[[], float], *, max_buckets: int = MAX_BUCKETS) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._max_buckets = max_buckets
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Count one event.

        :raises Refusal: 429 with Retry-After, when the bucket is empty.
        """
        with self._lock:
            now = self._clock()
            tokens, since = self._buckets.pop(key, (self._size, now))
            tokens = min(self._size, tokens + max(0.0, now - since) * self._per_second)
            enough = tokens >= 1
            self._buckets[key] = (tokens - 1 if enough else tokens, now)
            if len(self._buckets) > self._max_buckets:
                self._buckets.popitem(last=False)
        if not enough:
            raise too_many(ceil((1 - tokens) / self._per_second))


def address_key(host: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 address, which one household holds whole."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Nonces:
    """Requests seen, each remembered until its time is out of the window anyway; about a hundred bytes for each.

    Nothing is remembered over a restart: the caller refuses requests signed before this memory began.
    """

    def __init__(self, most: int, window: int) -> None:
        self._most = most
        self._window = window
        self._seen: set[bytes] = set()
        self._queue: deque[tuple[int, list[bytes]]] = deque()
        self._lock = threading.Lock()

    def first_time(self, device: str, nonce: str, now: int) -> bool:
        """Whether this device did not use this nonce before; remembers it.

        :raises Refusal: 503, when too many are remembered to take one more.
        """
        key = hashlib.blake2b(f"{device} {nonce}".encode(), digest_size=16).digest()
        with self._lock:
            # A request's time may be a window ahead of ours, so it stays valid for two windows at most.
            while self._queue and self._queue[0][0] + 2 * self._window < now:
                self._seen.difference_update(self._queue.popleft()[1])
            if key in self._seen:
                return False
            if len(self._seen) >= self._most:
                raise busy(self._window)
            self._seen.add(key)
            if not self._queue or self._queue[-1][0] != now:
                self._queue.append((now, []))
            self._queue[-1][1].append(key)
            return True


class BodyRoom:
    """Bytes of bodies that are in memory; a request that does not fit is told to come again."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """:raises Refusal: 503, when others hold too much already."""
        with self._lock:
            if size > self._free:
                raise _no_room()
            self._free -= size
        try:
            yield
        finally:
            with self._lock:
                self._free += size


def _no_room() -> Refusal:
    return busy(2)
