"""The content of a backup: everything comes back as it was, nothing foreign gets in, no vault secret in the open."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.content import BackupContent, VaultRows, content_from_bytes, content_to_bytes, counts
from ledger_recovery.errors import DamagedFile, NewerVersion, NotOurFile
from ledger_recovery.files.content import WalletContent
from ledger_recovery.files.content import content_to_bytes as wallet_to_bytes
from ledger_recovery.recover.service.backups.status import counted
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupCounts, DidRow, PeerRow
from ledger_recovery.wallet.evm_model import EvmAccountRow, EvmSnapshot
from ledger_recovery.wallet.model import WalletSnapshot
from tests.unit.backup.bundles import CREATED, VAULT_ID, content, vault

EMPTY = BackupContent(WalletContent(WalletSnapshot()))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@pytest.mark.parametrize("what", [EMPTY, content(), replace(content(), vault=VaultRows(vault().header))])
def test_content_comes_back_as_it_was(what: BackupContent) -> None:
    data = content_to_bytes(what)
    assert content_from_bytes(data) == what
    assert content_to_bytes(content_from_bytes(data)) == data


@given(st.dictionaries(TEXTS, TEXTS, max_size=5), st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), TEXTS))
@settings(max_examples=60, deadline=None)
def test_whatever_a_person_wrote_comes_back(peers: dict[str, str], values: dict[str, str]) -> None:
    rows = tuple(PeerRow(name, "did:ipid:k51", note) for name, note in peers.items())
    what = replace(EMPTY, peers=rows, settings=dict(list(values.items())[:64]))
    assert content_from_bytes(content_to_bytes(what)) == what


def test_counts() -> None:
    assert counts(content()) == BackupCounts(identities=2, accounts=2, addresses=2, dids=1, peers=2, vault_items=3)
    assert counts(EMPTY) == BackupCounts()


def test_evm_accounts_count_even_when_there_is_nothing_else() -> None:
    one = EvmAccountRow("0x" + "1a" * 20, "mine")
    held = replace(EMPTY, wallet=WalletContent(WalletSnapshot(evm=EvmSnapshot((one,)))))
    assert counts(held) == BackupCounts(evm_accounts=1)
    assert counted(counts(held)) == "1 EVM account"


def test_vault_secrets_in_the_open_are_never_written() -> None:
    with pytest.raises(ValueError, match="never its secrets"):
        content_to_bytes(replace(EMPTY, wallet=WalletContent(WalletSnapshot(), secret=SecretBytes(b"key"))))


def document(what: BackupContent | None = None) -> dict[str, Any]:
    data = content_to_bytes(content() if what is None else what)
    found: dict[str, Any] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "big")])
    return found


def packed(value: object, rest: bytes | None = None) -> bytes:
    text = json.dumps(value).encode()
    return len(text).to_bytes(8, "big") + text + (wallet_to_bytes(content().wallet) if rest is None else rest)


def changed(**fields: object) -> bytes:
    return packed({name: value for name, value in {**document(), **fields}.items() if value is not ...})


def in_vault(**fields: object) -> bytes:
    return changed(vault={**document()["vault"], **fields})


ME = {"name": "me", "did": "did:ipid:k51", "document": "{}", "created": CREATED}
ITEM = {"purpose": "account", "name": "key", "nonce": "AAAA", "sealed": "AAAA"}

REFUSED = {
    "nothing": (b"", "shorter than it says"),
    "length only": ((9).to_bytes(8, "big") + b"{}", "shorter than it says"),
    "endless length": (b"\xff" * 8 + b"{}", "shorter than it says"),
    "no JSON": ((2).to_bytes(8, "big") + b"ab", "not JSON"),
    "no object": (packed([]), "not an object"),
    "no wallet": (packed(document(), b""), "shorter than it says"),
    "foreign field": (changed(pets=[]), "cannot have: pets"),
    "no dids": (changed(dids=...), "dids is not|dids is missing"),
    "did without name": (changed(dids=[{**ME, "name": ""}]), r"dids\[0\].name is empty"),
    "did with a field": (changed(dids=[{**ME, "colour": "blue"}]), "cannot have: colour"),
    "no did": (changed(dids=[{**ME, "did": "k51"}]), r"dids\[0\].did is no DID"),
    "endless did": (changed(dids=[{**ME, "did": "did:" + "a" * 200}]), r"dids\[0\].did is no DID"),
    "two of one name": (changed(dids=[ME, ME]), "dids has one name twice"),
    "huge document": (changed(dids=[{**ME, "document": "x" * 70_000}]), "document is longer"),
    "settings": (changed(settings={"Network": "x"}), "setting's name"),
    "long setting": (changed(settings={"network": "x" * 2000}), "longer than 1024"),
    "many settings": (changed(settings={f"a{n}": "" for n in range(65)}), "more than 64 settings"),
    "number as setting": (changed(settings={"network": 1}), "is not text"),
    "vault field": (in_vault(colour="blue"), "vault has a field that it cannot have"),
    "vault bytes": (in_vault(salt="="), "vault.salt is not bytes"),
    "vault part too long": (in_vault(nonce="A" * 4000), "longer than"),
    "vault item twice": (in_vault(items=[ITEM, ITEM]), "there twice"),
    "vault item": (in_vault(items=[{**ITEM, "sealed": None}]), "sealed is not text"),
    "bytes behind": (packed(document(), wallet_to_bytes(content().wallet) + b"x"), "bytes behind the wallet"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_the_content_of_a_backup_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        content_from_bytes(data)


def test_a_newer_schema_is_told_as_such() -> None:
    with pytest.raises(NewerVersion, match="schema 2"):
        content_from_bytes(changed(schema=2, more=1))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (replace(EMPTY, dids=(DidRow("a", "no did", "{}", CREATED),)), "no DID"),
        (replace(EMPTY, settings={"UPPER": ""}), "setting"),
        (replace(EMPTY, vault=replace(vault(), header=replace(vault().header, vault_id=b"x" * 16))), "another vault"),
    ],
)
def test_nothing_is_written_that_could_not_be_read(what: BackupContent, words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        content_to_bytes(what)


def test_the_vault_item_gets_its_vault_back() -> None:
    found = content_from_bytes(content_to_bytes(content())).vault
    assert found is not None
    assert {item.vault_id for item in found.items} == {VAULT_ID}


@given(st.binary(max_size=300) | st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=3)))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_content_or_our_error(change: bytes | tuple[int, bytes]) -> None:
    data = content_to_bytes(content())
    if isinstance(change, bytes):
        data = change
    else:
        place = change[0] % len(data)
        data = data[:place] + change[1] + data[place + len(change[1]) :]
    try:
        content_from_bytes(data)
    except (DamagedFile, NewerVersion, NotOurFile):
        pass
