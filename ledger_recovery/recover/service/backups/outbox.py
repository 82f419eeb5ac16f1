"""[io] The one upload under way, durable beside the program's state: the sealed bundle and what saving it will mean.

Written before the first byte goes to the Box and removed after the wallet knows that it is saved, so that after a
crash the very same generation is sent again under the same idempotency key. It holds ciphertext and counts, no key.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ledger_recovery.backup.bundle_header import MAX_BUNDLE_BYTES
from ledger_recovery.errors import DamagedFile, StorageError
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.wallet import lock
from ledger_recovery.wallet.backup_model import BackupCounts
from ledger_recovery.wallet.private_file import make_directory, make_file, publish

_MAX_HEAD = 4096
_HEX = re.compile(r"[0-9a-f]{64}")
_LATER = "evm_accounts"
_REF = re.compile(r"[0-9a-zA-Z_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Upload:
    """`previous`: digest of the generation before, "" for the first. `ticket`: of the newest change it holds."""

    backup_id: str
    generation: int
    previous: str
    ticket: int
    idempotency_key: str
    holds: BackupCounts
    bundle: bytes

    @property
    def digest(self) -> str:
        """SHA-256 hex of the whole bundle."""
        return hashlib.sha256(self.bundle).hexdigest()


class Outbox:
    """The place of one link's upload. `key_ref` names it: each link of each wallet has its own."""

    def __init__(self, state_dir: Path, key_ref: str) -> None:
        if _REF.fullmatch(key_ref) is None:
            raise StorageError("the wallet names its backup keys in a way that cannot be right", "enable backups again")
        self._path = state_dir / "backup-outbox" / key_ref

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other programs of ours from uploading for this link at the same time.

        :raises WalletBusy: one does.
        """
        self._make_folder()
        with lock.exclusive(self._path):
            yield

    def put(self, upload: Upload) -> None:
        """Keep an upload in the place of the one before.

        :raises StorageError: it could not be written.
        """
        head = {**{f.name: getattr(upload, f.name) for f in fields(upload)}, "holds": asdict(upload.holds)}
        del head["bundle"]
        head["digest"] = upload.digest
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.new")
        try:
            self._make_folder()
            make_file(temporary)
            with temporary.open("r+b") as file:
                file.write(dump(head, sort_keys=True).encode() + b"\n" + upload.bundle)
            publish(temporary, self._path)
        except OSError as error:
            raise StorageError(
                f"the backup under way could not be kept in {self._path.parent}: {error.strerror or error}",
                "free some space; the next try uploads it",
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def get(self) -> Upload | None:
        """The upload under way; None when there is none, or none that is whole: then a new one is made."""
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_BUNDLE_BYTES + _MAX_HEAD + 1)
        except OSError:
            return None
        head, _, bundle = data.partition(b"\n")
        if len(head) > _MAX_HEAD or len(bundle) > MAX_BUNDLE_BYTES:
            return None
        try:
            return _upload(head, bundle)
        except DamagedFile:
            return None

    def clear(self) -> None:
        """Forget the upload; may be called again.

        :raises StorageError: the file is still there.
        """
        try:
            self._path.unlink(missing_ok=True)
            for left in self._path.parent.glob(f".{self._path.name}.*.new"):
                left.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be removed: {error.strerror or error}", "remove it by hand; it holds no key"
            ) from error

    def remove(self) -> None:
        """Forget the upload and the lock beside it, for a link that ends here.

        :raises StorageError: a file is still there.
        """
        self.clear()
        try:
            lock.lock_path(self._path).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{lock.lock_path(self._path)} cannot be removed: {error.strerror or error}", "remove it by hand"
            ) from error

    def _make_folder(self) -> None:
        try:
            make_directory(self._path.parent)
        except OSError as error:
            raise StorageError(
                f"{self._path.parent} cannot be made: {error.strerror or error}", "check the state folder's rights"
            ) from error


def _upload(head: bytes, bundle: bytes) -> Upload:
    record = Record(parse(head, "the upload under way"), "")
    digest = record.text("digest", limit=64)
    upload = Upload(
        backup_id=record.text("backup_id", limit=64),
        generation=record.integer("generation"),
        previous=record.text("previous", limit=64),
        ticket=record.integer("ticket"),
        idempotency_key=record.text("idempotency_key", limit=128),
        holds=_counts(record.record("holds")),
        bundle=bundle,
    )
    if _HEX.fullmatch(digest) is None or upload.digest != digest:
        raise DamagedFile("the upload under way was cut short")
    return upload


def _counts(record: Record) -> BackupCounts:
    """An upload that an older program left does not count EVM accounts."""
    return BackupCounts(
        **{f.name: record.integer(f.name, 0 if f.name == _LATER else None) for f in fields(BackupCounts)}
    )
