"""The second source under damage: lists that are cut, mixed, doubled or stale, and cache files with every byte wrong.

Whatever happens to it, the list either is the whole list of the pinned block, or it is not used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from chain.concordium.account_list_cache import AccountListCache
from chain.concordium.account_list_file import Unusable, decode, encode
from chain.model import AccountList
from emulator.node.effects import (
    BlockHashHeader,
    Cut,
    Duplicate,
    Effect,
    Garbage,
    ListMore,
    Oversize,
    Shuffle,
    Truncate,
)
from emulator.node.faults import Fault, Range
from ledger_recovery.recover.model import Basis, CellState
from ledger_recovery.recover.policy import Mode
from tests.faults import node_world, virtual_time
from tests.faults.node_bench import Scan, desk_on, judge, scan, wire
from tests.faults.node_world import LISTED

LIST = frozenset({"GetAccountList"})
ACCOUNTS = len(node_world.chain().accounts) + node_world.chain().filler_accounts
GENESIS, BLOCK = bytes(range(32)), bytes(range(32, 64))


def whole(found: Scan) -> bool:
    return not found.result.unknown_cells and found.cells[LISTED].state is CellState.DEPLOYED


@pytest.mark.parametrize("mode", [Mode.THOROUGH, Mode.PRIVATE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("status", ["UNAVAILABLE", "CANCELLED", "OK"])
def test_a_list_cut_after_each_address(status: str, mode: Mode) -> None:
    """Also where the node ends the stream as if it were whole: the chain's own numbering shows that it is not."""
    for after in range(ACCOUNTS + 1):
        cut = Fault(Cut(after, None if status == "OK" else status), methods=LIST)
        found, _ = scan([cut], mode=mode)
        judge(found)
        assert found.flagged == (not (status == "OK" and after == ACCOUNTS)), after
        assert found.cells[LISTED].state is not CellState.ABSENT
        assert Basis.LIST not in {c.basis for c in found.cells.values()} or after == ACCOUNTS


def test_a_list_cut_once_is_read_again() -> None:
    for after in range(ACCOUNTS):
        found, _ = scan([Fault(Cut(after), methods=LIST, calls=Range(last=1))])
        judge(found)
        assert whole(found)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_a_list_means_nothing(seed: int) -> None:
    found, _ = scan([Fault(Shuffle(seed), methods=LIST)])
    judge(found)
    assert whole(found)
    assert not found.flagged


SPOILED: dict[str, Effect] = {
    "doubled": Duplicate(),
    "one too many": ListMore((b"\x05" * 32,)),
    "garbled": Garbage(),
    "of cut addresses": Truncate(),
    "of empty addresses": Truncate(0.0),
    "of endless addresses": Oversize(),
    "of another block": BlockHashHeader("ab" * 32),
}


@pytest.mark.parametrize("name", list(SPOILED))
def test_a_spoiled_list_is_not_used(name: str) -> None:
    fault = Fault(SPOILED[name], methods=LIST)
    found, _ = scan([fault])
    judge(found)
    assert found.flagged
    assert found.cells[LISTED].state is CellState.UNKNOWN
    # Another node's list stands in for it, and the person is told that it had to.
    second, _ = scan([], [fault])
    judge(second)
    assert whole(second)
    assert any("node2" in warning for warning in second.result.warnings)


# ---- The cache ----


class Scene:
    """Recoveries that share one cache directory, on one virtual clock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def recover(self, disturb: Callable[[Path], None]) -> tuple[Scan, int]:
        """Fill the cache by one recovery, let something happen to its file, and recover again at the same block.

        :return: the second recovery, and how often it asked for the list
        """

        async def scene() -> tuple[Scan, int]:
            node = wire()
            cache = AccountListCache(self.directory)
            with desk_on([node]) as desk:
                desk.cache = cache
                await desk.recover()
                (file,) = self.directory.iterdir()
                disturb(file)
                before = sum(call.method == "GetAccountList" for call in node.calls)
                desk.told.clear()
                found = await desk.recover()
                return found, sum(call.method == "GetAccountList" for call in node.calls) - before

        return virtual_time.run(scene)


def flip(at: int) -> Callable[[Path], None]:
    def disturb(file: Path) -> None:
        raw = bytearray(file.read_bytes())
        raw[at] ^= 0x40
        file.write_bytes(raw)

    return disturb


def cut_to(size: int) -> Callable[[Path], None]:
    def disturb(file: Path) -> None:
        file.write_bytes(file.read_bytes()[:size])

    return disturb


def of_another_block(file: Path) -> None:
    """A whole and valid file, which only has the wrong block in it: an older list under the newer name."""
    file.write_bytes(encode(node_world.chain().network.genesis_hash, BLOCK, "node1:20000", [b"\x01" * 32]))


DAMAGE: dict[str, Callable[[Path], None]] = {
    "first byte": flip(0),
    "in the block hash": flip(50),
    "in an address": flip(150),
    "last byte": flip(-1),
    "empty": cut_to(0),
    "half": cut_to(150),
    "of another block": of_another_block,
    "gone": Path.unlink,
}


@pytest.mark.parametrize("name", list(DAMAGE))
def test_a_damaged_cache_file_is_fetched_anew(name: str, tmp_path: Path) -> None:
    found, fetched = Scene(tmp_path / "lists").recover(DAMAGE[name])
    judge(found)
    assert whole(found)
    assert fetched == 1


def test_a_cache_file_of_the_same_block_is_used(tmp_path: Path) -> None:
    """The control of the tests around it. The clock has not moved by a block between the two recoveries."""
    found, fetched = Scene(tmp_path / "lists").recover(lambda file: None)
    judge(found)
    assert whole(found)
    assert fetched == 0


RAW = encode(GENESIS, BLOCK, "node1:20000", [bytes([n]) * 32 for n in range(5)])


def test_every_changed_bit_of_a_cache_file_is_noticed() -> None:
    assert decode(RAW, GENESIS, BLOCK) == AccountList(
        frozenset(bytes([n]) * 32 for n in range(5)), "node1:20000", cached=True
    )
    for at in range(len(RAW)):
        for bit in range(8):
            changed = bytearray(RAW)
            changed[at] ^= 1 << bit
            with pytest.raises(Unusable):
                decode(bytes(changed), GENESIS, BLOCK)


def test_every_cut_and_every_addition_is_noticed() -> None:
    for size in range(len(RAW)):
        with pytest.raises(Unusable):
            decode(RAW[:size], GENESIS, BLOCK)
    for more in (b"\x00", RAW[-1:], RAW):
        with pytest.raises(Unusable):
            decode(RAW + more, GENESIS, BLOCK)


def test_a_whole_file_of_another_block_or_network_is_not_used() -> None:
    for genesis, block in ((BLOCK, BLOCK), (GENESIS, GENESIS)):
        with pytest.raises(Unusable, match="another block"):
            decode(RAW, genesis, block)


@pytest.mark.parametrize("second", [b"\x00" * 32, b"\x01" * 32], ids=["doubled", "out of order"])
def test_a_resealed_file_that_no_node_can_have_given_is_not_used(second: bytes) -> None:
    """Someone who can write the file can make a matching hash; so much is refused still."""
    body = encode(GENESIS, BLOCK, "node1:20000", [b"\x00" * 32, b"\x02" * 32])[:-32]
    forged = body[:-64] + b"\x01" * 32 + second
    with pytest.raises(Unusable, match="doubled or out of order"):
        decode(forged + hashlib.sha256(forged).digest(), GENESIS, BLOCK)
