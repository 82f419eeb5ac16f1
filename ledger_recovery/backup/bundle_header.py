"""[pure] The head of a bundle: 4096 readable bytes in front of an age v1 file, checked without the words.

Line 1: intro and version. Line 2: canonical JSON. Line 3: SHA-256 of the first two, so that damage is told from
forgery. Then spaces, and a newline as byte 4096. The upload key signs the JSON, which holds the digest of the age
file and the owner's certificate of the upload key. Decrypts nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup import fields
from ledger_recovery.backup.certificate import Certificate, is_signed, verify
from ledger_recovery.backup.fields import ADVICE
from ledger_recovery.backup.ids import MAX_GENERATION, b64u, is_digest, is_time
from ledger_recovery.errors import DamagedFile, NewerVersion, NotOurFile, NotSignedByOwner
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.secret import SecretBytes

VERSION: Final = 1
INTRO: Final = b"ledger-recovery-backup "
HEADER_BYTES: Final = 4096
MAX_BUNDLE_BYTES: Final = 64 * 1024 * 1024
MAX_PAYLOAD_BYTES: Final = MAX_BUNDLE_BYTES - HEADER_BYTES

_DOMAIN: Final = b"ledger-recovery backup bundle 2026-11-22\n"
_FIRST_LINE: Final = re.compile(re.escape(INTRO) + rb"([1-9][0-9]{0,8})\n")
_REST: Final = re.compile(rb"([^\n]*)\n([^\n]*)\n( *)\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class BundleHeader:
    """`previous`: digest of the generation before, "" for none. `created`: UTC, 2026-11-22T10:00:00Z.

    `payload_size`, `payload_sha256`: bytes and digest of the age file. `signature`: 64 bytes by the upload key.
    """

    backup_id: str
    generation: int
    created: str
    previous: str
    payload_size: int
    payload_sha256: str
    certificate: Certificate
    signature: bytes

    def to_json(self) -> dict[str, object]:
        return {**_statement(self), "signature": b64u(self.signature)}


def signed_header(unsigned: BundleHeader, upload_key: SecretBytes) -> BundleHeader:
    """The header with its signature.

    :param upload_key: seed of the Ed25519 key that the certificate names, 32 bytes.
    :raises ValueError: a header that no reader would take, or another machine's key.
    """
    _check_values(unsigned)
    signer = Ed25519PrivateKey.from_private_bytes(upload_key.reveal())
    if signer.public_key().public_bytes_raw() != unsigned.certificate.upload_public:
        raise ValueError("the upload key is not the one that the certificate names")
    return replace(unsigned, signature=signer.sign(_message(unsigned)))


def header_bytes(header: BundleHeader) -> bytes:
    """The 4096 bytes in front of the age file."""
    lines = b"%s%d\n%s\n" % (INTRO, VERSION, dump(header.to_json(), sort_keys=True).encode("utf-8"))
    lines += hashlib.sha256(lines).hexdigest().encode("ascii") + b"\n"
    if len(lines) >= HEADER_BYTES:
        raise ValueError("the head of a bundle does not fit its 4096 bytes")
    return lines.ljust(HEADER_BYTES - 1) + b"\n"


def read_header(prefix: bytes) -> BundleHeader:
    """The header in the first 4096 bytes of a bundle (more may follow); signatures are not checked.

    :raises NotOurFile: it does not begin as bundles do.
    :raises NewerVersion: a version that this program does not know.
    :raises DamagedFile: cut off, changed, or with values that cannot be right.
    """
    head = prefix[:HEADER_BYTES]
    _check_first_line(head)
    found = _REST.fullmatch(head, head.find(b"\n") + 1)
    if found is None or found[2] != hashlib.sha256(head[: found.end(1) + 1]).hexdigest().encode("ascii"):
        raise DamagedFile("the backup's head was altered: its checksum does not fit", ADVICE, position=0)
    header = _from_json(Record(parse(found[1], "the backup's head"), ""))
    if header_bytes(header) != head:
        raise DamagedFile("the backup's head is not written as this program writes it", ADVICE, position=0)
    return header


def verify_header(header: BundleHeader, *, owner_public: bytes | None = None) -> None:
    """Check both signatures: the owner's on the certificate, the upload key's on the head.

    :param owner_public: the owner that it must be, where the caller knows.
    :raises NotSignedByOwner: forged, whichever part.
    """
    certificate = header.certificate
    verify(certificate)
    if certificate.backup_id != header.backup_id:
        raise _forged("its certificate is for another backup")
    if owner_public is not None and certificate.owner_public != owner_public:
        raise _forged("its certificate is not from this backup's owner")
    if not is_signed(certificate.upload_public, header.signature, _message(header)):
        raise _forged("its head is not signed by the machine that the owner certified")


def check_bundle(data: bytes, *, owner_public: bytes | None = None) -> BundleHeader:
    """Everything about a whole bundle file that needs no words.

    :raises NotOurFile, NewerVersion: as `read_header`.
    :raises DamagedFile: cut off, altered or lengthened; told before any signature counts.
    :raises NotSignedByOwner: as `verify_header`.
    """
    if len(data) > MAX_BUNDLE_BYTES and data.startswith(INTRO):
        raise DamagedFile(f"the backup is larger than any ({MAX_BUNDLE_BYTES >> 20} MiB)", ADVICE)
    header = read_header(data)
    wanted = HEADER_BYTES + header.payload_size
    if len(data) < wanted:
        raise DamagedFile(f"the backup is cut off: {len(data)} of {wanted} bytes are there", ADVICE, position=len(data))
    if len(data) > wanted:
        raise DamagedFile(f"the backup has {len(data) - wanted} bytes behind its end", ADVICE, position=wanted)
    if hashlib.sha256(memoryview(data)[HEADER_BYTES:]).hexdigest() != header.payload_sha256:
        raise DamagedFile(
            "the backup was altered: its content does not fit the digest in its head", ADVICE, position=HEADER_BYTES
        )
    verify_header(header, owner_public=owner_public)
    return header


def digest_of(data: bytes) -> str:
    """SHA-256 of a whole bundle file, 64 lower-case hexadecimal digits; the ETag of a generation."""
    return hashlib.sha256(data).hexdigest()


def _check_first_line(head: bytes) -> None:
    first = _FIRST_LINE.match(head)
    if first is None:
        if head.startswith(INTRO):
            cut = b"\n" not in head
            raise DamagedFile(
                "the backup is cut off in its first line" if cut else "the backup's first line is damaged", ADVICE
            )
        if head and INTRO.startswith(head):
            raise DamagedFile("the backup is cut off in its first line", ADVICE, position=len(head))
        raise NotOurFile("the file is not a backup of this program", "Choose a file that a backup wrote.")
    if int(first[1]) != VERSION:
        raise NewerVersion(
            f"the backup was made by a newer version of this program: format {int(first[1])}, this one knows {VERSION}",
            "Use a newer version of this program; if there is none, the file's first line was damaged.",
        )
    if len(head) < HEADER_BYTES:
        raise DamagedFile(
            f"the backup is cut off in its head: {len(head)} of {HEADER_BYTES} bytes are there",
            ADVICE,
            position=len(head),
        )


def _from_json(record: Record) -> BundleHeader:
    previous = record.raw("previous")
    header = BundleHeader(
        backup_id=fields.backup_id(record),
        generation=fields.generation(record),
        created=fields.utc_time(record, "created"),
        previous="" if previous == "" else fields.digest(record, "previous"),
        payload_size=record.integer("payload_size", high=MAX_PAYLOAD_BYTES),
        payload_sha256=fields.digest(record, "payload_sha256"),
        certificate=Certificate.from_json(record.raw("certificate")),
        signature=fields.fixed_bytes(record, "signature", fields.SIGNATURE_BYTES),
    )
    fields.nothing_else(record)
    return header


def _check_values(header: BundleHeader) -> None:
    fits = (
        1 <= header.generation <= MAX_GENERATION
        and is_time(header.created)
        and (header.previous == "" or is_digest(header.previous))
        and 0 <= header.payload_size <= MAX_PAYLOAD_BYTES
        and is_digest(header.payload_sha256)
        and header.backup_id == header.certificate.backup_id
    )
    if not fits:
        raise ValueError("these values cannot stand in the head of a bundle")


def _message(header: BundleHeader) -> bytes:
    return _DOMAIN + dump(_statement(header), sort_keys=True).encode("utf-8")


def _statement(header: BundleHeader) -> dict[str, object]:
    return {
        "backup_id": header.backup_id,
        "generation": header.generation,
        "created": header.created,
        "previous": header.previous,
        "payload_size": header.payload_size,
        "payload_sha256": header.payload_sha256,
        "certificate": header.certificate.to_json(),
    }


def _forged(why: str) -> NotSignedByOwner:
    return NotSignedByOwner(f"forged: the backup is not signed by its owner; {why}", "Do not use this backup.")
