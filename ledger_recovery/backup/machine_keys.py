"""[io] Where this computer's keys are kept: in the system's keyring, else in a private file, and it is said which.

Beside the keyring a small file stands for each record and tells where it is, so that every record is found again, also
by a factory reset, and nothing is called deleted that nobody could look at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from ledger_recovery.backup.machine_file import MAX_BYTES, read_private, remove_private, write_private
from ledger_recovery.backup.machine_keyring import PATIENCE, KeyringBackend, SystemKeyring
from ledger_recovery.backup.machine_record import MachineRecord, record_from_text, record_to_text
from ledger_recovery.backup.protocol_json import BadMessage, dump, parse_object
from ledger_recovery.errors import InputError, KeyringError

__all__ = ["KeyringBackend", "MachineKeyStore", "MachineRecord", "Place", "PlaceKind"]

FOLDER: Final = "machine-keys"
_REF = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class PlaceKind(StrEnum):
    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is, and a sentence about it for the person."""

    kind: PlaceKind
    sentence: str


@dataclass(frozen=True, slots=True)
class _Note:
    """The small file of a record. `line`: the record itself where it is in the file. `perhaps`: the keyring may have
    a copy too, because putting it there failed and nobody could see what is left."""

    kind: PlaceKind
    line: str = field(default="", repr=False)
    perhaps: bool = False

    @property
    def in_keyring(self) -> bool:
        return self.kind is PlaceKind.KEYRING or self.perhaps


class MachineKeyStore:
    """Records by reference (`[a-z0-9-]`, at most 64 characters).

    :param backend: None: the keyring of this computer, if it has one.
    :param patience: seconds that the keyring may take for one call.
    """

    def __init__(self, state_dir: Path, backend: KeyringBackend | None = None, *, patience: float = PATIENCE) -> None:
        self._folder = state_dir / FOLDER
        self._keyring = SystemKeyring(backend, patience=patience)

    def put(self, key_ref: str, record: MachineRecord) -> Place:
        """Keep a record, in place of one of the same reference.

        :raises KeyringError: neither the keyring nor a file took it.
        """
        path = self._path(key_ref)
        line = record_to_text(record)
        before = read_private(path)
        if not self._keyring.available():
            old = None if before is None else _parsed(before)
            perhaps = old is not None and old.in_keyring
            return self._put_file(path, _Note(PlaceKind.FILE, line, perhaps), "this computer has no keyring")
        note = dump({"kept": PlaceKind.KEYRING})
        if before is None:
            # First, so that a crash leaves no key in the keyring of which nothing tells.
            write_private(path, note)
        try:
            self._keyring.put(key_ref, line)
        except KeyringError as error:
            perhaps = not self._removed(key_ref)
            return self._put_file(path, _Note(PlaceKind.FILE, line, perhaps), error.sentence)
        write_private(path, note)
        return self._place(PlaceKind.KEYRING)

    def get(self, key_ref: str) -> MachineRecord:
        """The record; the caller wipes it.

        :raises KeyringError: there is none, or it cannot be read.
        """
        note = self._note(self._path(key_ref))
        line = note.line if note.kind is PlaceKind.FILE else self._keyring.get(key_ref)
        if not line:
            raise _absent("the keyring of this computer has no such key any more")
        return record_from_text(line)

    def place(self, key_ref: str) -> Place:
        """Where a record is.

        :raises KeyringError: there is none.
        """
        return self._place(self._note(self._path(key_ref)).kind)

    def refs(self) -> tuple[str, ...]:
        """References of all records, for deleting them all."""
        if not self._folder.is_dir():
            return ()
        names = sorted(path.stem for path in self._folder.glob("*.json"))
        return tuple(name for name in names if _REF.fullmatch(name))

    def delete(self, key_ref: str) -> None:
        """Delete a record wherever it may be, and see that it is gone; nothing happens when there is none.

        :raises KeyringError: it is still somewhere, or the keyring that has it cannot be asked. A part in a file is
            gone even then, and deleting can be tried again.
        """
        path = self._path(key_ref)
        data = read_private(path)
        note = None if data is None else _parsed(data)
        if note is not None and note.in_keyring:
            write_private(path, dump({"kept": PlaceKind.KEYRING}))
            self._keyring.remove(key_ref)
        elif note is None and self._keyring.available():
            self._keyring.remove(key_ref)
        remove_private(path)

    def _put_file(self, path: Path, note: _Note, why: str) -> Place:
        write_private(path, dump({"kept": note.kind, "line": note.line, "perhaps": note.perhaps}))
        return Place(PlaceKind.FILE, f"{why}: {self._place(PlaceKind.FILE).sentence}")

    def _place(self, kind: PlaceKind) -> Place:
        if kind is PlaceKind.KEYRING:
            return Place(kind, "this computer's backup keys are in the operating system's keyring")
        return Place(
            kind,
            f"this computer's backup keys are in files under {self._folder} that only you may read (0600); "
            "they make backups and cannot open them",
        )

    def _removed(self, key_ref: str) -> bool:
        try:
            self._keyring.remove(key_ref)
        except KeyringError:
            return False
        return True

    def _note(self, path: Path) -> _Note:
        data = read_private(path)
        if data is None:
            raise _absent("this computer has no such key")
        note = _parsed(data)
        if note is None:
            raise _absent(f"{path} is damaged")
        return note

    def _path(self, key_ref: str) -> Path:
        if not _REF.fullmatch(key_ref):
            raise InputError("this is no reference of a key of this computer", "Use the reference as it was given.")
        return self._folder / f"{key_ref}.json"


def _parsed(data: bytes) -> _Note | None:
    try:
        fields = parse_object(data, "the file of keys", limit=MAX_BYTES)
        kept, line, perhaps = fields.get("kept"), fields.get("line", ""), fields.get("perhaps", False)
        if not isinstance(line, str) or not isinstance(perhaps, bool) or kept not in set(PlaceKind):
            return None
    except BadMessage:
        return None
    return _Note(PlaceKind(str(kept)), line, perhaps)


def _absent(sentence: str) -> KeyringError:
    return KeyringError(sentence, "Pair with the Box again, and renew backups with your words.")
