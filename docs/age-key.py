#!/usr/bin/env python3
"""Print the age key of a backup from its 24 words: opens backups without ledger-recovery, with the stock age tool.

Standard library only, and readable in one go: BIP-39 (bips/bip-0039.mediawiki), HKDF (RFC 5869), Bech32 (BIP-173).
The words are asked for on the terminal, unseen. usage: age-key.py [--did] [WORD-LIST], the list being english.txt of
BIP-39; without it the Python package "mnemonic" is asked. --did: the key of the Box's DID keys instead.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import re
import sys
from pathlib import Path

SALT = b"ledger-recovery backup"
LABEL = b"ledger-recovery 2026-11-22 bundle age x25519"
DID_LABEL = b"ledger-recovery 2026-11-22 did keys age x25519"
WORD_LIST_SHA256 = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def read_word_list(arguments: list[str]) -> list[str]:
    if arguments:
        path = Path(arguments[0])
    else:
        import mnemonic

        path = Path(mnemonic.__file__).parent / "wordlist" / "english.txt"
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != WORD_LIST_SHA256:
        sys.exit(f"age-key: {path} is not the English word list of BIP-39")
    return text.decode("ascii").split()


def secret_of(typed: str, word_list: list[str]) -> bytes:
    """The 32 bytes of 24 words; four letters of each are enough."""
    words = re.findall(r"[a-z]+", typed.lower())
    if len(words) != 24:
        sys.exit(f"age-key: {len(words)} words were typed, and a backup has 24")
    number = 0
    for position, word in enumerate(words, 1):
        found = [n for n, w in enumerate(word_list) if w == word or (len(word) >= 4 and w.startswith(word))]
        if word in word_list:
            found = [word_list.index(word)]
        if len(found) != 1:
            sys.exit(f"age-key: word {position} is not in the list")
        number = number << 11 | found[0]
    secret = (number >> 8).to_bytes(32, "big")
    if hashlib.sha256(secret).digest()[0] != number & 0xFF:
        sys.exit("age-key: the words do not belong together: one is wrong, or out of place")
    return secret


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes: one block of RFC 5869."""
    pseudo_random_key = hmac.digest(salt, secret, "sha256")
    return hmac.digest(pseudo_random_key, info + b"\x01", "sha256")


def bech32(prefix: str, data: bytes) -> str:
    number, bits = int.from_bytes(data, "big"), len(data) * 8
    padding = -bits % 5
    number, bits = number << padding, bits + padding
    values = [number >> shift & 31 for shift in range(bits - 5, -1, -5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod([*expanded, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> shift & 31 for shift in (25, 20, 15, 10, 5, 0)]
    return prefix + "1" + "".join(BECH32[value] for value in values)


def polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for n, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> n & 1:
                check ^= generator
    return check


def age_key(typed: str, word_list: list[str], label: bytes = LABEL) -> str:
    return bech32("age-secret-key-", hkdf_sha256(secret_of(typed, word_list), SALT, label)).upper()


def main() -> None:
    arguments = sys.argv[1:]
    label = DID_LABEL if arguments[:1] == ["--did"] else LABEL
    word_list = read_word_list([argument for argument in arguments if argument != "--did"])
    typed = getpass.getpass("The 24 words of the backup, in one line (not shown): ")
    sys.stdout.write(age_key(typed, word_list, label) + "\n")


if __name__ == "__main__":
    main()
