"""[pure] The Identity Box's HTTP interface, version 1: paths, headers, limits, and what a request's signature covers.

Every request but "about" and "pair" is signed by the machine's device key (Ed25519); what only the owner may do
(delete, retire) carries a second signature by the owner key of the words. Both cover the Box's pin, so that no Box can
hand a request on to another. Bodies of requests are in `protocol_requests`, of answers in `protocol_replies`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger_recovery.backup.ids import b64u, from_b64u
from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.errors import InputError
from ledger_recovery.secret import SecretBytes

VERSION: Final = 1
REQUEST_DOMAIN: Final = "ledger-recovery box request 2026-11-22"
OWNER_DOMAIN: Final = "ledger-recovery box owner 2026-11-22"
SCHEME: Final = "LRBox"

CLOCK_WINDOW: Final = 300
"""Seconds that a request's time may differ from the Box's clock; the Box remembers nonces for as long."""
NONCE_BYTES: Final = 16
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64

# Headers, lower-case as ASGI and httpx compare them.
AUTHORIZATION: Final = "authorization"
OWNER_PROOF: Final = "owner-proof"
IF_MATCH: Final = "if-match"
IDEMPOTENCY_KEY: Final = "idempotency-key"
BOX_DIDS: Final = "x-box-dids"
NO_PREVIOUS: Final = "none"
"""If-Match of a first generation."""

ABOUT: Final = "/v1/about"
PAIR: Final = "/v1/pair"
DEVICE_SELF: Final = "/v1/devices/self"
BACKUPS: Final = "/v1/backups"

MAX_DIDS: Final = 100
BACKUP_ID: Final = re.compile(r"[a-z2-7]{52}")
DEVICE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
DID: Final = re.compile(r"did:ipid:[A-Za-z0-9]{40,80}")
IDEMPOTENCY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")

_LINE = re.compile(r"[\x21-\x7e]{0,16384}")
_TARGET = re.compile(r"/[\x21-\x7e]{0,2000}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ETAG = re.compile(r'"([0-9a-f]{64})"')
_CREDENTIALS = re.compile(
    SCHEME + r' device="([A-Za-z0-9_-]{1,64})", time="([0-9]{1,12})", nonce="([A-Za-z0-9_-]{22})", '
    r'signature="([A-Za-z0-9_-]{86})"'
)
_PROOF = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})")


class OwnerSigner(Protocol):
    """The owner key, as `backup.keys.OwnerKeys` has it."""

    @property
    def owner_public(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


# --- paths --------------------------------------------------------------------------------------------------------


def backup_path(backup_id: str) -> str:
    return f"{BACKUPS}/{backup_id}"


def certificates_path(backup_id: str) -> str:
    return f"{BACKUPS}/{backup_id}/certificates"


def generation_path(backup_id: str, generation: int) -> str:
    return f"{BACKUPS}/{backup_id}/generations/{generation}"


def part_path(backup_id: str, generation: int) -> str:
    return f"{generation_path(backup_id, generation)}/part"


def retire_path(backup_id: str) -> str:
    return f"{BACKUPS}/{backup_id}/retire"


def dids_path(backup_id: str) -> str:
    return f"{BACKUPS}/{backup_id}/dids"


def restore_dids_path(backup_id: str) -> str:
    return f"{dids_path(backup_id)}/restore"


def did_path(backup_id: str, did: str) -> str:
    return f"{dids_path(backup_id)}/{did}"


def publish_path(backup_id: str, did: str) -> str:
    return f"{did_path(backup_id, did)}/publish"


# --- header values ------------------------------------------------------------------------------------------------


def etag(digest: str) -> str:
    """The ETag and If-Match form of a digest (64 hex)."""
    return f'"{digest}"'


def parse_etag(value: str) -> str:
    """The digest in an ETag.

    :raises BadMessage: it is no quoted SHA-256.
    """
    found = _ETAG.fullmatch(value)
    if found is None:
        raise BadMessage("the digest in the header is not 64 hexadecimal digits in quotes")
    return found[1]


def if_match(previous: str) -> str:
    """The If-Match header: the digest of the generation before, or "" for a first one."""
    return etag(previous) if previous else NO_PREVIOUS


def parse_if_match(value: str) -> str:
    """The digest of the generation before, "" for a first one.

    :raises BadMessage: neither.
    """
    return "" if value == NO_PREVIOUS else parse_etag(value)


def dids_header(dids: tuple[str, ...]) -> str:
    return ",".join(dids)


def parse_dids_header(value: str) -> tuple[str, ...]:
    """The DIDs of an X-Box-Dids header, in its order; none for an empty or absent one.

    :raises BadMessage: too many, one twice, or something that is no DID.
    """
    names = tuple(value.split(",")) if value else ()
    if len(names) > MAX_DIDS or len(set(names)) != len(names) or not all(DID.fullmatch(n) for n in names):
        raise BadMessage(f"the header X-Box-Dids must list at most {MAX_DIDS} different did:ipid names")
    return names


# --- signatures ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """All of a request that its signatures cover.

    :param target: path with query, as sent.
    :param body_sha256: 64 hex, of the empty body too.
    :param if_match: the header's value as sent, "" when absent; likewise `idempotency_key` and `dids`.
    :param owner_public: base64url of the owner's public key when an Owner-Proof comes along, else "".
    :param box_pin: 64 hex, SHA-256 of the Box's public key (SPKI).
    :param time: unix seconds.
    :param nonce: base64url of 16 random bytes.
    :raises BadMessage: a value that could not be a line of the signed text.
    """

    method: str
    target: str
    body_sha256: str
    box_pin: str
    time: int
    nonce: str
    if_match: str = ""
    idempotency_key: str = ""
    dids: str = ""
    owner_public: str = ""

    def __post_init__(self) -> None:
        lines = (self.method, self.if_match, self.idempotency_key, self.dids, self.owner_public, self.nonce)
        if not all(_LINE.fullmatch(line) for line in lines) or not _TARGET.fullmatch(self.target):
            raise BadMessage("a header or the path of the request holds characters that may not be there")
        if not _DIGEST.fullmatch(self.body_sha256) or not _DIGEST.fullmatch(self.box_pin) or self.time < 0:
            raise BadMessage("a request needs a SHA-256 of its body, a pin and a time")


def facts_of(
    method: str, target: str, body_sha256: str, headers: Mapping[str, str], box_pin: str
) -> tuple[RequestFacts, Authorization, OwnerProof | None]:
    """What the Box checks: the facts of a request that came in, who says that it made it, and the owner's proof if any.

    :param headers: by lower-case name, each at most once.
    :raises BadMessage: a header is missing or malformed.
    """
    said = parse_authorization(headers.get(AUTHORIZATION, ""))
    proof = parse_owner_proof(headers[OWNER_PROOF]) if OWNER_PROOF in headers else None
    facts = RequestFacts(
        method,
        target,
        body_sha256,
        box_pin,
        said.time,
        said.nonce,
        if_match=headers.get(IF_MATCH, ""),
        idempotency_key=headers.get(IDEMPOTENCY_KEY, ""),
        dids=headers.get(BOX_DIDS, ""),
        owner_public=encode(proof.owner_public) if proof else "",
    )
    return facts, said, proof


def request_text(facts: RequestFacts) -> bytes:
    """What the device key signs."""
    return _text(REQUEST_DOMAIN, facts)


def owner_text(facts: RequestFacts) -> bytes:
    """What the owner key signs: the same request under another domain."""
    return _text(OWNER_DOMAIN, facts)


@dataclass(frozen=True, slots=True)
class Authorization:
    """Who says that it made a request; true only once `signed_by` with that device's key says so."""

    device_id: str
    time: int
    nonce: str
    signature: bytes = field(repr=False)

    def signed_by(self, device_public: bytes, facts: RequestFacts) -> bool:
        """Whether the device's key (Ed25519, 32 bytes) signed exactly this request."""
        return verify(device_public, request_text(facts), self.signature)


@dataclass(frozen=True, slots=True)
class OwnerProof:
    """A claim to be the owner; true only once `holds` says so."""

    owner_public: bytes
    signature: bytes = field(repr=False)

    def holds(self, facts: RequestFacts) -> bool:
        """Whether the named owner key signed exactly this request."""
        return facts.owner_public == encode(self.owner_public) and verify(
            self.owner_public, owner_text(facts), self.signature
        )


def authorization(facts: RequestFacts, device_id: str, device_key: SecretBytes) -> str:
    """The Authorization header.

    :param device_key: Ed25519 seed, 32 bytes.
    """
    signature = Ed25519PrivateKey.from_private_bytes(device_key.reveal()).sign(request_text(facts))
    return f'{SCHEME} device="{device_id}", time="{facts.time}", nonce="{facts.nonce}", signature="{encode(signature)}"'


def parse_authorization(value: str) -> Authorization:
    """The Authorization header, read.

    :raises BadMessage: it is missing or malformed.
    """
    found = _CREDENTIALS.fullmatch(value)
    if found is None:
        raise BadMessage(f"the Authorization header is missing or is not of the scheme {SCHEME}")
    return Authorization(found[1], int(found[2]), found[3], decode(found[4], SIGNATURE_BYTES))


def owner_proof(facts: RequestFacts, owner: OwnerSigner) -> str:
    """The Owner-Proof header; `facts.owner_public` must be the owner's."""
    return f"{encode(owner.owner_public)}.{encode(owner.sign(owner_text(facts)))}"


def parse_owner_proof(value: str) -> OwnerProof:
    """The Owner-Proof header, read.

    :raises BadMessage: it is malformed.
    """
    found = _PROOF.fullmatch(value)
    if found is None:
        raise BadMessage("the Owner-Proof header is malformed")
    return OwnerProof(decode(found[1], KEY_BYTES), decode(found[2], SIGNATURE_BYTES))


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature holds; anything malformed does not."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return b64u(data)


def decode(value: str, size: int) -> bytes:
    """Exactly `size` bytes from their one base64url form.

    :raises BadMessage: another length, another alphabet, or bits set that no encoder sets.
    """
    try:
        return from_b64u(value, size)
    except InputError:
        raise BadMessage(f"a value is not base64url of {size} bytes") from None


def _text(domain: str, facts: RequestFacts) -> bytes:
    lines = (
        domain,
        facts.method,
        facts.target,
        facts.body_sha256,
        facts.if_match,
        facts.idempotency_key,
        facts.dids,
        facts.owner_public,
        facts.box_pin,
        str(facts.time),
        facts.nonce,
    )
    return "\n".join(lines).encode("ascii")
