"""[pure] The networks by name, the way a node is named, and the constants that both networks share.

Genesis hashes and the commitment key: concordium-misc-tools company-id-gui (resources and src-tauri/src/main.rs).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

DEFAULT_PORT: Final = 20000
MAX_HOST_LENGTH: Final = 253
_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")

# Byte-identical on mainnet and testnet: g (48 bytes) then h (48 bytes), compressed points of BLS12-381 G1.
COMMITMENT_KEY: Final = bytes.fromhex(
    "b14cbfe44a02c6b1f78711176d5f437295367aa4f2a8c2551ee10d25a03adc69d61a332a058971919dad7312e1fc94c5"
    "a8d45e64b6f917c540eee16c970c3d4b7f3caf48a7746284878e2ace21c82ea44bf84609834625be1f309988ac523fac"
)


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where a node listens, and whether the way there is encrypted. `str()` gives host:port, as it is shown."""

    host: str
    port: int
    tls: bool

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        return _is_loopback(self.host)


@dataclass(frozen=True, slots=True)
class Network:
    """A network by its genesis hash (32 bytes).

    `commitment_key`: what the chain must show (96 bytes), or None when it is not known beforehand.
    `hashed_addresses`: every account's address is the hash of its first credential ID. True of the two public
    networks; a private genesis may carry addresses of its own.
    """

    name: str
    genesis_hash: bytes
    commitment_key: bytes | None
    default_nodes: tuple[str, ...] = ()
    hashed_addresses: bool = True


MAINNET: Final = Network(
    name="mainnet",
    genesis_hash=bytes.fromhex("9dd9ca4d19e9393877d2c44b70f89acbfc0883c2243e5eeaecc0d1cd0503f478"),
    commitment_key=COMMITMENT_KEY,
    default_nodes=("https://grpc.mainnet.concordium.software:20000",),
)
TESTNET: Final = Network(
    name="testnet",
    genesis_hash=bytes.fromhex("4221332d34e1694168c2a0c0b3fd0f273809612cb13d000d5c2e00e85f50f796"),
    commitment_key=COMMITMENT_KEY,
    default_nodes=("https://grpc.testnet.concordium.com:20000",),
)
KNOWN: Final = {network.name: network for network in (MAINNET, TESTNET)}


def network_named(name: str, genesis_hash: bytes | None = None) -> Network:
    """Find a network: a known name, or any other name together with its genesis hash (32 bytes).

    :raises ValueError: an unknown name without a hash, a known name with another hash, or a hash of another size.
    """
    known = KNOWN.get(name)
    if genesis_hash is None:
        if known is None:
            names = ", ".join(sorted(KNOWN))
            raise ValueError(f"network {name!r} is not known ({names} are); hint: give its genesis block hash")
        return known
    if len(genesis_hash) != 32:
        raise ValueError(f"a genesis block hash has 32 bytes, this one has {len(genesis_hash)}")
    if known is not None:
        if known.genesis_hash != genesis_hash:
            raise ValueError(
                f"{name} has the genesis block {known.genesis_hash.hex()}, not {genesis_hash.hex()};"
                " hint: give a network of your own another name"
            )
        return known
    return Network(name, genesis_hash, commitment_key=None, hashed_addresses=False)


def parse_node_url(text: str) -> NodeAddress:
    """Read `host`, `host:port`, `http://host:port` (plaintext) or `https://host:port` (TLS). No port means 20000.

    Without a scheme a loopback host (localhost, 127.x.x.x, ::1) is plaintext and every other host is TLS, so that
    nothing leaves the machine unencrypted unless `http://` says so. An IPv6 address with a port stands in brackets.

    :raises ValueError: anything else, such as a path, a user name, another scheme or a port outside 1..65535.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    if separator and scheme.lower() not in ("http", "https"):
        raise _bad_url(text, f"the scheme {scheme!r} is neither http nor https")
    host, port = _split_port(text, rest.removesuffix("/"))
    host = _checked_host(text, host)
    if separator:
        return NodeAddress(host, port, tls=scheme.lower() == "https")
    return NodeAddress(host, port, tls=not _is_loopback(host))


def _split_port(text: str, rest: str) -> tuple[str, int]:
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or ":" not in host or (tail and not tail.startswith(":")):
            raise _bad_url(text, "brackets hold an IPv6 address, and only a port may follow them")
        port_text = tail[1:] if tail else str(DEFAULT_PORT)
    elif rest.count(":") > 1:
        host, port_text = rest, str(DEFAULT_PORT)
    else:
        host, colon, tail = rest.partition(":")
        port_text = tail if colon else str(DEFAULT_PORT)
    if not (port_text.isascii() and port_text.isdecimal() and len(port_text) <= 5):
        raise _bad_url(text, f"{port_text!r} is no port number")
    port = int(port_text)
    if not 1 <= port <= 65535:
        raise _bad_url(text, f"port {port} is not within 1..65535")
    return host, port


def _checked_host(text: str, host: str) -> str:
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise _bad_url(text, f"{host!r} is no IPv6 address") from error
    if not host or len(host) > MAX_HOST_LENGTH or not _HOST_NAME.fullmatch(host):
        raise _bad_url(text, f"{host!r} is no host name")
    return host.lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad_url(text: str, why: str) -> ValueError:
    return ValueError(
        f"node {text!r} cannot be used: {why}; hint: write host:port, http://host:port or https://host:port"
    )
