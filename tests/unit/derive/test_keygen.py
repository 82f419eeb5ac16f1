"""Key generation: what it refuses, and the retry that no real seed ever needs. Known answers: tests/vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive import keygen
from ledger_recovery.derive.keygen import GROUP_ORDER, keygen_v0, keygen_v1, prf_key
from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.secret import SecretBytes

SEED = bytes(range(32))
Keygen = Callable[[SecretBytes], SecretBytes]


@pytest.mark.parametrize("make", [keygen_v0, keygen_v1])
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_seed_of_another_length_is_refused(make: Keygen, length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        make(SecretBytes(bytes(length)))


@pytest.mark.parametrize("make", [keygen_v0, keygen_v1])
def test_a_wiped_seed_is_refused(make: Keygen) -> None:
    seed = SecretBytes(SEED)
    seed.wipe()
    with pytest.raises(ValueError, match="wiped"):
        make(seed)


def test_each_scheme_has_its_keygen() -> None:
    seed = SecretBytes(SEED)
    assert prf_key(seed, KeyScheme.LEGACY_V1) == prf_key(seed, KeyScheme.PROVIDER_V1) == keygen_v1(seed)
    assert prf_key(seed, KeyScheme.LEGACY_V0) == keygen_v0(seed) != keygen_v1(seed)


def test_a_scalar_of_zero_is_tried_again_with_the_salt_hashed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    salts: list[bytes] = []

    def expanded(salt: bytes, material: bytes, info: bytes) -> bytes:
        salts.append(salt)
        return (GROUP_ORDER * len(salts) + (0 if len(salts) < 3 else 7)).to_bytes(48, "big")

    monkeypatch.setattr(keygen, "_hkdf", expanded)
    assert keygen_v1(SecretBytes(SEED)) == SecretBytes((7).to_bytes(32, "big"))
    first = hashlib.sha256(b"BLS-SIG-KEYGEN-SALT-").digest()
    second = hashlib.sha256(first).digest()
    assert salts == [first, second, hashlib.sha256(second).digest()]


@settings(max_examples=50, deadline=None)
@given(
    st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=70), st.sampled_from([b"\x00\x30", b"\x30\x00"])
)
def test_hkdf_agrees_with_another_implementation(salt: bytes, material: bytes, info: bytes) -> None:
    expected = HKDF(SHA256(), length=48, salt=salt, info=info).derive(material)
    assert keygen._hkdf(salt, material, info) == expected


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_keys_are_canonical_scalars(seed: bytes) -> None:
    for make in (keygen_v0, keygen_v1):
        assert 0 < int.from_bytes(make(SecretBytes(seed)).reveal(), "big") < GROUP_ORDER
