"""The head of a bundle, without words: damage, forgery and newer versions are told apart; every byte counts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.bundle_header import (
    HEADER_BYTES,
    INTRO,
    MAX_BUNDLE_BYTES,
    BundleHeader,
    check_bundle,
    digest_of,
    header_bytes,
    read_header,
    signed_header,
    verify_header,
)
from ledger_recovery.errors import DamagedFile, LedgerRecoveryError, NewerVersion, NotOurFile, NotSignedByOwner
from tests.unit.backup.bundles import CREATED, bundle, certificate, keys, payload_of, resigned, seed

HEAD = bundle()[:HEADER_BYTES]
LINES_END = len(HEAD.rstrip(b" \n")) + 1


def small() -> bytes:
    return resigned(b"a payload")


def written(head: dict[str, Any], *, version: int = 1, payload: bytes = b"") -> bytes:
    """A bundle with any head, by somebody who also repaired the checksum."""
    lines = b"%s%d\n%s\n" % (INTRO, version, json.dumps(head, sort_keys=True, separators=(",", ":")).encode())
    lines += hashlib.sha256(lines).hexdigest().encode() + b"\n"
    return lines.ljust(HEADER_BYTES - 1) + b"\n" + payload


def changed(**fields: object) -> bytes:
    head = {**read_header(small()).to_json(), **fields}
    return written({k: v for k, v in head.items() if v is not ...}, payload=payload_of(small()))


def test_a_head_comes_back_and_is_what_was_signed() -> None:
    header = check_bundle(bundle(), owner_public=keys().owner_public)
    assert header_bytes(header) == HEAD == bundle()[:HEADER_BYTES]
    assert read_header(HEAD) == read_header(bundle()) == header
    assert (header.backup_id, header.generation, header.created) == (keys().backup_id, 7, CREATED)
    assert header.previous == "ab" * 32
    assert header.payload_sha256 == digest_of(payload_of(bundle()))


def test_every_flipped_byte_of_the_head_is_noticed_and_not_called_a_forgery() -> None:
    """Damage is no attack: a forgery is only what somebody signed with another key."""
    data = small()
    version_at = len(INTRO)
    for place in range(HEADER_BYTES):
        for bit in (0x01, 0x80) if place < LINES_END else (0x10,):
            wanted: tuple[type[LedgerRecoveryError], ...] = (DamagedFile,)
            if place < version_at:
                wanted = (NotOurFile,)
            elif place == version_at:
                wanted = (NewerVersion, DamagedFile)
            with pytest.raises(wanted) as caught:
                check_bundle(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
            assert type(caught.value) in wanted, place


def test_every_flipped_byte_of_the_content_is_noticed() -> None:
    data = resigned(bytes(range(256)))
    for place in range(HEADER_BYTES, len(data)):
        with pytest.raises(DamagedFile, match="altered: its content"):
            check_bundle(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])


def test_a_bundle_cut_anywhere_is_called_cut_off() -> None:
    data = small()
    for length in [*range(1, LINES_END + 50), *range(LINES_END, len(data), 37), HEADER_BYTES, len(data) - 1]:
        with pytest.raises(DamagedFile, match="cut off"):
            check_bundle(data[:length])


def test_nothing_and_something_else_are_not_ours() -> None:
    for data in (b"", b"age-encryption.org/v1\n" + b"x" * 5000, b"\x00" * 5000, b'{"json":1}'):
        with pytest.raises(NotOurFile, match="not a backup of this program"):
            check_bundle(data)


def test_bytes_behind_the_end_are_refused() -> None:
    with pytest.raises(DamagedFile, match="1 bytes behind its end"):
        check_bundle(small() + b"\n")


def test_content_of_another_bundle_does_not_fit() -> None:
    with pytest.raises(DamagedFile, match="does not fit the digest"):
        check_bundle(small()[:HEADER_BYTES] + b"b payload")


@pytest.mark.parametrize("version", [2, 9, 123456789])
def test_a_newer_version_is_told_as_such(version: int) -> None:
    with pytest.raises(NewerVersion, match=f"format {version}, this one knows 1"):
        check_bundle(written({"anything": "new"}, version=version))


@pytest.mark.parametrize("line", [b"0", b"-1", b"01", b"1 ", b"1234567890", b""])
def test_a_version_that_cannot_be_is_damage(line: bytes) -> None:
    with pytest.raises(DamagedFile, match="first line is damaged"):
        check_bundle(INTRO + line + b"\n" + b" " * HEADER_BYTES)


REFUSED = {
    "no generation": (changed(generation=...), "generation is missing"),
    "generation 0": (changed(generation=0), "generation is outside"),
    "huge generation": (changed(generation=2**53), "generation is outside"),
    "id": (changed(backup_id="../" * 17 + "a"), "backup_id is not a backup ID"),
    "created": (changed(created="now"), "created is not a time"),
    "previous": (changed(previous="AB" * 32), "previous is not a SHA-256"),
    "no previous": (changed(previous=...), "previous is missing"),
    "size": (changed(payload_size=10**12), "payload_size is outside"),
    "negative size": (changed(payload_size=-1), "payload_size is outside"),
    "digest": (changed(payload_sha256="x"), "payload_sha256 is not a SHA-256"),
    "certificate": (changed(certificate="x"), "certificate is not an object"),
    "foreign field": (changed(colour="blue"), "cannot have: colour"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_heads_that_cannot_be_right_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        check_bundle(data)


@pytest.mark.parametrize(
    "change",
    [{"generation": 8}, {"created": "2026-11-22T10:00:01Z"}, {"previous": ""}, {"signature": "A" * 86}],
    ids=str,
)
def test_a_changed_head_with_repaired_checksum_is_a_forgery(change: dict[str, object]) -> None:
    with pytest.raises(NotSignedByOwner, match="not signed by the machine that the owner certified"):
        check_bundle(changed(**change))


def test_forgeries_are_told_by_what_is_wrong_with_them() -> None:
    header = read_header(small())
    other_machine = replace(header, certificate=certificate("alice", "other"))
    with pytest.raises(NotSignedByOwner, match="not signed by the machine"):
        verify_header(replace(other_machine, signature=header.signature))
    with pytest.raises(NotSignedByOwner, match="another backup"):
        verify_header(replace(header, certificate=certificate("bob")))
    with pytest.raises(NotSignedByOwner, match="certificate in the backup is not signed"):
        verify_header(replace(header, certificate=replace(certificate(), upload_public=bytes(32))))
    with pytest.raises(NotSignedByOwner, match="not from this backup's owner"):
        check_bundle(small(), owner_public=keys("bob").owner_public)


def test_one_head_has_one_spelling() -> None:
    """JSON that says the same in other words was not written by this program."""
    head = json.dumps(read_header(small()).to_json()).encode()
    lines = INTRO + b"1\n" + head + b"\n"
    lines += hashlib.sha256(lines).hexdigest().encode() + b"\n"
    with pytest.raises(DamagedFile, match="not written as this program"):
        read_header(lines.ljust(HEADER_BYTES - 1) + b"\n")


def test_a_file_beyond_the_bound_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(DamagedFile, match="64 MiB"):
        check_bundle(small() + bytes(MAX_BUNDLE_BYTES))


WRONG: list[dict[str, Any]] = [
    {"generation": 0},
    {"created": "x"},
    {"previous": "x"},
    {"payload_size": MAX_BUNDLE_BYTES},
    {"payload_sha256": ""},
    {"backup_id": "a" * 52},
]


@pytest.mark.parametrize("change", WRONG, ids=str)
def test_what_no_reader_takes_is_not_signed(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        signed_header(replace(read_header(small()), **change), seed())


def test_another_machines_key_does_not_sign() -> None:
    with pytest.raises(ValueError, match="not the one that the certificate names"):
        signed_header(read_header(small()), seed("other"))


@given(st.binary(max_size=200), st.integers(0, HEADER_BYTES), st.integers(0, 200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_header_or_our_error(noise: bytes, place: int, cut: int) -> None:
    for data in (noise, INTRO + noise, small()[:place] + noise + small()[place + cut :]):
        try:
            found = check_bundle(data)
        except (NotOurFile, NewerVersion, DamagedFile, NotSignedByOwner):
            continue
        assert isinstance(found, BundleHeader)
        assert data == small()
