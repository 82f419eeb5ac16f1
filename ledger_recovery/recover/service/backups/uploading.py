"""One upload: what the wallet holds now becomes the Box's next generation, on top of what this machine knows of it.

Nothing is overwritten that this machine has not taken in: a newest generation that is neither its own nor merged is a
conflict. After a crash or a lost answer its own upload is recognised and sent again as it was.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from ledger_recovery.backup.bundle import seal
from ledger_recovery.backup.bundle_header import check_bundle, digest_of
from ledger_recovery.backup.content import BackupContent, VaultRows, counts
from ledger_recovery.backup.machine_keys import MachineRecord
from ledger_recovery.backup.protocol_replies import Generation
from ledger_recovery.errors import BackupConflict, BoxError, InputError, KeyringError, NoSuchBackup
from ledger_recovery.files.content import WalletContent
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort
from ledger_recovery.recover.service.backups.outbox import Outbox, Upload
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.backup_model import BackupLink, Saved, Seen, Taken
from ledger_recovery.wallet.store import WalletStore

LOST = "the Box no longer had the backups that this computer saved there; a new one was put in their place"


def held(taken: Taken, made_at: str | None = None, settings: Mapping[str, str] | None = None) -> BackupContent:
    """The whole wallet, the vault as it is stored, DIDs and peers, as a bundle holds them."""
    vault = None if taken.vault is None else VaultRows(*taken.vault)
    return BackupContent(WalletContent(taken.snapshot, made_at), vault, taken.dids, taken.peers, settings or {})


def settings_that_matter(settings: Settings) -> dict[str, str]:
    """What somebody who restores must set again: the network. Not the nodes, whose URLs may hold passwords."""
    return {"network": settings.network} | ({"genesis": settings.genesis} if settings.genesis else {})


@dataclass(frozen=True, slots=True)
class _Base:
    """What the next generation follows. `newest`: None where the Box has none."""

    newest: Generation | None
    generation: int

    @property
    def previous(self) -> str:
        return "" if self.newest is None else self.newest.digest


class Uploader:
    """Uploads of one link. `record`: the machine's keys for it; `merged`: a generation just taken in by a restore."""

    def __init__(
        self,
        settings: Settings,
        store: WalletStore,
        deps: BackupDeps,
        box: BoxPort,
        link: BackupLink,
        record: MachineRecord,
        merged: Seen | None = None,
    ) -> None:
        if record.certificate is None or record.upload is None:
            raise KeyringError(
                "this computer's backup keys are not whole", "run `ledger-recovery backup restore` to renew them"
            )
        self._settings = settings
        self._room = store.backups()
        self._deps = deps
        self._box = box
        self._link = link
        self._certificate = record.certificate
        self._upload = record.upload
        self._recipient = record.recipient
        self._merged = merged
        self._outbox = Outbox(settings.state_dir, link.key_ref)
        self.notes: list[str] = []

    async def run(self) -> None:
        """Bring the Box up to date.

        :raises BackupConflict: another machine saved something that this one has not taken in.
        :raises LedgerRecoveryError: the Box, the keys or the disk; what is under way stays for the next try.
        """
        newest = await self._newest()
        newest = self._settle(newest)
        taken = self._room.take()
        if taken.pending is None:
            return
        base = await self._base(newest, taken.state.seen)
        upload = self._prepared(taken, base)
        stored = await self._box.put(
            upload.backup_id,
            upload.generation,
            upload.bundle,
            upload.previous,
            upload.idempotency_key,
            tuple(row.did for row in taken.dids),
        )
        if (stored.generation, stored.digest) != (upload.generation, upload.digest):
            raise BoxError("the Box says that it stored another backup than was sent", "run `backup verify`")
        self._room.saved(Saved(upload.generation, upload.digest, self._deps.timestamp(), upload.holds), upload.ticket)
        self._outbox.clear()

    async def _newest(self) -> Generation | None:
        try:
            return (await self._box.head(self._link.backup_id)).newest
        except NoSuchBackup:
            # A new Box, or one that lost its disk: the certificate lets it begin again.
            return (await self._box.create(self._certificate)).newest

    def _settle(self, newest: Generation | None) -> Generation | None:
        """Was the upload under way saved although nobody heard of it? Then the wallet hears of it now."""
        waiting = self._outbox.get()
        if waiting is None or newest is None or newest.digest != waiting.digest:
            return newest
        at = self._deps.timestamp()
        try:
            self._room.saved(Saved(waiting.generation, waiting.digest, at, waiting.holds), waiting.ticket)
        finally:
            self._outbox.clear()
        return newest

    async def _base(self, newest: Generation | None, seen: Seen | None) -> _Base:
        number = 1 + max(0 if newest is None else newest.generation, 0 if seen is None else seen.generation)
        if newest is None:
            if seen is not None and self._merged is None:
                self.notes.append(LOST)
            return _Base(None, number)
        taken_in = {known.digest for known in (seen, self._merged) if known is not None}
        if newest.digest not in taken_in and not await self._is_own(newest):
            raise BackupConflict(
                f"another computer saved generation {newest.generation} on {newest.created}, and this one has not "
                "taken it in",
                "run `ledger-recovery backup restore` with your words: it merges both, and backups go on",
            )
        return _Base(newest, number)

    async def _is_own(self, newest: Generation) -> bool:
        """Whether this machine's own upload key signed it: an upload whose answer and copy were both lost."""
        data = await self._box.get(self._link.backup_id, newest.generation)
        try:
            header = check_bundle(data, owner_public=self._certificate.owner_public)
        except InputError as error:
            raise BackupConflict(
                f"the newest backup on the Box, generation {newest.generation}, is not a good one: {error.sentence}",
                "nothing was overwritten; run `ledger-recovery backup verify`, and `backup restore` of an older one",
            ) from error
        mine = header.certificate.upload_public == self._certificate.upload_public
        told = (header.backup_id, header.generation, digest_of(data))
        if not mine or told != (self._link.backup_id, newest.generation, newest.digest):
            return False
        self._room.saw(self._link.backup_id, Seen(newest.generation, newest.digest))
        return True

    def _prepared(self, taken: Taken, base: _Base) -> Upload:
        """The very upload that was under way if it still fits, else a new one, kept before it is sent."""
        waiting = self._outbox.get()
        place = (self._link.backup_id, base.generation, base.previous, taken.ticket)
        if waiting is not None and place == (
            waiting.backup_id,
            waiting.generation,
            waiting.previous,
            waiting.ticket,
        ):
            return waiting
        created = self._deps.timestamp()
        content = held(taken, created, settings_that_matter(self._settings))
        bundle = seal(
            content,
            recipient=self._recipient,
            certificate=self._certificate,
            upload_key=self._upload,
            generation=base.generation,
            previous=base.previous,
            created=created,
        )
        key = secrets.token_urlsafe(24)
        upload = Upload(*place, key, counts(content), bundle)
        self._outbox.put(upload)
        return upload
