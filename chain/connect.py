"""The way in: a chain client by family, network and node addresses. Families are imported only when asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chain.ports import ListingChain

if TYPE_CHECKING:
    from chain.concordium.account import CredentialSighting
    from chain.evm.client import EvmChain
    from chain.evm.timing import Timing

CONCORDIUM: Final = "concordium"
DEFAULT_MAX_AGE_SECONDS: Final = 300.0
MAX_CERTIFICATE_SIZE: Final = 1024 * 1024
MAX_CONNECTIONS: Final = 8


def open_chain(
    family: str,
    network: str,
    nodes: Sequence[str] = (),
    *,
    genesis: bytes | None = None,
    certificate: Path | None = None,
    max_age_seconds: float = DEFAULT_MAX_AGE_SECONDS,
    cache_dir: Path | None = None,
    connections: int = 1,
) -> ListingChain[CredentialSighting]:
    """Make a client; nothing is sent before its `pin`.

    :param family: `concordium`.
    :param network: `mainnet`, `testnet`, or any other name together with `genesis`.
    :param nodes: `host:port`, `http://host:port` (plaintext) or `https://host:port`; empty: the network's default.
    :param genesis: hash of the genesis block (32 bytes) of a network that is not known by name.
    :param certificate: file with PEM certificates to trust for TLS instead of the built-in ones.
    :param max_age_seconds: the oldest last finalized block that is accepted; `inf` accepts any.
    :param cache_dir: where account lists are cached; None: nowhere.
    :param connections: connections to each node (1..8); each carries 10 questions at once.
    :raises ValueError: one of these cannot be used; the text says which, why and what to do.
    """
    if family != CONCORDIUM:
        raise ValueError(f"chain family {family!r} is not known; hint: {CONCORDIUM} is")
    if not 1 <= connections <= MAX_CONNECTIONS:
        raise ValueError(f"{connections} connections to a node are not within 1..{MAX_CONNECTIONS}")
    if not max_age_seconds > 0:
        raise ValueError(f"a greatest age of {max_age_seconds} s lets no block pass; hint: give a positive number")
    # Set before grpc is loaded: its C library would write its own view of each failed handshake to stderr.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from chain.concordium.account_list_cache import AccountListCache
    from chain.concordium.channel import Node
    from chain.concordium.client import ConcordiumChain
    from chain.concordium.connection import GrpcConnection
    from chain.concordium.networks import network_named, parse_node_url

    known = network_named(network, genesis)
    addresses = [parse_node_url(text) for text in (nodes or known.default_nodes)]
    if not addresses:
        raise ValueError(f"network {network!r} has no default node; hint: name one")
    trusted = _read_certificate(certificate) if certificate is not None else None
    return ConcordiumChain(
        [Node(str(address), [GrpcConnection(address, trusted) for _ in range(connections)]) for address in addresses],
        known,
        max_age_seconds=max_age_seconds,
        cache=AccountListCache(cache_dir) if cache_dir is not None else None,
    )


def open_evm_chain(url: str, *, networks_file: Path | None = None, timing: Timing | None = None) -> EvmChain:
    """A client of the EVM chain behind a node; nothing is sent before it is asked.

    :param url: http(s) URL of its JSON-RPC. It may hold a key, and no error names more of it than the host.
    :param networks_file: a person's own names and tokens of networks.
    :raises ValueError: one of these cannot be used; the text says which, why and what to do.
    """
    from chain.evm.client import EvmChain
    from chain.evm.networks import networks_with

    return EvmChain(url, None, networks_with(networks_file), timing)


def known_genesis(network: str) -> bytes | None:
    """The genesis hash (32 bytes) of a network that is known by this name, else None."""
    from chain.concordium.networks import KNOWN

    found = KNOWN.get(network)
    return None if found is None else found.genesis_hash


def _read_certificate(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_CERTIFICATE_SIZE:
            raise ValueError(f"certificate file {path} is larger than {MAX_CERTIFICATE_SIZE} bytes")
        pem = path.read_bytes()
    except OSError as error:
        raise ValueError(f"certificate file {path} cannot be read: {error.strerror}") from error
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        raise ValueError(f"{path} holds no certificate; hint: a PEM file is needed (-----BEGIN CERTIFICATE-----)")
    return pem
