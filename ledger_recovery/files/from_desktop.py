"""[pure] A Desktop Wallet export as rows of our wallet: identities by Ledger and index instead of the file's own IDs.

What recovery invented (a placeholder's empty attributes, the policy of a removed credential) becomes None, unknown.
Rows that a wallet cannot hold are told in notes; doubles are left for the merge to tell. Nothing is compared here.
"""

from __future__ import annotations

import json
from typing import Final, TypeVar

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.checks import (
    account_problem,
    book_problem,
    credential_problem,
    external_problem,
    identity_problem,
    is_hex,
    wallet_problem,
)
from ledger_recovery.files.desktop import DesktopAccount, DesktopCredential, DesktopExport, DesktopIdentity
from ledger_recovery.files.fields import printable
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    WalletRow,
)

_SCHEMES: Final = ("legacy-v0", "legacy-v1")
_NO_IDENTITY: Final = "its identity is not in the file"

_Status = TypeVar("_Status", IdentityStatus, AccountStatus)


def from_desktop(export: DesktopExport) -> ImportedWallet:
    """The rows of the file, in its order.

    :raises DamagedFile: its genesis block is no hash, so that its network cannot be checked.
    """
    return _Reader(export).imported()


class _Reader:
    """One pass over an export; `_notes` gathers what had to stay behind."""

    def __init__(self, export: DesktopExport) -> None:
        self._export = export
        self._notes = list(export.notes)
        self._rows: dict[int, IdentityRow] = {}

    def imported(self) -> ImportedWallet:
        wallets = self._wallets()
        identities = self._identities(wallets)
        return ImportedWallet(
            genesis_hash=self._genesis(),
            wallets=tuple(wallets.values()),
            identities=identities,
            accounts=self._accounts(),
            credentials=self._credentials(),
            external_credentials=self._externals(),
            address_book=self._address_book(),
            notes=tuple(self._notes),
        )

    def _genesis(self) -> str | None:
        genesis = self._export.genesis
        if genesis is None:
            return None
        block = genesis.genesis_block.lower()
        if not is_hex(block, 64):
            raise DamagedFile("genesis.genesisBlock is not a block hash of 64 digits", "Use another copy of the file.")
        return block

    def _wallets(self) -> dict[int, WalletRow]:
        """By the file's own ID."""
        found = {}
        for wallet in self._export.wallets:
            row = WalletRow(wallet.identifier.lower(), wallet.type)
            if self._fits(wallet_problem(row), f"wallet {wallet.id}"):
                found[wallet.id] = row
        return found

    def _identities(self, wallets: dict[int, WalletRow]) -> tuple[IdentityRow, ...]:
        rows = []
        for identity in self._export.identities:
            what = f'identity "{printable(identity.name)}"'
            wallet = wallets.get(identity.wallet_id)
            if wallet is None:
                self._fits("its Ledger is not in the file", what)
                continue
            status = _one_of(IdentityStatus, identity.status)
            if status is None:
                self._fits(f'its status "{printable(identity.status)}" is unknown', what)
                continue
            row = _identity(identity, IdentityKey(wallet.fingerprint, None, identity.identity_number), status)
            if self._fits(identity_problem(row), what):
                self._rows.setdefault(identity.id, row)
                rows.append(row)
        return tuple(rows)

    def _accounts(self) -> tuple[AccountRow, ...]:
        rows = []
        for account in self._export.accounts:
            what = f'account "{printable(account.name)}"'
            identity = self._rows.get(account.identity_id)
            status = _one_of(AccountStatus, account.status)
            if identity is None or status is None:
                reason = _NO_IDENTITY if identity is None else f'its status "{printable(account.status)}" is unknown'
                self._fits(reason, what)
                continue
            row = _account(account, identity.key, status)
            if self._fits(account_problem(row), what):
                rows.append(row)
        return tuple(rows)

    def _credentials(self) -> tuple[CredentialRow, ...]:
        rows = []
        for credential in self._export.credentials:
            what = f"credential {printable(credential.cred_id, 8)}"
            identity = self._rows.get(credential.identity_id)
            if identity is None:
                self._fits(_NO_IDENTITY, what)
                continue
            row = _credential(credential, identity)
            if self._fits(credential_problem(row), what):
                rows.append(row)
        return tuple(rows)

    def _externals(self) -> tuple[ExternalCredentialRow, ...]:
        rows = (
            ExternalCredentialRow(row.cred_id.lower(), row.account_address, row.note)
            for row in self._export.external_credentials
        )
        return tuple(
            row
            for row in rows
            if self._fits(external_problem(row), f"co-holder credential {printable(row.cred_id, 8)}")
        )

    def _address_book(self) -> tuple[AddressBookRow, ...]:
        rows = (AddressBookRow(row.address, row.name, row.note, row.read_only) for row in self._export.address_book)
        return tuple(
            row for row in rows if self._fits(book_problem(row), f'address book entry "{printable(row.name)}"')
        )

    def _fits(self, problem: str | None, what: str) -> bool:
        if problem is not None:
            self._notes.append(f"{what} was left out: {problem}")
        return problem is None


def _identity(identity: DesktopIdentity, key: IdentityKey, status: IdentityStatus) -> IdentityRow:
    if status is IdentityStatus.RECOVERED:
        return IdentityRow(key, identity.name, status, identity.version)
    return IdentityRow(
        key=key,
        name=identity.name,
        status=status,
        keygen_version=identity.version,
        detail=identity.detail,
        code_uri=identity.code_uri,
        identity_provider=identity.identity_provider,
        identity_object=identity.identity_object,
        randomness=identity.randomness or None,
    )


def _account(account: DesktopAccount, identity: IdentityKey, status: AccountStatus) -> AccountRow:
    return AccountRow(
        address=account.address,
        name=account.name,
        identity=identity,
        status=status,
        is_initial=account.is_initial,
        signature_threshold=account.signature_threshold,
        self_amounts=account.self_amounts,
        incoming_amounts=account.incoming_amounts,
        total_decrypted=account.total_decrypted,
        all_decrypted=account.all_decrypted,
        deployment_transaction_id=account.deployment_transaction_id,
        transaction_filter=account.transaction_filter,
    )


def _credential(credential: DesktopCredential, identity: IdentityRow) -> CredentialRow:
    # The Desktop Wallet writes no index both for a removed credential and for one that is still to join an account.
    # Only a recovery's invented policy proves the first: recovery finds what was on chain once.
    removed = credential.credential_index is None and _is_invented(credential.policy)
    return CredentialRow(
        cred_id=credential.cred_id.lower(),
        account_address=credential.account_address,
        identity=identity.key,
        counter=credential.credential_number,
        credential_index=credential.credential_index,
        policy=None if removed or credential.policy in ("", "{}") else credential.policy,
        randomness=credential.randomness or None,
        scheme=_SCHEMES[identity.keygen_version],
        removed=removed,
    )


def _is_invented(policy: str) -> bool:
    """The policy that a recovery gives a removed credential: no attributes, and one month for both dates."""
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or document.get("revealedAttributes"):
        return False
    return document.get("validTo") is not None and document.get("validTo") == document.get("createdAt")


def _one_of(kind: type[_Status], text: str) -> _Status | None:
    try:
        return kind(text)
    except ValueError:
        return None
