"""[pure] A wallet as a Desktop Wallet export: the rows that its format has a place for, and a note on each that stays.

Recovered rows get the values that the Desktop Wallet's own recovery writes, so that its importer knows them again.
IDs and order follow from the content alone. Source: concordium-desktop-wallet app/pages/Recovery/util.ts, database
migrations (unique keys).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ledger_recovery.files.desktop import (
    ZERO_SHIELDED,
    DesktopAccount,
    DesktopBookEntry,
    DesktopCredential,
    DesktopExport,
    DesktopExternalCredential,
    DesktopGenesis,
    DesktopIdentity,
    DesktopWalletRow,
)
from ledger_recovery.files.json_text import dump
from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.model import (
    AccountRow,
    AddressBookRow,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    WalletRow,
    WalletSnapshot,
)

_MONTH: Final = re.compile(r"[0-9]{4}(0[1-9]|1[0-2])")
_SCHEMES: Final = ("legacy-v0", "legacy-v1")
_ATTRIBUTES: Final = (
    *("firstName", "lastName", "sex", "dob", "countryOfResidence", "nationality", "idDocType", "idDocNo"),
    *("idDocIssuer", "idDocIssuedAt", "idDocExpiresAt", "nationalIdNo", "taxIdNo"),
)
"""In the order in which the wallet's placeholder names them."""


def to_desktop(snapshot: WalletSnapshot, month: str) -> DesktopExport:
    """The export of a wallet; its `notes` tell what the format cannot hold.

    :param month: "YYYYMM", the date that placeholders and removed credentials get where none is known.
    :raises ValueError: no such month.
    """
    if not _MONTH.fullmatch(month):
        raise ValueError("the month is written YYYYMM")
    return _Writer(snapshot, month).export()


class _Writer:
    """One pass over a snapshot: identities first, then credentials, then the accounts that keep one."""

    def __init__(self, snapshot: WalletSnapshot, month: str) -> None:
        self._snapshot = snapshot
        self._month = month
        self._notes: list[str] = []
        self._wallet_ids = {row.fingerprint: n for n, row in enumerate(_by_fingerprint(snapshot.wallets), start=1)}
        legacy = sorted((r for r in snapshot.identities if r.key.provider is None), key=lambda r: _place(r.key))
        self._identities = {row.key: row for row in legacy}
        self._identity_ids = {row.key: n for n, row in enumerate(legacy, start=1)}

    def export(self) -> DesktopExport:
        for row in self._snapshot.identities:
            if row.key.provider is not None:
                self._notes.append(
                    f'identity "{row.name}" was left out: the Desktop Wallet has no place for identities of the '
                    "provider path"
                )
        evm = len(self._snapshot.evm.accounts)
        if evm:
            self._notes.append(f"{evm} EVM accounts were left out: the Desktop Wallet has no place for them")
        credentials = self._credentials()
        accounts = self._accounts(credentials)
        texts = {canonical_key(row.address): row.address for row in accounts}
        genesis = self._snapshot.genesis_hash
        return DesktopExport(
            accounts=tuple(accounts),
            identities=tuple(self._identity(row) for row in self._identities.values()),
            address_book=self._address_book(texts),
            credentials=tuple(self._credential(row, texts) for row in credentials),
            external_credentials=self._externals(texts),
            wallets=tuple(
                DesktopWalletRow(self._wallet_ids[row.fingerprint], row.fingerprint, row.kind)
                for row in _by_fingerprint(self._snapshot.wallets)
            ),
            genesis=None if genesis is None else DesktopGenesis(1, genesis),
            notes=tuple(self._notes),
        )

    def _identity(self, row: IdentityRow) -> DesktopIdentity:
        placeholder = row.is_placeholder
        return DesktopIdentity(
            id=self._identity_ids[row.key],
            identity_number=row.key.index,
            name=row.name,
            status=row.status.value,
            wallet_id=self._wallet_ids[row.key.fingerprint],
            detail="" if placeholder else row.detail,
            code_uri="" if placeholder else row.code_uri,
            identity_provider="{}" if row.identity_provider is None else row.identity_provider,
            identity_object=_empty_object(self._month) if placeholder else row.identity_object,
            randomness=row.randomness or "",
            version=row.keygen_version,
        )

    def _credentials(self) -> list[CredentialRow]:
        """Those that the format holds, none of them breaking the Desktop Wallet's unique keys."""
        kept = []
        taken: set[tuple[str, int]] = set()
        for row in sorted(self._snapshot.credentials, key=lambda r: (_place(r.identity), r.scheme, r.counter)):
            identity = self._identities.get(row.identity)
            if identity is None or row.scheme != _SCHEMES[identity.keygen_version]:
                reason = "is of the provider path" if identity is None else "has another key scheme than its identity"
                self._notes.append(f"credential {row.cred_id[:8]}… was left out: it {reason}")
                continue
            if row.credential_index is not None:
                place = (canonical_key(row.account_address), row.credential_index)
                if place in taken:
                    self._notes.append(
                        f"credential {row.cred_id[:8]}… was written without its index: another one holds it"
                    )
                    row = replace(row, credential_index=None)
                taken.add(place)
            kept.append(row)
        return kept

    def _accounts(self, credentials: Iterable[CredentialRow]) -> list[DesktopAccount]:
        """Accounts whose credentials were all left out stay out too; one under a left-out identity moves to another."""
        homes: dict[str, IdentityKey] = {}
        for credential in credentials:
            homes.setdefault(canonical_key(credential.account_address), credential.identity)
        held = {canonical_key(row.account_address) for row in self._snapshot.credentials}
        kept = []
        for row in sorted(self._snapshot.accounts, key=lambda r: r.address):
            key = canonical_key(row.address)
            home = row.identity if row.identity in self._identities else homes.get(key)
            if home is None or (key in held and key not in homes):
                self._notes.append(f"account {row.address} was left out: the format holds none of its credentials")
                continue
            kept.append(self._account(row, home))
        return kept

    def _account(self, row: AccountRow, home: IdentityKey) -> DesktopAccount:
        return DesktopAccount(
            identity_id=self._identity_ids[home],
            name=row.name,
            status=row.status.value,
            address=row.address,
            self_amounts=row.self_amounts or ZERO_SHIELDED,
            incoming_amounts=row.incoming_amounts,
            signature_threshold=row.signature_threshold,
            total_decrypted=row.total_decrypted,
            all_decrypted=row.all_decrypted,
            deployment_transaction_id=row.deployment_transaction_id,
            is_initial=row.is_initial,
            transaction_filter=row.transaction_filter,
        )

    def _credential(self, row: CredentialRow, accounts: dict[str, str]) -> DesktopCredential:
        return DesktopCredential(
            identity_id=self._identity_ids[row.identity],
            account_address=accounts.get(canonical_key(row.account_address), row.account_address),
            cred_id=row.cred_id,
            credential_number=row.counter,
            credential_index=row.credential_index,
            policy=_empty_policy(self._month) if row.policy is None else row.policy,
            randomness=row.randomness,
        )

    def _externals(self, accounts: dict[str, str]) -> tuple[DesktopExternalCredential, ...]:
        """Each names an account of the file letter by letter: the Desktop Wallet's foreign key knows no aliases."""
        rows = []
        for row in self._snapshot.external_credentials:
            address = accounts.get(canonical_key(row.account_address))
            if address is None:
                self._notes.append(f"co-holder credential {row.cred_id[:8]}… was left out with its account")
            else:
                rows.append(DesktopExternalCredential(address, row.cred_id, row.note))
        return tuple(rows)

    def _address_book(self, accounts: dict[str, str]) -> tuple[DesktopBookEntry, ...]:
        """An entry may be read-only for an account of the file only: the person could never change it otherwise."""
        rows = sorted(self._snapshot.address_book, key=_book_order)
        return tuple(
            DesktopBookEntry(row.name, row.address, row.note, row.read_only and canonical_key(row.address) in accounts)
            for row in rows
        )


def _by_fingerprint(rows: Iterable[WalletRow]) -> list[WalletRow]:
    return sorted(rows, key=lambda row: row.fingerprint)


def _place(key: IdentityKey) -> tuple[str, int, int]:
    return (key.fingerprint, -1 if key.provider is None else key.provider, key.index)


def _book_order(row: AddressBookRow) -> tuple[str, str, str]:
    """By name without case, as the Desktop Wallet sorts."""
    return (row.name.lower(), row.name, row.address)


def _empty_object(month: str) -> str:
    attributes = {"chosenAttributes": dict.fromkeys(_ATTRIBUTES, ""), "maxAccounts": 0}
    return dump({"v": 0, "value": {"attributeList": {**attributes, "createdAt": month, "validTo": month}}})


def _empty_policy(month: str) -> str:
    return dump({"validTo": month, "createdAt": month, "revealedAttributes": {}})
