"""[pure] The owner's keys: everything that follows from the one secret, each by its own dated HKDF label.

HKDF-SHA256 (RFC 5869), 32 bytes of output each. A label is never used for a second purpose; a new derivation gets a
new date. age keys: age-encryption.org/v1 (C2SP age.md), X25519 in Bech32 text form.
"""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from bech32 import bech32_decode, bech32_encode, convertbits
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger_recovery.backup.ids import backup_id_of
from ledger_recovery.secret import SecretBytes

SECRET_BYTES: Final = 32
SALT: Final = b"ledger-recovery backup"
LABEL_BUNDLE: Final = b"ledger-recovery 2026-11-22 bundle age x25519"
LABEL_OWNER: Final = b"ledger-recovery 2026-11-22 owner ed25519"
LABEL_BACKUP_ID: Final = b"ledger-recovery 2026-11-22 backup id"
LABEL_DID_KEYS: Final = b"ledger-recovery 2026-11-22 did keys age x25519"

_IDENTITY_PREFIX: Final = "age-secret-key-"
_RECIPIENT_PREFIX: Final = "age"


class OwnerKeys:
    """What the words give. Leaving a `with` wipes the private parts; the public ones stay readable.

    `age_recipient`, `did_recipient`: "age1…", for bundles and for the Box's DID keys. `owner_public`: 32 bytes.
    """

    __slots__ = ("_bundle", "_did", "_owner", "age_recipient", "backup_id", "did_recipient", "owner_public")

    def __init__(self, secret: SecretBytes) -> None:
        """:raises ValueError: the secret has not 32 bytes."""
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"the secret has {SECRET_BYTES} bytes, not {len(secret)}")
        self._bundle = derived(secret, LABEL_BUNDLE)
        self._did = derived(secret, LABEL_DID_KEYS)
        self._owner = derived(secret, LABEL_OWNER)
        self.age_recipient = age_recipient_of(self._bundle)
        self.did_recipient = age_recipient_of(self._did)
        self.owner_public = self._signer().public_key().public_bytes_raw()
        with derived(secret, LABEL_BACKUP_ID) as raw:
            self.backup_id = backup_id_of(raw.reveal())

    def age_identity_text(self) -> SecretBytes:
        """AGE-SECRET-KEY-1…: what the stock age tool takes to open a bundle. The caller wipes it."""
        return _identity_text(self._bundle)

    def did_identity_text(self) -> SecretBytes:
        """AGE-SECRET-KEY-1… of the Box's DID keys. The caller wipes it."""
        return _identity_text(self._did)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 by the owner key; the caller puts a domain line in front of what it signs."""
        return self._signer().sign(message)

    def wipe(self) -> None:
        """Forget the private parts; may be called again."""
        for part in (self._bundle, self._did, self._owner):
            part.wipe()

    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._owner.reveal())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "OwnerKeys(hidden)"


def owner_keys(secret: SecretBytes) -> OwnerKeys:
    """The keys of a secret (32 bytes), which stays the caller's to wipe."""
    return OwnerKeys(secret)


def derived(secret: SecretBytes, label: bytes) -> SecretBytes:
    """32 bytes for one label."""
    return SecretBytes(HKDF(SHA256(), SECRET_BYTES, salt=SALT, info=label).derive(secret.reveal()))


def age_recipient_of(scalar: SecretBytes) -> str:
    """The public age1… text of an X25519 private key."""
    public = X25519PrivateKey.from_private_bytes(scalar.reveal()).public_key().public_bytes_raw()
    return _bech32(_RECIPIENT_PREFIX, public)


def is_age_recipient(text: str) -> bool:
    """Whether a text is an age X25519 recipient in its one spelling."""
    if len(text) != len(_RECIPIENT_PREFIX) + 1 + 52 + 6:
        return False
    prefix, values = bech32_decode(text)
    if prefix != _RECIPIENT_PREFIX or values is None:
        return False
    raw = convertbits(values, 5, 8, pad=False)
    return raw is not None and _bech32(_RECIPIENT_PREFIX, bytes(raw)) == text


def _identity_text(scalar: SecretBytes) -> SecretBytes:
    return SecretBytes(_bech32(_IDENTITY_PREFIX, scalar.reveal()).upper().encode("ascii"))


def _bech32(prefix: str, data: bytes) -> str:
    return bech32_encode(prefix, convertbits(data, 8, 5) or [])
