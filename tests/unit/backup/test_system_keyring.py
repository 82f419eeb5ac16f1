"""Which of the `keyring` package's backends count as a keyring of this computer."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from ledger_recovery.backup.machine_keyring import SystemKeyring
from ledger_recovery.errors import KeyringError


class OfTheSystem(KeyringBackend):
    """A stand-in for a real one."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Plain(OfTheSystem):
    """As the plain files of the package `keyrings.alt`."""


Plain.__module__ = "keyrings.alt.file"


def use(monkeypatch: pytest.MonkeyPatch, backend: object) -> SystemKeyring:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return SystemKeyring()


@pytest.mark.parametrize("kind", [fail.Keyring, null.Keyring, Plain])
def test_what_keeps_nothing_or_only_a_file_is_no_keyring(
    kind: type[KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = use(monkeypatch, kind())
    assert not ring.available()
    with pytest.raises(KeyringError, match="no keyring"):
        ring.get("ref")


def test_a_chain_of_nothing_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty(chainer.ChainerBackend):
        backends = ()

    Empty.__module__ = chainer.__name__
    empty: object = Empty()  # type: ignore[no-untyped-call]  # untyped in the package
    assert not use(monkeypatch, empty).available()


def test_the_systems_own_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = use(monkeypatch, OfTheSystem())
    assert ring.available() and ring.get("ref") is None
    ring.put("ref", "text")
    assert ring.get("ref") == "text"
    ring.remove("ref")
    assert ring.get("ref") is None


def test_a_package_that_cannot_find_one_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("no bus")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert not SystemKeyring().available()
