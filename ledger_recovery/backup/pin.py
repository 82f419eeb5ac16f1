"""[io] The pin of an Identity Box: SHA-256 of its public key, and a TLS context that trusts one certificate alone.

A self-signed certificate is fine: what decides is that the pin fits. Fetching a certificate sends nothing but a TLS
handshake, which also proves that the other end holds the certificate's key.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger_recovery.backup.pairing_url import box_address
from ledger_recovery.errors import BoxError, OtherBox

MAX_CERTIFICATE_BYTES: Final = 16 * 1024
_NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL's x509_vfy.h, which Python's ssl does not name."""
UNREACHABLE_HINT: Final = "Check that the Box runs, that this computer is on its network, and the address."
OTHER_BOX_HINT: Final = (
    "If the Box was set up anew, pair with it again: ledger-recovery box pair. Otherwise somebody stands in between."
)


def spki_pin(der: bytes) -> bytes:
    """The pin (32 bytes) of a certificate: SHA-256 of its SubjectPublicKeyInfo.

    :raises BoxError: this is no certificate.
    """
    try:
        public = x509.load_der_x509_certificate(der).public_key()
        info = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BoxError("the certificate of the Box cannot be read", "Pair with the Box again.") from error
    return hashlib.sha256(info).digest()


def pinned_context(der: bytes, pin: bytes) -> ssl.SSLContext:
    """A context for connections to the one holder of this certificate's key; names and other authorities do not count.

    :raises OtherBox: the certificate is not of the pinned key.
    :raises BoxError: this is no certificate.
    """
    if spki_pin(der) != pin:
        raise OtherBox("the certificate is not of the Box that this computer was paired with", OTHER_BOX_HINT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    # The Box's own certificate is trusted as it is, whether or not it may sign others; it is its own authority. Its
    # dates do not count: the pin never expires, and either clock may be wrong.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    context.load_verify_locations(cadata=der)
    return context


async def fetch_certificate(url: str, timeout: float) -> bytes:
    """The certificate (DER) that answers at a Box's address; whose it is, only its pin can tell.

    :param timeout: seconds for all of it.
    :raises BoxError: nothing answers there in time, or no TLS.
    :raises InputError: this is not the address of a Box.
    """
    host, port = box_address(url)
    try:
        async with asyncio.timeout(timeout):
            der = await _handshake(host, port)
    except TimeoutError as error:
        raise BoxError(f"the Box at {url} did not answer within {timeout:g} seconds", UNREACHABLE_HINT) from error
    except ssl.SSLError as error:
        raise BoxError(f"what answers at {url} does not speak TLS 1.3 as a Box does", UNREACHABLE_HINT) from error
    except OSError as error:
        raise BoxError(f"nothing answers at {url}: {error.strerror or error}", UNREACHABLE_HINT) from error
    if not der or len(der) > MAX_CERTIFICATE_BYTES:
        raise BoxError(f"what answers at {url} shows no certificate of a Box", UNREACHABLE_HINT)
    return der


async def _handshake(host: str, port: int) -> bytes | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Nothing is trusted yet: the caller compares the pin, and opens another connection that trusts this key alone.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname="")
    try:
        connection = writer.get_extra_info("ssl_object")
        der: bytes | None = connection.getpeercert(binary_form=True)
        return der
    finally:
        # No orderly farewell: a peer that never says goodbye must not hold us up.
        writer.transport.abort()
