"""[pure] What our own export holds: a whole wallet as canonical JSON, and the vault's secrets as bytes it never reads.

Payload: the JSON's length (8 bytes, big-endian), the JSON, the secrets. The schema number grows with every change that
an older program must not pass over; a newer one is refused. Schema 2 has the tables of EVM accounts; a wallet without
any is written as schema 1, which older programs read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

from ledger_recovery.errors import DamagedFile, NewerVersion
from ledger_recovery.files.bounds import MAX_NAME
from ledger_recovery.files.checks import snapshot_problems
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.files.row_codec import row_from_json, row_to_json
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
    EvmSnapshot,
)
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
    WalletRow,
    WalletSnapshot,
)

SCHEMA: Final = 2
_WITHOUT_EVM: Final = 1
_LENGTH_BYTES: Final = 8
_ADVICE: Final = "Use another copy of the file."

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class WalletContent:
    """`made_at`: ISO 8601 time of the export, None when not told. `secret`: what the vault gave, None without one."""

    snapshot: WalletSnapshot
    made_at: str | None = None
    secret: SecretBytes | None = None


def content_to_bytes(content: WalletContent) -> bytes:
    """The payload; the same content gives the same bytes. Secret when `content.secret` is there."""
    snapshot = content.snapshot
    evm = snapshot.evm
    document = {
        "schema": _WITHOUT_EVM if evm == EvmSnapshot() else SCHEMA,
        "made_at": content.made_at,
        "genesis_hash": snapshot.genesis_hash,
        "wallets": [row_to_json(row) for row in snapshot.wallets],
        "identities": [row_to_json(row) for row in snapshot.identities],
        "accounts": [row_to_json(row) for row in snapshot.accounts],
        "credentials": [row_to_json(row) for row in snapshot.credentials],
        "external_credentials": [row_to_json(row) for row in snapshot.external_credentials],
        "address_book": [row_to_json(row) for row in snapshot.address_book],
    }
    if document["schema"] == SCHEMA:
        document |= {
            "evm_accounts": [row_to_json(row) for row in evm.accounts],
            "evm_places": [row_to_json(row) for row in evm.places],
            "evm_smart_accounts": [row_to_json(row) for row in evm.smart_accounts],
            "evm_sightings": [row_to_json(row) for row in evm.sightings],
            "evm_holdings": [row_to_json(row) for row in evm.holdings],
        }
    text = dump(document, sort_keys=True).encode("utf-8")
    secret = b"" if content.secret is None else content.secret.reveal()
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text + secret


def content_from_bytes(payload: bytes) -> WalletContent:
    """The content of a payload.

    :raises NewerVersion: its schema is newer than this program's.
    :raises DamagedFile: it cannot be a wallet: fields, values, doubles, references.
    """
    length = int.from_bytes(payload[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + length
    if len(payload) < _LENGTH_BYTES or end > len(payload):
        raise DamagedFile("the file's content is shorter than it says", _ADVICE)
    document = Record(parse(payload[_LENGTH_BYTES:end], "the file's content"), "")
    schema = document.integer("schema")
    if schema > SCHEMA:
        raise NewerVersion(
            f"the file's content has schema {schema}; this program knows schema {SCHEMA}",
            "Use a newer version of this program.",
        )
    content = WalletContent(
        snapshot=_snapshot(document, _evm(document) if schema > _WITHOUT_EVM else EvmSnapshot()),
        made_at=document.optional_text("made_at", limit=MAX_NAME),
        secret=SecretBytes(payload[end:]) if end < len(payload) else None,
    )
    _check(document, schema, content.snapshot)
    return content


def _snapshot(document: Record, evm: EvmSnapshot) -> WalletSnapshot:
    return WalletSnapshot(
        genesis_hash=document.optional_text("genesis_hash", limit=MAX_NAME),
        wallets=_rows(document, "wallets", WalletRow),
        identities=_rows(document, "identities", IdentityRow),
        accounts=_rows(document, "accounts", AccountRow),
        credentials=_rows(document, "credentials", CredentialRow),
        external_credentials=_rows(document, "external_credentials", ExternalCredentialRow),
        address_book=_rows(document, "address_book", AddressBookRow),
        evm=evm,
    )


def _evm(document: Record) -> EvmSnapshot:
    return EvmSnapshot(
        accounts=_rows(document, "evm_accounts", EvmAccountRow),
        places=_rows(document, "evm_places", EvmPlaceRow),
        smart_accounts=_rows(document, "evm_smart_accounts", EvmSmartRow),
        sightings=_rows(document, "evm_sightings", EvmSightingRow),
        holdings=_rows(document, "evm_holdings", EvmHoldingRow),
    )


def _rows(document: Record, name: str, kind: type[_Row]) -> tuple[_Row, ...]:
    return tuple(row_from_json(kind, record) for record in document.records(name))


def _check(document: Record, schema: int, snapshot: WalletSnapshot) -> None:
    unknown = document.not_asked()
    if unknown:
        raise DamagedFile(f"the file's content has a table that schema {schema} has not: {unknown[0]}", _ADVICE)
    problem = next(snapshot_problems(snapshot), None)
    if problem is not None:
        raise DamagedFile(f"the file's content cannot be a wallet: {problem}", _ADVICE)
