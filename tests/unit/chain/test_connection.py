"""The gRPC edge over real loopback sockets: statuses, headers, garbage, streams, TLS, and an end to every wait."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from chain.concordium import connection as edge
from chain.concordium import queries, stream_reader
from chain.concordium.channel import Node
from chain.concordium.connection import GrpcConnection
from chain.concordium.networks import NodeAddress
from chain.concordium.retry import RetryPolicy, StatusError
from chain.connect import open_chain
from chain.errors import BadAnswer, ChainError, NodeUnavailable
from tests.unit.chain import builders
from tests.unit.chain.grpc_server import ACCOUNT_INFO, ACCOUNT_LIST, self_signed, serving
from tests.unit.chain.scripted import FakeClock

QUERY = queries.account_by_cred_id(builders.BLOCK, builders.cred_id(1))
INFO = builders.account(0, {0: builders.cred_id(1)})
# Real waiting happens inside grpc only, and is over quickly.
IMPATIENT = RetryPolicy(per_try=0.3, total=1.0)


async def answering(_: bytes, context: Any) -> bytes:
    await context.send_initial_metadata((("blockhash", builders.BLOCK.hex()),))
    return INFO.SerializeToString()


@asynccontextmanager
async def node_at(port: int, *, tls: bool = False, certificate: bytes | None = None) -> AsyncIterator[Node]:
    address = NodeAddress("127.0.0.1", port, tls)
    node = Node(str(address), [GrpcConnection(address, certificate)], policy=IMPATIENT, timing=FakeClock().timing)
    try:
        yield node
    finally:
        await node.close()


async def failure(port: int, **options: Any) -> ChainError:
    async with node_at(port, **options) as node:
        with pytest.raises(ChainError) as caught:
            await node.ask(QUERY)
    return caught.value


async def test_an_account_over_a_socket() -> None:
    async with serving({ACCOUNT_INFO: answering}) as port, node_at(port) as node:
        reply = await node.ask(QUERY)
    assert reply.value is not None
    assert reply.value.address == builders.address_of(builders.cred_id(1))


STATUSES = [code for code in grpc.StatusCode if code not in (grpc.StatusCode.OK, grpc.StatusCode.NOT_FOUND)]


@pytest.mark.parametrize("code", STATUSES, ids=lambda code: code.name)
async def test_every_status_is_an_error(code: grpc.StatusCode) -> None:
    async def refusing(_: bytes, context: Any) -> bytes:
        await context.abort(code, "some \x1b[2Jtext")
        return b""

    async with serving({ACCOUNT_INFO: refusing}) as port:
        error = await failure(port)
    assert code.name in error.detail
    assert "\x1b" not in error.detail


async def test_not_found_is_an_answer() -> None:
    async def unknown(_: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.NOT_FOUND, "account or block not found.")
        return b""

    async with serving({ACCOUNT_INFO: unknown}) as port, node_at(port) as node:
        assert (await node.ask(QUERY)).value is None


async def test_a_header_with_another_block() -> None:
    async def elsewhere(_: bytes, context: Any) -> bytes:
        await context.send_initial_metadata((("blockhash", builders.OTHER_BLOCK.hex()),))
        return INFO.SerializeToString()

    async with serving({ACCOUNT_INFO: elsewhere}) as port:
        assert (await failure(port)).code == "MISMATCH"


async def test_two_headers_that_differ() -> None:
    async def double(_: bytes, context: Any) -> bytes:
        header = [("blockhash", builders.BLOCK.hex()), ("blockhash", builders.OTHER_BLOCK.hex())]
        await context.send_initial_metadata(header)
        return INFO.SerializeToString()

    async with serving({ACCOUNT_INFO: double}) as port:
        assert (await failure(port)).code == "MISMATCH"


@pytest.mark.parametrize("garbage", [b"", b"\xff\xff\xff", INFO.SerializeToString()[:-3]])
async def test_garbage_is_a_bad_answer(garbage: bytes) -> None:
    async def garbled(_: bytes, context: Any) -> bytes:
        return garbage

    async with serving({ACCOUNT_INFO: garbled}) as port:
        error = await failure(port)
    assert (type(error), error.code) == (BadAnswer, "GARBLED")


async def test_an_oversized_answer_is_a_bad_answer() -> None:
    async def huge(_: bytes, context: Any) -> bytes:
        return bytes(edge.MAX_MESSAGE + 1)

    async with serving({ACCOUNT_INFO: huge}) as port:
        error = await failure(port)
    assert (type(error), error.code) == (BadAnswer, "TOO_LARGE")


async def test_a_node_that_hangs_is_given_up() -> None:
    async def hanging(_: bytes, context: Any) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with serving({ACCOUNT_INFO: hanging}) as port:
        error = await failure(port)
    assert (type(error), error.code, error.tries) == (NodeUnavailable, "TIMEOUT", 3)


async def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await failure(taken.getsockname()[1])
    assert (type(error), error.code, error.tries) == (NodeUnavailable, "UNAVAILABLE", 3)


async def test_a_port_that_takes_connections_and_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        error = await failure(silent.getsockname()[1])
    assert isinstance(error, NodeUnavailable)


async def test_a_web_server_is_no_node() -> None:
    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(web, "127.0.0.1", 0) as server:
        error = await failure(server.sockets[0].getsockname()[1])
    assert isinstance(error, NodeUnavailable)


async def test_a_node_that_comes_back_is_found_by_a_further_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    address = NodeAddress("127.0.0.1", port, tls=False)
    # The clock is the real one here: the connection's own pause before it connects again must fit into ours.
    node = Node(str(address), [GrpcConnection(address)])
    with pytest.raises(NodeUnavailable):
        await node.ask(QUERY)
    async with serving({ACCOUNT_INFO: answering}, port=port):
        assert (await node.ask(QUERY)).value is not None
        await node.close()


async def test_a_question_in_flight_ends_when_the_chain_is_closed() -> None:
    arrived = asyncio.Event()

    async def hanging(_: bytes, context: Any) -> bytes:
        arrived.set()
        await asyncio.Event().wait()
        return b""

    async with serving({ACCOUNT_INFO: hanging}) as port, node_at(port) as node:
        asked = asyncio.create_task(node.ask(QUERY))
        await arrived.wait()
        await node.close()
        with pytest.raises(NodeUnavailable, match="closed on our side"):
            await asked
        with pytest.raises(NodeUnavailable, match="closed on our side"):
            await node.ask(QUERY)


def element(number: int) -> bytes:
    return b"\x0a\x20" + number.to_bytes(32, "big")


async def drained(port: int) -> list[bytes]:
    connection = GrpcConnection(NodeAddress("127.0.0.1", port, False))
    elements: list[bytes] = []
    try:
        await connection.stream(ACCOUNT_LIST, b"", lambda _: None, elements.append)
    finally:
        await connection.close()
    return elements


async def test_a_stream_to_its_end() -> None:
    async def listing(_: bytes, context: Any) -> AsyncIterator[bytes]:
        for number in range(1000):
            yield element(number)

    async with serving(streams={ACCOUNT_LIST: listing}) as port:
        assert await drained(port) == [element(number) for number in range(1000)]


async def test_a_cut_stream_is_an_error() -> None:
    async def cut(_: bytes, context: Any) -> AsyncIterator[bytes]:
        yield element(1)
        await context.abort(grpc.StatusCode.UNAVAILABLE, "going away")

    async with serving(streams={ACCOUNT_LIST: cut}) as port:
        with pytest.raises(StatusError, match="UNAVAILABLE"):
            await drained(port)


@pytest.fixture
def short_idle(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stream_reader, "IDLE_SECONDS", 0.1)
    yield


async def test_a_stream_that_stands_still_is_an_error(short_idle: None) -> None:
    async def stuck(_: bytes, context: Any) -> AsyncIterator[bytes]:
        yield element(1)
        await asyncio.Event().wait()

    async with serving(streams={ACCOUNT_LIST: stuck}) as port:
        with pytest.raises(StatusError, match="stood still"):
            await drained(port)


async def test_a_stream_that_is_cancelled_ends() -> None:
    begun = asyncio.Event()

    async def stuck(_: bytes, context: Any) -> AsyncIterator[bytes]:
        begun.set()
        yield element(1)
        await asyncio.Event().wait()

    async with serving(streams={ACCOUNT_LIST: stuck}) as port:
        reading = asyncio.create_task(drained(port))
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_a_stream_from_nobody_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(StatusError, match="UNAVAILABLE"):
            await drained(taken.getsockname()[1])


async def test_what_a_taker_raises_ends_the_stream() -> None:
    async def endless(_: bytes, context: Any) -> AsyncIterator[bytes]:
        while True:
            yield element(1)

    def full(_: bytes) -> None:
        raise OverflowError

    async with serving(streams={ACCOUNT_LIST: endless}) as port:
        connection = GrpcConnection(NodeAddress("127.0.0.1", port, False))
        with pytest.raises(OverflowError):
            await connection.stream(ACCOUNT_LIST, b"", lambda _: None, full)
        await connection.close()


async def test_tls_with_a_certificate_of_ones_own() -> None:
    tls = self_signed()
    async with serving({ACCOUNT_INFO: answering}, tls=tls) as port:
        async with node_at(port, tls=True, certificate=tls[1]) as node:
            assert (await node.ask(QUERY)).value is not None


async def test_tls_with_a_certificate_that_is_not_trusted() -> None:
    async with serving({ACCOUNT_INFO: answering}, tls=self_signed()) as port:
        error = await failure(port, tls=True, certificate=self_signed()[1])
    assert (type(error), error.code) == (NodeUnavailable, "TLS")
    assert "certificate" in error.detail


async def test_tls_to_a_node_without_it() -> None:
    async with serving({ACCOUNT_INFO: answering}) as port:
        error = await failure(port, tls=True)
    assert (type(error), error.code) == (NodeUnavailable, "TLS")


async def test_plaintext_to_a_node_with_tls() -> None:
    async with serving({ACCOUNT_INFO: answering}, tls=self_signed()) as port:
        assert isinstance(await failure(port), NodeUnavailable)


async def test_the_way_in_over_a_socket(tmp_path: Path) -> None:
    tls = self_signed()
    pem = tmp_path / "node.pem"
    pem.write_bytes(tls[1])

    async def consensus(_: bytes, context: Any) -> bytes:
        return builders.consensus_info(builders.OTHER_GENESIS).SerializeToString()

    async with serving({"/concordium.v2.Queries/GetConsensusInfo": consensus}, tls=tls) as port:
        chain = open_chain("concordium", "mainnet", [f"https://127.0.0.1:{port}"], certificate=pem)
        assert chain.sources == (f"127.0.0.1:{port}",)
        with pytest.raises(BadAnswer, match="is of another network"):
            await chain.pin()
        await chain.close()


def test_the_way_in_without_nodes_uses_the_networks_own_and_asks_nothing() -> None:
    assert open_chain("concordium", "testnet").sources == ("grpc.testnet.concordium.com:20000",)


@pytest.mark.parametrize(
    ("arguments", "options", "reason"),
    [
        (("evm", "mainnet"), {}, "family 'evm' is not known"),
        (("concordium", "nonet"), {}, "give its genesis block hash"),
        (("concordium", "own"), {"genesis": b"\x01" * 32}, "no default node"),
        (("concordium", "mainnet", ["ftp://x"]), {}, "neither http nor https"),
        (("concordium", "mainnet", ["x", "X"]), {}, "given twice"),
        (("concordium", "mainnet"), {"connections": 0}, "not within 1..8"),
        (("concordium", "mainnet"), {"max_age_seconds": float("nan")}, "give a positive number"),
        (("concordium", "mainnet"), {"certificate": Path("/no/such/file")}, "cannot be read"),
        (("concordium", "mainnet"), {"certificate": Path(__file__)}, "holds no certificate"),
    ],
)
def test_what_the_way_in_refuses(arguments: tuple[Any, ...], options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        open_chain(*arguments, **options)
