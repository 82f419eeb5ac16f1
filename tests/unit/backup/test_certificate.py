"""The owner's certificate: every field is under the signature, and nothing else passes for one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.certificate import Certificate, issue, verify
from ledger_recovery.backup.ids import b64u
from ledger_recovery.errors import DamagedFile, NewerVersion, NotSignedByOwner
from tests.unit.backup.bundles import CREATED, certificate, keys, public

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=60),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=8,
)


def test_a_certificate_comes_back_through_json() -> None:
    again = Certificate.from_json(json.loads(json.dumps(certificate().to_json())))
    assert again == certificate()
    verify(again)


OTHERS: dict[str, Any] = {
    "backup_id": "a" * 52,
    "owner_public": keys("bob").owner_public,
    "upload_public": public("other"),
    "device_public": public("other"),
    "did_recipient": keys("bob").did_recipient,
    "issued_at": "2026-11-22T10:00:01Z",
    "signature": bytes(64),
}


@pytest.mark.parametrize("name", OTHERS)
def test_every_field_is_signed(name: str) -> None:
    with pytest.raises(NotSignedByOwner, match="forged"):
        verify(replace(certificate(), **{name: OTHERS[name]}))
    assert set(OTHERS) == set(Certificate.__dataclass_fields__)


def changed(**fields: object) -> dict[str, object]:
    found = {**certificate().to_json(), **fields}
    return {name: value for name, value in found.items() if value is not ...}


REFUSED = {
    "not an object": ([], "not an object"),
    "foreign field": (changed(colour="blue"), "cannot have: colour"),
    "no signature": (changed(signature=...), "signature is missing"),
    "short key": (changed(owner_public=b64u(bytes(31))), "owner_public is not 32 bytes"),
    "padded key": (changed(upload_public=b64u(bytes(32)) + "="), "upload_public is not 32 bytes"),
    "number for key": (changed(device_public=5), "device_public is not text"),
    "id": (changed(backup_id="../../etc"), "backup_id is not a backup ID"),
    "recipient": (changed(did_recipient="age1qqq"), "did_recipient is not an age recipient"),
    "time": (changed(issued_at="yesterday"), "issued_at is not a time"),
    "endless": (changed(issued_at="2" * 10_000), "longer than 128"),
    "version": (changed(version=0), "version is not 1"),
}


@pytest.mark.parametrize(("value", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_certificate_is_refused(value: object, words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        Certificate.from_json(value)


def test_a_newer_certificate_is_told_as_such() -> None:
    with pytest.raises(NewerVersion, match="version 2"):
        Certificate.from_json(changed(version=2, more="fields"))


@given(JSON_VALUES, st.sampled_from(sorted(certificate().to_json())))
@settings(max_examples=200, deadline=None)
def test_any_json_gives_a_certificate_or_our_error(value: object, name: str) -> None:
    for hostile in (value, changed(**{name: value})):
        try:
            Certificate.from_json(hostile)
        except (DamagedFile, NewerVersion):
            pass


@pytest.mark.parametrize(("upload", "when"), [(bytes(31), CREATED), (bytes(32), "now")])
def test_what_no_reader_takes_is_not_issued(upload: bytes, when: str) -> None:
    with pytest.raises(ValueError, match=r"32 bytes|form"):
        issue(keys(), upload, bytes(32), when)
