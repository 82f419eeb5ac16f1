"""JSON-RPC as it comes from outside: matched by id, numbers and data read strictly; networks files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.evm.account import delegate_of
from chain.evm.link import label_of
from chain.evm.networks import EvmNetwork, known_networks, network_of, networks_with, read_networks
from chain.evm.quantity import Garbled, data, hex_data, hex_quantity, quantity
from chain.evm.reply import Kind, Refused, Value, clean, replies_to

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "result", "error", "code"]), inner)
    ),
    max_leaves=12,
)


def test_answers_are_matched_by_id_whatever_their_order() -> None:
    answer = [{"id": 2, "result": "c"}, {"id": 0, "result": "a"}, {"id": 1, "error": {"code": -32000, "message": "no"}}]
    assert replies_to([0, 1, 2], answer) == (Value("a"), Refused(Kind.OTHER, -32000, "no"), Value("c"))


@settings(max_examples=200, deadline=None)
@given(decoded=JSON)
def test_every_question_has_a_reply_whatever_comes(decoded: Any) -> None:
    replies = replies_to([0, 1, 2], decoded)
    assert len(replies) == 3
    for number, reply in enumerate(replies):
        if isinstance(reply, Value):
            assert sum(e.get("id") == number and e["id"] is not True for e in decoded if isinstance(e, dict)) >= 1


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ({"id": 0}, Kind.MISSING),
        ({"id": True, "result": 1}, Kind.MISSING),
        ({"id": "0", "result": 1}, Kind.MISSING),
        ({"id": 0, "error": "broken"}, Kind.OTHER),
        ({"id": 0, "error": {"code": -32005, "message": "x"}}, Kind.RATE),
        ({"id": 0, "error": {"code": -32600, "message": "Batch too large"}}, Kind.TOO_LARGE),
        ({"id": 0, "error": {"code": -32601, "message": "x"}}, Kind.UNSUPPORTED),
        ({"id": 0, "error": {"code": "?", "message": "rate limit reached"}}, Kind.RATE),
    ],
)
def test_kinds_of_refusal(element: dict[str, object], kind: Kind) -> None:
    reply = replies_to([0], element)[0]
    assert isinstance(reply, Refused) and reply.kind is kind


def test_a_null_result_is_a_value_and_a_doubled_answer_is_none() -> None:
    assert replies_to([0], {"id": 0, "result": None}) == (Value(None),)
    reply = replies_to([0, 1], [{"id": 0, "result": 1}, {"id": 0, "result": 2}])[0]
    assert isinstance(reply, Refused) and reply.kind is Kind.MISSING


def test_one_value_to_many_questions_answers_none_of_them() -> None:
    for one in ({"id": 0, "result": 1}, {"id": None, "result": 1, "error": None}):
        assert {type(r) for r in replies_to([0, 1], one)} == {Refused}


def test_a_nodes_words_cannot_steer_a_terminal() -> None:
    assert clean("a\x1b[31m\nb\u202e" + "x" * 900) == ("a [31m b " + "x" * 900)[:200].strip()


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=12), st.integers(), st.none(), st.booleans(), st.lists(st.text(max_size=2))))
def test_any_value_is_read_or_refused(value: object) -> None:
    for read in (quantity, data):
        try:
            read(value)
        except Garbled as error:
            assert str(error)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**256 - 1), st.binary(max_size=64))
def test_numbers_and_data_survive(number: int, blob: bytes) -> None:
    assert quantity(hex_quantity(number)) == number
    assert data(hex_data(blob)) == blob and data(hex_data(blob), len(blob)) == blob


@pytest.mark.parametrize("value", ["0x", "0x00", "0X1", "1", "0x1g", "-0x1", "0x" + "f" * 65, "0x١", 7, True])
def test_what_is_no_quantity(value: object) -> None:
    with pytest.raises(Garbled):
        quantity(value)


@pytest.mark.parametrize("value", ["0x0", "0xzz", "ff", "0x" + "00" * 33])
def test_what_is_no_data_of_32_bytes(value: object) -> None:
    with pytest.raises(Garbled):
        data(value, 32)


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("https://user:pass@node.example/v2/KEY?x=SECRET#y", "node.example"),
        ("http://127.0.0.1:8545/KEY", "127.0.0.1:8545"),
        ("https://[::1]:9/KEY", "[::1]:9"),
    ],
)
def test_only_the_host_of_a_url_is_shown(url: str, label: str) -> None:
    assert label_of(url) == label


@pytest.mark.parametrize("url", ["", "ftp://x", "node.example", "https://", "ws://x"])
def test_what_is_no_node_url(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        label_of(url)


@pytest.mark.parametrize(
    "url", ["https://user:s3cret#x@host", "https://host:s3cret/x", "https://user:s3cret@h\u2100.com", "https://[s3cret"]
)
def test_an_address_that_cannot_be_read_is_not_repeated(url: str) -> None:
    """Python's own words for what is wrong with a URL quote the part that may be a password."""
    with pytest.raises(ValueError, match="node's address") as caught:
        label_of(url)
    assert "s3cret" not in str(caught.value) and caught.value.__cause__ is None and caught.value.__suppress_context__


def test_the_table_of_networks() -> None:
    table = known_networks()
    assert table[1].name == "ethereum" and table[137].name == "polygon"
    assert len({n.name for n in table.values()}) == len(table)
    assert network_of(424242, table) == EvmNetwork("chain-424242", 424242)


def test_a_persons_own_file_adds_and_replaces(tmp_path: Path) -> None:
    file = tmp_path / "networks.toml"
    file.write_text(
        '[mine]\nchain_id = 1\ntokens = [{ symbol = "T", address = "0x' + "11" * 20 + '", decimals = 6 }]\n'
    )
    found = networks_with(file)
    assert found[1].name == "mine" and found[1].tokens[0].address == b"\x11" * 20 and found[137].name == "polygon"


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "[Bad_Name]\nchain_id = 1",
        "[a]",
        "[a]\nchain_id = 0",
        "[a]\nchain_id = true",
        "[a]\nchain_id = 1\nmore = 2",
        "[a]\nchain_id = 1\ntokens = 3",
        '[a]\nchain_id = 1\ntokens = [{ symbol = "T", address = "0x11", decimals = 6 }]',
        '[a]\nchain_id = 1\ntokens = [{ symbol = "T\\n", address = "0x' + "11" * 20 + '", decimals = 6 }]',
    ],
)
def test_networks_that_cannot_be_used(text: str) -> None:
    with pytest.raises(ValueError, match="hint"):
        read_networks(text)


def test_a_networks_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        networks_with(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("[")
    with pytest.raises(ValueError, match="no TOML"):
        networks_with(tmp_path / "bad.toml")


def test_delegations() -> None:
    assert delegate_of(bytes.fromhex("ef0100") + b"\x33" * 20) == b"\x33" * 20
    assert delegate_of(b"\x60" * 23) is None and delegate_of(bytes.fromhex("ef0100") + b"\x33" * 21) is None
