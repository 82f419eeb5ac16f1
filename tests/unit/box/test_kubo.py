"""Publishing through a Kubo-compatible node, played by a small double; off by default, bounded, and never believed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.parser import BytesParser

import httpx
import pytest

from ledger_recovery.backup.did_document import document_cid, document_to_cbor
from ledger_recovery.backup.did_keys import DidKeys, ed25519_name_key
from ledger_recovery.box.kubo import KuboPublisher, KuboTiming
from ledger_recovery.box.publisher import NoPublisher, PublishFailed, PublishOrder
from ledger_recovery.secret import SecretBytes

COMMANDS = ["dag/put", "key/import", "name/publish"]
URL = "http://127.0.0.1:5001"
NAME_KEY = ed25519_name_key(bytes([1]) * 32)
DOCUMENT = DidKeys(NAME_KEY.name.did, NAME_KEY, SecretBytes(bytes([2]) * 32), SecretBytes(bytes([3]) * 32)).document(
    "2026-11-22T10:00:00Z"
)


def _order() -> PublishOrder:
    return PublishOrder(NAME_KEY.name.text, NAME_KEY.to_protobuf(), document_to_cbor(DOCUMENT), document_cid(DOCUMENT))


@dataclass
class NodeDouble:
    """Stands for a Kubo node: keeps blocks by their hash, keys by name, and what each name points at."""

    blocks: set[str] = field(default_factory=set)
    keys: dict[str, bytes] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        command = request.url.path.removeprefix("/api/v0/")
        self.asked.append(command)
        options = dict(request.url.params)
        body = _upload(request) if request.content else b""
        if command == "dag/put":
            assert (options["input-codec"], options["store-codec"]) == ("dag-cbor", "dag-cbor")
            cid = bytes([1, 0x71, 0x12, 0x20]) + hashlib.sha256(body).digest()
            text = "b" + base64.b32encode(cid).decode().lower().rstrip("=")
            self.blocks.add(text)
            return httpx.Response(200, json={"Cid": {"/": text}})
        if command == "key/import":
            if options["arg"] in self.keys:
                return _trouble("key with name already exists")
            self.keys[options["arg"]] = body
            return httpx.Response(200, json={"Name": options["arg"], "Id": options["arg"]})
        assert command == "name/publish"
        if options["key"] not in self.keys or options["arg"].removeprefix("/ipfs/") not in self.blocks:
            return _trouble("no such key or block")
        self.names[options["key"]] = options["arg"]
        return httpx.Response(200, json={"Name": options["key"], "Value": options["arg"]})


def _trouble(message: str) -> httpx.Response:
    return httpx.Response(500, json={"Message": message, "Code": 0, "Type": "error"})


def _upload(request: httpx.Request) -> bytes:
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    message = BytesParser().parsebytes(head + request.content)
    _, part = message.walk()
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data


def _publisher(answer: Callable[[httpx.Request], httpx.Response], total: float = 30) -> KuboPublisher:
    return KuboPublisher(URL + "/", timing=KuboTiming(total=total), transport=httpx.MockTransport(answer))


async def test_a_name_points_at_its_document_afterwards() -> None:
    node = NodeDouble()
    await _publisher(node).publish(_order())
    assert node.asked == COMMANDS
    assert node.names == {NAME_KEY.name.text: f"/ipfs/{document_cid(DOCUMENT)}"}
    assert node.keys == {NAME_KEY.name.text: NAME_KEY.to_protobuf().reveal()}


async def test_publishing_again_is_harmless() -> None:
    node = NodeDouble()
    await _publisher(node).publish(_order())
    await _publisher(node).publish(_order())
    assert len(node.names) == 1


@pytest.mark.parametrize("wrong", COMMANDS)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"Cid": {"/": "bafyother"}, "Id": "kother", "Name": "kother", "Value": "/ipfs/x"}),
        httpx.Response(500, json={"Message": "disk full"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=[1]),
        httpx.Response(302, headers={"location": "http://elsewhere/"}),
    ],
    ids=["other", "error", "html", "list", "redirect"],
)
async def test_another_answer_than_told_is_a_failure(wrong: str, answer: httpx.Response) -> None:
    node = NodeDouble()

    def lie(request: httpx.Request) -> httpx.Response:
        return answer if request.url.path.endswith(wrong) else node(request)

    with pytest.raises(PublishFailed):
        await _publisher(lie).publish(_order())
    assert node.asked == COMMANDS[: COMMANDS.index(wrong)]
    assert NAME_KEY.name.text not in node.names


async def test_what_the_node_says_is_told_bounded_and_printable() -> None:
    def say(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(500, json={"Message": "\x1b[31mdisk full" + "x" * 5000})

    with pytest.raises(PublishFailed, match="disk full") as raised:
        await _publisher(say).publish(_order())
    assert len(raised.value.sentence) < 400
    assert "\x1b" not in raised.value.sentence


class _Endless(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.sent = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 4096
            yield bytes(4096)


async def test_an_endless_answer_is_cut_off() -> None:
    stream = _Endless()
    with pytest.raises(PublishFailed):
        await _publisher(lambda _: httpx.Response(200, stream=stream)).publish(_order())
    assert stream.sent <= 128 * 1024


async def test_a_silent_node_is_not_waited_for() -> None:
    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets the event")

    publisher = KuboPublisher(URL, timing=KuboTiming(total=0.05), transport=Silent())
    with pytest.raises(PublishFailed, match=r"did not answer within 0\.05 s"):
        await publisher.publish(_order())


async def test_an_unreachable_node_and_a_wrong_address_are_told() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    for publisher in (_publisher(refuse), KuboPublisher("not a url")):
        with pytest.raises(PublishFailed, match="cannot be reached"):
            await publisher.publish(_order())


async def test_publishing_is_off_by_default() -> None:
    with pytest.raises(PublishFailed, match="publishes no DIDs"):
        await NoPublisher().publish(_order())


def test_an_order_does_not_print_its_key() -> None:
    assert json.dumps(_order().name_key.reveal().hex()) not in repr(_order())
