"""Is a wallet a part of the one that an undisturbed run gives? Rows whole or missing, never altered or half filled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import CellKey, CellState
from ledger_recovery.wallet.model import AccountRow, CredentialRow, KeyStatus, WalletSnapshot

T = TypeVar("T")


def assert_part_of(found: WalletSnapshot, whole: WalletSnapshot) -> None:
    """Every row of `found` stands in `whole`. Keys may not be checked yet, and facts may be of a later block."""
    assert found.genesis_hash in (None, whole.genesis_hash)
    assert set(found.wallets) <= set(whole.wallets)
    assert set(found.identities) <= set(whole.identities)
    assert set(found.address_book) <= set(whole.address_book)
    assert set(found.external_credentials) <= set(whole.external_credentials)
    assert _all(_at_no_block, found.accounts) <= _all(_at_no_block, whole.accounts)
    assert _all(_unchecked, found.credentials) <= _all(_unchecked, whole.credentials)
    final = {c.cred_id: c.key_status for c in whole.credentials}
    assert all(c.key_status in (KeyStatus.NOT_CHECKED, final[c.cred_id]) for c in found.credentials)
    used = {a.identity for a in found.accounts} | {c.identity for c in found.credentials}
    assert used == {i.key for i in found.identities}, "an index and what it holds are one transaction"


def told_cells(notes: Iterable[object]) -> set[CellKey]:
    """Cells that a start told as answered, since the last block was pinned."""
    told: set[CellKey] = set()
    for note in notes:
        if isinstance(note, ev.Pinned):
            told.clear()
        elif isinstance(note, ev.CellsAnswered):
            told |= {c.key for c in note.cells if c.state is not CellState.UNKNOWN}
    return told


def at_no_block(wallet: WalletSnapshot) -> WalletSnapshot:
    """The wallet without the heights at which its accounts' facts were read."""
    return replace(wallet, accounts=tuple(_at_no_block(row) for row in wallet.accounts))


def _all(form: Callable[[T], T], rows: Iterable[T]) -> set[T]:
    return {form(row) for row in rows}


def _at_no_block(row: AccountRow) -> AccountRow:
    return row if row.facts is None else replace(row, facts=replace(row.facts, block_height=0))


def _unchecked(row: CredentialRow) -> CredentialRow:
    return replace(row, key_status=KeyStatus.NOT_CHECKED)
