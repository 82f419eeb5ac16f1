"""(what is here, what a backup brings) -> decisions and changes for DIDs, peers and the vault.

Additive like the import merge, and idempotent: no name, DID or secret that is here gives way. The rows of the wallet
itself are merged by `files.merge`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ledger_recovery.backup.content import VaultRows
from ledger_recovery.files.merge import Outcome
from ledger_recovery.recover.service.backups.results import ContactDecision
from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.changes import AddDid, AddPeer, Change, CreateVault, StoreSecret
from ledger_recovery.wallet.contacts import MAX_CONTACT_NAME

Contact = TypeVar("Contact", DidRow, PeerRow)


@dataclass(frozen=True, slots=True)
class MergedPart:
    """`note`: one sentence for a person, "" when there is nothing to tell."""

    changes: tuple[Change, ...]
    decisions: tuple[ContactDecision, ...] = ()
    note: str = ""


def merge_dids(here: Sequence[DidRow], theirs: Sequence[DidRow]) -> MergedPart:
    """Own DIDs of a backup; one whose name is taken by another DID gets a free name."""
    return _merge_contacts("DID", here, theirs, AddDid)


def merge_peers(here: Sequence[PeerRow], theirs: Sequence[PeerRow]) -> MergedPart:
    """Other people's DIDs of a backup; one whose name is taken by another DID gets a free name."""
    return _merge_contacts("peer", here, theirs, AddPeer)


def merge_vault(here: VaultRows | None, theirs: VaultRows | None) -> MergedPart:
    """The vault of a backup, still encrypted under its own password: taken whole, completed, or left out."""
    if theirs is None:
        return MergedPart(())
    if here is None:
        stored = (StoreSecret(item) for item in theirs.items)
        note = f"the backup's vault of {_items(len(theirs.items))} is taken, under the password that it had there"
        return MergedPart((CreateVault(theirs.header), *stored), note=note)
    if here.header.vault_id != theirs.header.vault_id:
        return MergedPart(
            (),
            note=f"this wallet has a vault of its own under another key, so the backup's vault of "
            f"{_items(len(theirs.items))} is left out: restore into an empty --wallet file to have that one",
        )
    held = {(item.purpose, item.name) for item in here.items}
    missing = tuple(item for item in theirs.items if (item.purpose, item.name) not in held)
    password = "" if here.header == theirs.header else ", and the vault keeps the password that it has here"
    note = f"{_items(len(missing))} of the backup's vault are new here{password}" if missing else ""
    return MergedPart(tuple(StoreSecret(item) for item in missing), note=note)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, or where that is taken the name with the first free number behind it, within the bound of names."""
    if wanted not in taken:
        return wanted
    number = 2
    while True:
        suffix = f" ({number})"
        name = wanted[: MAX_CONTACT_NAME - len(suffix)] + suffix
        if name not in taken:
            return name
        number += 1


def _merge_contacts(
    kind: str, here: Sequence[Contact], theirs: Sequence[Contact], add: Callable[[Contact], Change]
) -> MergedPart:
    names = {row.name for row in here}
    known = {row.did: row.name for row in here}
    changes: list[Change] = []
    decisions = []
    for row in theirs:
        decision = _decide(kind, row.name, row.did, names, known)
        decisions.append(decision)
        if decision.outcome is Outcome.ADDED:
            changes.append(add(replace(row, name=decision.kept_as)))
    return MergedPart(tuple(changes), tuple(decisions))


def _decide(kind: str, name: str, did: str, names: set[str], known: dict[str, str]) -> ContactDecision:
    """Decide on one item, and remember it for those after it."""
    if did in known:
        kept = known[did]
        reason = "equal to yours" if kept == name else f'your name "{kept}" kept'
        return ContactDecision(kind, name, did, Outcome.KNOWN, kept, reason)
    kept = free_name(name, names)
    names.add(kept)
    known[did] = kept
    reason = f'as "{kept}"' if kept == name else f'as "{kept}": your own {kind} "{name}" is another one'
    return ContactDecision(kind, name, did, Outcome.ADDED, kept, reason)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"
