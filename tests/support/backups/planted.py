"""A search for the secrets of a backup in anything: words, entropy and keys, in every form in which they might leak.

Derives the keys by itself, from the labels of the vectors, not with the program's code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bech32 import bech32_encode, convertbits
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "backup" / "keys.json").read_text(encoding="utf-8"))
RUN = 4
"""So many words of a backup in a row are a leak, whatever stands between them."""

_WORD = re.compile(rb"[a-z]{3,8}")


@dataclass(frozen=True)
class Leak:
    """`what`: kind of secret and form; never the secret itself."""

    what: str
    where: str


@dataclass
class Planted:
    """Secrets: byte strings and runs of words, each with its name."""

    needles: dict[bytes, str] = field(default_factory=dict)
    runs: dict[tuple[bytes, ...], str] = field(default_factory=dict)

    def words(self, text: str, name: str) -> None:
        """Look for these 24 words and all that follows from them."""
        words = text.lower().encode().split()
        for start in range(len(words) - RUN + 1):
            self.runs[tuple(words[start : start + RUN])] = f"words of {name}"
        entropy = bytes(Mnemonic("english").to_entropy(text))
        self.key(entropy, f"entropy of {name}")
        for label, info in VECTORS["labels"].items():
            if label == "backup_id":
                continue  # public
            derived = HKDF(SHA256(), 32, salt=VECTORS["salt"].encode(), info=info.encode()).derive(entropy)
            self.key(derived, f"{label} key of {name}")

    def key(self, raw: bytes, name: str) -> None:
        """Look for a key of 32 bytes: raw, hex, base64 of both kinds, base32, as an age identity."""
        self.needles |= dict.fromkeys(_forms(raw), name)

    def leaks(self, data: bytes, where: str) -> Iterator[Leak]:
        """What of it is in some bytes."""
        lower = data.lower()
        for needle, name in self.needles.items():
            if needle in data or needle in lower:
                yield Leak(name, where)
        if self.runs:
            found = _WORD.findall(lower)
            for run in zip(*(found[start:] for start in range(RUN)), strict=False):
                if run in self.runs:
                    yield Leak(self.runs[run], where)


def _forms(raw: bytes) -> Iterator[bytes]:
    yield raw
    yield raw.hex().encode()
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield base64.b32encode(raw).rstrip(b"=").lower()
    yield bech32_encode("age-secret-key-", convertbits(raw, 8, 5) or []).encode()
