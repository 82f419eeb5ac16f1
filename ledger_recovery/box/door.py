"""Who is asking: a request is let in when a paired device signed exactly it, just now, for the first time.

The device is looked up before a large body is read, the body is bounded while it is read, and the signature covers
the body. What the caller may do is decided behind this door (`room`).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from ledger_recovery.backup.protocol import (
    AUTHORIZATION,
    BOX_DIDS,
    CLOCK_WINDOW,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    OWNER_PROOF,
    facts_of,
    parse_authorization,
)
from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.backup.protocol_requests import MAX_REQUEST_BYTES
from ledger_recovery.box.devices import Device
from ledger_recovery.box.limits import BodyRoom, Nonces, Rate, address_key
from ledger_recovery.box.refusal import bad_request, too_large, unauthorised
from ledger_recovery.box.room import BoxRoom, Caller

_SIGNED_HEADERS = (AUTHORIZATION, OWNER_PROOF, IF_MATCH, IDEMPOTENCY_KEY, BOX_DIDS)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that was let in; `body_sha256` is 64 hex."""

    caller: Caller
    body: bytes = field(repr=False)
    body_sha256: str


class Door:
    """:param pin: of the Box's key, 64 hex.

    :param clock: seconds that never go back, for rates.
    """

    def __init__(self, room: BoxRoom, pin: str, clock: Callable[[], float]) -> None:
        limits = room.limits
        self._room = room
        self._pin = pin
        # Nonces of an earlier run are not known any more: what a device of then signed before this run is not taken.
        self._since = room.now()
        self._nonces = Nonces(limits.max_nonces, CLOCK_WINDOW)
        self._bodies = BodyRoom(limits.body_room)
        self._devices = Rate(limits.requests_per_minute, clock)
        self._addresses = Rate(limits.requests_per_minute_and_address, clock)
        self._pairings = Rate(limits.pairings_per_minute, clock)

    def count_address(self, host: str) -> None:
        """:raises Refusal: 429."""
        self._addresses.take(address_key(host))

    def count_pairing(self, host: str) -> None:
        """:raises Refusal: 429."""
        self._pairings.take(address_key(host))

    @asynccontextmanager
    async def signed(self, request: Request, most: int = MAX_REQUEST_BYTES) -> AsyncIterator[Signed]:
        """The request, let in; its body counts as held memory until the block ends.

        :param most: bytes that the body may have.
        :raises Refusal: 400, 401, 413, 429, 503.
        """
        headers = _signed_headers(request)
        now = self._room.now()
        try:
            said = parse_authorization(headers.get(AUTHORIZATION, ""))
        except BadMessage:
            raise unauthorised(now) from None
        # Readers never wait for the writer, and one row by its key takes some 20 µs: the way to a thread takes longer.
        device = self._room.device(said.device_id)
        if device is None or not self._is_timely(device, said.time, now):
            raise unauthorised(now)
        async with self.body(request, most) as (body, digest):
            try:
                facts, said, proof = facts_of(request.method, _target(request), digest, headers, self._pin)
            except BadMessage as error:
                raise bad_request(error.sentence) from None
            now = self._room.now()
            if not said.signed_by(device.public, facts):
                raise unauthorised(now)
            self._devices.take(device.id)
            if not self._nonces.first_time(device.id, said.nonce, now):
                raise unauthorised(now)
            owner = proof.owner_public if proof is not None and proof.holds(facts) else None
            yield Signed(Caller(device, owner), body, digest)

    def _is_timely(self, device: Device, time: int, now: int) -> bool:
        could_repeat_an_earlier_run = device.paired_at < self._since and time < self._since
        return abs(time - now) <= CLOCK_WINDOW and not could_repeat_an_earlier_run

    @asynccontextmanager
    async def body(self, request: Request, most: int) -> AsyncIterator[tuple[bytes, str]]:
        """The body, never more than `most` bytes, with its SHA-256 (64 hex).

        :raises Refusal: 413; 503, when too much is in memory already.
        """
        said = request.headers.get("content-length", "")
        expected = int(said) if said.isdecimal() and len(said) < 16 else most
        if expected > most:
            raise too_large(most)
        with self._bodies.hold(expected if said else 0 if request.method in {"GET", "HEAD"} else most):
            yield await _read(request, most)


async def _read(request: Request, most: int) -> tuple[bytes, str]:
    chunks, size, digest = [], 0, hashlib.sha256()
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise too_large(most)
        digest.update(chunk)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks), digest.hexdigest()


def _target(request: Request) -> str:
    """Path with query as it was sent, before any decoding."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


def _signed_headers(request: Request) -> dict[str, str]:
    found = {}
    for name in _SIGNED_HEADERS:
        values = request.headers.getlist(name)
        if len(values) > 1:
            raise bad_request("a header that is signed may be there only once")
        if values:
            found[name] = values[0]
    return found
