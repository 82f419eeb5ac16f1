"""From a seed phrase to keys, credential IDs and addresses, for the worlds only.

Written from the published sources (SLIP-0010, draft-irtf-cfrg-bls-signature-04 section 2.3, concordium-base
`keygen_bls`, `dodis_yampolskiy_prf` and `id`), one step a function. It shares nothing with the program under
test, so that a mistake on either side shows up as a difference. Worlds hold public test phrases only.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence

import base58
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_arkworks_bls12381 import G1Point, Scalar

HARDENED = 0x8000_0000
"""Added to every path element: SLIP-0010 for ed25519 knows hardened children only."""

SCALAR_ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""r, the order of G1 of BLS12-381."""

ON_CHAIN_COMMITMENT_KEY = bytes.fromhex(
    "b14cbfe44a02c6b1f78711176d5f437295367aa4f2a8c2551ee10d25a03adc69d61a332a058971919dad7312e1fc94c5"
    "a8d45e64b6f917c540eee16c970c3d4b7f3caf48a7746284878e2ace21c82ea44bf84609834625be1f309988ac523fac"
)
"""g then h, 48 bytes each, the same on mainnet and testnet (concordium-misc-tools company-id-gui resources)."""

GENERATOR = ON_CHAIN_COMMITMENT_KEY[:48]
"""g, the base of credential IDs; not the standard generator of the curve."""

LAST_COUNTER = 255
_OKM_BYTES = 48
_KEYGEN_SALT = b"BLS-SIG-KEYGEN-SALT-"
_ADDRESS_VERSION = b"\x01"


def seed_from_phrase(phrase: str, passphrase: str = "") -> bytes:
    """64-byte BIP-39 seed of a phrase; words are not checked here (`validate` does)."""
    words = unicodedata.normalize("NFKD", " ".join(phrase.split())).encode()
    salt = unicodedata.normalize("NFKD", "mnemonic" + passphrase).encode()
    return hashlib.pbkdf2_hmac("sha512", words, salt, 2048)


def slip10(seed: bytes, path: Sequence[int]) -> bytes:
    """32-byte ed25519 key (raw, unclamped) at `path`; elements are given without the hardening bit."""
    node = hmac.digest(b"ed25519 seed", seed, "sha512")
    for element in path:
        if not 0 <= element < HARDENED:
            raise ValueError(f"path element {element} is outside 0..2^31-1")
        child = (element | HARDENED).to_bytes(4, "big")
        node = hmac.digest(node[32:], b"\x00" + node[:32] + child, "sha512")
    return node[:32]


def public_key(private_key: bytes) -> bytes:
    """32-byte ed25519 public key."""
    key = Ed25519PrivateKey.from_private_bytes(private_key).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def prf_key_path(identity_index: int, provider: int | None) -> tuple[int, ...]:
    """Path of the PRF key seed: the legacy family, or with a provider the 44'/919' family."""
    if provider is None:
        return (1105, 0, 0, 0, identity_index, 1)
    return (44, 919, provider, identity_index, 3)


def account_key_path(identity_index: int, counter: int, provider: int | None) -> tuple[int, ...]:
    """Path of the signing key that a Ledger uses for the credential with this counter."""
    if provider is None:
        return (1105, 0, 0, 0, identity_index, 2, counter, 0)
    return (44, 919, provider, identity_index, 0, counter)


def keygen(version: int, seed: bytes) -> int:
    """BLS scalar from a 32-byte PRF key seed, by key generation version 0 (deprecated) or 1."""
    if version == 1:
        return _keygen(seed, info=b"\x00\x30", byteorder="big")
    if version == 0:
        # The old wallet passed the hex text of the seed, not its bytes; the bug is part of the format.
        return _keygen(seed.hex().encode(), info=b"\x30\x00", byteorder="little")
    raise ValueError(f"key generation version {version} does not exist; use 0 or 1")


def _keygen(key_material: bytes, *, info: bytes, byteorder: str) -> int:
    salt = _KEYGEN_SALT
    while True:
        salt = hashlib.sha256(salt).digest()
        prk = hmac.digest(salt, key_material + b"\x00", "sha256")
        first = hmac.digest(prk, info + b"\x01", "sha256")
        okm = (first + hmac.digest(prk, first + info + b"\x02", "sha256"))[:_OKM_BYTES]
        scalar = int.from_bytes(okm, "little" if byteorder == "little" else "big") % SCALAR_ORDER
        if scalar:
            return scalar


def cred_id(prf_key: int, counter: int, generator: bytes = GENERATOR) -> bytes:
    """48-byte credential ID g^(1/(K+x)) for PRF key K and counter x (0..255)."""
    if not 0 <= prf_key < SCALAR_ORDER:
        raise ValueError("the PRF key is not a canonical scalar")
    if not 0 <= counter <= LAST_COUNTER:
        raise ValueError(f"credential counter {counter} is outside 0..{LAST_COUNTER}")
    total = (prf_key + counter) % SCALAR_ORDER
    if total == 0:
        raise ValueError(f"counter {counter} has no credential ID under this key (K + x = 0)")
    return _multiply(generator, pow(total, -1, SCALAR_ORDER))


def foreign_cred_id(name: str) -> bytes:
    """A valid credential ID that belongs to nobody's phrase, made from a name."""
    digest = hashlib.sha512(b"emulator.world foreign credential " + name.encode()).digest()
    return _multiply(GENERATOR, int.from_bytes(digest, "big") % SCALAR_ORDER)


def foreign_key(name: str) -> bytes:
    """A 32-byte ed25519 public key that no phrase of a world holds, made from a name."""
    return public_key(hashlib.sha256(b"emulator.world foreign key " + name.encode()).digest())


def _multiply(point: bytes, scalar: int) -> bytes:
    exponent = Scalar.from_be_bytes(scalar.to_bytes(32, "big"))
    return bytes((G1Point.from_compressed_bytes(point) * exponent).to_compressed_bytes())


def account_address(first_cred_id: bytes) -> bytes:
    """32-byte canonical address: SHA-256 of the account's first credential ID."""
    return hashlib.sha256(first_cred_id).digest()


def address_text(address: bytes) -> str:
    """Base58Check form, 50 characters."""
    return base58.b58encode_check(_ADDRESS_VERSION + address).decode()


def address_bytes(text: str) -> bytes:
    """Undo `address_text`; ValueError if the text is not a Concordium account address."""
    raw = base58.b58decode_check(text)
    if len(raw) != 33 or raw[:1] != _ADDRESS_VERSION:
        raise ValueError(f"{text!r} is not a Concordium account address")
    return raw[1:]
