"""Network names, and every way to write a node's address."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium.networks import KNOWN, MAINNET, TESTNET, NodeAddress, network_named, parse_node_url

URLS = [
    ("grpc.mainnet.concordium.software:20000", NodeAddress("grpc.mainnet.concordium.software", 20000, True)),
    ("grpc.mainnet.concordium.software", NodeAddress("grpc.mainnet.concordium.software", 20000, True)),
    ("https://node.example:443", NodeAddress("node.example", 443, True)),
    ("HTTP://Node.Example:80/", NodeAddress("node.example", 80, False)),
    ("  node.example:1  ", NodeAddress("node.example", 1, True)),
    ("localhost:20001", NodeAddress("localhost", 20001, False)),
    ("127.0.0.1:20001", NodeAddress("127.0.0.1", 20001, False)),
    ("127.1.2.3", NodeAddress("127.1.2.3", 20000, False)),
    ("https://127.0.0.1:20001", NodeAddress("127.0.0.1", 20001, True)),
    ("http://10.0.0.7:20001", NodeAddress("10.0.0.7", 20001, False)),
    ("10.0.0.7:20001", NodeAddress("10.0.0.7", 20001, True)),
    ("[::1]:20001", NodeAddress("::1", 20001, False)),
    ("::1", NodeAddress("::1", 20000, False)),
    ("https://[2001:DB8::1]", NodeAddress("2001:db8::1", 20000, True)),
]
BAD_URLS = [
    "",
    ":20000",
    "http://",
    "grpc://node:1",
    "node:0",
    "node:65536",
    "node:99999999999999999999",
    "node:x",
    "node:",
    "node:²",
    "node:+1",
    "user@node:1",
    "node:1/path",
    "node/path",
    "node:1?x=1",
    "[::1",
    "[::1]x",
    "[node]:1",
    "1:2:3",
    "no de:1",
    "-node:1",
    "node..example:1",
    "a" * 254,
    "unix:/tmp/socket",
    "dns:///node:1",
]


@pytest.mark.parametrize(("text", "expected"), URLS, ids=[text for text, _ in URLS])
def test_node_addresses(text: str, expected: NodeAddress) -> None:
    assert parse_node_url(text) == expected


@pytest.mark.parametrize("text", BAD_URLS)
def test_what_is_no_node_address(text: str) -> None:
    with pytest.raises(ValueError, match="hint: write host:port"):
        parse_node_url(text)


@given(text=st.text(alphabet="abc019.:/[]@-_ hps\x00é", max_size=30))
@settings(max_examples=300, deadline=None)
def test_an_address_that_is_read_can_be_written_and_read_again(text: str) -> None:
    try:
        address = parse_node_url(text)
    except ValueError:
        return
    scheme = "https" if address.tls else "http"
    assert parse_node_url(f"{scheme}://{address}") == address


def test_the_known_networks() -> None:
    assert network_named("mainnet") is MAINNET
    assert network_named("testnet", TESTNET.genesis_hash) is TESTNET
    assert {parse_node_url(url).tls for network in KNOWN.values() for url in network.default_nodes} == {True}


def test_a_network_of_ones_own() -> None:
    network = network_named("stagenet", b"\x05" * 32)
    assert (network.name, network.genesis_hash) == ("stagenet", b"\x05" * 32)
    assert (network.commitment_key, network.default_nodes, network.hashed_addresses) == (None, (), False)


@pytest.mark.parametrize(
    ("name", "genesis", "reason"),
    [
        ("stagenet", None, "give its genesis block hash"),
        ("mainnet", TESTNET.genesis_hash, "give a network of your own another name"),
        ("stagenet", b"\x05" * 31, "this one has 31"),
    ],
)
def test_networks_that_cannot_be(name: str, genesis: bytes | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        network_named(name, genesis)
