"""[io] The operating system's keyring, distrusted: every call bounded in time, every change read back.

Backends raise nearly anything and may wait for a person for ever; here both become KeyringError. A backend that keeps
nothing, or that is only a file of another program, counts as no keyring.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from ledger_recovery.errors import KeyringError

SERVICE: Final = "ledger-recovery backups"
PATIENCE: Final = 30.0
"""Seconds for one call: time enough to type the password of a locked keyring."""

_NO_KEYRINGS: Final = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
_CHAINER: Final = "keyring.backends.chainer"
_HINT: Final = "Unlock the keyring of this computer, and try again."
T = TypeVar("T")


class KeyringBackend(Protocol):
    """As `keyring.backend.KeyringBackend`; texts by service and user."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class SystemKeyring:
    """Texts by reference.

    :param backend: None: the one that the `keyring` package finds on this computer, if any.
    :param patience: seconds that one call may take.
    """

    def __init__(self, backend: KeyringBackend | None = None, *, patience: float = PATIENCE) -> None:
        self._given = backend
        self._patience = patience
        self._found: KeyringBackend | None = None
        self._looked = False
        self._silent = False

    def available(self) -> bool:
        """Whether there is a keyring to try."""
        try:
            return self._backend() is not None
        except KeyringError:
            return False

    def get(self, ref: str) -> str | None:
        """The text, None when the keyring has none.

        :raises KeyringError: there is no keyring, or it does not answer.
        """
        backend = self._needed()
        return self._bounded("read", lambda: backend.get_password(SERVICE, ref))

    def put(self, ref: str, text: str) -> None:
        """Keep a text, and see that it was kept.

        :raises KeyringError: it was not, or perhaps not.
        """
        backend = self._needed()
        self._bounded("write", lambda: backend.set_password(SERVICE, ref, text))
        if self.get(ref) != text:
            raise KeyringError("the keyring gave something else back than was put into it", _HINT)

    def remove(self, ref: str) -> None:
        """Delete a text, if there is one, and see that it is gone.

        :raises KeyringError: it is still there, or nobody can tell.
        """
        backend = self._needed()
        if self.get(ref) is None:
            return
        self._bounded("delete", lambda: backend.delete_password(SERVICE, ref))
        if self.get(ref) is not None:
            raise KeyringError(
                f'the keyring still has the key "{ref}" after deleting it',
                f'Delete the entry "{ref}" of "{SERVICE}" with the keyring\'s own program.',
            )

    def _needed(self) -> KeyringBackend:
        backend = self._backend()
        if backend is None:
            raise KeyringError("this computer has no keyring that could be used now", _HINT)
        return backend

    def _backend(self) -> KeyringBackend | None:
        if not self._looked:
            # Looking for one already talks to other programs, and can hang as any call can.
            self._found = self._given or self._bounded("find", _installed)
            self._looked = True
        return self._found

    def _bounded(self, action: str, call: Callable[[], T]) -> T:
        """Let a thread call, and do not wait for it longer than the patience lasts."""
        if self._silent:
            raise KeyringError("the keyring of this computer does not answer", _HINT)
        outcome: queue.SimpleQueue[tuple[T, None] | tuple[None, str]] = queue.SimpleQueue()
        threading.Thread(target=_run, args=(call, outcome), name="keyring", daemon=True).start()
        try:
            answer = outcome.get(timeout=self._patience)
        except queue.Empty:
            self._silent = True
            raise KeyringError(
                f"the keyring of this computer did not answer within {self._patience:g} seconds ({action})", _HINT
            ) from None
        if answer[1] is not None:
            raise KeyringError(f"the keyring of this computer failed to {action}: {answer[1]}", _HINT)
        return answer[0]


def _run(call: Callable[[], T], outcome: queue.SimpleQueue[tuple[T, None] | tuple[None, str]]) -> None:
    try:
        outcome.put((call(), None))
    except BaseException as error:
        # Whatever it is, somebody waits for it. Only the kind is told: a backend could repeat what it was given.
        outcome.put((None, type(error).__name__))


def _installed() -> KeyringBackend | None:
    try:
        import keyring
    except ImportError:
        return None
    backend = keyring.get_keyring()
    kind = type(backend).__module__
    if kind.startswith(_NO_KEYRINGS) or (kind == _CHAINER and not getattr(backend, "backends", ())):
        return None
    return backend
