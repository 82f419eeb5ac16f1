"""[pure] SecretBytes: key material that does not print, compare, pickle or copy by accident.

It shortens how long a secret is reachable and keeps it out of reprs and tracebacks. It does not promise that the
interpreter left no other copy in memory: docs/threat-model.md says so.
"""

from __future__ import annotations

import hmac
from types import TracebackType
from typing import NoReturn, Self


class SecretBytes:
    """Bytes that are secret: `reveal()` is the only way to them, `wipe()` (or leaving a `with`) ends them."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes | bytearray) -> None:
        self._data: bytearray | None = bytearray(data)

    def reveal(self) -> bytes:
        """The bytes themselves.

        :raises ValueError: they were wiped.
        """
        if self._data is None:
            raise ValueError("this secret was wiped")
        return bytes(self._data)

    def wipe(self) -> None:
        """Overwrite and forget; may be called again."""
        if self._data is not None:
            self._data[:] = bytes(len(self._data))
            self._data = None

    @property
    def wiped(self) -> bool:
        return self._data is None

    def __len__(self) -> int:
        return 0 if self._data is None else len(self._data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "SecretBytes(hidden)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretBytes):
            return NotImplemented
        return hmac.compare_digest(self.reveal(), other.reveal())

    __hash__ = None  # type: ignore[assignment]  # a hash would keep a trace of the secret in every dict it enters

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("secrets are not pickled or copied")
