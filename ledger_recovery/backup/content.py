"""[pure] What a backup holds: the whole wallet, the vault as it is stored, DIDs, peers, settings that matter.

Layout: length of the JSON (8 bytes, big-endian), the JSON, the wallet's own payload (`files.content`). The vault stays
under its own password: nothing of it is decrypted for a backup. The schema number grows with every change that an
older program must not pass over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ledger_recovery.backup.fields import ADVICE, nothing_else
from ledger_recovery.backup.ids import b64u, from_b64u
from ledger_recovery.errors import DamagedFile, InputError, NewerVersion
from ledger_recovery.files.bounds import MAX_NAME, MAX_ROWS
from ledger_recovery.files.content import WalletContent
from ledger_recovery.files.content import content_from_bytes as wallet_from_bytes
from ledger_recovery.files.content import content_to_bytes as wallet_to_bytes
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.files.row_codec import row_from_json, row_to_json
from ledger_recovery.wallet.backup_model import BackupCounts, DidRow, PeerRow
from ledger_recovery.wallet.vault_codec import MAX_ITEM_BYTES
from ledger_recovery.wallet.vault_model import SealedItem, VaultCost, VaultHeader

SCHEMA: Final = 1
MAX_DID: Final = 200
MAX_DOCUMENT: Final = 64 * 1024
MAX_SETTINGS: Final = 64
MAX_SETTING: Final = 1024

_LENGTH_BYTES: Final = 8
_SETTING_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
_HEADER_BYTES: Final = ("vault_id", "salt", "nonce", "wrapped_key", "checksum")
_MAX_HEADER_PART: Final = 1024
_OVERHEAD: Final = 64
"""More than nonce and tag of a vault item."""


@dataclass(frozen=True, slots=True)
class VaultRows:
    """The vault's header and items, ciphertext as the wallet file holds it."""

    header: VaultHeader
    items: tuple[SealedItem, ...] = ()


@dataclass(frozen=True, slots=True)
class BackupContent:
    """`wallet`: without vault secrets. `vault`: None without a vault. `settings`: by the names of the settings file."""

    wallet: WalletContent
    vault: VaultRows | None = None
    dids: tuple[DidRow, ...] = ()
    peers: tuple[PeerRow, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


def counts(content: BackupContent) -> BackupCounts:
    """What a backup holds, in numbers."""
    snapshot = content.wallet.snapshot
    return BackupCounts(
        identities=len(snapshot.identities),
        accounts=len(snapshot.accounts),
        addresses=len(snapshot.address_book),
        dids=len(content.dids),
        peers=len(content.peers),
        vault_items=0 if content.vault is None else len(content.vault.items),
        evm_accounts=len(snapshot.evm.accounts),
    )


def content_to_bytes(content: BackupContent) -> bytes:
    """The content as bytes; the same content gives the same bytes.

    :raises ValueError: vault secrets stand in the open in `wallet`.
    :raises DamagedFile: rows that no reader would take; nothing is written that could not be read.
    """
    if content.wallet.secret is not None:
        raise ValueError("a backup holds the vault as it is stored, never its secrets in the open")
    document = {
        "schema": SCHEMA,
        "vault": None if content.vault is None else _vault_to_json(content.vault),
        "dids": [row_to_json(row) for row in content.dids],
        "peers": [row_to_json(row) for row in content.peers],
        "settings": dict(content.settings),
    }
    _check(content)
    text = dump(document, sort_keys=True).encode("utf-8")
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text + wallet_to_bytes(content.wallet)


def content_from_bytes(data: bytes) -> BackupContent:
    """The content in bytes.

    :raises NewerVersion: its schema is newer than this program's.
    :raises DamagedFile: it cannot be the content of a backup: fields, values, doubles, references.
    """
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "big")
    if len(data) < _LENGTH_BYTES or end > len(data):
        raise DamagedFile("the backup's content is shorter than it says", ADVICE)
    document = Record(parse(data[_LENGTH_BYTES:end], "the backup's content"), "")
    schema = document.integer("schema")
    if schema > SCHEMA:
        raise NewerVersion(
            f"the backup's content has schema {schema}; this program knows schema {SCHEMA}",
            "Use a newer version of this program.",
        )
    content = BackupContent(
        wallet=wallet_from_bytes(data[end:]),
        vault=_vault_from_json(document.record("vault")) if document.has("vault") else None,
        dids=tuple(row_from_json(DidRow, record) for record in document.records("dids")),
        peers=tuple(row_from_json(PeerRow, record) for record in document.records("peers")),
        settings=_settings(document.record("settings")),
    )
    document.raw("vault")
    nothing_else(document)
    if content.wallet.secret is not None:
        raise DamagedFile("the backup's content has bytes behind the wallet", ADVICE)
    _check(content)
    return content


# --- the vault's rows -------------------------------------------------------------------------------------------


def _vault_to_json(vault: VaultRows) -> dict[str, object]:
    header = vault.header
    return {
        "version": header.version,
        "cost": row_to_json(header.cost),
        **{name: b64u(getattr(header, name)) for name in _HEADER_BYTES},
        "items": [
            {"purpose": item.purpose, "name": item.name, "nonce": b64u(item.nonce), "sealed": b64u(item.sealed)}
            for item in vault.items
        ],
    }


def _vault_from_json(record: Record) -> VaultRows:
    parts = {name: _bytes(record, name, _MAX_HEADER_PART) for name in _HEADER_BYTES}
    header = VaultHeader(
        cost=row_from_json(VaultCost, record.record("cost")), version=record.integer("version"), **parts
    )
    items = tuple(_item_from_json(header.vault_id, item) for item in record.records("items"))
    nothing_else(record)
    return VaultRows(header, items)


def _item_from_json(vault_id: bytes, record: Record) -> SealedItem:
    item = SealedItem(
        vault_id=vault_id,
        purpose=record.name("purpose"),
        name=record.name(),
        nonce=_bytes(record, "nonce", _MAX_HEADER_PART),
        sealed=_bytes(record, "sealed", MAX_ITEM_BYTES + _OVERHEAD),
    )
    nothing_else(record)
    return item


def _bytes(record: Record, name: str, limit: int) -> bytes:
    text = record.text(name, limit=(limit * 4 + 2) // 3)
    try:
        return from_b64u(text)
    except InputError:
        raise record.wrong(name, "bytes in base64url") from None


# --- bounds and doubles -----------------------------------------------------------------------------------------


def _settings(record: Record) -> dict[str, str]:
    names = tuple(record.without())
    if len(names) > MAX_SETTINGS:
        raise DamagedFile(f"the backup holds more than {MAX_SETTINGS} settings", ADVICE)
    return {name: record.text(name, limit=MAX_SETTING) for name in names}


def _check(content: BackupContent) -> None:
    problem = next(_problems(content), None)
    if problem is not None:
        raise DamagedFile(f"this cannot be the content of a backup: {problem}", ADVICE)


def _problems(content: BackupContent) -> Iterator[str]:
    """Not narrower than what the wallet's tables take: what a person has must always fit into a backup."""
    yield from _contact_problems("dids", [(row.name, row.did) for row in content.dids])
    yield from _contact_problems("peers", [(row.name, row.did) for row in content.peers])
    if any(len(row.document) > MAX_DOCUMENT for row in content.dids):
        yield f"a DID document is longer than {MAX_DOCUMENT} characters"
    if len(content.settings) > MAX_SETTINGS or not all(_is_setting(*pair) for pair in content.settings.items()):
        yield "a setting's name or value is out of bounds"
    if content.vault is not None:
        items = content.vault.items
        if len({(item.purpose, item.name) for item in items}) < len(items):
            yield "an item of the vault is there twice"
        if any(item.vault_id != content.vault.header.vault_id for item in items):
            yield "an item belongs to another vault"


def _contact_problems(table: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if len(rows) > MAX_ROWS:
        yield f"{table} has more than {MAX_ROWS} rows"
    for number, (name, did) in enumerate(rows):
        if not 1 <= len(name) <= MAX_NAME:
            yield f"{table}[{number}].name is empty or longer than {MAX_NAME} characters"
        if not did.startswith("did:") or len(did) > MAX_DID or not (did.isascii() and did.isprintable()):
            yield f"{table}[{number}].did is no DID"
    if len({name for name, _ in rows}) < len(rows):
        yield f"{table} has one name twice"


def _is_setting(name: str, value: str) -> bool:
    return _SETTING_NAME.fullmatch(name) is not None and len(value) <= MAX_SETTING
