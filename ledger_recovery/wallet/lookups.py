"""Find the rows that changes name, in one open transaction; a row that is not there contradicts the wallet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.failures import contradiction
from ledger_recovery.wallet.model import IdentityKey
from ledger_recovery.wallet.schema import LEGACY_PROVIDER, AccountTable, Base, IdentityTable, WalletTable
from ledger_recovery.wallet.statements import Values, find


class Lookups:
    """Each method raises StorageError for a row that the wallet does not hold."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._identity_ids: dict[IdentityKey, int] = {}

    def found(self, table: type[Base], key: Values, what: str) -> Row[Any]:
        row = find(self.connection, table, key)
        if row is None:
            raise contradiction(f"a change names {what}, which the wallet does not hold")
        return row

    def identity_place(self, key: IdentityKey) -> Values:
        """The columns that tell an identity from all others."""
        ledger = f"the Ledger {key.fingerprint[:8]}…"
        wallet_id = self.found(WalletTable, {"fingerprint": key.fingerprint}, ledger).id
        if key.provider == LEGACY_PROVIDER:  # in a column it would read as "no provider"
            raise contradiction(f"a change names identity provider {key.provider}, which cannot be")
        provider = LEGACY_PROVIDER if key.provider is None else key.provider
        return {"wallet_id": wallet_id, "provider": provider, "identity_index": key.index}

    def identity(self, key: IdentityKey) -> Row[Any]:
        what = f"identity index {key.index} of the Ledger {key.fingerprint[:8]}…"
        return self.found(IdentityTable, self.identity_place(key), what)

    def identity_id(self, key: IdentityKey) -> int:
        # Rows never go away, so an id that was found stays right.
        if key not in self._identity_ids:
            self._identity_ids[key] = self.identity(key).id
        return self._identity_ids[key]

    def account(self, address: str) -> Row[Any]:
        """The account that the address, or an alias of it, names."""
        return self.found(AccountTable, {"canonical": canonical_key(address)}, f"account {address}")

    def account_id(self, address: str) -> int:
        return int(self.account(address).id)
