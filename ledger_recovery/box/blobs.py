"""[io] The content-addressed folder: blobs/ab/<sha256>, written once, never changed.

Names are digests that this file computed itself: no text from outside ever becomes part of a path. A blob counts only
when a row names it, so it is written before the row and removed after it; a crash leaves at worst a blob or a
temporary file that nobody names, and `box gc` or the next start removes those.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ledger_recovery.box.private import make_directory, sync_directory, write_durably

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """Blobs below one directory of the Box."""

    def __init__(self, directory: Path) -> None:
        self._root = directory / "blobs"
        self._temporaries = directory / "tmp"
        make_directory(self._root)
        make_directory(self._temporaries)

    def put(self, data: bytes) -> str:
        """Make a blob durable; returns its digest. One that is there already, whole, is left alone.

        :raises OSError: the disk refused; no blob was made.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if self.is_whole(digest):
            # Perhaps renamed a moment ago by somebody who has not synced the directory yet.
            sync_directory(path.parent)
            return digest
        if not path.parent.exists():
            make_directory(path.parent)
            sync_directory(self._root)
        write_durably(path, data, temporaries=self._temporaries)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """:raises FileNotFoundError: it is not here."""
        return self._path(digest).open("rb")

    def size(self, digest: str) -> int | None:
        """Bytes on the disk, or None when there is no such blob."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def is_whole(self, digest: str) -> bool:
        """Whether it is here and its bytes are the ones of its name."""
        try:
            with self._path(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest
        except OSError:
            return False

    def remove(self, digest: str) -> None:
        """Remove one; silently when it is gone already."""
        self._path(digest).unlink(missing_ok=True)

    def every(self) -> Iterator[str]:
        """Digests of all blobs on the disk."""
        for folder in sorted(self._root.iterdir()):
            if folder.is_dir():
                yield from (p.name for p in folder.iterdir() if _DIGEST.fullmatch(p.name))

    def remove_temporaries(self) -> int:
        """Remove what a crash left unfinished; only while no other program writes here. Returns how many."""
        found = [p for p in self._temporaries.iterdir() if p.suffix == ".new"]
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def free_bytes(self) -> int:
        """Room left on the disk."""
        return shutil.disk_usage(self._root).free

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a blob's name is a SHA-256 digest in hex")
        return self._root / digest[:2] / digest
