"""The compact set of addresses behaves as a frozenset does, and finds doubles and disorder."""

from __future__ import annotations

from collections.abc import Set
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium.address_set import ADDRESS_SIZE, AddressCollector, AddressSet, Doubled, rising

# Few different bytes, so that addresses share beginnings and neighbours are close.
ADDRESS = st.lists(st.sampled_from([0x00, 0x01, 0xFE, 0xFF]), min_size=ADDRESS_SIZE, max_size=ADDRESS_SIZE).map(bytes)


@given(st.frozensets(ADDRESS, max_size=60), ADDRESS)
@settings(max_examples=100, deadline=None)
def test_it_is_the_set_of_what_was_added(addresses: frozenset[bytes], other: bytes) -> None:
    packed: Set[bytes] = AddressSet.of(iter(addresses))
    assert packed == addresses and addresses == packed
    assert list(packed) == sorted(addresses)
    assert all(address in packed for address in addresses)
    assert (other in packed) == (other in addresses)
    assert packed & {other} == addresses & {other}
    assert AddressSet.of(packed) is packed


@given(st.lists(ADDRESS, min_size=1, max_size=20), st.integers(0, 20))
@settings(max_examples=50, deadline=None)
def test_an_address_that_comes_twice_is_told(addresses: list[bytes], place: int) -> None:
    doubled = addresses[place % len(addresses)]
    with pytest.raises(Doubled) as caught:
        AddressSet.of([*dict.fromkeys(addresses), doubled])
    assert caught.value.address == doubled


@given(st.lists(ADDRESS, max_size=30))
@settings(max_examples=100, deadline=None)
def test_rising_is_what_a_comparison_of_neighbours_says(addresses: list[bytes]) -> None:
    assert rising(b"".join(addresses)) == all(one < other for one, other in pairwise(addresses))
    assert rising(b"".join(sorted(set(addresses))))


@pytest.mark.parametrize("swapped", [0, 4094, 4095, 4096, 8998])
def test_disorder_is_found_also_where_a_step_ends(swapped: int) -> None:
    addresses = [number.to_bytes(ADDRESS_SIZE, "big") for number in range(9000)]
    assert rising(b"".join(addresses))
    addresses[swapped], addresses[swapped + 1] = addresses[swapped + 1], addresses[swapped]
    assert not rising(b"".join(addresses))


@pytest.mark.parametrize("stranger", [b"", b"\x01" * 31, b"\x01" * 33, "text", None, bytearray(32)])
def test_what_is_no_address_is_not_in_it(stranger: object) -> None:
    assert stranger not in AddressSet.of([bytes(32), b"\x01" * 32])


def test_a_long_set_has_its_addresses_and_no_others() -> None:
    even = [number.to_bytes(ADDRESS_SIZE, "big") for number in range(2, 2004, 2)]
    packed = AddressSet.of(even)
    assert all(address in packed for address in even)
    assert not any(number.to_bytes(ADDRESS_SIZE, "big") in packed for number in (0, *range(1, 2006, 2), 2004))


def test_the_end_of_one_address_and_the_beginning_of_the_next_are_no_address() -> None:
    first, second = b"\x01" * 31 + b"\x02", b"\x02" * 32
    packed = AddressSet.of([first, second])
    assert b"\x01" * 30 + b"\x02" * 2 not in packed
    # What is found across two neighbours first may stand further on in its own place as well.
    across = AddressSet.of([bytes(31) + b"\x01", bytes([0] * 30 + [1, 0]), bytes([1] + [0] * 31)])
    assert all(address in across for address in across)


def test_a_collector_counts_and_is_empty_after_it_gave_its_set() -> None:
    collector = AddressCollector()
    collector.add(b"\x02" * 32)
    collector.add(b"\x01" * 32)
    assert len(collector) == 2
    assert collector.finish().packed == b"\x01" * 32 + b"\x02" * 32
    assert (len(collector), len(collector.finish())) == (0, 0)


def test_its_repr_names_no_address() -> None:
    assert repr(AddressSet.of([bytes(32)])) == "AddressSet(1 addresses)"
