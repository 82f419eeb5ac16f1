"""[pure] Read the content of a Desktop Wallet export, whichever release wrote it.

Missing fields of older releases get the defaults that today's wallet gives them; unknown fields are passed over with a
note (the Desktop Wallet itself refuses the whole file, halfway). A field of a wrong type is damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.bounds import MAX_NAME
from ledger_recovery.files.desktop import (
    DesktopAccount,
    DesktopBookEntry,
    DesktopCredential,
    DesktopExport,
    DesktopExternalCredential,
    DesktopGenesis,
    DesktopIdentity,
    DesktopRelease,
    DesktopWalletRow,
)
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import parse

_ROW_ID_LIMIT: Final = 2**53 - 1
_INDEX_LIMIT: Final = 2**31 - 1
_SHOWN_NOTES: Final = 20

# Fields of old releases that say nothing which a later field does not.
_OUTGROWN: Final = {"rewardFilter", "identityNumber", "identityName", "external", "maxTransactionId"}

_T = TypeVar("_T")


def read_desktop(content: bytes, *, hexadecimal: bool = False) -> DesktopExport:
    """The rows of a decrypted export.

    :param hexadecimal: its container was that of releases 0.2 and 0.3.
    :raises DamagedFile: not JSON, a table or field missing that every release writes, or a value of a wrong type.
    """
    return desktop_from_document(Record(parse(content, "the content of the file"), ""), hexadecimal=hexadecimal)


def desktop_from_document(document: Record, *, hexadecimal: bool = False) -> DesktopExport:
    """As `read_desktop`, of the parsed content."""
    for name in ("identities", "accounts", "addressBook", "credentials", "wallets"):
        if not document.has(name):
            raise DamagedFile(
                f"the content of the file is invalid: {name} is missing",
                "Export the wallet again, or use another copy.",
            )
    notes = _Notes()
    raw_accounts = list(document.records("accounts"))
    raw_identities = list(document.records("identities"))
    return DesktopExport(
        accounts=notes.read(raw_accounts, _account),
        identities=notes.read(raw_identities, _identity),
        address_book=notes.read(document.records("addressBook"), _book_entry),
        credentials=notes.read(document.records("credentials"), _credential),
        external_credentials=notes.read(document.records("externalCredentials", required=False), _external),
        wallets=notes.read(document.records("wallets"), _wallet),
        genesis=_genesis(document.record("genesis")) if document.has("genesis") else None,
        release=_release(document, raw_accounts, raw_identities, hexadecimal),
        notes=(*notes.sentences(), *_passed_over("the file", document)),
    )


class _Notes:
    """Reads rows and keeps, table by table, which fields nobody knew."""

    def __init__(self) -> None:
        self._unknown: dict[str, None] = {}

    def read(self, records: Iterable[Record], convert: Callable[[Record], _T]) -> tuple[_T, ...]:
        rows = []
        for record in records:
            rows.append(convert(record))
            table = record.place.partition("[")[0]
            self._unknown.update(dict.fromkeys(_passed_over(table, record)))
        return tuple(rows)

    def sentences(self) -> tuple[str, ...]:
        shown = tuple(self._unknown)[:_SHOWN_NOTES]
        more = len(self._unknown) - len(shown)
        return (*shown, f"and {more} more unknown fields were passed over") if more else shown


def _passed_over(table: str, record: Record) -> tuple[str, ...]:
    names = (name for name in record.not_asked() if name not in _OUTGROWN)
    return tuple(f'the field "{name}" of {table} is unknown to this program and was passed over' for name in names)


def _account(row: Record) -> DesktopAccount:
    return DesktopAccount(
        identity_id=_row_id(row, "identityId"),
        name=row.name(),
        status=row.text("status", limit=MAX_NAME),
        address=row.text("address", "", limit=MAX_NAME),
        self_amounts=row.text("selfAmounts", ""),
        incoming_amounts=row.text("incomingAmounts", "[]"),
        signature_threshold=row.integer("signatureThreshold", 1, low=1, high=255),
        total_decrypted=row.text("totalDecrypted", "", limit=MAX_NAME),
        all_decrypted=row.boolean("allDecrypted", True),
        deployment_transaction_id=row.optional_text("deploymentTransactionId", limit=MAX_NAME),
        is_initial=row.boolean("isInitial", False),
        transaction_filter=row.object_text("transactionFilter", "{}"),
    )


def _identity(row: Record) -> DesktopIdentity:
    return DesktopIdentity(
        id=_row_id(row, "id"),
        identity_number=row.integer("identityNumber", high=_INDEX_LIMIT),
        name=row.name(),
        status=row.text("status", limit=MAX_NAME),
        wallet_id=_row_id(row, "walletId"),
        detail=row.optional_text("detail"),
        code_uri=row.optional_text("codeUri"),
        identity_provider=row.text("identityProvider", "{}"),
        identity_object=row.optional_text("identityObject"),
        randomness=row.text("randomness", "", limit=MAX_NAME),
        version=row.integer("version", 0, high=1),
    )


def _book_entry(row: Record) -> DesktopBookEntry:
    return DesktopBookEntry(
        name=row.name(),
        address=row.text("address", limit=MAX_NAME),
        note=row.optional_text("note", limit=MAX_NAME),
        read_only=row.boolean("readOnly", False),
    )


def _credential(row: Record) -> DesktopCredential:
    return DesktopCredential(
        identity_id=_row_id(row, "identityId"),
        account_address=row.text("accountAddress", limit=MAX_NAME),
        cred_id=row.text("credId", limit=MAX_NAME),
        credential_number=row.integer("credentialNumber", high=255),
        credential_index=row.optional_integer("credentialIndex", high=255),
        policy=row.json_text("policy") or "{}",
        randomness=row.json_text("randomness"),
    )


def _external(row: Record) -> DesktopExternalCredential:
    return DesktopExternalCredential(
        account_address=row.text("accountAddress", limit=MAX_NAME),
        cred_id=row.text("credId", limit=MAX_NAME),
        note=row.optional_text("note", limit=MAX_NAME),
    )


def _wallet(row: Record) -> DesktopWalletRow:
    return DesktopWalletRow(
        id=_row_id(row, "id"),
        identifier=row.text("identifier", limit=MAX_NAME),
        type=row.text("type", "ledgernanos", limit=MAX_NAME),
    )


def _genesis(row: Record) -> DesktopGenesis:
    return DesktopGenesis(_row_id(row, "id"), row.text("genesisBlock", limit=MAX_NAME))


def _row_id(row: Record, name: str) -> int:
    return row.integer(name, high=_ROW_ID_LIMIT)


def _release(document: Record, accounts: list[Record], identities: list[Record], hexadecimal: bool) -> DesktopRelease:
    """By what each release was the first to write."""
    if hexadecimal:
        return DesktopRelease.R0_2
    if any(row.has("version") for row in identities):
        return DesktopRelease.R1_3
    if document.has("externalCredentials"):
        return DesktopRelease.R1_2
    if document.has("genesis"):
        return DesktopRelease.R1_1
    if any(row.has("rewardFilter") for row in accounts):
        return DesktopRelease.R0_5
    return DesktopRelease.R0_4
