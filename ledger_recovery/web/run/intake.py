"""Files and backups that the person brings: read, shown as a plan, and taken in only when the person says so.

Between plan and consent the password or the words stay in memory as SecretBytes. Leaving the page wipes them, and so
does closing it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from ledger_recovery.errors import Cancelled, InputError, LedgerRecoveryError, NotWords
from ledger_recovery.recover.service import backups, wallet_files
from ledger_recovery.secret import SecretBytes
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import FileView
from ledger_recovery.web.run.actions import WordsTyped
from ledger_recovery.web.run.intake_views import advice, backup_view, file_view, restored_view
from ledger_recovery.web.run.safe import secret
from ledger_recovery.web.run.session import GuideSession
from ledger_recovery.web.run.words_guard import backup_words_refusal

GIVEN: Final = FileView("given", "the file is here")
ASKING: Final = "asking the Box"


class Intake:
    """At most one file or backup at a time."""

    def __init__(self, session: GuideSession) -> None:
        self._session = session
        self._deps = session.backup_deps
        self._file: Path | None = None
        self._held: SecretBytes | None = None
        self._turn = asyncio.Lock()
        self._looking: asyncio.Task[backups.RestorePlan] | None = None

    @property
    def folder(self) -> Path:
        """Where uploaded files wait, private to this user."""
        return self._session.settings.state_dir / "guide"

    async def take(self, path: Path) -> None:
        """A file was uploaded; its password is asked for next."""
        async with self._turn:
            self._forget()
            self._file = path
            self._session.hub.change(step=steps.FILE, file=GIVEN, failure=None)

    async def drop(self) -> None:
        """Forget what was given and not taken in; a Box that is being asked is asked no longer."""
        if self._looking is not None:
            self._looking.cancel()
        async with self._turn:
            self._forget()
            if self._session.hub.state.file is not None:
                self._session.hub.change(file=None)

    def leave(self) -> None:
        """Nobody looks at the page any more: wipe what was typed there. An uploaded file stays, and is opened again."""
        if self._held is None or self._turn.locked():
            return
        self._held.wipe()
        self._held = None
        self._session.hub.change(file=None if self._file is None else GIVEN)

    # --- a wallet file ------------------------------------------------------------------------------------------

    async def open_file(self, fields: Mapping[str, str]) -> None:
        """Read the file and show what it would bring; changes nothing.

        :raises InputError: there is none, it is no wallet file, or of another network. :raises WrongPassword: so.
        """
        async with self._turn:
            path = self._given()
            with secret(fields.get("password", "")) as password, self._working("opening the file"):
                plan = await asyncio.to_thread(wallet_files.plan_file, self._session.settings, path, password)
                self._hold(SecretBytes(password.reveal()))
            self._session.hub.change(file=file_view(plan), failure=None)

    async def apply_file(self, fields: Mapping[str, str]) -> None:
        """Take it in, all or nothing.

        :raises InputError: nothing was opened, or a consent or the vault's password is missing.
        """
        async with self._turn:
            path, password = self._given(), self._opened()
            with secret(fields.get("vault_password", "")) as vault, self._working("reading the file in"):
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
        text = fields.get("offer", "").strip()
        if url is None and "#" not in text and "://" not in text:
            raise InputError("a typed code needs the address of the Box too", "type it below; the Box shows it as well")
        offer = backups.read_offer(text, url=url, deps=self._deps)
        with self._session.busy(ASKING):
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
                plan = await self._planned()
            except BaseException:
                self._forget()
                raise
            self._session.hub.change(file=backup_view(plan), step=steps.BOX, failure=None)

    async def _planned(self) -> backups.RestorePlan:
        """:raises Cancelled: the person left the page before the Box had answered."""
        work = backups.plan_restore(self._session.settings, self._opened(), deps=self._deps)
        self._looking = asyncio.ensure_future(work)
        with self._working(ASKING):
            try:
                await asyncio.wait({self._looking})
                if self._looking.cancelled():
                    raise Cancelled("the Box was not asked to the end: you left the page", "type the words again")
                return self._looking.result()
            finally:
                self._looking.cancel()
                self._looking = None

    async def apply_backup(self, fields: Mapping[str, str]) -> None:
        """Merge it into the wallet, all or nothing.

        :raises InputError: nothing was opened. :raises RolledBack: it is older than one seen, without consent.
        """
        async with self._turn:
            words, older = self._opened(), "accept_older" in fields
            with self._working(ASKING):
                result = await backups.restore(self._session.settings, words, accept_older=older, deps=self._deps)
            self._forget()
            self._session.hub.change(file=restored_view(result), failure=None)
        await self._session.wallet_changed()

    @contextmanager
    def _working(self, what: str) -> Iterator[None]:
        """Say what is under way, and give errors the hints of the page."""
        with self._session.busy(what):
            try:
                yield
            except LedgerRecoveryError as error:
                error.hint = advice(error)
                raise

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
