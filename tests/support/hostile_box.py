"""An Identity Box over real TLS, with the right key, that keeps one backup and lies about it when it is told to.

Shares no code with the real Box. Honest, it takes and gives whatever it gets, for everybody: what a client believes is
up to the client.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.support.box_double import Asked, BoxDouble, BoxIdentity, Reply, reply

AT = "2026-11-22T10:00:00Z"
TOKEN = bytes(16)
LIMITS = {
    "max_bundle_bytes": 1 << 26,
    "max_dids": 100,
    "generations_kept": 30,
    "retention_days": 0,
    "requests_per_minute": 600,
}
Lie = Callable[[Asked, Reply], Reply]
"""(what was asked, the honest answer) -> the answer."""

HEAD = re.compile(r"GET /v1/backups/[a-z2-7]{52}")
BUNDLE = re.compile(r"GET /v1/backups/[a-z2-7]{52}/generations/\d+")
PUT = re.compile(r"PUT /v1/backups/[a-z2-7]{52}/generations/\d+")


@dataclass
class Kept:
    """Generations by number, as the clients sent them."""

    bundles: dict[int, bytes] = field(default_factory=dict)

    def told(self, number: int) -> dict[str, object]:
        """How a generation is listed."""
        data = self.bundles[number]
        digest = hashlib.sha256(data).hexdigest()
        return {"generation": number, "digest": digest, "size": len(data), "created": AT, "stored_at": AT}

    def head(self, newest: int | None = None, /, **lies: object) -> dict[str, object]:
        """The answer about the whole backup. `lies`: fields of the newest generation."""
        told = [self.told(number) for number in sorted(self.bundles) if newest is None or number <= newest]
        if not told:
            return {"newest": None, "generations": []}
        told[-1] |= lies
        return {"newest": told[-1], "generations": told}


def bundle_reply(data: bytes) -> Reply:
    """A bundle with its true digest."""
    return reply(200, data, etag=f'"{hashlib.sha256(data).hexdigest()}"')


class HostileBox:
    """Use as `async with`. `lies`: patterns of "METHOD path", each with what becomes of the honest answer."""

    def __init__(self, folder: Path, identity: BoxIdentity, kept: Kept) -> None:
        self.kept = kept
        self.lies: dict[re.Pattern[str], Lie] = {}
        self._double = BoxDouble(folder, self._answer, identity=identity)

    @property
    def url(self) -> str:
        return self._double.url

    @property
    def pin(self) -> bytes:
        return self._double.identity.pin

    @property
    def asked(self) -> list[str]:
        """ "METHOD path" of each request."""
        return [f"{one.method} {one.target}" for one in self._double.asked]

    def lie(self, where: re.Pattern[str], answer: Reply) -> None:
        """Answer so from now on."""
        self.lies[where] = lambda asked, honest: answer

    async def __aenter__(self) -> Self:
        await self._double.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._double.__aexit__()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        answer = self._honest(asked)
        for where, lie in self.lies.items():
            if where.fullmatch(f"{asked.method} {asked.target}"):
                answer = lie(asked, answer)
        await answer(asked, writer)

    def _honest(self, asked: Asked) -> Reply:
        match asked.method, asked.target.strip("/").split("/")[1:]:
            case "GET", ["about"]:
                pin = self._double.identity.pin.hex()
                return reply(200, {"name": "Hostile", "pin": pin, "version": 1, "time": 0, "limits": LIMITS})
            case "POST", ["pair"]:
                device = hashlib.sha256(asked.body).hexdigest()[:16]
                return reply(201, {"device_id": device, "name": "Hostile"})
            case "POST", ["backups", backup_id, *_]:
                return reply(200, {"backup_id": backup_id, "newest": self.kept.head()["newest"]})
            case "GET", ["backups", _]:
                return reply(200, self.kept.head())
            case "GET", ["backups", _, "generations", number] if int(number) in self.kept.bundles:
                return bundle_reply(self.kept.bundles[int(number)])
            case "PUT", ["backups", _, "generations", number]:
                return self._put(asked, int(number))
            case "DELETE", _:
                return reply(204)
        return reply(404, {"code": "no-such-backup", "sentence": "no such backup"})

    def _put(self, asked: Asked, number: int) -> Reply:
        newest = self.kept.head()["newest"]
        wanted = f'"{newest["digest"]}"' if isinstance(newest, dict) else "none"
        if asked.headers["if-match"] != wanted:
            return reply(412, {"code": "conflict", "sentence": "no", "newest": newest})
        self.kept.bundles[number] = asked.body
        told = self.kept.told(number)
        return reply(201, {key: told[key] for key in ("generation", "digest", "stored_at")})


def head_of(data: bytes) -> dict[str, object]:
    """The JSON in the head of a bundle, for making another one of it."""
    found = json.loads(data.split(b"\n", 2)[1])
    assert isinstance(found, dict)
    return found


def with_head(data: bytes, head: dict[str, object]) -> bytes:
    """A bundle with another head: its checksum fits, its signature does not."""
    line = json.dumps(head, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    lines = data.split(b"\n", 1)[0] + b"\n" + line + b"\n"
    lines += hashlib.sha256(lines).hexdigest().encode() + b"\n"
    return lines.ljust(4095) + b"\n" + data[4096:]
