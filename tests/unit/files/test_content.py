"""What our own export holds: every row type and field back as it was, nothing foreign let in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.errors import DamagedFile, NewerVersion
from ledger_recovery.files.content import WalletContent, content_from_bytes, content_to_bytes
from ledger_recovery.files.desktop_read import read_desktop
from ledger_recovery.files.from_desktop import from_desktop
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.model import WalletRow, WalletSnapshot
from tests.unit.files.support import compact, sample
from tests.unit.wallet import rows
from tests.unit.wallet.strategies import FACTS, TEXTS, UNKNOWN_OR_TEXT

FULL = WalletSnapshot(
    genesis_hash=rows.GENESIS,
    wallets=tuple(WalletRow(ledger) for ledger in rows.LEDGERS),
    identities=(rows.IDENTITY, rows.PLACEHOLDER),
    accounts=(rows.ACCOUNT, rows.PLAIN_ACCOUNT),
    credentials=(rows.CREDENTIAL, rows.REMOVED_CREDENTIAL),
    external_credentials=(rows.EXTERNAL,),
    address_book=(rows.BOOK_ENTRY, rows.OWN_BOOK_ENTRY),
)


def snapshot_of_sample() -> WalletSnapshot:
    found = from_desktop(read_desktop(sample("desktop-export.plain.json")))
    return WalletSnapshot(
        found.genesis_hash,
        found.wallets,
        found.identities,
        found.accounts,
        found.credentials,
        found.external_credentials,
        found.address_book,
    )


@pytest.mark.parametrize("snapshot", [WalletSnapshot(), FULL, snapshot_of_sample()], ids=["empty", "full", "sample"])
def test_a_wallet_comes_back_as_it_was(snapshot: WalletSnapshot) -> None:
    content = WalletContent(snapshot, "2026-01-01T00:00:00Z")
    assert content_from_bytes(content_to_bytes(content)) == content


@given(facts=st.none() | FACTS, name=TEXTS, note=UNKNOWN_OR_TEXT, read_only=st.booleans())
@settings(max_examples=100, deadline=None)
def test_whatever_a_person_wrote_comes_back(facts: Any, name: str, note: str | None, read_only: bool) -> None:
    snapshot = replace(
        FULL,
        accounts=(replace(rows.ACCOUNT, facts=facts, name=name), rows.PLAIN_ACCOUNT),
        address_book=(replace(rows.BOOK_ENTRY, name=name, note=note, read_only=read_only),),
    )
    assert content_from_bytes(content_to_bytes(WalletContent(snapshot))).snapshot == snapshot


@pytest.mark.parametrize("secret", [None, b"x", bytes(range(256)) * 300])
def test_the_secret_section_comes_back_and_is_not_shown(secret: bytes | None) -> None:
    content = WalletContent(FULL, secret=None if secret is None else SecretBytes(secret))
    found = content_from_bytes(content_to_bytes(content))
    assert (None if found.secret is None else found.secret.reveal()) == secret
    assert "SecretBytes(hidden)" in repr(found) or secret is None


def test_the_form_is_canonical() -> None:
    payload = content_to_bytes(WalletContent(FULL))
    text = payload[8:]
    assert int.from_bytes(payload[:8], "big") == len(text)
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == text


def changed(**changes: object) -> bytes:
    document = json.loads(content_to_bytes(WalletContent(FULL))[8:])
    document.update(changes)
    return packed(document)


def changed_row(table: str, **fields: object) -> bytes:
    document = json.loads(content_to_bytes(WalletContent(FULL))[8:])
    for name, value in fields.items():
        if value is ...:
            del document[table][0][name]
        else:
            document[table][0][name] = value
    return packed(document)


def packed(document: object) -> bytes:
    text = compact(document)
    return len(text).to_bytes(8, "big") + text


def doubled(table: str) -> bytes:
    document = json.loads(content_to_bytes(WalletContent(FULL))[8:])
    document[table].append(document[table][0])
    return packed(document)


def test_a_column_with_a_default_may_be_missing() -> None:
    """So that files of before a column came open in the program that has it."""
    found = content_from_bytes(changed_row("accounts", facts=..., signature_threshold=...))
    assert found.snapshot.accounts[0].facts is None


def test_a_newer_schema_is_refused_as_such() -> None:
    with pytest.raises(NewerVersion, match="schema 3"):
        content_from_bytes(changed(schema=3, something="new"))


REFUSED = {
    "nothing": (b"", "shorter than it says"),
    "length only": ((5).to_bytes(8, "big") + b"{}", "shorter than it says"),
    "unknown table": (changed(pets=[]), "schema 1 has not: pets"),
    "no table": (packed({"schema": 1}), "is missing"),
    "no schema": (packed({}), "schema is missing"),
    "unknown field": (changed_row("accounts", colour="blue"), r"accounts\[0\] has a field that it cannot have"),
    "field missing": (changed_row("accounts", name=...), r"accounts\[0\].name is missing"),
    "field null": (changed_row("accounts", name=None), r"accounts\[0\].name is not"),
    "status": (changed_row("accounts", status="great"), "status is not one of"),
    "boolean": (changed_row("accounts", is_initial="x"), "is_initial is not"),
    "threshold": (changed_row("accounts", signature_threshold=0), "threshold"),
    "checksum": (changed_row("accounts", address="3" * 50, status="confirmed"), "fails the checksum"),
    "fingerprint": (changed_row("wallets", fingerprint="zz" * 32), "not 64 hexadecimal"),
    "cred ID": (changed_row("credentials", cred_id="00"), "not 96 hexadecimal"),
    "counter": (changed_row("credentials", counter=256), "counter"),
    "keygen": (changed_row("identities", keygen_version=2), "key generation"),
    "genesis": (changed(genesis_hash="x"), "genesis hash"),
    "identity index": (
        changed_row("identities", key={"fingerprint": "aa" * 32, "provider": None, "index": -1}),
        "outside 0",
    ),
    "identity of nobody": (
        changed_row("accounts", identity={"fingerprint": "aa" * 32, "provider": 5, "index": 0}),
        "identity that the file does not hold",
    ),
    "external of nobody": (changed_row("external_credentials", account_address="3x"), "account that the file does"),
    "Ledger of nobody": (changed(wallets=[]), "Ledger that the file does not hold"),
    **{
        f"double {t}": (doubled(t), "twice")
        for t in ("wallets", "identities", "accounts", "credentials", "address_book")
    },
}


@pytest.mark.parametrize(("payload", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_wallet_is_refused(payload: bytes, words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        content_from_bytes(payload)
