"""[io] One encrypted backup file: made for a recipient without the words, opened with them (chance comes from age).

Inside the age v1 file: a line of JSON that repeats what the head says, the content, zeros up to the padded size. So a
head cannot be put in front of another generation's content, not even with a stolen upload key. The stock `age` tool
opens the file: docs/backups-format.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import pyrage

from ledger_recovery.backup import fields
from ledger_recovery.backup.bundle_header import (
    HEADER_BYTES,
    MAX_BUNDLE_BYTES,
    MAX_PAYLOAD_BYTES,
    BundleHeader,
    check_bundle,
    digest_of,
    header_bytes,
    signed_header,
)
from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.backup.content import BackupContent, content_from_bytes, content_to_bytes
from ledger_recovery.backup.fields import ADVICE
from ledger_recovery.backup.keys import OwnerKeys
from ledger_recovery.backup.padme import padded_size
from ledger_recovery.errors import DamagedFile, InputError, NewerVersion, NotSignedByOwner, OtherBackup, RolledBack
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import Seen

FORMAT: Final = "ledger-recovery-backup"
VERSION: Final = 1
_MAX_LINE: Final = 1024
_AGE_ROOM: Final = 64 * 1024
"""More than age adds in front, besides a tag of 16 bytes for each 64 KiB."""


@dataclass(frozen=True, slots=True)
class OpenedBundle:
    """A backup whose origin, place and content were all checked. `digest`: of the whole file, 64 hex."""

    header: BundleHeader
    content: BackupContent
    digest: str


def seal(
    content: BackupContent,
    *,
    recipient: str,
    certificate: Certificate,
    upload_key: SecretBytes,
    generation: int,
    previous: str,
    created: str,
) -> bytes:
    """A whole bundle file. Needs no words and cannot open what it makes.

    :param recipient: the owner's "age1…".
    :param upload_key: seed of the Ed25519 key that the certificate names, 32 bytes.
    :param previous: digest of the generation before, "" for none.
    :param created: UTC to the second, 2026-11-22T10:00:00Z.
    :raises InputError: the wallet is too large for a backup.
    :raises ValueError: a recipient, key, number, digest or time that cannot be right.
    """
    text = _plaintext(content_to_bytes(content), certificate.backup_id, generation, created)
    payload = _encrypted(text, recipient)
    unsigned = BundleHeader(
        backup_id=certificate.backup_id,
        generation=generation,
        created=created,
        previous=previous,
        payload_size=len(payload),
        payload_sha256=hashlib.sha256(payload).hexdigest(),
        certificate=certificate,
        signature=b"",
    )
    return header_bytes(signed_header(unsigned, upload_key)) + payload


def open_bundle(
    data: bytes, keys: OwnerKeys, *, expect_generation: int | None = None, newest_seen: Seen | None = None
) -> OpenedBundle:
    """The content of a bundle file, after everything about it was checked, in this order.

    :param expect_generation: the one that was asked for; None for any.
    :param newest_seen: the newest that this computer ever saw of this backup.
    :raises NotOurFile, NewerVersion, DamagedFile, NotSignedByOwner: as `check_bundle`; another owner under this ID.
    :raises OtherBackup: genuine, but another person's, or another generation than asked for.
    :raises RolledBack: older than the newest seen, or another one under the same number.
    :raises DamagedFile: it does not decrypt although the signatures fit, or cannot be a wallet.
    """
    header = check_bundle(data)
    digest = digest_of(data)
    _check_owner(header, keys)
    if expect_generation is not None and header.generation != expect_generation:
        raise OtherBackup(
            f"generation {expect_generation} was asked for, and this is generation {header.generation}",
            "The Box or the file confuses its backups: ask for the list, or use another copy.",
        )
    _check_age(header, digest, newest_seen)
    content = _checked_content(_decrypted(data, keys), header)
    return OpenedBundle(header, content, digest)


# --- inside the age file ----------------------------------------------------------------------------------------


def _plaintext(content: bytes, backup_id: str, generation: int, created: str) -> bytes:
    line = {
        "format": FORMAT,
        "version": VERSION,
        "backup_id": backup_id,
        "generation": generation,
        "created": created,
        "content_length": len(content),
    }
    text = dump(line, sort_keys=True).encode("utf-8") + b"\n" + content
    return text.ljust(padded_size(len(text)), b"\0")


def _checked_content(text: bytes, header: BundleHeader) -> BackupContent:
    start = text.find(b"\n", 0, _MAX_LINE) + 1
    if not start:
        raise DamagedFile("the backup's content has no first line", ADVICE)
    record = Record(parse(text[: start - 1], "the backup's first line inside"), "")
    version = record.integer("version")
    if version > VERSION:
        raise NewerVersion(
            f"the backup's content has version {version}; this program knows version {VERSION}",
            "Use a newer version of this program.",
        )
    if record.raw("format") != FORMAT or version != VERSION:
        raise DamagedFile("the backup's content is of another kind", ADVICE)
    inside = (fields.backup_id(record), fields.generation(record), fields.utc_time(record, "created"))
    end = start + record.integer("content_length", high=MAX_BUNDLE_BYTES)
    fields.nothing_else(record)
    if inside != (header.backup_id, header.generation, header.created):
        raise OtherBackup(
            f"swapped: the head is of generation {header.generation}, the content inside of generation {inside[1]}",
            "Do not use this backup: somebody with an upload key put it together.",
        )
    if len(text) != padded_size(end) or text.count(b"\0", end) != len(text) - end:
        raise DamagedFile("the backup's content is not padded as this program pads it", ADVICE)
    return content_from_bytes(text[start:end])


# --- age --------------------------------------------------------------------------------------------------------


def _encrypted(text: bytes, recipient: str) -> bytes:
    if len(text) + len(text) // 4096 + _AGE_ROOM > MAX_PAYLOAD_BYTES:
        raise InputError(
            f"the wallet is too large for a backup of at most {MAX_BUNDLE_BYTES >> 20} MiB",
            "Remove what is not needed from it, or back its file up in another way.",
        )
    try:
        to = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise ValueError("the recipient is no age X25519 recipient") from None
    sealed: bytes = pyrage.encrypt(text, [to])
    return sealed


def _decrypted(data: bytes, keys: OwnerKeys) -> bytes:
    with keys.age_identity_text() as identity_text:
        identity = pyrage.x25519.Identity.from_str(identity_text.reveal().decode("ascii"))
    try:
        text: bytes = pyrage.decrypt(data[HEADER_BYTES:], [identity])
    except pyrage.DecryptError:
        text = b""
    if not text:
        raise DamagedFile(
            "the backup is signed, but does not open with the words: it was encrypted for somebody else, or damaged "
            "before it was signed",
            "Use an older generation.",
        )
    return text


# --- whose, and when --------------------------------------------------------------------------------------------


def _check_owner(header: BundleHeader, keys: OwnerKeys) -> None:
    if header.backup_id != keys.backup_id:
        raise OtherBackup(
            "this backup belongs to other words: somebody else's, or earlier words of yours",
            "Use the words of this backup, or choose another backup.",
        )
    if header.certificate.owner_public != keys.owner_public:
        raise NotSignedByOwner(
            "forged: the backup has your ID, but the owner key that signed it is not yours", "Do not use this backup."
        )


def _check_age(header: BundleHeader, digest: str, newest_seen: Seen | None) -> None:
    if newest_seen is None or header.generation > newest_seen.generation:
        return
    if header.generation < newest_seen.generation:
        raise RolledBack(
            f"this is generation {header.generation} of {header.created}, and this computer has already seen "
            f"generation {newest_seen.generation}",
            "Somebody may be serving an old state; if you want the older generation, ask for it by its number.",
        )
    if digest != newest_seen.digest:
        raise RolledBack(
            f"this is another backup under the number {header.generation} than the one that this computer has seen",
            "Two computers may have made it independently, or the Box is not honest: compare before you restore.",
        )
