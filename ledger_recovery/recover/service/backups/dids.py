"""Own DIDs, whose private keys the Box makes and keeps, and the peers: other people's DIDs under names of one's own."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ledger_recovery.backup.did_document import document_from_text, document_to_text
from ledger_recovery.backup.did_name import parse_did
from ledger_recovery.backup.protocol_replies import DidReply
from ledger_recovery.errors import BoxError, BoxRefused, InputError, LedgerRecoveryError
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.machine import need_box, need_link, open_box, reading_state
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.contacts import contact_problem
from ledger_recovery.wallet.store import WalletStore


@dataclass(frozen=True, slots=True)
class DidDeleted:
    """`keys_deleted`: on the Box; where not, `note` says why. Older generations keep them, wrapped for the owner."""

    row: DidRow
    keys_deleted: bool
    note: str


async def did_create(settings: Settings, name: str, *, deps: BackupDeps | None = None) -> DidRow:
    """A new DID: the Box makes its keys, the wallet keeps its name and document, and a backup of both is queued.

    :raises InputError: no Box, backups are off, or the name is taken or cannot be used.
    :raises BoxError: the Box did not make it, or answered with something that is no DID.
    """
    deps = deps or real_backup_deps()
    with WalletStore.open(settings.wallet) as store:
        state = store.backups().state()
        box, link = need_box(state), need_link(state)
        with store.contacts() as contacts:
            _refuse_name(name, [row.name for row in contacts.dids()])
        async with open_box(settings, deps, box) as client:
            row = _row(name, await client.create_did(link.backup_id))
        with store.contacts() as contacts:
            contacts.add_did(row)
        return row


def did_list(settings: Settings) -> tuple[DidRow, ...]:
    """The own DIDs, by name.

    :raises StorageError: there is no wallet, or it cannot be read.
    """
    with WalletStore.open(settings.wallet) as store, store.contacts() as contacts:
        return contacts.dids()


def did_show(settings: Settings, name: str) -> DidRow:
    """One DID by its name, or by the DID itself.

    :raises InputError: there is none.
    """
    found = next((row for row in did_list(settings) if name in (row.name, row.did)), None)
    if found is None:
        raise InputError(f'there is no DID "{name[:100]}" in this wallet', "run `ledger-recovery did list`")
    return found


async def did_delete(settings: Settings, name: str, *, deps: BackupDeps | None = None) -> DidDeleted:
    """Forget a DID here, then delete its keys on the Box. In this order no backup ever names a key that is gone.

    :raises InputError: there is none of that name.
    """
    deps = deps or real_backup_deps()
    row = did_show(settings, name)
    with WalletStore.open(settings.wallet) as store:
        with store.contacts() as contacts:
            contacts.remove_did(row.name)
        state = store.backups().state()
    if state.box is None or state.link is None:
        return DidDeleted(row, False, "its keys stay where they are: no Box is paired, or backups are off")
    try:
        async with open_box(settings, deps, state.box) as client:
            await client.delete_did(state.link.backup_id, row.did)
    except LedgerRecoveryError as error:
        return DidDeleted(row, False, f"its keys may still be on the Box: {error.sentence}")
    return DidDeleted(row, True, "")


async def did_publish(settings: Settings, name: str, *, deps: BackupDeps | None = None) -> str:
    """Let the Box publish the DID's document; what it says of it.

    :raises InputError: there is none of that name, no Box is paired, or backups are off.
    :raises BoxError: the Box did not publish; BoxRefused when it is set up not to.
    """
    deps = deps or real_backup_deps()
    row = did_show(settings, name)
    with reading_state(settings) as (_, state):
        async with open_box(settings, deps, need_box(state)) as client:
            told = await client.publish_did(need_link(state).backup_id, row.did)
    if not told.published:
        raise BoxRefused(f"the Box did not publish it: {told.sentence}", "switch publishing on at the Box")
    return told.sentence or f"{row.did} is published"


def peer_add(settings: Settings, name: str, did: str, *, deps: BackupDeps | None = None) -> PeerRow:
    """Keep another person's DID under a name. A wallet that is not there is made.

    :raises InputError: no did:ipid name, or the name or the DID is there already.
    """
    parse_did(did)
    row = PeerRow(name, did, (deps or real_backup_deps()).timestamp())
    with WalletStore.open_or_create(settings.wallet) as store, store.contacts() as contacts:
        if not contacts.add_peer(row):
            return next(known for known in contacts.peers() if known.name == name)
    return row


def peer_remove(settings: Settings, name: str) -> PeerRow:
    """:raises InputError: there is none of that name."""
    with WalletStore.open(settings.wallet) as store, store.contacts() as contacts:
        return contacts.remove_peer(name)


def peer_list(settings: Settings) -> tuple[PeerRow, ...]:
    """The peers, by name."""
    with WalletStore.open(settings.wallet) as store, store.contacts() as contacts:
        return contacts.peers()


def _refuse_name(name: str, taken: list[str]) -> None:
    """Before the Box makes keys that would then have no name."""
    problem = contact_problem(PeerRow(name, "did:ipid:x", ""))
    if problem:
        raise InputError(problem, "give another name")
    if name in taken:
        raise InputError(f'there is another own DID "{name}" already', "give another name")


def _row(name: str, reply: DidReply) -> DidRow:
    """What the Box made, checked: the document must be this DID's."""
    try:
        document = document_from_text(json.dumps(reply.document))
        same = parse_did(document.did) == parse_did(reply.did)
    except InputError as error:
        raise BoxError(f"the Box made something that is no DID: {error.sentence}", "check the Box's version") from error
    if not same:
        raise BoxError("the Box gave a DID with another one's document", "do not use it; check the Box")
    return DidRow(name, reply.did, document_to_text(document), document.created)
