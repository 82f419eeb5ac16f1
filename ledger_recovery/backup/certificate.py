"""[pure] The owner's statement: this machine may upload to this backup, and the Box wraps DID keys for this recipient.

Made once with the words at enabling; afterwards the machine needs no owner key. The Box binds a backup ID to the
first owner that it sees; somebody who has the words compares the owner key with his own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger_recovery.backup import fields
from ledger_recovery.backup.ids import b64u, is_time
from ledger_recovery.backup.keys import OwnerKeys, is_age_recipient
from ledger_recovery.errors import NewerVersion, NotSignedByOwner
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump

VERSION: Final = 1
_DOMAIN: Final = b"ledger-recovery backup certificate 2026-11-22\n"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`owner_public`, `upload_public`, `device_public`: Ed25519, 32 bytes each. `signature`: 64 bytes by the owner.

    `upload_public` signs bundles; `device_public` signs requests. `issued_at`: UTC, 2026-11-22T10:00:00Z.
    """

    backup_id: str
    owner_public: bytes
    upload_public: bytes
    device_public: bytes
    did_recipient: str
    issued_at: str
    signature: bytes

    def to_json(self) -> dict[str, object]:
        return {**_statement(self), "signature": b64u(self.signature)}

    @classmethod
    def from_json(cls, value: object, place: str = "certificate") -> Certificate:
        """The certificate in a parsed JSON object; its signature is not checked (`verify` does).

        :param place: names the object in error sentences.
        :raises NewerVersion: of a version that this program does not know.
        :raises DamagedFile: a field missing, foreign or of a value that cannot be right.
        """
        record = Record(value, place)
        version = record.integer("version")
        if version > VERSION:
            raise NewerVersion(
                f"{place} has version {version}; this program knows version {VERSION}",
                "Use a newer version of this program.",
            )
        if version != VERSION:
            raise record.wrong("version", str(VERSION))
        found = cls(
            backup_id=fields.backup_id(record),
            owner_public=fields.fixed_bytes(record, "owner_public", fields.PUBLIC_KEY_BYTES),
            upload_public=fields.fixed_bytes(record, "upload_public", fields.PUBLIC_KEY_BYTES),
            device_public=fields.fixed_bytes(record, "device_public", fields.PUBLIC_KEY_BYTES),
            did_recipient=_recipient(record),
            issued_at=fields.utc_time(record, "issued_at"),
            signature=fields.fixed_bytes(record, "signature", fields.SIGNATURE_BYTES),
        )
        fields.nothing_else(record)
        return found


def issue(keys: OwnerKeys, upload_public: bytes, device_public: bytes, issued_at: str) -> Certificate:
    """Certify a machine's two public keys (Ed25519, 32 bytes each).

    :param issued_at: UTC to the second, 2026-11-22T10:00:00Z.
    :raises ValueError: keys of another length, or another form of time.
    """
    if len(upload_public) != fields.PUBLIC_KEY_BYTES or len(device_public) != fields.PUBLIC_KEY_BYTES:
        raise ValueError("an Ed25519 public key has 32 bytes")
    if not is_time(issued_at):
        raise ValueError("a certificate's time has the form 2026-11-22T10:00:00Z")
    blank = Certificate(
        backup_id=keys.backup_id,
        owner_public=keys.owner_public,
        upload_public=upload_public,
        device_public=device_public,
        did_recipient=keys.did_recipient,
        issued_at=issued_at,
        signature=b"",
    )
    return Certificate.from_json({**_statement(blank), "signature": b64u(keys.sign(_message(blank)))})


def verify(certificate: Certificate) -> None:
    """Check the owner's signature.

    It proves that `owner_public` signed; whether that is the right owner is the caller's to compare.

    :raises NotSignedByOwner: the signature does not fit.
    """
    if not is_signed(certificate.owner_public, certificate.signature, _message(certificate)):
        raise NotSignedByOwner(
            "forged: the certificate in the backup is not signed by the owner key that it names",
            "Do not use this backup; somebody changed it.",
        )


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) fits a message and a public key (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(certificate: Certificate) -> bytes:
    return _DOMAIN + dump(_statement(certificate), sort_keys=True).encode("utf-8")


def _statement(certificate: Certificate) -> dict[str, object]:
    return {
        "version": VERSION,
        "backup_id": certificate.backup_id,
        "owner_public": b64u(certificate.owner_public),
        "upload_public": b64u(certificate.upload_public),
        "device_public": b64u(certificate.device_public),
        "did_recipient": certificate.did_recipient,
        "issued_at": certificate.issued_at,
    }


def _recipient(record: Record) -> str:
    text = fields.short_text(record, "did_recipient")
    if not is_age_recipient(text):
        raise record.wrong("did_recipient", "an age recipient (age1…)")
    return text
