"""A Box in process with a victim and an attacker; requests go in as raw bytes, as uvicorn hands them over.

Alice has a backup with a DID and asks for nothing. Mallory is paired too, has a backup of her own, and sends all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import httpx
from starlette.types import Message, Scope

from ledger_recovery.backup import protocol
from ledger_recovery.backup.protocol_json import BadMessage, dump
from ledger_recovery.backup.protocol_requests import PairRequest
from ledger_recovery.box.app import BoxApp, create_app
from ledger_recovery.box.config import BoxConfig
from ledger_recovery.box.offering import make_offer
from ledger_recovery.box.room import BoxRoom
from tests.unit.box.boxes import (
    ADDRESS,
    LOOPBACK,
    ROOMY,
    Box,
    Clock,
    Machine,
    bundle,
    certificate,
    digest,
    owner,
    public,
)

T = TypeVar("T")
Headers = tuple[tuple[bytes, bytes], ...]

ALICE, MALLORY = "laptop", "mallory"
ALICES, MALLORYS = owner("alice").backup_id, owner("mallory").backup_id
UNKNOWN = "a" * 52
LIMITS = replace(ROOMY, requests_per_minute=10**9, requests_per_minute_and_address=10**9, max_bundle_bytes=64 * 1024)


@dataclass(frozen=True, slots=True)
class Raw:
    """A request as it lies on the wire. `target`: path with query, percent-encoded or not at all."""

    method: str
    target: bytes
    headers: Headers = ()
    body: bytes = b""

    def with_headers(self, more: dict[str, str]) -> Raw:
        """The same with headers replaced or added."""
        new = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in more.items())
        kept = tuple(pair for pair in self.headers if pair[0] not in {name for name, _ in new})
        return replace(self, headers=(*kept, *new))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the Box said. `template`: of the path that took the request, None where none did."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)
    template: str | None

    def header(self, name: bytes) -> bytes:
        return dict(self.headers).get(name, b"")


@dataclass(slots=True)
class World:
    """`did`: one of Alice's. `victim`: what of hers must never change."""

    app: BoxApp
    room: BoxRoom
    clock: Clock
    runner: asyncio.Runner
    mallory: Machine
    did: str
    victim: object = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def send(self, raw: Raw) -> Answer:
        """One request through the application, with all of its layers."""
        scope, taken = _scope(raw), False
        parts: list[Message] = []

        async def receive() -> Message:
            nonlocal taken
            if taken:
                return {"type": "http.disconnect"}
            taken = True
            return {"type": "http.request", "body": raw.body, "more_body": False}

        async def send(message: Message) -> None:
            parts.append(message)

        await self.app(scope, receive, send)
        body = b"".join(part.get("body", b"") for part in parts[1:])
        route = getattr(scope.get("route"), "path", None)
        return Answer(parts[0]["status"], tuple(map(tuple, parts[0]["headers"])), body, route)

    def hers(self) -> object:
        """Everything of Alice's on the Box, as bytes and numbers."""
        with self.room.db.read() as connection:
            backup = connection.execute(
                "SELECT id, highest, delete_after, owner_public FROM backups WHERE backup_id = ? AND owner_public = ?",
                (ALICES, owner("alice").owner_public),
            ).fetchone()
            tables = ("generations", "grants", "dids")
            rows = [
                connection.execute(f"SELECT * FROM {table} WHERE backup = ?", backup[:1]).fetchall()  # noqa: S608
                for table in tables
            ]
        return backup, rows, all(self.room.blobs.is_whole(row[2]) for row in rows[0])


@contextmanager
def hostile_world(directory: Path) -> Iterator[World]:
    """A Box over a directory, ready to be attacked."""
    clock = Clock()
    room = BoxRoom.open(BoxConfig(directory, "Attic", limits=LIMITS), clock.now)
    app = create_app(room, ADDRESS, clock=clock.monotonic)
    with asyncio.Runner() as runner:
        try:
            mallory, did = runner.run(_settle(room, app, clock))
            world = World(app, room, clock, runner, mallory, did)
            world.victim = world.hers()
            yield world
        finally:
            room.close()


async def _settle(room: BoxRoom, app: BoxApp, clock: Clock) -> tuple[Machine, str]:
    transport = httpx.ASGITransport(app=app, client=LOOPBACK)
    async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1:8519") as http:
        box = Box(room, clock, http)
        alice = await box.enabled(ALICE)
        did = (await alice.ask("POST", protocol.dids_path(ALICES))).json()["did"]
        first = bundle()
        assert (await alice.put(first, dids=(did,))).status_code == 201
        assert (await alice.put(bundle(2, digest(first)), 2, digest(first))).status_code == 201
        return await box.pair(MALLORY), did


async def prepare_mallory(world: World) -> str:
    """Pair her and give her a backup with a generation and a DID, as far as she lost them; her DID."""
    if world.room.device(world.mallory.device_id) is None:
        offer = make_offer(world.room, ADDRESS)
        world.room.pair(PairRequest(protocol.encode(offer.token), public(MALLORY)))
    certified = certificate("mallory", MALLORY)
    dids = protocol.dids_path(MALLORYS).encode()
    await world.send(sign(world, Raw("POST", protocol.backup_path(MALLORYS).encode(), body=dump(certified.to_json()))))
    await world.send(sign(world, first_put(bundle(certified=certified))))
    listed = _dids(await world.send(sign(world, Raw("GET", dids))))
    return listed[0] if listed else json.loads((await world.send(sign(world, Raw("POST", dids)))).body)["did"]


def first_put(data: bytes) -> Raw:
    """Mallory's first generation, still unsigned."""
    headers = {protocol.IF_MATCH: "none", protocol.IDEMPOTENCY_KEY: "idempotency-key-1"}
    return Raw("PUT", protocol.generation_path(MALLORYS, 1).encode(), body=data).with_headers(headers)


def sign(world: World, raw: Raw, *, by_owner: str | None = None) -> Raw:
    """The request as Mallory's machine signs it; as it is, when it holds what no signature can cover.

    :param by_owner: adds the owner's proof of this person.
    """
    said = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw.headers}
    try:
        signed = world.mallory.signer.headers(
            raw.method, raw.target.decode("latin-1"), raw.body, said, owner(by_owner) if by_owner else None
        )
    except BadMessage:
        return raw
    own = (protocol.AUTHORIZATION, protocol.OWNER_PROOF)
    return raw.with_headers({name: signed[name] for name in own if name in signed})


def _dids(listed: Answer) -> list[str]:
    return [each["did"] for each in json.loads(listed.body)["dids"]]


def _scope(raw: Raw) -> Scope:
    path, _, query = raw.target.partition(b"?")
    length = () if any(name == b"content-length" for name, _ in raw.headers) else ((b"content-length", _size(raw)),)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8519),
        "client": LOOPBACK,
        "scheme": "https",
        "method": raw.method,
        "root_path": "",
        "path": unquote(path.decode("ascii", "replace")),
        "raw_path": path,
        "query_string": query,
        "headers": [*raw.headers, *length],
    }


def _size(raw: Raw) -> bytes:
    return str(len(raw.body)).encode("ascii")
