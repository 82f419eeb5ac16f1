"""100,000 hostile files and contents: each is taken or refused by our own errors, and no key is derived for nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.files.chunks import open_chunks
from ledger_recovery.files.container import parse_container
from ledger_recovery.files.content import WalletContent, content_from_bytes, content_to_bytes
from ledger_recovery.files.desktop_read import read_desktop
from ledger_recovery.files.from_desktop import from_desktop
from ledger_recovery.files.mobile_read import read_mobile
from ledger_recovery.files.own import read_head
from ledger_recovery.files.recognise import recognise
from ledger_recovery.secret import SecretBytes
from tests.unit.files.support import compact, desktop_sample, own_file, sample, sample_json
from tests.unit.files.test_content import FULL

Reader = Callable[[bytes], object]
MUTANTS: Final = 16_600
"""Of each of six readers; with the drawn ones 100,000 in all."""

INTERESTING: Final = [
    *(b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"null", b"true", b"-1", b"1e999", b"NaN", b"\\ud800", b"\xff"),
    *(b"0" * 20, b"[" * 200, b"\x00", b"\n", b"=", b'"cipherText":"', b'"metadata":{', b'"version":', b"99999999999"),
]


def small_desktop() -> bytes:
    """One row of each table, short texts: mutants hit structure more often than amounts."""
    document = desktop_sample()
    for row in document["accounts"]:
        row["selfAmounts"] = ""
    for row in document["identities"]:
        row["identityObject"] = row["identityProvider"] = "{}"
    return compact({name: rows[:1] if isinstance(rows, list) else rows for name, rows in document.items()})


def small_mobile() -> bytes:
    def shorten(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shorten(below) for key, below in value.items() if key != "ipArData"}
        return value[:160] if isinstance(value, str) else value

    document = sample_json("mobile-export-android.plain.json")
    identity = document["value"]["identities"][0]
    document["value"]["identities"] = [{**shorten(identity), "accounts": [shorten(identity["accounts"][0])]}]
    return compact(document)


def small_container() -> bytes:
    document = json.loads(sample("desktop-export.json"))
    return compact({**document, "cipherText": document["cipherText"][:64]})


def desktop(data: bytes) -> object:
    return from_desktop(read_desktop(data))


def chunks(data: bytes) -> object:
    return open_chunks(SecretBytes(bytes(32)), data, 0)


SEEDS: Final[dict[str, tuple[Reader, bytes]]] = {
    "desktop": (desktop, small_desktop()),
    "mobile": (read_mobile, small_mobile()),
    "container": (parse_container, small_container()),
    "own head": (read_head, own_file()),
    "own content": (content_from_bytes, content_to_bytes(WalletContent(FULL))),
    "recognise": (recognise, small_container()),
}


def outcome(reader: Reader, data: bytes) -> str:
    """Taken, or the code of the error; anything else than an error of ours fails the test."""
    try:
        reader(data)
    except LedgerRecoveryError as error:
        assert error.sentence
        assert error.hint
        return error.code
    return "taken"


def mutant(chance: random.Random, seed: bytes) -> bytes:
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        place, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        end = min(end, place + chance.choice((1, 8, 64, 4096)))
        match chance.randrange(5):
            case 0:
                data[place:end] = b""
            case 1:
                data[place:place] = chance.choice(INTERESTING)
            case 2:
                data[place : place + 1] = chance.randbytes(1)
            case 3:
                data[place:end] = chance.choice(INTERESTING)
            case _:
                data[place:place] = bytes(data[place:end])
    return bytes(data)


@pytest.mark.parametrize(("reader", "seed"), SEEDS.values(), ids=SEEDS)
def test_mutants_are_taken_or_refused(reader: Reader, seed: bytes) -> None:
    chance = random.Random(f"mutants of {seed[:20]!r}")
    outcomes = {outcome(reader, mutant(chance, seed)) for _ in range(MUTANTS)}
    assert outcome(reader, seed) == "taken"
    assert outcomes - {"taken"} or reader is recognise


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)
PLACES = [(table, name) for table, rows in desktop_sample().items() if isinstance(rows, list) for name in rows[0]]


@given(place=st.sampled_from(PLACES), value=JSON)
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_field_of_a_desktop_export(place: tuple[str, str], value: object) -> None:
    document = json.loads(SEEDS["desktop"][1])
    document[place[0]][0][place[1]] = value
    outcome(desktop, json.dumps(document).encode("utf-8", "surrogatepass"))


METADATA = [*json.loads(sample("desktop-export.json"))["metadata"], "cipherText", "metadata", "metaData", "type"]


@given(changes=st.dictionaries(st.sampled_from(METADATA), JSON, max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_field_of_a_container(changes: dict[str, object]) -> None:
    document = json.loads(SEEDS["container"][1])
    metadata = document["metadata"]
    for name, value in changes.items():
        (metadata if name in metadata else document)[name] = value
    data = json.dumps(document).encode("utf-8", "surrogatepass")
    assert outcome(recognise, data) == "taken"
    outcome(parse_container, data)


@given(data=st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes(data: bytes) -> None:
    assert outcome(recognise, data) == "taken"
    for reader in (parse_container, read_head, content_from_bytes, read_desktop, read_mobile, chunks):
        assert outcome(reader, data) != "taken"


@given(data=st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_after_our_intro(data: bytes) -> None:
    for reader in (read_head, recognise):
        outcome(reader, b"ledger-recovery export v1\n" + data)
