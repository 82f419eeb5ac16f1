"""Publishes DID documents through the HTTP interface of a Kubo-compatible IPFS node (Kubo docs, RPC API v0).

Puts the document (dag/put), imports the name's key under the name itself (key/import; one that is there already is
fine), and points the name at the document (name/publish). The node holds the key from then on: it is the Box's own.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ledger_recovery.box.publisher import PublishFailed, PublishOrder

if TYPE_CHECKING:
    import httpx

_MAX_ANSWER: Final = 64 * 1024
_HINT: Final = "Check the IPFS node and its address, then publish again; the DID itself is safe."


@dataclass(frozen=True)
class KuboTiming:
    """Seconds: for one connection, and for a whole publication (a name takes up to a minute to spread)."""

    connect: float = 5.0
    total: float = 120.0


class KuboPublisher:
    """:param url: of the node's RPC, e.g. "http://127.0.0.1:5001"; it must be a private one: RPC has no login.

    :param transport: for tests; None for the network.
    """

    def __init__(
        self, url: str, *, timing: KuboTiming | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/")
        self._timing = timing or KuboTiming()
        self._transport = transport

    async def publish(self, order: PublishOrder) -> None:
        """:raises PublishFailed: a step failed or timed out; what was done before it is harmless."""
        import httpx  # slow to import, and most Boxes publish nothing

        timeout = httpx.Timeout(self._timing.total, connect=self._timing.connect)
        try:
            async with (
                asyncio.timeout(self._timing.total),
                httpx.AsyncClient(timeout=timeout, transport=self._transport, trust_env=False) as client,
            ):
                await self._put(client, order)
                await self._import(client, order)
                await self._point(client, order)
        except TimeoutError:
            raise PublishFailed(f"the IPFS node did not answer within {self._timing.total:g} s", _HINT) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PublishFailed(f"the IPFS node cannot be reached ({type(error).__name__})", _HINT) from None

    async def _put(self, client: httpx.AsyncClient, order: PublishOrder) -> None:
        options = {"input-codec": "dag-cbor", "store-codec": "dag-cbor", "hash": "sha2-256", "pin": "true"}
        status, answer = await self._ask(client, "dag/put", options, order.document)
        cid = answer.get("Cid")
        if status != 200 or not isinstance(cid, dict) or cid.get("/") != order.cid:
            raise PublishFailed(
                f"the IPFS node did not store the document as {order.cid} ({_why(status, answer)})", _HINT
            )

    async def _import(self, client: httpx.AsyncClient, order: PublishOrder) -> None:
        options = {
            "arg": order.name,
            "format": "libp2p-protobuf-cleartext",
            "ipns-base": "base36",
        }
        status, answer = await self._ask(client, "key/import", options, order.name_key.reveal())
        known = status == 500 and "already exists" in str(answer.get("Message"))
        if not known and (status != 200 or answer.get("Id") != order.name):
            raise PublishFailed(f"the IPFS node did not take the key of {order.name} ({_why(status, answer)})", _HINT)

    async def _point(self, client: httpx.AsyncClient, order: PublishOrder) -> None:
        options = {"arg": f"/ipfs/{order.cid}", "key": order.name, "allow-offline": "true", "ipns-base": "base36"}
        status, answer = await self._ask(client, "name/publish", options, None)
        if status != 200 or answer.get("Name") != order.name or answer.get("Value") != f"/ipfs/{order.cid}":
            raise PublishFailed(f"the IPFS node did not publish {order.name} ({_why(status, answer)})", _HINT)

    async def _ask(
        self, client: httpx.AsyncClient, command: str, options: dict[str, str], body: bytes | None
    ) -> tuple[int, dict[str, object]]:
        """Status and JSON object of one call; an answer beyond the bound or no JSON object is an empty one."""
        files = None if body is None else {"file": ("data", body, "application/octet-stream")}
        received = bytearray()
        async with client.stream("POST", f"{self._url}/api/v0/{command}", params=options, files=files) as response:
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > _MAX_ANSWER:
                    return response.status_code, {}
        try:
            value: object = json.loads(received)
        except (ValueError, RecursionError):
            value = None
        return response.status_code, value if isinstance(value, dict) else {}


def _why(status: int, answer: dict[str, object]) -> str:
    """What a node said, for the Box's operator: bounded and printable."""
    message = "".join(c for c in str(answer.get("Message", ""))[:200] if c.isprintable())
    return f"status {status}{': ' if message else ''}{message}"
