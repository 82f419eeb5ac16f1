"""[pure] A set of account addresses in 32 bytes each: a million of them are 32 MB, where a frozenset takes 150 MB.

The addresses stand in rising order in one bytes object. Of every 256th there is an object in a list, where a binary
search finds the block in which an address must be.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Set
from itertools import pairwise
from operator import lt
from typing import Final

ADDRESS_SIZE: Final = 32
_FIRST_BYTES: Final = 256
_STEP: Final = 4096 * ADDRESS_SIZE
_BLOCK: Final = 256 * ADDRESS_SIZE


class Doubled(ValueError):
    """An address was given twice; `address` is its 32 bytes."""

    def __init__(self, address: bytes) -> None:
        super().__init__(f"address {address[:4].hex()}… is there twice")
        self.address = address


class AddressSet(Set[bytes]):
    """Compares as sets do, also with a frozenset."""

    __slots__ = ("_first_of_block", "_packed")

    def __init__(self, packed: bytes) -> None:
        """`packed`: 32 bytes an address, in rising order without doubles; see `of` and `rising`."""
        self._packed = packed
        self._first_of_block = [packed[at : at + ADDRESS_SIZE] for at in range(0, len(packed), _BLOCK)]

    @classmethod
    def of(cls, addresses: Iterable[bytes]) -> AddressSet:
        """From 32-byte addresses in any order.

        :raises Doubled: one came twice.
        """
        if isinstance(addresses, AddressSet):
            return addresses
        collector = AddressCollector()
        for address in addresses:
            collector.add(address)
        return collector.finish()

    @property
    def packed(self) -> bytes:
        """All addresses in rising order, one after the other."""
        return self._packed

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, bytes) or len(address) != ADDRESS_SIZE:
            return False
        start = (bisect_right(self._first_of_block, address) - 1) * _BLOCK
        if start < 0:
            return False
        found = self._packed.find(address, start, start + _BLOCK)
        while found >= 0 and found % ADDRESS_SIZE:
            # Across two neighbours.
            found = self._packed.find(address, found + 1, start + _BLOCK)
        return found >= 0

    def __iter__(self) -> Iterator[bytes]:
        return map(self._at, range(len(self)))

    def __len__(self) -> int:
        return len(self._packed) // ADDRESS_SIZE

    def __repr__(self) -> str:
        return f"AddressSet({len(self)} addresses)"

    @classmethod
    def _from_iterable(cls, addresses: Iterable[bytes]) -> frozenset[bytes]:  # type: ignore[override]  # what & and | give
        return frozenset(addresses)

    def _at(self, place: int) -> bytes:
        return self._packed[place * ADDRESS_SIZE : (place + 1) * ADDRESS_SIZE]


class AddressCollector:
    """Takes addresses in any order, sorted by their first byte at once and by the rest at the end.

    Addresses are hashes, so that the 256 parts are alike and sorting one of them needs little memory; what a node sends
    to make them unlike only costs memory that a plain sort would need too.
    """

    def __init__(self) -> None:
        self._parts = [bytearray() for _ in range(_FIRST_BYTES)]
        self._count = 0

    def add(self, address: bytes) -> None:
        """Take one of 32 bytes."""
        self._parts[address[0]] += address
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def finish(self) -> AddressSet:
        """The set; the collector is empty afterwards. Takes a second for a million.

        :raises Doubled: an address came twice.
        """
        parts, self._parts = self._parts, [bytearray() for _ in range(_FIRST_BYTES)]
        self._count = 0
        done: list[bytes] = []
        for first in range(_FIRST_BYTES):
            done.append(_sorted(bytes(parts[first])))
            parts[first] = bytearray()
        return AddressSet(b"".join(done))


def rising(packed: bytes) -> bool:
    """Whether packed addresses stand in rising order, none twice."""
    for start in range(0, len(packed), _STEP):
        # One address of overlap, so that neighbours in two steps are compared too.
        part = _split(packed[start : start + _STEP + ADDRESS_SIZE])
        if not all(map(lt, part, part[1:])):
            return False
    return True


def _sorted(packed: bytes) -> bytes:
    addresses = sorted(_split(packed))
    doubled = next((one for one, other in pairwise(addresses) if one == other), None)
    if doubled is not None:
        raise Doubled(doubled)
    return b"".join(addresses)


def _split(packed: bytes) -> list[bytes]:
    return [packed[at : at + ADDRESS_SIZE] for at in range(0, len(packed), ADDRESS_SIZE)]
