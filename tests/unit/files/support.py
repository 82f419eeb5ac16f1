"""What the tests of wallet files share: the samples, their password, and files that are cheap to open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ledger_recovery.files.cbc import derive_key, encrypt
from ledger_recovery.files.container import write_desktop_container
from ledger_recovery.files.own import Argon2Cost, seal_with
from ledger_recovery.secret import SecretBytes

VECTORS = Path(__file__).parents[2] / "vectors" / "files"
PASSWORD_TEXT = "test-password-1"
SALT = bytes(range(32))
IV = bytes(range(0xF0, 0x100))
CHEAP = Argon2Cost(memory_kib=8, iterations=1, lanes=1)
"""The least that Argon2 allows, so that thousands of files can be opened in a test."""


def password(text: str = PASSWORD_TEXT) -> SecretBytes:
    return SecretBytes(text.encode("utf-8"))


def sample(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def sample_json(name: str) -> Any:
    return json.loads(sample(name))


def desktop_sample() -> dict[str, Any]:
    """The content of the Desktop sample, to be changed at will."""
    document: dict[str, Any] = sample_json("desktop-export.plain.json")
    return document


def compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def cbc_file(plaintext: bytes, *, iterations: int = 1) -> bytes:
    """A Desktop container around any bytes, of one iteration, under the samples' password."""
    with derive_key(password(), SALT[:16], iterations) as key:
        return write_desktop_container(iterations, SALT[:16], IV, encrypt(plaintext, key, IV))


def own_file(plaintext: bytes = b"a wallet") -> bytes:
    return seal_with(CHEAP, plaintext, password(), SALT)
