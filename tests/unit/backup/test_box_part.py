"""The Box's part of a generation: opened with the words, by nobody else, and nothing in it is believed."""

from __future__ import annotations

import json
from dataclasses import replace

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.box_part import (
    MAX_KEYS,
    MAX_PART_BYTES,
    BoxPart,
    WrappedKey,
    open_part,
    part_from_bytes,
    part_to_bytes,
)
from ledger_recovery.backup.did_keys import DidKeys, did_keys_to_text, ed25519_name_key
from ledger_recovery.backup.did_wrap import wrap_did_keys
from ledger_recovery.backup.keys import OwnerKeys, owner_keys
from ledger_recovery.errors import (
    DamagedFile,
    DidKeyMissing,
    InputError,
    LedgerRecoveryError,
    NewerVersion,
    NotOurFile,
    NotSignedByOwner,
)
from ledger_recovery.secret import SecretBytes

CREATED = "2026-11-22T10:00:00Z"


def _owner(number: int = 9) -> OwnerKeys:
    return owner_keys(SecretBytes(bytes([number]) * 32))


def _keys(number: int) -> DidKeys:
    name_key = ed25519_name_key(bytes([number]) * 32)
    return DidKeys(name_key.name.did, name_key, SecretBytes(bytes([number]) * 32), SecretBytes(bytes([3]) * 32))


def _part(*all_keys: DidKeys, owner: OwnerKeys | None = None) -> BoxPart:
    owner = owner or _owner()
    wrapped = tuple(WrappedKey(k.did, wrap_did_keys(did_keys_to_text(k), owner.did_recipient)) for k in all_keys)
    return BoxPart(owner.backup_id, wrapped, tuple(k.document(CREATED) for k in all_keys), 7)


def test_a_part_is_read_back_and_opens_with_the_words() -> None:
    one, two = _keys(1), _keys(2)
    part = part_from_bytes(part_to_bytes(_part(one, two)))
    assert part == part_from_bytes(part_to_bytes(part))
    assert open_part(part, _owner(), [two.did]) == (one, two)
    assert part.generation == 7


def test_the_stock_format_is_age() -> None:
    [key] = _part(_keys(1)).keys
    assert key.wrapped.startswith(b"age-encryption.org/v1\n-> X25519 ")
    identity = pyrage.x25519.Identity.from_str(_owner().did_identity_text().reveal().decode())
    assert json.loads(pyrage.decrypt(key.wrapped, [identity]))["did"] == key.did


def test_no_secret_is_in_a_part() -> None:
    keys = _keys(1)
    data = part_to_bytes(_part(keys))
    with did_keys_to_text(keys) as text:
        for secret in ("signing", "encryption"):
            assert json.loads(text.reveal())[secret].encode() not in data


def test_missing_keys_are_named_all_of_them() -> None:
    missing = [_keys(2).did, _keys(3).did]
    with pytest.raises(DidKeyMissing, match="lacks the keys of 2 DIDs") as raised:
        open_part(_part(_keys(1)), _owner(), [_keys(1).did, *missing])
    assert set(raised.value.names) == set(missing)


def test_the_words_of_another_backup_do_not_open_a_part() -> None:
    with pytest.raises(NotSignedByOwner, match="another backup"):
        open_part(_part(_keys(1)), _owner(8), [])
    stolen = replace(_part(_keys(1), owner=_owner(8)), backup_id=_owner().backup_id)
    with pytest.raises(DamagedFile, match="do not open with these words"):
        open_part(stolen, _owner(), [])


def test_a_key_under_another_name_is_forged() -> None:
    part = _part(_keys(1))
    swapped = replace(part, keys=(WrappedKey(_keys(2).did, part.keys[0].wrapped),), documents=())
    with pytest.raises(NotSignedByOwner):
        open_part(swapped, _owner(), [_keys(2).did])


def test_a_document_of_other_keys_is_forged() -> None:
    part = _part(_keys(1))
    forged = replace(part, documents=(replace(part.documents[0], encryption_public=bytes(32)),))
    with pytest.raises(NotSignedByOwner):
        open_part(forged, _owner(), [])


@pytest.mark.parametrize("place", [0, 30, 100, -1])
def test_an_altered_key_does_not_open(place: int) -> None:
    part = _part(_keys(1))
    wrapped = bytearray(part.keys[0].wrapped)
    wrapped[place] ^= 1
    with pytest.raises(DamagedFile):
        open_part(replace(part, keys=(WrappedKey(_keys(1).did, bytes(wrapped)),)), _owner(), [])


GOOD = json.loads(part_to_bytes(_part(_keys(1))))


def _changed(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", NotOurFile),
        (b"[]", NotOurFile),
        (b"[" * 100_000, NotOurFile),
        (b" " * MAX_PART_BYTES + b"{}", NotOurFile),
        (_changed(format="other"), NotOurFile),
        (_changed(version=2), NewerVersion),
        (_changed(version=0), DamagedFile),
        (_changed(version="1"), DamagedFile),
        (_changed(more=1), DamagedFile),
        (_changed(backup_id="x"), DamagedFile),
        (_changed(generation=0), DamagedFile),
        (_changed(generation=True), DamagedFile),
        (_changed(keys={}), DamagedFile),
        (_changed(keys=[1]), DamagedFile),
        (_changed(keys=[{"did": _keys(1).did, "wrapped": "*"}]), DamagedFile),
        (_changed(keys=[{"did": "did:web:x", "wrapped": "AA"}]), DamagedFile),
        (_changed(keys=[{"did": _keys(1).did, "wrapped": "AA"}] * 2), DamagedFile),
        (_changed(keys=[{}] * (MAX_KEYS + 1)), DamagedFile),
        (_changed(documents=[{}]), DamagedFile),
    ],
)
def test_what_is_no_part_is_refused(data: bytes, kind: type[LedgerRecoveryError]) -> None:
    with pytest.raises(kind):
        part_from_bytes(data)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=6))
@settings(max_examples=60, deadline=None)
def test_any_value_in_a_part_is_read_or_refused(value: object) -> None:
    for name in ("version", "keys", "documents", "generation", "backup_id", "format"):
        try:
            part_from_bytes(_changed(**{name: value}))
        except LedgerRecoveryError as error:
            assert isinstance(error, InputError)


def test_a_recipient_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="no age recipient"):
        wrap_did_keys(SecretBytes(b"{}"), "age1nonsense")
