"""What the Box has, without changing anything: the list, a check without words, and a drill with them."""

from __future__ import annotations

from contextlib import AsyncExitStack

from ledger_recovery.backup.box_part import part_from_bytes
from ledger_recovery.backup.bundle_header import BundleHeader, check_bundle, digest_of
from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.backup.content import counts
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.protocol_replies import Generation, Head
from ledger_recovery.errors import DidKeyMissing, KeyringError, NoSuchBackup, OtherBackup, RolledBack
from ledger_recovery.files.merge import Outcome, plan_import
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort, real_backup_deps
from ledger_recovery.recover.service.backups.machine import need_box, need_link, open_box, reading_state
from ledger_recovery.recover.service.backups.opening import open_backup, reading_box
from ledger_recovery.recover.service.backups.results import DrillResult, ListedGeneration, VerifyResult
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.wallet_files.looking import lacks
from ledger_recovery.recover.service.wallet_files.opened import from_content
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import DidRow, PeerRow, Seen
from ledger_recovery.wallet.model import WalletSnapshot


async def list_generations(
    settings: Settings, secret: SecretBytes | None = None, *, deps: BackupDeps | None = None
) -> tuple[ListedGeneration, ...]:
    """What the Box keeps, newest first: of this wallet's backup, or of the words'.

    :raises InputError: no Box, or neither words nor backups that are on.
    :raises NoSuchBackup: the Box has no such backup.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (_, state):
        async with AsyncExitStack() as stack:
            if secret is None:
                client = await stack.enter_async_context(open_box(settings, deps, need_box(state)))
                head = await client.head(need_link(state).backup_id)
            else:
                keys = stack.enter_context(owner_keys(secret))
                _, head = await stack.enter_async_context(reading_box(settings, state, keys, deps))
    newest_first = sorted(head.generations, key=lambda one: one.generation, reverse=True)
    return tuple(_listed(one, head) for one in newest_first)


async def verify(settings: Settings, *, deps: BackupDeps | None = None) -> VerifyResult:
    """Fetch the newest generation and check all that needs no words: digest, order, signatures, the Box's part.

    :raises InputError: no Box is paired, or backups are off.
    :raises NoSuchBackup: the Box has none.
    :raises DamagedFile, NotSignedByOwner, OtherBackup, RolledBack, DidKeyMissing: what is wrong with it.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state):
        box, link = need_box(state), need_link(state)
        with deps.keys(settings).get(link.key_ref) as record:
            certificate = record.certificate
        if certificate is None:
            raise KeyringError("this computer's backup keys are not whole", "restore with your words to renew them")
        dids = () if store is None else store.backups().take().dids
        async with open_box(settings, deps, box) as client:
            newest = (await client.head(link.backup_id)).newest
            if newest is None:
                raise NoSuchBackup("the Box holds no generation of this backup yet", "run `ledger-recovery backup now`")
            data = await client.get(link.backup_id, newest.generation)
            header = _checked(data, newest, certificate, state.seen)
            # A DID that was added since is not in the newest generation, and need not be.
            expected = () if state.pending is not None else tuple(row.did for row in dids)
            held = await _part_dids(client, link.backup_id, newest.generation, expected)
    own = header.certificate.upload_public == certificate.upload_public
    who = "this computer" if own else "another computer"
    return VerifyResult(
        box_name=box.name,
        generation=header.generation,
        created=header.created,
        digest=newest.digest,
        size=len(data),
        own_upload=own,
        dids=held,
        pending=state.pending,
        sentence=f'"{box.name}" has generation {header.generation}, made by {who} on {header.created}: '
        "digest and signatures fit",
    )


async def drill(
    settings: Settings, secret: SecretBytes, generation: int | None = None, *, deps: BackupDeps | None = None
) -> DrillResult:
    """Fetch, open with the words, and compare with the live wallet; neither is changed.

    :raises LedgerRecoveryError: as `plan_restore`.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state), owner_keys(secret) as keys:
        seen = None if store is None else store.backups().seen(keys.backup_id)
        opened = await open_backup(settings, state, seen, keys, deps, generation=generation)
        taken = None if store is None else store.backups().take()
    content, header = opened.bundle.content, opened.bundle.header
    live = WalletSnapshot() if taken is None else taken.snapshot
    imported = from_content(content.wallet)
    alone, plan = plan_import(WalletSnapshot(), imported), plan_import(live, imported)
    problems = [decision.describe() for decision in alone.decisions if decision.outcome is Outcome.LEFT_OUT]
    dids, peers = ((), ()) if taken is None else (taken.dids, taken.peers)
    return DrillResult(
        generation=header.generation,
        created=header.created,
        digest=opened.bundle.digest,
        holds=counts(content),
        backup_lacks=lacks(live, content.wallet.snapshot),
        wallet_lacks=lacks(content.wallet.snapshot, live),
        dids_missing=_names_left(dids, content.dids),
        extra_dids=_names_left(content.dids, dids),
        peers_missing=_names_left(peers, content.peers),
        extra_peers=_names_left(content.peers, peers),
        conflicts=plan.conflicts,
        problems=(*problems, *((opened.part_problem,) if opened.part_problem else ())),
        warnings=() if opened.rolled_back is None else (opened.rolled_back,),
    )


def _listed(one: Generation, head: Head) -> ListedGeneration:
    newest = head.newest is not None and head.newest.generation == one.generation
    return ListedGeneration(one.generation, one.digest, one.size, one.created, one.stored_at, newest)


def _checked(data: bytes, newest: Generation, own: Certificate, seen: Seen | None) -> BundleHeader:
    header = check_bundle(data, owner_public=own.owner_public)
    if (header.backup_id, header.generation) != (own.backup_id, newest.generation) or digest_of(data) != newest.digest:
        raise OtherBackup(
            f"the Box gave another backup than the one that it lists as generation {newest.generation}",
            "do not trust this Box until you know why; the wallet here is untouched",
        )
    if seen is not None and (newest.generation, newest.digest) != (seen.generation, seen.digest):
        if newest.generation < seen.generation:
            raise RolledBack(
                f"the newest on the Box is generation {newest.generation}, and generation {seen.generation} was there "
                "before",
                "the Box lost or hides it; run `ledger-recovery backup now` to save again",
            )
        if newest.generation == seen.generation:
            raise RolledBack(
                f"generation {newest.generation} on the Box is another one than this computer has seen",
                "run `ledger-recovery backup restore` with your words: it shows what differs, and merges it",
            )
    return header


async def _part_dids(client: BoxPort, backup_id: str, generation: int, expected: tuple[str, ...]) -> tuple[str, ...]:
    if not expected:
        return ()
    part = part_from_bytes(await client.get_part(backup_id, generation))
    held = tuple(key.did for key in part.keys)
    missing = tuple(did for did in expected if did not in held)
    if missing:
        raise DidKeyMissing(
            f"the Box's part of generation {generation} lacks the keys of {len(missing)} DIDs, the first is "
            f"{missing[0]}",
            "run `ledger-recovery backup now`, then verify again",
            names=missing,
        )
    return held


def _names_left(
    there: tuple[DidRow, ...] | tuple[PeerRow, ...], here: tuple[DidRow, ...] | tuple[PeerRow, ...]
) -> tuple[str, ...]:
    known = {row.did for row in here}
    return tuple(row.name for row in there if row.did not in known)
