"""PBKDF2 and AES-CBC: known answers, and how far a wrong password and damage can be told apart."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ledger_recovery.errors import DamagedFile, WrongPassword
from ledger_recovery.files.cbc import decrypt, derive_key, encrypt
from ledger_recovery.files.container import Container, ContainerStyle, parse_container
from ledger_recovery.secret import SecretBytes
from tests.unit.files.support import IV, SALT, cbc_file, compact, password, sample, sample_json

ANSWERS = sample_json("known-answers.json")
SAMPLES = ["desktop-export", "desktop-export-old", "mobile-export-android", "mobile-export-ios"]
ENOUGH = 20_000
"""Wrong passwords tried until one passes the padding check; the chance of never is 10^-34."""


@pytest.mark.parametrize("answer", ANSWERS["keys"], ids=range(3))
def test_known_keys(answer: dict[str, str]) -> None:
    secret = SecretBytes(bytes.fromhex(answer["password_hex"]))
    key = derive_key(secret, bytes.fromhex(answer["salt"]), int(answer["iterations"]))
    assert key.reveal().hex() == answer["key"]


def test_known_ciphertext() -> None:
    answer = ANSWERS["ciphertext"]
    key = SecretBytes(bytes.fromhex(answer["key"]))
    sealed = encrypt(answer["plaintext"].encode("utf-8"), key, bytes.fromhex(answer["iv"]))
    assert sealed == base64.b64decode(answer["base64"])
    container = Container(ContainerStyle.DESKTOP, 10_000, bytes(range(16)), bytes.fromhex(answer["iv"]), sealed)
    assert decrypt(container, password()).decode("utf-8") == answer["plaintext"]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_opens(name: str) -> None:
    assert decrypt(parse_container(sample(f"{name}.json")), password()) == sample(f"{name}.plain.json")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_wrong_password_is_said_to_be_one(name: str) -> None:
    with pytest.raises(WrongPassword, match="wrong, or the file is damaged"):
        decrypt(parse_container(sample(f"{name}.json")), password("test-password-2"))


def test_the_password_is_not_normalised() -> None:
    """No wallet does, so that the composed and the decomposed spelling are two passwords."""
    container = parse_container(cbc_file(compact({"a": 1})))
    composed, decomposed = derive_key(password("ä"), SALT, 1), derive_key(password("a\u0308"), SALT, 1)
    assert composed != decomposed
    assert decrypt(container, password()) == b'{"a":1}'


def test_a_wrong_password_that_passes_the_padding_is_still_a_wrong_password() -> None:
    """One in 256 does; the Desktop Wallet then says that it cannot parse the data."""
    container = parse_container(cbc_file(sample("desktop-export-old.plain.json")[:480]))
    padding_passed = 0
    for attempt in range(ENOUGH):
        guess = password(f"guess {attempt}")
        with pytest.raises(WrongPassword):
            decrypt(container, guess)
        padding_passed += _padding_passes(container, guess)
        if padding_passed == 3:
            return
    pytest.fail("no wrong password passed the padding check")


def _padding_passes(container: Container, guess: SecretBytes) -> bool:
    """Does the guess decrypt the last block to a padding of one byte?"""
    key = derive_key(guess, container.salt, container.iterations).reveal()
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(container.ciphertext[-32:-16])).decryptor()
    last = decryptor.update(container.ciphertext[-16:])[-1:]
    return last == b"\x01"


def test_a_garbled_block_is_damage_at_its_place_not_a_wrong_password() -> None:
    container = parse_container(cbc_file(sample("desktop-export.plain.json")))
    sealed = bytearray(container.ciphertext)
    sealed[1000] ^= 0x80
    with pytest.raises(DamagedFile, match="the password is right") as caught:
        decrypt(replace(container, ciphertext=bytes(sealed)), password())
    assert caught.value.position is not None
    assert 992 <= caught.value.position < 1024


@pytest.mark.parametrize("kept_blocks", [4, 100, 2000])
def test_a_cut_file_is_damage_not_a_wrong_password(kept_blocks: int) -> None:
    container = parse_container(cbc_file(sample("desktop-export.plain.json")))
    cut = replace(container, ciphertext=container.ciphertext[: 16 * kept_blocks])
    with pytest.raises(DamagedFile, match="at its end, or was cut off") as caught:
        decrypt(cut, password())
    assert caught.value.position == 16 * kept_blocks


def test_a_changed_iv_is_damage_at_the_beginning() -> None:
    container = parse_container(cbc_file(sample("desktop-export.plain.json")))
    with pytest.raises(DamagedFile) as caught:
        decrypt(replace(container, iv=bytes(x ^ 0xFF for x in IV)), password())
    assert caught.value.position == 0


def test_readable_text_that_is_no_document_is_damage() -> None:
    with pytest.raises(DamagedFile, match="byte 0"):
        decrypt(parse_container(cbc_file(b"Dear reader, " * 10)), password())


@pytest.mark.parametrize("iterations", [0, 5_000_001])
def test_the_work_is_bounded_at_the_edge_too(iterations: int) -> None:
    with pytest.raises(ValueError, match="iterations"):
        derive_key(password(), SALT, iterations)
