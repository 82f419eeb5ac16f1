"""A real gRPC server on a loopback socket whose answers a test writes itself, byte by byte if it wants."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import grpc.aio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Unary = Callable[[bytes, Any], Awaitable[bytes]]
Stream = Callable[[bytes, Any], AsyncIterator[bytes]]

SERVICE = "/concordium.v2.Queries/"
ACCOUNT_INFO = SERVICE + "GetAccountInfo"
ACCOUNT_LIST = SERVICE + "GetAccountList"


def _handlers(unary: dict[str, Unary], streams: dict[str, Stream]) -> Any:
    handlers: dict[str, Any] = {}
    for path, answer in unary.items():
        handlers[path.removeprefix(SERVICE)] = grpc.unary_unary_rpc_method_handler(answer)
    for path, elements in streams.items():
        handlers[path.removeprefix(SERVICE)] = grpc.unary_stream_rpc_method_handler(elements)
    return grpc.method_handlers_generic_handler(SERVICE.strip("/"), handlers)


@asynccontextmanager
async def serving(
    unary: dict[str, Unary] | None = None,
    streams: dict[str, Stream] | None = None,
    *,
    tls: tuple[bytes, bytes] | None = None,
    port: int = 0,
) -> AsyncIterator[int]:
    """Serve on 127.0.0.1 and give the port (0: a free one). `tls`: key and certificate in PEM."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((_handlers(unary or {}, streams or {}),))
    if tls is None:
        port = server.add_insecure_port(f"127.0.0.1:{port}")
    else:
        port = server.add_secure_port(f"127.0.0.1:{port}", grpc.ssl_server_credentials([tls]))
    await server.start()
    try:
        yield port
    finally:
        await server.stop(None)


def self_signed() -> tuple[bytes, bytes]:
    """A fresh key and a certificate for 127.0.0.1 and localhost, both in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a node in a test")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)
