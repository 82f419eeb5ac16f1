"""Copies for a USB stick: both directions, cut at every length, every byte flipped."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.bundle_header import INTRO as BUNDLE_INTRO
from ledger_recovery.backup.copies import pack_copy, unpack_copy
from ledger_recovery.errors import DamagedFile, NewerVersion, NotOurFile

BUNDLE = BUNDLE_INTRO + b"1\nand so on"
PART = b'{"format":"ledger-recovery-box-part"}'
COPY = pack_copy(BUNDLE, PART)


def test_both_directions() -> None:
    assert unpack_copy(COPY) == (BUNDLE, PART)
    assert unpack_copy(pack_copy(BUNDLE, b"")) == (BUNDLE, None)


def test_a_bundle_by_itself_is_a_copy_without_a_part() -> None:
    assert unpack_copy(BUNDLE) == (BUNDLE, None)


def test_the_first_line_is_readable() -> None:
    assert COPY.startswith(b"ledger-recovery-copy 1\n{")


def test_a_copy_cut_anywhere_is_noticed() -> None:
    for length in range(1, len(COPY)):
        with pytest.raises(DamagedFile):
            unpack_copy(COPY[:length])


def test_a_lengthened_copy_is_noticed() -> None:
    with pytest.raises(DamagedFile, match="longer"):
        unpack_copy(COPY + b"\n")


def test_a_changed_byte_anywhere_is_noticed() -> None:
    for place in range(len(COPY)):
        changed = bytearray(COPY)
        changed[place] ^= 0x01
        with pytest.raises((DamagedFile, NotOurFile, NewerVersion)) as caught:
            unpack_copy(bytes(changed))
        assert caught.value.hint


@pytest.mark.parametrize("data", [b"", b"age-encryption.org/v1\n", b"PK\x03\x04", b"\x00" * 100])
def test_other_files_are_told(data: bytes) -> None:
    with pytest.raises(NotOurFile):
        unpack_copy(data)


def test_a_newer_copy_is_told() -> None:
    with pytest.raises(NewerVersion, match="version 2"):
        unpack_copy(COPY.replace(b"copy 1\n", b"copy 2\n"))


def test_sizes_that_would_fill_the_memory_are_refused() -> None:
    with pytest.raises(DamagedFile):
        unpack_copy(COPY.replace(b'"bundle_size":%d' % len(BUNDLE), b'"bundle_size":99999999999'))
    for bundle, part in ((b"", PART), (b"x" * (2**26 + 1), PART), (BUNDLE, b"x" * (2**22 + 1))):
        with pytest.raises(ValueError):
            pack_copy(bundle, part)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=80), st.sampled_from([b"", b"ledger-recovery-copy 1\n", COPY[:60]]))
def test_any_bytes_are_a_copy_or_refused(data: bytes, start: bytes) -> None:
    try:
        unpack_copy(start + data)
    except (DamagedFile, NotOurFile, NewerVersion):
        return
