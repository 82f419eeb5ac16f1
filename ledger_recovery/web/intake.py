"""Files and backups that the person brings: read, shown as a plan, and taken in only when the person says so.

Between plan and consent the password or the words stay in memory as SecretBytes; leaving the page wipes them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from ledger_recovery.errors import InputError, NotWords
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.recover.service import backups, wallet_files
from ledger_recovery.secret import SecretBytes
from ledger_recovery.web import steps
from ledger_recovery.web.actions import WordsTyped
from ledger_recovery.web.safe import secret
from ledger_recovery.web.session import GuideSession
from ledger_recovery.web.state import FileView
from ledger_recovery.web.words_guard import backup_words_refusal

MAX_LINES: Final = 20


class Intake:
    """At most one file or backup at a time."""

    def __init__(self, session: GuideSession) -> None:
        self._session = session
        self._deps = session.backup_deps
        self._file: Path | None = None
        self._held: SecretBytes | None = None
        self._turn = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """Where uploaded files wait, private to this user."""
        return self._session.settings.state_dir / "guide"

    async def take(self, path: Path) -> None:
        """A file was uploaded; its password is asked for next."""
        async with self._turn:
            self._forget()
            self._file = path
            self._session.hub.change(step=steps.FILE, file=FileView("given", "the file is here"), failure=None)

    async def drop(self) -> None:
        """Forget what was given and not taken in."""
        async with self._turn:
            self._forget()
            self._session.hub.change(file=None)

    # --- a wallet file ------------------------------------------------------------------------------------------

    async def open_file(self, fields: Mapping[str, str]) -> None:
        """Read the file and show what it would bring; changes nothing.

        :raises InputError: there is none, it is no wallet file, or of another network. :raises WrongPassword: so.
        """
        async with self._turn:
            path = self._given()
            with secret(fields.get("password", "")) as password:
                plan = await asyncio.to_thread(wallet_files.plan_file, self._session.settings, path, password)
                self._hold(SecretBytes(password.reveal()))
            self._session.hub.change(file=file_view(plan), failure=None)

    async def apply_file(self, fields: Mapping[str, str]) -> None:
        """Take it in, all or nothing.

        :raises InputError: nothing was opened, or a consent or the vault's password is missing.
        """
        async with self._turn:
            path, password = self._given(), self._opened()
            with secret(fields.get("vault_password", "")) as vault:
                result = await asyncio.to_thread(
                    wallet_files.import_file,
                    self._session.settings,
                    path,
                    password,
                    vault_password=vault if len(vault) else None,
                    trust_network="trust_network" in fields,
                )
            self._forget()
            self._session.hub.change(file=replace(file_view(result.plan), applied=result.applied), failure=None)
        await self._session.wallet_changed()

    # --- a backup of an Identity Box ----------------------------------------------------------------------------

    async def pair(self, fields: Mapping[str, str]) -> None:
        """Pair with the Box of a link or typed code.

        :raises InputError: neither. :raises BoxError: it does not answer, refuses, or is another one.
        """
        settings, url = self._session.settings, fields.get("url", "").strip() or None
        offer = backups.read_offer(fields.get("offer", "").strip(), url=url, deps=self._deps)
        await backups.pair(settings, offer, url=url, deps=self._deps)
        await self._session.refresh()

    async def open_backup(self, fields: Mapping[str, str]) -> None:
        """Read the newest backup of the words and show what it would bring; changes nothing.

        :raises WordsTyped: recovery words of a wallet. :raises NotWords: no words of a backup, with the reason.
        :raises InputError: no Box is paired. :raises BoxError: it does not answer.
        """
        words = fields.get("words", "")
        refusal = backup_words_refusal(words)
        if refusal:
            raise WordsTyped(refusal, "if somebody asked you for them, stop: nobody who helps you needs them")
        if not words.strip():
            raise NotWords("no words were typed", "type the 24 words of the backup")
        async with self._turn:
            self._hold(backups.parse_words(words))
            try:
                plan = await backups.plan_restore(self._session.settings, self._opened(), deps=self._deps)
            except BaseException:
                self._forget()
                raise
            self._session.hub.change(file=backup_view(plan), step=steps.BOX, failure=None)

    async def apply_backup(self, fields: Mapping[str, str]) -> None:
        """Merge it into the wallet, all or nothing.

        :raises InputError: nothing was opened. :raises RolledBack: it is older than one seen, without consent.
        """
        async with self._turn:
            older = "accept_older" in fields
            result = await backups.restore(self._session.settings, self._opened(), accept_older=older, deps=self._deps)
            self._forget()
            self._session.hub.change(file=replace(backup_view(result.plan), applied=result.applied), failure=None)
        await self._session.wallet_changed()

    # --- what is held -------------------------------------------------------------------------------------------

    def _given(self) -> Path:
        if self._file is None:
            raise InputError("no file was chosen", "choose the file first")
        return self._file

    def _opened(self) -> SecretBytes:
        if self._held is None:
            raise InputError("nothing was opened yet", "open the file or the backup first")
        return self._held

    def _hold(self, secret_bytes: SecretBytes) -> None:
        if self._held is not None:
            self._held.wipe()
        self._held = secret_bytes

    def _forget(self) -> None:
        if self._held is not None:
            self._held.wipe()
        if self._file is not None:
            self._file.unlink(missing_ok=True)
        self._held, self._file = None, None


def file_view(plan: wallet_files.FilePlan) -> FileView:
    """The plan of an import as the page shows it."""
    return FileView(
        kind=plan.kind,
        sentence=clean(plan.sentence),
        added=plan.added,
        merged=plan.merged,
        known=plan.known,
        left_out=plan.left_out,
        conflicts=tuple(clean(c.sentence) for c in plan.conflicts[:MAX_LINES]),
        notes=tuple(clean(n) for n in plan.notes[:MAX_LINES]),
        nothing_new=plan.nothing_new,
        needs_vault=plan.keys_to_vault,
        new_vault=plan.new_vault,
        network_unproven=plan.network_unproven,
    )


def backup_view(plan: backups.RestorePlan) -> FileView:
    """The plan of a restore as the page shows it."""
    notes = (*plan.warnings, *((plan.vault_note,) if plan.vault_note else ()))
    return FileView(
        kind="backup",
        sentence=clean(f"{plan.source}, generation {plan.generation} of {plan.created}: {backups.counted(plan.holds)}"),
        added=plan.added,
        merged=plan.merged,
        known=plan.known,
        left_out=plan.left_out,
        conflicts=tuple(clean(c.sentence) for c in plan.conflicts[:MAX_LINES]),
        notes=tuple(clean(n) for n in notes[:MAX_LINES]),
        nothing_new=plan.nothing_new,
        older=plan.rolled_back,
    )
