"""[pure] A signed report: canonical JSON of {report, signature} and one newline, signed with Ed25519.

The signature shows that the file is as this key's holder wrote it. Who the holder is, only comparing the key's
fingerprint (`key_fingerprint`) with that person tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger_recovery.errors import InputError, ReportAltered
from ledger_recovery.recover.report.canon import NotCanonical, canonical_bytes, parse_canonical
from ledger_recovery.recover.report.model import SCHEMA_NAME, Report
from ledger_recovery.recover.report.schema import VERSIONS, shape_problem

MAX_REPORT_BYTES = 16 * 1024 * 1024
"""A report of a thousand identities with everything unknown stays below; larger files are not read."""

_ALGORITHM = "Ed25519"
_SIGNED_PREFIX = b"ledger-recovery/report signature 1\n"
"""Keeps a report's signature from meaning anything for other data that the same key might sign."""

_FINGERPRINT_PREFIX = b"ledger-recovery/report key 1\n"
_HINT = "Ask for the file again, or make a new report; do not rely on this one."


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """A report of any kind whose every byte is as it was signed. `schema`: which kind; `document` fits that schema."""

    schema: str
    document: Mapping[str, object]
    public_key: str
    key_fingerprint: str


@dataclass(frozen=True, slots=True)
class VerifiedReport:
    """A report whose every byte is as it was signed. `public_key`: 64 hex; `key_fingerprint`: for people to compare."""

    report: Report
    public_key: str
    key_fingerprint: str


def sign_report(report: Mapping[str, object], key: Ed25519PrivateKey) -> bytes:
    """The bytes of the signed report file, of a report of any known schema.

    :raises ValueError: the report does not fit its own schema.
    """
    problem = shape_problem(report)
    if problem is not None:
        raise ValueError(f"the report does not fit its schema: {problem}")
    signature = key.sign(_signed(canonical_bytes(report)))
    envelope = {
        "report": report,
        "signature": {
            "algorithm": _ALGORITHM,
            "public_key": _raw(key.public_key()).hex(),
            "value": signature.hex(),
        },
    }
    return canonical_bytes(envelope) + b"\n"


def verify_report(data: bytes, *, expected_key: str | None = None) -> VerifiedReport:
    """Check the bytes of a report file of the Concordium family; raises as `verify_document`."""
    found = verify_document(data, expected_key=expected_key, schemas=(SCHEMA_NAME,))
    return VerifiedReport(cast(Report, found.document), found.public_key, found.key_fingerprint)


def verify_document(
    data: bytes, *, expected_key: str | None = None, schemas: Collection[str] = frozenset(VERSIONS)
) -> VerifiedDocument:
    """Check the bytes of a report file of any kind.

    :param schemas: the kinds that the caller takes.
    :param expected_key: the key fingerprint that the signer told, as `key_fingerprint` gives it; None: any key.
    :raises ReportAltered: any byte differs from what was signed, it is no report file, or another key signed it.
    :raises InputError: signed and unaltered, but of another schema or of a newer version than this program knows.
    """
    report, public_key = _opened(data)
    fingerprint = key_fingerprint(public_key)
    if expected_key is not None and _groups(expected_key) != _groups(fingerprint):
        raise ReportAltered(
            f"the report is signed with the key {fingerprint}, not with the expected one",
            "Compare the key fingerprint with the person who made the report, by telephone for example.",
        )
    schema = _known_schema(report, schemas)
    problem = shape_problem(report)
    if problem is not None:
        raise ReportAltered(f"the report is signed, but it is not a report of this program: {problem}", _HINT)
    return VerifiedDocument(schema, report, public_key.hex(), fingerprint)


def key_fingerprint(public_key: bytes) -> str:
    """128 bits of SHA-256 of the 32-byte public key, as eight groups of four hex digits that are easy to read out."""
    digest = hashlib.sha256(_FINGERPRINT_PREFIX + public_key).hexdigest()[:32]
    return " ".join(digest[i : i + 4] for i in range(0, 32, 4))


def public_key_of(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return _raw(key.public_key())


def _opened(data: bytes) -> tuple[dict[str, object], bytes]:
    """The report object and the public key of an envelope whose signature holds."""
    if len(data) > MAX_REPORT_BYTES:
        _altered(f"the file is larger than any report ({MAX_REPORT_BYTES} bytes)")
    if not data.endswith(b"\n"):
        _altered("the file does not end as a report does: it was cut or changed")
    try:
        envelope = parse_canonical(data[:-1])
    except NotCanonical as error:
        _altered(f"the file is not a report, or it was changed: {error}")
    match envelope:
        case {
            "report": dict() as report,
            "signature": {"algorithm": "Ed25519", "public_key": str() as key, "value": str() as value, **more},
            **rest,
        } if not more and not rest:
            public_key, signature = _hex(key, 32), _hex(value, 64)
        case _:
            _altered("the file is not a signed report, or it was changed")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _signed(canonical_bytes(report)))
    except (InvalidSignature, ValueError):
        _altered("the signature does not fit the content: the report was changed after it was signed")
    return report, public_key


def _known_schema(report: dict[str, object], schemas: Collection[str]) -> str:
    schema, version = report.get("schema"), report.get("version")
    if not isinstance(schema, str) or schema not in schemas:
        raise InputError("the file is signed, but it is not a recovery report", "Choose a report file.")
    if isinstance(version, int) and version > VERSIONS[schema]:
        raise InputError(
            f"the report has format version {version}, this program knows versions up to {VERSIONS[schema]}",
            "Check it with a newer release of the program; the signature itself is good.",
        )
    return schema


def _hex(text: str, length: int) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != length or raw.hex() != text:
        _altered("the signature block of the report was changed")
    return raw


def _groups(fingerprint: str) -> str:
    return "".join(fingerprint.split()).lower()


def _signed(report: bytes) -> bytes:
    return _SIGNED_PREFIX + report


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _altered(sentence: str) -> NoReturn:
    raise ReportAltered(sentence, _HINT)
