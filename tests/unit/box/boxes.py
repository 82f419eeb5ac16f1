"""What the tests of the Box share: a Box without a socket, and machines that sign as the real client does.

Bundles have a true header around bytes that nobody can read, which is all that a Box may look at.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup import protocol
from ledger_recovery.backup.bundle_header import BundleHeader, header_bytes, signed_header
from ledger_recovery.backup.certificate import Certificate, issue
from ledger_recovery.backup.client_signing import DeviceSigner
from ledger_recovery.backup.keys import OwnerKeys, owner_keys
from ledger_recovery.box import database
from ledger_recovery.box.app import create_app
from ledger_recovery.box.config import BoxConfig, BoxLimits
from ledger_recovery.box.offering import Address, make_offer
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.secret import SecretBytes

NOW = 1_795_000_000
CREATED = "2026-11-22T10:00:00Z"
PIN = bytes(range(32))
ADDRESS = Address("https://box.example:8519", PIN, "Attic")
LOOPBACK = ("127.0.0.1", 50_000)
ELSEWHERE = ("192.0.2.7", 50_000)
KEY = "idempotency-key-{}"

# Nothing in these tests is about the speed of many requests unless a test says so.
ROOMY = BoxLimits(requests_per_minute=100_000, requests_per_minute_and_address=100_000, pairings_per_minute=1000)


@dataclass
class Clock:
    """Seconds of the Box, moved by hand."""

    seconds: float = NOW

    def now(self) -> int:
        return int(self.seconds)

    def monotonic(self) -> float:
        return self.seconds


def seed(name: str) -> SecretBytes:
    return SecretBytes(hashlib.sha256(b"box test " + name.encode()).digest())


@cache
def public(name: str) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed(name).reveal()).public_key().public_bytes_raw()


@cache
def owner(name: str = "alice") -> OwnerKeys:
    return owner_keys(seed(f"owner {name}"))


@cache
def certificate(name: str = "alice", machine: str = "laptop", upload: str = "upload") -> Certificate:
    return issue(owner(name), public(upload), public(machine), CREATED)


def bundle(
    generation: int = 1,
    previous: str = "",
    *,
    certified: Certificate | None = None,
    payload: bytes = b"age-encryption.org/v1\nunreadable",
    upload: str = "upload",
) -> bytes:
    """A bundle that any Box takes."""
    certified = certified or certificate()
    header = BundleHeader(
        certified.backup_id,
        generation,
        CREATED,
        previous,
        len(payload),
        hashlib.sha256(payload).hexdigest(),
        certified,
        b"",
    )
    return header_bytes(signed_header(header, seed(upload))) + payload


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Machine:
    """A paired computer: `ask` signs and sends one request."""

    http: httpx.AsyncClient
    device_id: str
    name: str
    clock: Clock
    pin: str = PIN.hex()
    signer: DeviceSigner = field(init=False)

    def __post_init__(self) -> None:
        self.signer = DeviceSigner(self.device_id, self.pin, seed(self.name), clock=self.clock.monotonic)

    async def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        by: OwnerKeys | None = None,
    ) -> httpx.Response:
        signed = self.signer.headers(method, target, body, headers or {}, by)
        return await self.http.request(method, target, content=body, headers=signed)

    async def enable(self, certified: Certificate | None = None) -> httpx.Response:
        certified = certified or certificate()
        return await self.ask("POST", protocol.backup_path(certified.backup_id), as_json(certified.to_json()))

    async def put(
        self,
        data: bytes,
        generation: int = 1,
        previous: str = "",
        *,
        key: str | None = None,
        backup_id: str | None = None,
        dids: tuple[str, ...] = (),
    ) -> httpx.Response:
        headers = {
            protocol.IF_MATCH: protocol.if_match(previous),
            protocol.IDEMPOTENCY_KEY: key or KEY.format(generation),
        }
        if dids:
            headers[protocol.BOX_DIDS] = protocol.dids_header(dids)
        path = protocol.generation_path(backup_id or owner().backup_id, generation)
        return await self.ask("PUT", path, data, headers)


@dataclass
class Box:
    """A Box without a socket."""

    room: BoxRoom
    clock: Clock
    http: httpx.AsyncClient

    async def pair(self, name: str = "laptop") -> Machine:
        offer = make_offer(self.room, ADDRESS)
        answer = await self.http.post("/v1/pair", json=pair_request(protocol.encode(offer.token), name))
        assert answer.status_code == 201, answer.text
        return Machine(self.http, answer.json()["device_id"], name, self.clock)

    async def enabled(self, name: str = "laptop") -> Machine:
        machine = await self.pair(name)
        assert (await machine.enable(certificate(machine=name))).status_code in {200, 201}
        return machine


@asynccontextmanager
async def running_box(
    directory: Path,
    limits: BoxLimits = ROOMY,
    *,
    client: tuple[str, int] = LOOPBACK,
    metrics_open: bool = False,
    clock: Clock | None = None,
) -> AsyncIterator[Box]:
    """A Box over a directory, asked from `client`."""
    clock = clock or Clock()
    room = BoxRoom.open(BoxConfig(directory, "Attic", limits=limits, metrics_open=metrics_open), clock.now)
    app = create_app(room, ADDRESS, clock=clock.monotonic)
    transport = httpx.ASGITransport(app=app, client=client, raise_app_exceptions=True)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1:8519") as http:
            yield Box(room, clock, http)
    finally:
        room.close()


def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting for the disk: it was half of the time of these tests, and only the end of the machine would tell.

    That everything is synced, and in which order, is held by tests that look at the calls; Boxes in processes of their
    own sync as ever.
    """
    relaxed = tuple(pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in database._PRAGMAS)
    monkeypatch.setattr(database, "_PRAGMAS", relaxed)
    monkeypatch.setattr(os, "fsync", lambda _: None)


def pair_request(token: str, name: str = "laptop") -> dict[str, str]:
    return {"token": token, "device_public": protocol.encode(public(name))}


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def everything_below(directory: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
