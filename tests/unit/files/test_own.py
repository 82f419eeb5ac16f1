"""Our own format: opens with its password, tells a wrong one from damage, and lets no change and no cut pass."""

from __future__ import annotations

import hashlib
import re

import pytest

from ledger_recovery.errors import DamagedFile, InputError, NewerVersion, NotOurFile, WrongPassword
from ledger_recovery.files.chunks import CHUNK_BYTES, TAG_BYTES, open_chunks, seal_chunks
from ledger_recovery.files.own import STANDARD_COST, Argon2Cost, open_sealed, read_head, seal, seal_with
from ledger_recovery.secret import SecretBytes
from tests.unit.files.support import CHEAP, SALT, own_file, password

KEY = SecretBytes(bytes(range(32)))
SEALED = CHUNK_BYTES + TAG_BYTES
LENGTHS = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]


def text(length: int) -> bytes:
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def head_with(**changes: object) -> bytes:
    """A file whose head was changed by somebody who also repaired the checksum."""
    data = own_file()
    lines = data.split(b"\n", 4)
    for name, value in changes.items():
        lines[1] = re.sub(rb'"%s":("[^"]*"|[0-9]+)' % name.encode(), b'"%s":%s' % (name.encode(), value), lines[1])
    checked = b"\n".join(lines[:3]) + b"\n"
    return checked + hashlib.sha256(checked).hexdigest().encode() + b"\n" + lines[4]


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_sealed_opens(length: int) -> None:
    assert open_sealed(own_file(text(length)), password()) == text(length)


def test_the_same_input_gives_the_same_file_and_another_salt_another() -> None:
    assert own_file() == own_file()
    assert own_file()[-30:] != seal_with(CHEAP, b"a wallet", password(), bytes(32))[-30:]


def test_the_standard_cost_is_what_files_are_written_with() -> None:
    assert (STANDARD_COST.memory_kib, STANDARD_COST.iterations) == (64 * 1024, 3)
    data = seal(b"a wallet", password(), SALT)
    assert read_head(data).cost == STANDARD_COST
    assert open_sealed(data, password()) == b"a wallet"


def test_the_layout_of_version_1_stays() -> None:
    """Files that people keep must open for ever: a change of any byte here needs a new version."""
    data = own_file(b"a wallet")
    assert data.startswith(
        b'ledger-recovery export v1\n{"kdf":"argon2id","memory_kib":8,"iterations":1,"lanes":1,"salt":"000102'
    )
    assert hashlib.sha256(data).hexdigest() == "86e4a5291710cc8d3010a2fdeb87eec4831850c453f8f40573b16231fe0c1af8"


def test_a_wrong_password_is_told_from_damage() -> None:
    data = own_file()
    with pytest.raises(WrongPassword, match="head is intact"):
        open_sealed(data, password("test-password-2"))
    with pytest.raises(DamagedFile, match="chunk 0"):
        open_sealed(data[:-1] + bytes([data[-1] ^ 1]), password())


@pytest.mark.parametrize("bit", [0x01, 0x80])
def test_every_flipped_byte_is_refused_and_never_taken_for_a_wrong_password(bit: int) -> None:
    data = own_file(text(300))
    for place in range(len(data)):
        with pytest.raises((DamagedFile, NotOurFile, NewerVersion)):
            open_sealed(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :], password())


def test_a_file_cut_at_every_length_is_refused_and_never_taken_for_a_wrong_password() -> None:
    data = own_file(text(300))
    for length in range(len(data)):
        with pytest.raises((DamagedFile, NotOurFile)):
            open_sealed(data[:length], password())


@pytest.mark.parametrize("more", [b"\0", b"x" * 16, b"x" * SEALED])
def test_a_continued_file_is_refused(more: bytes) -> None:
    with pytest.raises(DamagedFile):
        open_sealed(own_file() + more, password())


def test_chunks_tell_the_place_of_damage() -> None:
    sealed = seal_chunks(KEY, text(3 * CHUNK_BYTES))
    for chunk in range(3):
        place = chunk * SEALED + 100
        broken = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(DamagedFile, match=f"chunk {chunk}") as caught:
            open_chunks(KEY, broken, 1000)
        assert caught.value.position == 1000 + chunk * SEALED


@pytest.mark.parametrize("kept", [1, 2])
def test_a_cut_between_chunks_is_said_to_be_a_cut(kept: int) -> None:
    sealed = seal_chunks(KEY, text(3 * CHUNK_BYTES))
    with pytest.raises(DamagedFile, match=f"cut off at byte {kept * SEALED}"):
        open_chunks(KEY, sealed[: kept * SEALED], 0)


def test_a_whole_file_before_another_is_said_to_go_on() -> None:
    sealed = seal_chunks(KEY, text(CHUNK_BYTES))
    with pytest.raises(DamagedFile, match=f"goes on after its end at byte {SEALED}"):
        open_chunks(KEY, sealed + sealed, 0)


def test_chunks_cannot_change_places_or_be_left_out() -> None:
    a, b, c = (seal_chunks(KEY, text(3 * CHUNK_BYTES))[n * SEALED : (n + 1) * SEALED] for n in range(3))
    for order in (b + a + c, a + c, b + c, a + a + c, b""):
        with pytest.raises(DamagedFile):
            open_chunks(KEY, order, 0)
    assert open_chunks(KEY, a + b + c, 0) == text(3 * CHUNK_BYTES)


def test_a_body_fits_its_own_head_only() -> None:
    one, other = own_file(b"first"), seal_with(Argon2Cost(8, 2, 1), b"second", password(), SALT)
    body_at = read_head(one).body_at
    with pytest.raises(DamagedFile, match="chunk 0"):
        open_sealed(one[:body_at] + other[read_head(other).body_at :], password())


def test_a_changed_head_with_a_repaired_checksum_does_not_open() -> None:
    with pytest.raises(WrongPassword):
        open_sealed(head_with(salt=b'"%s"' % (b"00" * 32)), password())


EXCESSIVE = {
    "memory": ({"memory_kib": b"1048577"}, "memory runs from"),
    "no memory": ({"memory_kib": b"7"}, "memory runs from"),
    "iterations": ({"iterations": b"11"}, "iterations run from"),
    "no iterations": ({"iterations": b"0"}, "iterations run from"),
    "lanes": ({"lanes": b"17"}, "lanes run from"),
    "no lanes": ({"lanes": b"0"}, "lanes run from"),
    "work": ({"memory_kib": b"1048576", "iterations": b"4"}, "memory times iterations"),
    "digits": ({"memory_kib": b"9" * 500}, "outside"),
    "kdf": ({"kdf": b'"scrypt"'}, "a method that version 1 does not have"),
    "cipher": ({"cipher": b'"rot13"'}, "a method that version 1 does not have"),
    "more": ({"lanes": b'1,"more":1'}, "a method that version 1 does not have"),
    "text": ({"lanes": b'"1"'}, "not a whole number"),
    "salt": ({"salt": b'"00"'}, "salt in the file's head"),
    "JSON": ({"salt": b"["}, "not JSON"),
}


@pytest.mark.parametrize(("changes", "words"), EXCESSIVE.values(), ids=EXCESSIVE)
def test_what_a_head_may_state_is_bounded_before_any_work(changes: dict[str, bytes], words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        read_head(head_with(**changes))


def test_other_beginnings() -> None:
    with pytest.raises(NewerVersion, match="version 2"):
        read_head(own_file().replace(b"v1\n", b"v2\n", 1))
    with pytest.raises(NotOurFile):
        read_head(b"age-encryption.org/v1\n")
    with pytest.raises(DamagedFile, match="first line"):
        read_head(b"ledger-recovery export v1 \n")
    with pytest.raises(DamagedFile, match="cut off"):
        read_head(b"ledger-recovery export v1\n" + b"x" * 5000)


def test_a_wallet_too_large_for_a_file_is_refused_when_it_is_written() -> None:
    with pytest.raises(InputError, match="too large"):
        seal_with(CHEAP, bytes(64 * 1024 * 1024), password(), SALT)


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match="salt"):
        seal_with(CHEAP, b"", password(), b"short")
