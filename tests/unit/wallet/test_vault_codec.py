"""The vault's encryption: what was sealed opens with its own password, place and bytes only.

Argon2id is RFC 9106 and ChaCha20-Poly1305 RFC 8439 by `cryptography`; how they are put together is recomputed here by
another library's primitives.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from Cryptodome.Cipher import ChaCha20_Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from ledger_recovery.errors import StorageError, WrongPassword
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet import vault_codec as codec
from ledger_recovery.wallet.vault_model import STRONG, SealedItem, VaultCost, VaultHeader

CHEAP = VaultCost(memory_kib=8, iterations=1, lanes=1)
VAULT_ID, SALT, NONCE = b"i" * 16, b"s" * 16, b"n" * 12
PASSWORD, KEY = SecretBytes("pässword ☕".encode()), SecretBytes(bytes(range(32)))


def header() -> VaultHeader:
    return codec.new_header(PASSWORD, KEY, VAULT_ID, SALT, NONCE, CHEAP)


def item() -> SealedItem:
    return codec.seal(KEY, VAULT_ID, "mobile-export", "phone", SecretBytes(b"sign key"), NONCE)


def test_what_was_wrapped_and_sealed_comes_back() -> None:
    assert codec.open_header(PASSWORD, header()) == KEY
    assert codec.unseal(KEY, item()).reveal() == b"sign key"
    assert codec.unseal(KEY, codec.seal(KEY, VAULT_ID, "p", "", SecretBytes(b""), NONCE)).reveal() == b""


def test_a_new_vault_costs_at_least_64_mib_and_three_passes() -> None:
    assert STRONG.memory_kib >= 64 * 1024 and STRONG.iterations >= 3
    codec.check_header(codec.new_header(PASSWORD, KEY, VAULT_ID, SALT, NONCE, STRONG))


def hkdf_sha256(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 for one block of output."""
    return hmac.digest(hmac.digest(salt, key, "sha256"), info + b"\x01", "sha256")


def test_an_item_is_readable_from_this_description_alone() -> None:
    sealed = item()
    key = hkdf_sha256(KEY.reveal(), VAULT_ID, b"ledger-recovery vault v1 items mobile-export")
    cipher = ChaCha20_Poly1305.new(key=key, nonce=NONCE)
    cipher.update(b"item" + (13).to_bytes(4, "big") + b"mobile-export" + b"phone")
    assert cipher.decrypt_and_verify(sealed.sealed[:-16], sealed.sealed[-16:]) == b"sign key"


@pytest.mark.parametrize("cost", [CHEAP, VaultCost(memory_kib=32, iterations=2, lanes=3)], ids=["cheap", "dearer"])
def test_the_vault_key_is_readable_from_this_description_alone(cost: VaultCost) -> None:
    """Salt and every part of the stated cost go into what wraps it."""
    argon = Argon2id(salt=SALT, length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib)
    wrapping = hkdf_sha256(argon.derive(PASSWORD.reveal()), VAULT_ID, b"ledger-recovery vault v1 key wrap")
    wrapped = codec.new_header(PASSWORD, KEY, VAULT_ID, SALT, NONCE, cost).wrapped_key
    cipher = ChaCha20_Poly1305.new(key=wrapping, nonce=NONCE)
    numbers = (1, cost.memory_kib, cost.iterations, cost.lanes)
    cipher.update(b"header" + b"".join(number.to_bytes(8, "big") for number in numbers) + VAULT_ID + SALT)
    assert cipher.decrypt_and_verify(wrapped[:-16], wrapped[-16:]) == KEY.reveal()


def test_every_purpose_has_its_own_key() -> None:
    """The same nonce and content give unrelated ciphertext, not only another tag."""
    other = codec.seal(KEY, VAULT_ID, "prf-key", "phone", SecretBytes(b"sign key"), NONCE)
    assert other.sealed[:8] != item().sealed[:8]
    elsewhere = codec.seal(KEY, b"j" * 16, "mobile-export", "phone", SecretBytes(b"sign key"), NONCE)
    assert elsewhere.sealed[:8] != item().sealed[:8]


@pytest.mark.parametrize("password", [b"", b"password", "pässword ☕ ".encode(), "pÄssword ☕".encode()])
def test_another_password_is_told_as_such(password: bytes) -> None:
    with pytest.raises(WrongPassword) as caught:
        codec.open_header(SecretBytes(password), header())
    assert caught.value.exit_status == 12
    assert "recovery finds them" in caught.value.hint


@pytest.mark.parametrize("field", ["vault_id", "salt", "nonce", "wrapped_key", "checksum"])
def test_every_altered_byte_of_a_header_is_damage_and_no_wrong_password(field: str) -> None:
    good = header()
    value: bytes = getattr(good, field)
    changed: dict[str, Any]
    for position in range(len(value)):
        changed = {field: value[:position] + bytes([value[position] ^ 1]) + value[position + 1 :]}
        with pytest.raises(StorageError, match="damaged"):
            codec.open_header(PASSWORD, replace(good, **changed))
    for length in range(len(value)):
        changed = {field: value[:length]}
        with pytest.raises(StorageError, match="damaged"):
            codec.open_header(PASSWORD, replace(good, **changed))


@pytest.mark.parametrize(
    ("cost", "sentence"),
    [
        (VaultCost(8, 2, 1), "damaged"),
        (VaultCost(2**21, 1, 1), "more work"),
        (VaultCost(64, 11, 1), "more work"),
        (VaultCost(2**20, 1, 17), "more work"),
        (VaultCost(8, 0, 1), "more work"),
        (VaultCost(8, 1, 0), "more work"),
        (VaultCost(8, 1, 2), "more work"),
        (VaultCost(-1, 1, 1), "more work"),
    ],
)
def test_a_header_never_makes_us_work_beyond_the_ceiling(
    monkeypatch: pytest.MonkeyPatch, cost: VaultCost, sentence: str
) -> None:
    good = header()
    monkeypatch.setattr(codec, "Argon2id", None)
    with pytest.raises(StorageError, match=sentence):
        codec.open_header(PASSWORD, replace(good, cost=cost))


def test_a_newer_vault_is_refused() -> None:
    with pytest.raises(StorageError, match="version 2"):
        codec.open_header(PASSWORD, replace(header(), version=2))


MOVED: dict[str, Callable[[SealedItem], SealedItem]] = {
    "to another name": lambda it: replace(it, name="phonf"),
    "to another purpose": lambda it: replace(it, purpose="mobile-exporu"),
    "over the border of both": lambda it: replace(it, purpose="mobile-exportp", name="hone"),
    "to another vault": lambda it: replace(it, vault_id=b"j" * 16),
    "under another nonce": lambda it: replace(it, nonce=b"m" * 12),
}


@pytest.mark.parametrize("move", MOVED.values(), ids=MOVED.keys())
def test_an_item_opens_in_its_own_place_only(move: Callable[[SealedItem], SealedItem]) -> None:
    with pytest.raises(StorageError, match="damaged, or was moved"):
        codec.unseal(KEY, move(item()))


def test_every_altered_or_missing_byte_of_an_item_is_noticed() -> None:
    good = item()
    spoiled = [good.sealed[:n] for n in range(len(good.sealed))]
    spoiled += [
        good.sealed[:n] + bytes([good.sealed[n] ^ 0x80]) + good.sealed[n + 1 :] for n in range(len(good.sealed))
    ]
    for sealed in [*spoiled, good.sealed + b"\0"]:
        with pytest.raises(StorageError):
            codec.unseal(KEY, replace(good, sealed=sealed))


def test_an_item_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_ITEM_BYTES", 3)
    codec.seal(KEY, VAULT_ID, "p", "n", SecretBytes(b"123"), NONCE)
    with pytest.raises(ValueError, match="at most 3"):
        codec.seal(KEY, VAULT_ID, "p", "n", SecretBytes(b"1234"), NONCE)


def test_the_checksum_gives_nothing_away() -> None:
    """It covers only what stands in the file beside it."""
    good = header()
    head = b"header" + b"".join(n.to_bytes(8, "big") for n in (1, 8, 1, 1)) + VAULT_ID + SALT
    assert good.checksum == hashlib.sha256(head + NONCE + good.wrapped_key).digest()[:16]
