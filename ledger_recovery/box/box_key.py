"""[io] The Box's own TLS key and its self-signed certificate: made at the first start, renewed with the same key.

Machines pin the key (SHA-256 of its SubjectPublicKeyInfo), not the certificate, so a renewal disturbs nobody. Names
in the certificate are for browsers only; clients of the backups trust the pin and nothing else.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger_recovery.box.private import make_directory, tighten, write_durably
from ledger_recovery.errors import StorageError

KEY_FILE = "box.key"
CERTIFICATE_FILE = "box.crt"
MAX_FILE = 64 * 1024
VALID_FOR = timedelta(days=3650)
RENEW_BEFORE = timedelta(days=60)
_CLOCK_SLACK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BoxKey:
    """Where uvicorn finds key and certificate, and the pin (32 bytes) that pairing links carry."""

    key_file: Path
    certificate_file: Path
    pin: bytes

    @property
    def pin_hex(self) -> str:
        return self.pin.hex()

    @property
    def fingerprint(self) -> str:
        """The pin for people to compare: 16 groups of four hex digits."""
        return " ".join(self.pin_hex[i : i + 4] for i in range(0, 64, 4))


def open_box_key(directory: Path, hosts: Sequence[str], now: datetime) -> BoxKey:
    """The Box's key; made, or its certificate renewed, where needed.

    :param hosts: names and addresses for the certificate.
    :param now: UTC.
    :raises StorageError: the files are damaged or cannot be written; an existing key is never replaced.
    """
    key_file, certificate_file = directory / KEY_FILE, directory / CERTIFICATE_FILE
    try:
        make_directory(directory)
        if not key_file.exists():
            write_durably(key_file, _pem(ec.generate_private_key(ec.SECP256R1())))
        tighten(key_file)
        key = _load_key(key_file)
        if not _is_good(certificate_file, key, hosts, now):
            write_durably(certificate_file, _self_signed(key, hosts, now).public_bytes(Encoding.PEM))
        tighten(certificate_file)
    except OSError as error:
        raise StorageError(
            f"the Box's key could not be read or written: {error.strerror or error}", f"Check {directory}."
        ) from error
    return BoxKey(key_file, certificate_file, hashlib.sha256(_spki(key)).digest())


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    with path.open("rb") as file:
        data = file.read(MAX_FILE)
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StorageError(
            f"the Box's key {path} is damaged or of another kind",
            "Put it back from a copy; with a new key every paired computer must pair again.",
        )
    return key


def _is_good(path: Path, key: ec.EllipticCurvePrivateKey, hosts: Sequence[str], now: datetime) -> bool:
    try:
        with path.open("rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read(MAX_FILE))
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, x509.ExtensionNotFound):
        return False
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fresh = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW_BEFORE
    return fresh and public == _spki(key) and set(names) == set(_names(hosts))


def _self_signed(key: ec.EllipticCurvePrivateKey, hosts: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Identity Box")])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in dict.fromkeys(("localhost", "127.0.0.1", "::1", *hosts)):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host.encode("idna").decode("ascii")))
    return names


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
