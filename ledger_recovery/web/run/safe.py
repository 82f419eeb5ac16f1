"""Copies for the person: export, report (JSON and PDF), backup. Each is read back before the page says "saved".

An older file is never replaced: a new name is found beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger_recovery.errors import InputError, LedgerRecoveryError, StorageError
from ledger_recovery.recover import service
from ledger_recovery.recover.report.files import read_report, save_report
from ledger_recovery.recover.service import backups, wallet_files
from ledger_recovery.secret import SecretBytes
from ledger_recovery.web.model.state import MAX_SAVED, BackupView, Family, Saved
from ledger_recovery.web.pages.report.choice import view_of
from ledger_recovery.web.run.actions import BadForm, level_of
from ledger_recovery.web.run.session import GuideSession

SUFFIXES: Final = {
    "own": "ledger-recovery-export.json",
    "desktop": "concordium-desktop-wallet.json",
    "mobile-android": "concordium-mobile-android.json",
    "mobile-ios": "concordium-mobile-ios.concordiumwallet",
}
MAX_NAMES: Final = 1_000
MAX_PASSWORD: Final = 4_096


class Safe:
    """Saves what the session has, one copy after the other: two at once would find the same name."""

    def __init__(self, session: GuideSession) -> None:
        self._session = session
        self._turn = asyncio.Lock()

    async def export(self, fields: Mapping[str, str]) -> None:
        """Write the wallet to an encrypted file of the person's own.

        :raises InputError: passwords that differ or are too short, nothing to export, no such folder.
        :raises StorageError: it could not be written or read back.
        """
        kind = _format(fields.get("format", ""))
        if kind is not wallet_files.FileFormat.OWN and self._session.hub.state.family is Family.EVM:
            raise InputError("only this program's own format holds EVM accounts", "choose it in the list")
        password = fields.get("password", "")
        if password != fields.get("repeated", ""):
            raise InputError("the two passwords differ", "type the same password twice")
        with secret(password) as one, secret(fields.get("vault_password", "")) as vault:
            async with self._turn:
                result = await asyncio.to_thread(
                    wallet_files.export_file,
                    self._session.settings,
                    free_name(self._folder(fields), SUFFIXES[kind.value]),
                    kind,
                    one,
                    vault_password=vault if len(vault) else None,
                )
        note = "; ".join((wallet_files.WEAK_FORMAT,) if result.weak else ()) or "; ".join(result.warnings)
        self._saved(Saved("export", str(result.path), note))

    async def report(self, fields: Mapping[str, str]) -> None:
        """Write the signed report at a level of redaction, and the same as a PDF to read.

        :raises InputError: there is no report, no such level or folder. :raises StorageError: not written.
        """
        level, folder, source = level_of(fields.get("level", "full")), self._folder(fields), self._session.report
        if source is None:
            raise InputError("there is no report yet", "finish a search first")
        async with self._turn:
            target = free_name(folder, f"{source.stem}-{level.value}.json", ".pdf")
            copy = await asyncio.to_thread(service.copy_report, self._session.settings, source, level, target)
            self._saved(Saved("report", str(copy.path), f"signed with the key {copy.verified.key_fingerprint}"))
            await asyncio.to_thread(self._pdf, copy, target.with_suffix(".pdf"))
            self._saved(Saved("pdf", str(target.with_suffix(".pdf"))))

    async def backup(self, fields: Mapping[str, str]) -> None:
        """Bring the Identity Box up to date.

        :raises InputError: backups are off.
        """
        told = await backups.now(self._session.settings, deps=self._session.backup_deps)
        self._session.show_backup(told)
        if told.kind is backups.BackupKind.SAVED:
            self._saved(Saved("backup", told.box_name or "", told.sentence))
        else:
            raise StorageError(
                f"the backup is not saved yet: {told.sentence}", "it is queued and tried again by itself"
            )

    async def look(self) -> None:
        """How the backup stands, for the page."""
        try:
            self._session.show_backup(
                await asyncio.to_thread(backups.status, self._session.settings, self._session.backup_deps)
            )
        except LedgerRecoveryError as error:
            self._session.hub.change(backup=BackupView("failing", error.sentence))

    def _saved(self, saved: Saved) -> None:
        hub = self._session.hub
        hub.log(f"saved {saved.what}")
        hub.change(saved=(*hub.state.saved, saved)[-MAX_SAVED:], failure=None)

    def _folder(self, fields: Mapping[str, str]) -> Path:
        """The person's folder, or the usual one, which is made if it is missing.

        :raises InputError: there is no such folder.
        """
        given = fields.get("folder", "").strip()
        usual = self._session.options.save_folder
        try:
            if not given or Path(given) == usual:
                usual.mkdir(mode=0o700, parents=True, exist_ok=True)
                return usual
            folder = Path(given).expanduser()
            found = folder.is_absolute() and folder.is_dir()
        except (OSError, ValueError, RuntimeError):
            found, folder = False, usual
        if not found:
            raise InputError("there is no such folder on this computer", f"write its whole name, such as {usual}")
        return folder

    def _pdf(self, copy: service.ReportCopy, target: Path) -> None:
        from ledger_recovery.web.pages.report.pdf import report_pdf

        data = report_pdf(view_of(copy.verified.document, copy.verified.key_fingerprint))
        save_report(target, data)
        if read_report(target) != data:
            raise StorageError(f"{target} cannot be read back as it was written", "choose another folder")


def free_name(folder: Path, name: str, *also: str) -> Path:
    """A name in `folder` that no file has yet.

    :param also: suffixes with which no file has it either.
    :raises InputError: a thousand have.
    """
    stem, dot, suffix = name.partition(".")
    for number in range(1, MAX_NAMES):
        path = folder / (name if number == 1 else f"{stem}-{number}{dot}{suffix}")
        if not any(one.exists() for one in (path, *map(path.with_suffix, also))):
            return path
    raise InputError(f"{folder} is full of files of this name", "choose another folder")


@contextmanager
def secret(text: str) -> Iterator[SecretBytes]:
    """A typed password for as long as it is needed.

    :raises InputError: longer than any password.
    """
    if len(text) > MAX_PASSWORD:
        raise InputError("this is longer than any password", "choose a shorter one")
    held = SecretBytes(text.encode("utf-8"))
    try:
        yield held
    finally:
        held.wipe()


def _format(text: str) -> wallet_files.FileFormat:
    try:
        return wallet_files.FileFormat(text)
    except ValueError:
        raise BadForm("this kind of file is not known", "choose one of the list") from None
