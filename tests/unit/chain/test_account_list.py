"""The account list: whole or an error, and a cache that is right or not there."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium import account_list_file
from chain.concordium.account_list import fetch_account_list
from chain.concordium.account_list_cache import KEEP, AccountListCache
from chain.concordium.client import ConcordiumChain
from chain.concordium.networks import MAINNET
from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.retry import StatusError
from chain.errors import BadAnswer, ChainError, NodeUnavailable, PointLost
from chain.model import AccountList
from tests.unit.chain import builders
from tests.unit.chain.scripted import FakeClock, Ledger, ScriptedConnection, failing, node

GENESIS, BLOCK = builders.GENESIS, builders.BLOCK
ADDRESSES = frozenset(bytes([number]) * 32 for number in range(5))


def populated(count: int = 5) -> ScriptedConnection:
    state = Ledger()
    for number in range(count):
        state.add({0: builders.cred_id(number)})
    return ScriptedConnection(state)


def expected(count: int = 5) -> frozenset[bytes]:
    return frozenset(builders.address_of(builders.cred_id(number)) for number in range(count))


class Streaming(ScriptedConnection):
    """`elements`: what each stream in turn sends: addresses, and statuses that end it."""

    elements: list[list[bytes | StatusError]]

    async def stream(
        self, path: str, payload: bytes, on_header: Callable[[str | None], None], on_element: Callable[[bytes], None]
    ) -> None:
        self.calls.append("GetAccountList")
        on_header(BLOCK.hex())
        for element in self.elements.pop(0):
            if isinstance(element, StatusError):
                raise element
            on_element(pb.AccountAddress(value=element).SerializeToString())


def streaming(*elements: list[bytes | StatusError], state: Ledger | None = None) -> Streaming:
    connection = Streaming(state or populated().ledger)
    connection.elements = list(elements)
    return connection


async def fetch_error(connection: ScriptedConnection) -> ChainError:
    with pytest.raises(ChainError) as caught:
        await fetch_account_list(node(connection), BLOCK)
    return caught.value


async def test_a_whole_list() -> None:
    counts: list[int] = []
    accounts = await fetch_account_list(node(populated(1500)), BLOCK, counts.append)
    assert accounts == AccountList(expected(1500), "one:1")
    assert counts == [1000, 1500]


CUT = StatusError("UNAVAILABLE", "Socket closed")


async def test_a_cut_stream_begins_again_from_nothing() -> None:
    whole: list[bytes | StatusError] = list(expected())
    first_of_all = next(iter(expected()))
    connection = streaming([first_of_all, CUT], whole)
    assert (await fetch_account_list(node(connection), BLOCK)).addresses == expected()


async def test_a_stream_that_is_always_cut_is_no_list() -> None:
    whole: list[bytes | StatusError] = [*expected(), CUT]
    error = await fetch_error(streaming(whole, whole, whole))
    assert (type(error), error.tries) == (NodeUnavailable, 3)


async def test_a_list_that_ends_early_but_politely_is_no_list() -> None:
    kept: list[bytes | StatusError] = [builders.address_of(builders.cred_id(n)) for n in range(4)]
    assert (await fetch_error(streaming(kept))).code == "NOT_WHOLE"


async def test_an_account_added_to_the_list_is_found_out() -> None:
    more: list[bytes | StatusError] = [*expected(), b"\x77" * 32]
    assert (await fetch_error(streaming(more))).code == "NOT_WHOLE"


async def test_the_last_account_exchanged_in_the_list_is_found_out() -> None:
    others: list[bytes | StatusError] = [builders.address_of(builders.cred_id(n)) for n in range(4)]
    assert (await fetch_error(streaming([*others, b"\x77" * 32]))).code == "NOT_WHOLE"


async def test_a_doubled_account_is_found_out() -> None:
    twice: list[bytes | StatusError] = [*expected(), next(iter(expected()))]
    assert (await fetch_error(streaming(twice))).code == "DOUBLED"


async def test_an_empty_list_is_no_list() -> None:
    assert (await fetch_error(ScriptedConnection())).code == "EMPTY"


async def test_an_element_that_is_no_address_ends_the_list() -> None:
    error = await fetch_error(streaming([b"\x01" * 31]))
    assert (type(error), error.code) == (BadAnswer, "GARBLED")


async def test_a_list_of_another_block_is_refused() -> None:
    connection = populated()
    connection.header = "00" * 32
    assert (await fetch_error(connection)).code == "MISMATCH"


async def test_a_node_without_the_block_has_no_list() -> None:
    connection = populated()
    connection.blocks.clear()
    assert isinstance(await fetch_error(connection), PointLost)


async def test_a_dead_node_is_known_before_the_stream() -> None:
    connection = populated()
    connection.bent["GetBlockInfo"] = failing("UNAVAILABLE")
    assert isinstance(await fetch_error(connection), NodeUnavailable)
    assert "GetAccountList" not in connection.calls


async def test_too_many_accounts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chain.concordium.account_list.MAX_ADDRESSES", 4)
    assert (await fetch_error(populated())).code == "TOO_LARGE"


def chain_of(connection: ScriptedConnection, cache: AccountListCache) -> ConcordiumChain:
    clock = FakeClock()
    return ConcordiumChain([node(connection, clock)], MAINNET, cache=cache, timing=clock.timing)


async def test_the_list_of_one_block_is_fetched_once(tmp_path: Path) -> None:
    cache = AccountListCache(tmp_path / "lists")
    first, second = populated(), populated()
    fetched = await (await chain_of(first, cache).pin()).account_list()
    cached = await (await chain_of(second, cache).pin()).account_list()
    assert (fetched.cached, cached.cached) == (False, True)
    assert cached.addresses == fetched.addresses == expected()
    assert cached.source == "one:1"
    assert "GetAccountList" not in second.calls


async def test_a_damaged_cache_is_fetched_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = AccountListCache(tmp_path)
    cache.store(GENESIS, BLOCK, AccountList(ADDRESSES, "one:1"))
    path = cache.path(GENESIS, BLOCK)
    path.write_bytes(path.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        accounts = await (await chain_of(populated(), cache).pin()).account_list()
    assert (accounts.cached, accounts.addresses) == (False, expected())
    assert "damaged or cut" in caplog.text
    assert cache.load(GENESIS, BLOCK) == AccountList(expected(), "one:1", cached=True)


def test_only_the_newest_lists_are_kept_and_they_are_private(tmp_path: Path) -> None:
    cache = AccountListCache(tmp_path / "new")
    for number in range(KEEP + 2):
        block = bytes([number]) * 32
        cache.store(GENESIS, block, AccountList(ADDRESSES, "one:1"))
        os.utime(cache.path(GENESIS, block), (number, number))
    # The clock of the last store is far ahead of those set here, so the oldest go first.
    kept = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert len(kept) == KEEP
    assert cache.load(GENESIS, bytes([KEEP + 1]) * 32) is not None
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()} == {0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with caplog.at_level(logging.WARNING):
        AccountListCache(in_the_way).store(GENESIS, BLOCK, AccountList(ADDRESSES, "one:1"))
    assert "not cached" in caplog.text


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = AccountListCache(tmp_path)
    cache.store(GENESIS, BLOCK, AccountList(ADDRESSES, "old:1"))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    cache.store(GENESIS, BLOCK, AccountList(ADDRESSES, "new:1"))
    assert cache.load(GENESIS, BLOCK) == AccountList(ADDRESSES, "old:1", cached=True)
    assert len(list(tmp_path.iterdir())) == 1


@given(addresses=st.frozensets(st.binary(min_size=32, max_size=32), max_size=20), source=st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_file_reads_back(addresses: frozenset[bytes], source: str) -> None:
    raw = account_list_file.encode(GENESIS, BLOCK, source, addresses)
    assert account_list_file.decode(raw, GENESIS, BLOCK) == AccountList(addresses, source, cached=True)


def test_every_changed_bit_and_every_cut_of_a_file_is_noticed() -> None:
    raw = account_list_file.encode(GENESIS, BLOCK, "one:1", ADDRESSES)
    for position in range(len(raw)):
        changed = bytearray(raw)
        changed[position] ^= 1
        for damaged in (bytes(changed), raw[:position]):
            with pytest.raises(account_list_file.Unusable):
                account_list_file.decode(damaged, GENESIS, BLOCK)


@given(raw=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_list_or_unusable(raw: bytes) -> None:
    sealed = raw + hashlib.sha256(raw).digest()
    for candidate in (raw, sealed):
        with pytest.raises(account_list_file.Unusable):
            account_list_file.decode(candidate, GENESIS, BLOCK)


def resealed(change: Callable[[bytearray], None]) -> bytes:
    body = bytearray(account_list_file.encode(GENESIS, BLOCK, "one:1", ADDRESSES)[:-32])
    change(body)
    return bytes(body) + hashlib.sha256(body).digest()


def _longer_name(body: bytearray) -> None:
    body[72:74] = b"\xff\xff"


def _more_counted(body: bytearray) -> None:
    body[74 + 5 + 7] += 1


def _out_of_order(body: bytearray) -> None:
    body[-64:-32], body[-32:] = body[-32:], body[-64:-32]


def _doubled(body: bytearray) -> None:
    body[-32:] = body[-64:-32]


@pytest.mark.parametrize("change", [_longer_name, _more_counted, _out_of_order, _doubled])
def test_a_file_that_contradicts_itself_is_unusable(change: Callable[[bytearray], None]) -> None:
    with pytest.raises(account_list_file.Unusable):
        account_list_file.decode(resealed(change), GENESIS, BLOCK)


@pytest.mark.parametrize(("genesis", "block"), [(builders.OTHER_GENESIS, BLOCK), (GENESIS, builders.OTHER_BLOCK)])
def test_a_file_of_another_block_is_unusable(genesis: bytes, block: bytes) -> None:
    raw = account_list_file.encode(GENESIS, BLOCK, "one:1", ADDRESSES)
    with pytest.raises(account_list_file.Unusable, match="of another block"):
        account_list_file.decode(raw, genesis, block)
