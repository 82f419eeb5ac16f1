"""One gRPC connection to a node: bytes out and in, statuses as StatusError. Only stream_reader.py also uses grpc.

Deliberately without retries, limits on what is in flight, or decoding: those are the channel's. Bytes are decoded by us
and not by grpc, which would log a garbled answer and hand on None.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import grpc
import grpc.aio

from chain.concordium.networks import NodeAddress
from chain.concordium.retry import StatusError, clean_text
from chain.concordium.stream_reader import CHANNEL_OPTION, read_stream

USER_AGENT = "ledger-recovery"
# A real AccountInfo has about 2 kB, the cryptographic parameters 25 kB; this is grpc's own default, written down.
MAX_MESSAGE = 4 * 1024 * 1024
CONNECT_TIMEOUT_MS = 5_000
STREAM_SECONDS = 600.0
_HASH_HEADER = "blockhash"


@dataclass(frozen=True, slots=True)
class RawReply:
    """`block_hash`: the header `blockhash` as the node sent it (64 hex digits are expected), None if it sent none."""

    payload: bytes
    block_hash: str | None


class Connection(Protocol):
    """What the channel needs of a connection. Tests bring scripted ones."""

    async def unary(self, path: str, payload: bytes, timeout: float) -> RawReply:
        """Ask once. `timeout` in seconds.

        :raises StatusError: any status but OK.
        """
        ...

    async def stream(
        self, path: str, payload: bytes, on_header: Callable[[str | None], None], on_element: Callable[[bytes], None]
    ) -> None:
        """Hand over the header, then each element; returns only if the node ended the stream with status OK.

        :raises StatusError: any status but OK, or silence. What the two callables raise comes through.
        """
        ...

    async def close(self) -> None: ...


class GrpcConnection:
    """A connection of its own (channels to one address would otherwise share one). Opens with its first question.

    Streams go over a channel of their own, see stream_reader.py.
    """

    def __init__(self, address: NodeAddress, certificate: bytes | None = None) -> None:
        """`certificate`: PEM roots to trust instead of the built-in ones; only used with TLS."""
        self._address = address
        self._certificate = certificate
        self._channel: grpc.aio.Channel | None = None
        self._streams: grpc.Channel | None = None
        self._closed = False

    async def unary(self, path: str, payload: bytes, timeout: float) -> RawReply:
        try:
            call = self._open().unary_unary(path, None, None)(payload, timeout=timeout)
            answer: bytes = await call
            return RawReply(answer, _hash_header(await call.initial_metadata()))
        except grpc.aio.AioRpcError as error:
            raise _status(error) from None
        except grpc.aio.UsageError:
            raise _closed() from None
        except asyncio.CancelledError:
            # Closing a channel cancels its calls as if the caller had; only then it is an answer to the caller.
            if self._closed:
                raise _closed() from None
            raise

    async def stream(
        self, path: str, payload: bytes, on_header: Callable[[str | None], None], on_element: Callable[[bytes], None]
    ) -> None:
        call = self._open_for_streams().unary_stream(path, None, None)(payload, timeout=STREAM_SECONDS)
        try:
            await read_stream(call, lambda metadata: on_header(_hash_header(metadata)), on_element)
        except TimeoutError:
            raise StatusError("DEADLINE_EXCEEDED", "the stream stood still") from None
        except grpc.RpcError as error:
            raise _status(error) from None

    async def close(self) -> None:
        self._closed = True
        if self._channel is not None:
            await self._channel.close(None)
        if self._streams is not None:
            self._streams.close()

    def _open(self) -> grpc.aio.Channel:
        # Opened late: a grpc.aio channel belongs to the event loop in which it is made.
        if self._closed:
            raise _closed()
        if self._channel is None:
            options = _options(self._address)
            if self._address.tls:
                self._channel = grpc.aio.secure_channel(str(self._address), self._credentials(), options)
            else:
                self._channel = grpc.aio.insecure_channel(str(self._address), options)
        return self._channel

    def _open_for_streams(self) -> grpc.Channel:
        if self._closed:
            raise _closed()
        if self._streams is None:
            options = [*_options(self._address), CHANNEL_OPTION]
            if self._address.tls:
                self._streams = grpc.secure_channel(str(self._address), self._credentials(), options)
            else:
                self._streams = grpc.insecure_channel(str(self._address), options)
        return self._streams

    def _credentials(self) -> grpc.ChannelCredentials:
        return grpc.ssl_channel_credentials(self._certificate)


def _options(address: NodeAddress) -> list[tuple[str, Any]]:
    return [
        ("grpc.primary_user_agent", USER_AGENT),
        ("grpc.max_receive_message_length", MAX_MESSAGE),
        ("grpc.max_send_message_length", MAX_MESSAGE),
        # One connection per channel, and no retries or DNS-delivered policies behind our back.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
        ("grpc.service_config_disable_resolution", 1),
        # Reconnect fast enough that our second and third try are real tries; allow a connection 5 s to come up.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", CONNECT_TIMEOUT_MS),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # Only matters during a long stream; never pings an idle node.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 0),
        # A proxy from the environment must not see what is asked of a node on this machine.
        ("grpc.enable_http_proxy", 0 if address.loopback else 1),
    ]


def _hash_header(metadata: Any) -> str | None:
    """The `blockhash` of initial metadata. Several different ones read as one that can match nothing."""
    values = {value if isinstance(value, str) else "" for key, value in metadata if key == _HASH_HEADER}
    if not values:
        return None
    return values.pop() if len(values) == 1 else ""


def _status(error: Any) -> StatusError:
    """`error`: an AioRpcError, or a failed synchronous call (a grpc.RpcError that is the call itself)."""
    return StatusError(error.code().name, clean_text(error.details() or ""))


def _closed() -> StatusError:
    return StatusError("CANCELLED", "the connection was closed on our side")
