"""DID names, documents and keys: published vectors, both directions, and what must be refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.did_document import (
    MAX_DOCUMENT,
    DidDocument,
    document_cid,
    document_from_text,
    document_to_cbor,
    document_to_text,
)
from ledger_recovery.backup.did_keys import (
    DidKeys,
    did_keys_from_json,
    did_keys_from_text,
    did_keys_to_json,
    did_keys_to_text,
    ed25519_name_key,
    rsa_name_key,
)
from ledger_recovery.backup.did_name import DID_PREFIX, DidName, name_of_ed25519, parse_did, same_did
from ledger_recovery.errors import DamagedFile, InputError, LedgerRecoveryError, NotSignedByOwner
from ledger_recovery.secret import SecretBytes
from tests.unit.backup.idbox_samples import b64u, samples

# libp2p specs, peer-ids/peer-ids.md, "Test vectors": an Ed25519 key, private and public message.
LIBP2P_PRIVATE = bytes.fromhex(
    "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d"
    "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e"
)
LIBP2P_PUBLIC = bytes.fromhex("080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e")
CREATED = "2026-11-22T10:00:00Z"


def _keys(number: int = 1) -> DidKeys:
    name_key = ed25519_name_key(bytes([number]) * 32)
    return DidKeys(name_key.name.did, name_key, SecretBytes(bytes([number + 1]) * 32), SecretBytes(bytes([3]) * 32))


# --- names --------------------------------------------------------------------------------------------------------


def test_an_ed25519_key_makes_the_messages_of_libp2p() -> None:
    key = ed25519_name_key(LIBP2P_PRIVATE[4:36])
    assert key.to_protobuf().reveal() == LIBP2P_PRIVATE
    assert key.name.multihash == bytes([0x00, 0x24]) + LIBP2P_PUBLIC
    assert key.name.text.startswith("k51qzi5uqu5d")  # as every Ed25519 name in IPNS
    assert key.name.ed25519_public == LIBP2P_PUBLIC[4:]


def test_a_name_is_a_cid_in_base36() -> None:
    name = name_of_ed25519(bytes(32))
    number = int(name.text[1:], 36)
    assert number.to_bytes((number.bit_length() + 7) // 8, "big") == b"\x01\x72" + name.multihash


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None)
def test_every_name_is_read_back(public: bytes) -> None:
    name = name_of_ed25519(public)
    hashed = DidName(b"\x12\x20" + hashlib.sha256(public).digest())
    for one in (name, hashed):
        assert parse_did(one.did) == parse_did(one.text) == one
        assert parse_did(one.did).did == one.did
    old = DID_PREFIX + base58.b58encode(hashed.multihash).decode()
    assert len(old) == len(DID_PREFIX) + 46
    assert same_did(old, hashed.did)
    assert not same_did(old, name.did)
    assert hashed.ed25519_public is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither"),
        ("did:web:example.org", "another method"),
        ("did:ipid:", "neither"),
        ("did:ipid:k", "another kind"),
        ("did:ipid:K51QZI5UQU5D", "neither"),
        ("did:ipid:k51/../x", "character 3"),
        ("did:ipid:Qm", "no Ed25519 or RSA"),
        ("did:ipid:Qm0", "character 3"),
        ("did:ipid:k" + "1" * 200, "longer"),
        ("did:ipid:kż", "not plain"),
        (samples()[0].own[0]["did"][:-1], "kind|no Ed25519"),
        (samples()[0].own[0]["did"] + "a", "kind|no Ed25519"),
    ],
)
def test_what_is_no_name_is_refused(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_did(text)
    assert not same_did(text, text)


@given(st.text(max_size=140) | st.text("kQm0123456789abcdefghij", max_size=70).map(DID_PREFIX.__add__))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        assert parse_did(parse_did(text).did) == parse_did(text)
    except InputError:
        pass


def test_the_length_of_a_public_key_is_checked() -> None:
    with pytest.raises(InputError, match="32 bytes, not 31"):
        name_of_ed25519(bytes(31))


# --- documents ----------------------------------------------------------------------------------------------------


def test_our_document_is_canonical_json_with_a_version() -> None:
    document = _keys().document(CREATED)
    text = document_to_text(document)
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert json.loads(text)["version"] == 1
    assert document_from_text(text) == document
    assert document_cid(document) != document_cid(replace(document, version=2))


def test_cbor_knows_every_size_of_a_head() -> None:
    document = _keys().document(CREATED)
    tails = {1: b"\x01", 24: b"\x18\x18", 256: b"\x19\x01\x00", 65536: b"\x1a\x00\x01\x00\x00"}
    for version, encoded in tails.items():
        assert b"gversion" + encoded in document_to_cbor(replace(document, version=version))


GOOD = json.loads(document_to_text(_keys().document(CREATED)))


def _changed(**changes: object) -> str:
    return json.dumps({**GOOD, **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 3000,
        " " * MAX_DOCUMENT + "{}",
        _changed(id="did:web:x"),
        _changed(id=5),
        _changed(created="yesterday"),
        _changed(created="2026-11-22T10:00:00+05:00"),
        _changed(version=0),
        _changed(version=True),
        _changed(version="1"),
        _changed(version=2**40),
        _changed(publicKey=[]),
        _changed(publicKey=[1, 2]),
        _changed(publicKey=GOOD["publicKey"][::-1]),
        _changed(service="https://example.org"),
        _changed(**{"@context": {"/": "other"}}),
    ],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DamagedFile):
        document_from_text(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
@settings(max_examples=80, deadline=None)
def test_any_value_in_a_document_is_read_or_refused(value: object) -> None:
    for name in ("id", "created", "publicKey", "version", "@context"):
        try:
            assert isinstance(document_from_text(_changed(**{name: value})), DidDocument)
        except DamagedFile:
            pass


# --- keys ---------------------------------------------------------------------------------------------------------


def test_keys_are_read_back_and_wiped() -> None:
    keys = _keys()
    again = did_keys_from_text(did_keys_to_text(keys))
    assert again == keys
    assert keys.fit(keys.document(CREATED))
    assert not keys.fit(_keys(5).document(CREATED))
    assert not keys.fit(replace(keys.document(CREATED), signing_public=bytes(32)))
    assert not keys.fit(replace(keys.document(CREATED), encryption_public=bytes(32)))
    with again:
        pass
    assert again.signing.wiped and again.encryption.wiped and again.name_key.secret.wiped


def test_keys_do_not_print() -> None:
    keys = _keys()
    for secret in (keys.signing, keys.encryption, keys.name_key.secret):
        assert secret.reveal().hex() not in repr(keys)
        assert repr(secret.reveal()) not in repr(keys)


def test_an_rsa_key_is_read_back_under_its_old_name() -> None:
    key = generate_private_key(65537, 2048)
    name_key = rsa_name_key(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    old = DID_PREFIX + base58.b58encode(name_key.name.multihash).decode()
    keys = DidKeys(old, name_key, SecretBytes(bytes(32)), SecretBytes(bytes(32)))
    again = did_keys_from_text(did_keys_to_text(keys))
    assert again == keys
    assert again.did == old
    assert again.fit(again.document(CREATED))


@pytest.mark.parametrize(
    "change",
    [
        {"signing": "AA"},
        {"encryption": 5},
        {"name_key": {"type": "rsa", "key": "AAAA"}},
        {"name_key": {"type": "rsa", "key": "A" * 20_001}},
        {"name_key": {"type": "dsa", "key": "AAAA"}},
        {"name_key": {"type": "ed25519", "key": b64u(bytes(31))}},
        {"name_key": "planted secret"},
        {"did": 5},
        {"did": "did:web:x"},
        {"more": 1},
    ],
)
def test_what_are_no_keys_is_refused_without_repeating_them(change: dict[str, object]) -> None:
    fields = {**did_keys_to_json(_keys()), **change}
    with pytest.raises(DamagedFile) as raised:
        did_keys_from_json(fields)
    assert not any(isinstance(v, str) and v in raised.value.sentence for k, v in fields.items() if k != "did")
    with pytest.raises(DamagedFile):
        did_keys_from_text(SecretBytes(b"{"))


def test_a_key_of_another_did_is_called_exchanged() -> None:
    with pytest.raises(NotSignedByOwner, match="exchanged"):
        did_keys_from_json({**did_keys_to_json(_keys()), "did": _keys(7).did})


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_keys_or_refused(data: bytes) -> None:
    for read in (lambda: rsa_name_key(data), lambda: did_keys_from_text(SecretBytes(data))):
        with pytest.raises(LedgerRecoveryError):
            read()
