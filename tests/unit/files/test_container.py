"""The outer document: what its reader takes, what it refuses and with which words, what its writers write."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest

from ledger_recovery.errors import DamagedFile, InputError, NotOurFile
from ledger_recovery.files.bounds import MAX_FILE_BYTES
from ledger_recovery.files.container import (
    Container,
    ContainerStyle,
    parse_container,
    write_desktop_container,
    write_mobile_container,
)
from tests.unit.files.support import compact, sample

NAMES = [
    ("desktop-export.json", ContainerStyle.DESKTOP, 10_000, 16),
    ("desktop-export-old.json", ContainerStyle.DESKTOP, 10_000, 16),
    ("desktop-export-v0.3-hex.json", ContainerStyle.DESKTOP_HEX, 10_000, 16),
    ("mobile-export-android.json", ContainerStyle.MOBILE, 100_000, 32),
    ("mobile-export-ios.json", ContainerStyle.MOBILE, 100_000, 32),
]


def good() -> dict[str, Any]:
    """A small container that is all right."""
    return {
        "cipherText": "A" * 64 + "==",
        "metadata": {
            "keyLen": 32,
            "iterations": 10_000,
            "salt": "AAECAwQFBgcICQoLDA0ODw==",
            "initializationVector": "8PHy8/T19vf4+fr7/P3+/w==",
            "encryptionMethod": "AES-256",
            "keyDerivationMethod": "PBKDF2WithHmacSHA256",
            "hashAlgorithm": "sha256",
        },
    }


def with_metadata(**changes: object) -> bytes:
    document = good()
    document["metadata"].update(changes)
    return compact(document)


def without_metadata(name: str) -> bytes:
    document = good()
    del document["metadata"][name]
    return compact(document)


@pytest.mark.parametrize(("name", "style", "iterations", "salt_bytes"), NAMES)
def test_every_sample_is_read(name: str, style: ContainerStyle, iterations: int, salt_bytes: int) -> None:
    container = parse_container(sample(name))
    assert (container.style, container.iterations, len(container.salt)) == (style, iterations, salt_bytes)
    assert len(container.iv) == 16
    assert container.ciphertext


@pytest.mark.parametrize("name", ["desktop-export.json", "desktop-export-old.json"])
def test_the_desktop_writer_gives_the_wallets_bytes(name: str) -> None:
    data = sample(name)
    c = parse_container(data)
    assert write_desktop_container(c.iterations, c.salt, c.iv, c.ciphertext) == data


def test_the_android_writer_gives_the_wallets_bytes() -> None:
    data = sample("mobile-export-android.json")
    c = parse_container(data)
    assert write_mobile_container(c.iterations, c.salt, c.iv, c.ciphertext, android=True) == data


def test_the_ios_writer_gives_the_wallets_spelling() -> None:
    data = sample("mobile-export-ios.json")
    c = parse_container(data)
    written = write_mobile_container(c.iterations, c.salt, c.iv, c.ciphertext, android=False)
    assert json.loads(written) == json.loads(data)
    assert sorted(written) == sorted(data)  # the same characters: only the order of keys is the wallet's whim


def test_ciphertext_and_salt_are_not_in_the_repr() -> None:
    assert "salt" not in repr(parse_container(compact(good())))


LENIENT = {
    "keyLen absent": without_metadata("keyLen"),
    "keyLen 0": with_metadata(keyLen=0),
    "hash absent": without_metadata("hashAlgorithm"),
    "hash empty": with_metadata(hashAlgorithm=""),
    "no padding": with_metadata(salt="AAECAwQFBgcICQoLDA0ODw"),
    "url alphabet": with_metadata(initializationVector="8PHy8_T19vf4-fr7_P3-_w"),
    "blanks": with_metadata(salt="AAECAwQFBgcI\nCQoLDA0ODw ="),
    "unknown field": with_metadata(colour="blue"),
    "byte order mark": b"\xef\xbb\xbf" + compact(good()),
    "line ends": json.dumps(good(), indent=2).encode() + b"\n",
    "gson escapes": compact(good()).replace(b"=", b"\\u003d"),
}


@pytest.mark.parametrize("data", LENIENT.values(), ids=LENIENT)
def test_variants_that_wallets_take_are_taken(data: bytes) -> None:
    expected, found = parse_container(compact(good())), parse_container(data)
    assert found == Container(found.style, expected.iterations, expected.salt, expected.iv, expected.ciphertext)


NOT_OURS = {
    "no JSON": (b"hello", "not a wallet export"),
    "empty": (b"", "not a wallet export"),
    "null": (b"null", "not a wallet export"),
    "list": (b"[]", "not a wallet export"),
    "no cipher text": (b'{"metadata":{}}', "cipherText field is missing"),
    "empty cipher text": (compact({**good(), "cipherText": ""}), "cipherText field is empty"),
    "no metadata": (b'{"cipherText":"AAAA"}', "metadata field is missing"),
    "null metadata": (b'{"cipherText":"AAAA","metadata":null}', "metadata field is missing"),
    "other cipher": (with_metadata(encryptionMethod="ROT13"), "method that no Concordium wallet"),
    "other derivation": (with_metadata(keyDerivationMethod="scrypt"), "method that no Concordium wallet"),
    "web3 credentials": (with_metadata(encryptionMethod="AES-256-GCM"), "web3 ID credentials"),
    "web3 credentials by type": (
        compact({"type": "concordium-browser-wallet-verifiable-credentials", **good()}),
        "web3 ID credentials",
    ),
    "account keys": (b'{"type":"concordium-browser-wallet-account","v":0,"value":{}}', "unencrypted keys"),
    "much besides": (compact({**good(), "more": "x" * 70_000}), "far more than an encrypted wallet"),
    "large and foreign": (b'{"a":"' + b"x" * 70_000 + b'"}', "not a wallet export"),
}


@pytest.mark.parametrize(("data", "words"), NOT_OURS.values(), ids=NOT_OURS)
def test_other_files_are_refused_by_what_they_are(data: bytes, words: str) -> None:
    with pytest.raises(NotOurFile, match=words) as caught:
        parse_container(data)
    assert caught.value.hint


DAMAGED = {
    "no end": (b'{"cipherText":"AAAA', "no end"),
    "twice": (compact(good())[:-1] + b',"cipherText":"AAAA"}', "twice"),
    "within another": (b'{"a":{"cipherText":"AAAA"},"cipherText":"BBBB"}', "twice|where"),
    "malformed metadata": (b'{"cipherText":"AAAA","metadata":[1]}', "malformed"),
    **{
        f"no {name}": (without_metadata(name), f"metadata.{name} is missing")
        for name in ("iterations", "salt", "initializationVector", "encryptionMethod", "keyDerivationMethod")
    },
    "empty salt": (with_metadata(salt=""), "metadata.salt is missing"),
    "iterations 0": (with_metadata(iterations=0), "iterations is outside"),
    "iterations huge": (with_metadata(iterations=5_000_001), "iterations is outside"),
    "iterations text": (with_metadata(iterations="10000"), "iterations is not"),
    "iterations true": (with_metadata(iterations=True), "iterations is not"),
    "keyLen": (with_metadata(keyLen=16), "another key"),
    "hash": (with_metadata(hashAlgorithm="sha512"), "another key"),
    "long salt": (with_metadata(salt="AAAA" * 400), "metadata.salt has 1200 bytes"),
    "short iv": (with_metadata(initializationVector="AAAA"), "initializationVector has 3 bytes"),
    "iv no base64": (with_metadata(initializationVector="*"), "not base64"),
    "half a block": (compact({**good(), "cipherText": "AAAA"}), "no whole number of blocks"),
    "foreign character": (compact({**good(), "cipherText": "AA*A"}), "foreign character at byte 2"),
    "no base64": (compact({**good(), "cipherText": "A"}), "not base64"),
    "hex no hex": (
        compact(
            {
                "cipherText": "0g",
                "metaData": {**good()["metadata"], "salt": "00", "initializationVector": "00" * 16}
                | {"encryptionMethod": "aes-256-cbc", "keyDerivationMethod": "PBKDF2"},
            }
        ),
        "not hexadecimal",
    ),
}


@pytest.mark.parametrize(("data", "words"), DAMAGED.values(), ids=DAMAGED)
def test_values_that_cannot_be_right_are_refused(data: bytes, words: str) -> None:
    with pytest.raises(DamagedFile, match=words) as caught:
        parse_container(data)
    assert caught.value.hint


def _hostile(kind: str) -> bytes:
    size = 8 * 1024 * 1024
    return {
        "deep lists": b"[" * size,
        "deep in the metadata": b'{"cipherText":"AAAA","metadata":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_001,
        "many values": b"[" + b"[]," * (size // 3) + b"1]",
        "long string": b'{"a":"' + b"x" * size,
        "iterations": with_metadata(iterations=10**9).replace(b"A" * 64, b"A" * size),
        "many digits": with_metadata().replace(b"10000", b"1" * 60_000),
        "foreign at the end": compact({**good(), "cipherText": "A" * size + "*"}),
        "blanks before the colon": b'{"cipherText"' + b" " * size + b':"AAAA"}',
        "too large": b"A" * (MAX_FILE_BYTES + 1),
    }[kind]


HOSTILE_KINDS = [
    *("deep lists", "deep in the metadata", "many values", "long string", "iterations", "many digits"),
    *("foreign at the end", "blanks before the colon", "too large"),
]


@pytest.mark.parametrize("kind", HOSTILE_KINDS)
def test_a_hostile_file_costs_less_than_itself(kind: str) -> None:
    """Whatever it states, nothing of its size is copied and no key is derived before it is refused."""
    data = _hostile(kind)
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            parse_container(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024
