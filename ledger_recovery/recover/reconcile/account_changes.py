"""[pure] Accounts that an active credential of ours controls: add, confirm, refresh; and their address book entries.

An account whose only credentials of ours were removed is not claimed. The identity and name of an account that the
wallet already holds stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from chain.concordium.account import ChainAccount, CredentialKind
from ledger_recovery.recover.reconcile.findings import Conflict, Hit
from ledger_recovery.recover.reconcile.known import Known, account_key
from ledger_recovery.recover.reconcile.naming import account_name
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddAddressBookEntry,
    Change,
    ConfirmAccount,
    MarkOwnAddress,
    RefreshAccount,
)
from ledger_recovery.wallet.model import AccountFacts, AccountRow, AccountStatus, AddressBookRow
from ledger_recovery.wallet.names import RECOVERED_NOTE


def owners(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """One hit for each account that we control, sorted by address: the credential that the account hangs on.

    It is the active one with the lowest credential index on chain, then the first by identity, scheme and counter.
    """
    active = sorted((h for h in hits if h.credential is not None), key=_owner_rank)
    return tuple(next(group) for _, group in groupby(active, key=lambda h: h.address))


def account_changes(known: Known, owned: Sequence[Hit], height: int) -> tuple[list[Change], list[Conflict]]:
    """What the wallet's accounts need so that they say what the block at `height` says."""
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    for hit in owned:
        row = known.account(hit.address)
        if row is None:
            changes.append(AddAccount(_new_account(known, hit, height)))
            continue
        if row.status is AccountStatus.PENDING:
            changes.append(ConfirmAccount(row.address))
        elif row.status is AccountStatus.REJECTED:
            sentence = "the wallet has this account as rejected, yet it is on chain; its status was left as it is"
            conflicts.append(Conflict("account-rejected", sentence, hit.identity, hit.address))
        changes += _refresh(row, hit.account, height)
    return changes, conflicts


def address_book_changes(known: Known, owned: Sequence[Hit]) -> list[Change]:
    """Every own account stands in the address book as such; an entry that exists keeps its name and note."""
    changes: list[Change] = []
    for hit in owned:
        entry = known.own_entry(hit.address)
        if entry is None:
            row = known.account(hit.address)
            name = account_name(hit.address, None) if row is None else row.name
            changes.append(AddAddressBookEntry(AddressBookRow(hit.address, name, RECOVERED_NOTE, read_only=True)))
        elif not entry.read_only:
            changes.append(MarkOwnAddress(entry.address))
    return changes


def lost_accounts(known: Known, hits: Sequence[Hit], owned: Sequence[Hit]) -> list[Conflict]:
    """Accounts that the wallet lists as own though every credential of ours on them was removed."""
    removed = {h.cred_id for h in hits if h.credential is None}
    kept = {account_key(h.address) for h in owned} | {
        account_key(row.account_address)
        for row in known.credentials.values()
        if not row.removed and row.cred_id not in removed
    }
    lost = {h.address: h for h in reversed(hits) if h.credential is None and account_key(h.address) not in kept}
    sentence = (
        "the wallet lists this account as own, but the credential was removed from it; "
        "this Ledger no longer signs for it. The entry was left as it is"
    )
    return [
        Conflict("account-lost", sentence, hit.identity, address)
        for address, hit in lost.items()
        if known.account(address) is not None
    ]


def account_facts(account: ChainAccount, height: int) -> AccountFacts:
    """The part of a chain account that the wallet keeps; amounts in microCCD."""
    return AccountFacts(
        block_height=height,
        account_index=account.index,
        balance=account.amount,
        at_disposal=account.at_disposal,
        staked=account.stake.amount,
        locked=account.locked,
        in_cooldown=account.in_cooldown,
        stake_kind=account.stake.kind.value,
        stake_target=account.stake.target,
    )


def _owner_rank(hit: Hit) -> tuple[str, int, tuple[tuple[tuple[int, int], str, int], str]]:
    index = 0 if hit.credential is None else hit.credential.credential_index
    return (hit.address, index, hit.sort_key)


def _new_account(known: Known, hit: Hit, height: int) -> AccountRow:
    # Counter 0 alone does not make an account initial: a seed-phrase wallet's counter 0 is a normal credential.
    initial = hit.credential is not None and hit.credential.kind is CredentialKind.INITIAL
    return AccountRow(
        address=hit.address,
        name=account_name(hit.address, known.own_entry(hit.address)),
        identity=hit.identity,
        is_initial=initial,
        signature_threshold=hit.account.threshold,
        facts=account_facts(hit.account, height),
    )


def _refresh(row: AccountRow, account: ChainAccount, height: int) -> list[RefreshAccount]:
    """A refresh when something but the block height differs: running again on an unchanged chain changes nothing."""
    fresh = account_facts(account, height)
    if row.facts is not None:
        if row.facts.block_height > height:
            return []
        if row.signature_threshold == account.threshold and replace(row.facts, block_height=height) == fresh:
            return []
    return [RefreshAccount(row.address, account.threshold, fresh)]
