"""Argon2id at the lowest cost, for tests that are not about the cost of a password.

What is written and read stays the same, the stated cost too, and every parameter still decides about the key. Such a
file or vault opens within the block only; tests/interop, tests/e2e and the tests of both formats pay the real price.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from ledger_recovery.files import own
from ledger_recovery.wallet import vault_codec


@contextmanager
def quick_passwords() -> Iterator[None]:
    """In place of a quarter of a second and 64 MiB for each password."""
    with patch.object(own, "Argon2id", _quick), patch.object(vault_codec, "Argon2id", _quick):
        yield


def _quick(*, salt: bytes, length: int, iterations: int, lanes: int, memory_cost: int) -> Argon2id:
    stated = f"{length} {iterations} {lanes} {memory_cost} ".encode() + salt
    return Argon2id(salt=hashlib.sha256(stated).digest(), length=length, iterations=1, lanes=1, memory_cost=8)
