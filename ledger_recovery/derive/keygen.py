"""[pure] BLS key generation: from the 32-byte PRF key seed that a Ledger exports to the PRF key.

Version 1 is draft-irtf-cfrg-bls-signature-04 section 2.3 (SHA-256, empty key_info). Version 0 is the deprecated variant
of Desktop Wallet identities made before November 2021 (concordium-base keygen_bls_deprecated, fed as in
concordium-desktop-wallet rust-src/helpers.rs). Keys are scalars below r, 32 bytes big-endian, never zero.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.secret import SecretBytes

GROUP_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""r, the order of G1 of BLS12-381: scalars run from 0 to r - 1."""

SEED_BYTES = 32
SCALAR_BYTES = 32
_OKM_BYTES = 48
_SALT_TEXT = b"BLS-SIG-KEYGEN-SALT-"


def prf_key(seed: SecretBytes, scheme: KeyScheme) -> SecretBytes:
    """The PRF key of a key scheme, 32 bytes big-endian.

    :param seed: 32 bytes, as exported with P2=01; both legacy schemes start from the same seed.
    :raises ValueError: the seed is not 32 bytes, or was wiped.
    """
    return keygen_v0(seed) if scheme.keygen_version == 0 else keygen_v1(seed)


def keygen_v1(seed: SecretBytes) -> SecretBytes:
    """Key generation over the seed's bytes, result read big-endian; for every path and wallet of today.

    :raises ValueError: the seed is not 32 bytes, or was wiped.
    """
    return _keygen(_checked(seed), info=b"\x00\x30", byteorder="big")


def keygen_v0(seed: SecretBytes) -> SecretBytes:
    """The deprecated key generation: length suffix and result are little-endian, legacy path only.

    :raises ValueError: the seed is not 32 bytes, or was wiped.
    """
    # The old wallet passed the seed's hex text on instead of its bytes. Accounts exist under those keys.
    return _keygen(_checked(seed).hex().encode("ascii"), info=b"\x30\x00", byteorder="little")


def _checked(seed: SecretBytes) -> bytes:
    material = seed.reveal()
    if len(material) != SEED_BYTES:
        raise ValueError(f"a PRF key seed has {SEED_BYTES} bytes, this one has {len(material)}")
    return material


def _keygen(material: bytes, *, info: bytes, byteorder: Literal["big", "little"]) -> SecretBytes:
    scalar, salt = 0, _SALT_TEXT
    while scalar == 0:
        salt = hashlib.sha256(salt).digest()
        scalar = int.from_bytes(_hkdf(salt, material + b"\x00", info), byteorder) % GROUP_ORDER
    return SecretBytes(scalar.to_bytes(SCALAR_BYTES, "big"))


def _hkdf(salt: bytes, material: bytes, info: bytes) -> bytes:
    """48 bytes of HKDF-SHA256 (RFC 5869): extract, then two blocks of expand."""
    key = hmac.digest(salt, material, "sha256")
    first = hmac.digest(key, info + b"\x01", "sha256")
    second = hmac.digest(key, first + info + b"\x02", "sha256")
    return (first + second)[:_OKM_BYTES]
