"""What a request's signatures cover, header by header; and that nothing else than what was signed is accepted."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup import protocol
from ledger_recovery.backup.protocol import RequestFacts
from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.secret import SecretBytes

SEED = SecretBytes(bytes(range(32)))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED.reveal()).public_key().public_bytes_raw()
PIN = "ab" * 32
DID = "did:ipid:k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r"
FACTS = RequestFacts(
    method="PUT",
    target=protocol.generation_path("a" * 52, 7),
    body_sha256=hashlib.sha256(b"body").hexdigest(),
    box_pin=PIN,
    time=1_795_000_000,
    nonce="AAECAwQFBgcICQoLDA0ODw",
    if_match=f'"{"0" * 64}"',
    idempotency_key="k" * 22,
    dids=DID,
    owner_public="",
)


class Owner:
    """An owner key, as `OwnerKeys` shows itself to the protocol."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def owner_public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def headers_of(facts: RequestFacts, owner: Owner | None = None) -> dict[str, str]:
    """As a client sends them."""
    headers = {
        protocol.AUTHORIZATION: protocol.authorization(facts, "dev", SEED),
        protocol.IF_MATCH: facts.if_match,
        protocol.IDEMPOTENCY_KEY: facts.idempotency_key,
        protocol.BOX_DIDS: facts.dids,
    }
    return headers | ({protocol.OWNER_PROOF: protocol.owner_proof(facts, owner)} if owner else {})


def test_the_signed_text_is_fixed() -> None:
    expected = "\n".join(
        (
            "ledger-recovery box request 2026-11-22",
            "PUT",
            "/v1/backups/" + "a" * 52 + "/generations/7",
            "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5",
            '"' + "0" * 64 + '"',
            "k" * 22,
            DID,
            "",
            PIN,
            "1795000000",
            "AAECAwQFBgcICQoLDA0ODw",
        )
    )
    assert protocol.request_text(FACTS) == expected.encode()
    assert protocol.owner_text(FACTS) == expected.replace(" request ", " owner ").encode()


def test_the_box_reads_back_what_the_client_signed() -> None:
    owner = Owner(b"\x05" * 32)
    facts = dataclasses.replace(FACTS, owner_public=protocol.encode(owner.owner_public))
    got, said, proof = protocol.facts_of(facts.method, facts.target, facts.body_sha256, headers_of(facts, owner), PIN)
    assert got == facts
    assert said.device_id == "dev" and said.signed_by(PUBLIC, got)
    assert proof is not None and proof.owner_public == owner.owner_public and proof.holds(got)


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(RequestFacts)])
def test_no_part_of_a_request_can_be_changed(name: str) -> None:
    owner = Owner(b"\x05" * 32)
    facts = dataclasses.replace(FACTS, owner_public=protocol.encode(owner.owner_public))
    headers = headers_of(facts, owner)
    others: dict[str, object] = {
        "method": "GET",
        "target": facts.target + "?x",
        "body_sha256": "1" * 64,
        "box_pin": "cd" * 32,
        "time": facts.time + 1,
        "nonce": "B" * 22,
        "owner_public": protocol.encode(Owner(b"\x06" * 32).owner_public),
    }
    changed = dataclasses.replace(facts, **{name: others.get(name, "")})  # type: ignore[arg-type]  # one of many types
    said = protocol.parse_authorization(headers[protocol.AUTHORIZATION])
    proof = protocol.parse_owner_proof(headers[protocol.OWNER_PROOF])
    assert said.signed_by(PUBLIC, facts) and proof.holds(facts)
    assert not said.signed_by(PUBLIC, changed)
    assert not proof.holds(changed)


def test_a_device_signature_is_no_owner_proof() -> None:
    facts = dataclasses.replace(FACTS, owner_public=protocol.encode(PUBLIC))
    said = protocol.parse_authorization(protocol.authorization(facts, "dev", SEED))
    assert not protocol.OwnerProof(PUBLIC, said.signature).holds(facts)


def test_a_proof_names_its_own_key() -> None:
    """Signed by one owner over a request that names another, or none."""
    owner = Owner(b"\x05" * 32)
    for named in ("", protocol.encode(Owner(b"\x06" * 32).owner_public)):
        facts = dataclasses.replace(FACTS, owner_public=named)
        proof = protocol.parse_owner_proof(protocol.owner_proof(facts, owner))
        assert not proof.holds(facts)


def test_a_line_break_in_a_header_cannot_move_lines() -> None:
    for name in ("method", "target", "if_match", "idempotency_key", "dids", "owner_public", "nonce"):
        with pytest.raises(BadMessage):
            dataclasses.replace(FACTS, **{name: "/x\ny"})  # type: ignore[arg-type]  # all of these are texts


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic abc",
        protocol.authorization(FACTS, "dev", SEED) + " ",
        protocol.authorization(FACTS, "dev", SEED).replace("LRBox", "lrbox"),
        protocol.authorization(FACTS, "dev", SEED).replace('time="', 'time="-'),
        protocol.authorization(FACTS, "d" * 65, SEED),
        protocol.authorization(FACTS, "a/b", SEED),
    ],
)
def test_a_malformed_authorization_is_refused(value: str) -> None:
    with pytest.raises(BadMessage):
        protocol.parse_authorization(value)


def test_a_signature_has_one_spelling() -> None:
    """The last of 86 characters has four spare bits; another value of them must not name the same signature."""
    text = protocol.encode(bytes(64))
    assert protocol.decode(text, 64) == bytes(64)
    with pytest.raises(BadMessage):
        protocol.decode(text[:-1] + "B", 64)


@pytest.mark.parametrize("etag", ["", '""', "none", "0" * 64, f'W/"{"0" * 64}"', f'"{"A" * 64}"', f'"{"0" * 65}"'])
def test_only_a_digest_in_quotes_is_an_etag(etag: str) -> None:
    with pytest.raises(BadMessage):
        protocol.parse_etag(etag)


def test_if_match_of_a_first_and_a_later_generation() -> None:
    assert protocol.if_match("") == "none" and protocol.parse_if_match("none") == ""
    assert protocol.parse_if_match(protocol.if_match("0f" * 32)) == "0f" * 32


def test_dids_header() -> None:
    other = DID[:-1] + "s"
    assert protocol.parse_dids_header(protocol.dids_header((DID, other))) == (DID, other)
    assert protocol.parse_dids_header("") == ()
    many = ",".join(DID[:-3] + f"{n:03}" for n in range(protocol.MAX_DIDS + 1))
    for bad in (f"{DID},{DID}", f"{DID},", "did:web:x", f"{DID}, {other}", many):
        with pytest.raises(BadMessage):
            protocol.parse_dids_header(bad)


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=300))
def test_any_header_is_read_or_refused(value: str) -> None:
    for parse in (
        protocol.parse_authorization,
        protocol.parse_owner_proof,
        protocol.parse_etag,
        protocol.parse_if_match,
        protocol.parse_dids_header,
    ):
        try:
            parse(value)
        except BadMessage:
            continue


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=80), st.binary(max_size=80))
def test_verification_never_raises(public: bytes, signature: bytes) -> None:
    assert not protocol.verify(public, b"message", signature)
