"""[pure] A file and its password to what it holds: the one way in for commands, whatever the kind of the file.

Decides nothing about the wallet. The result of a mobile or own file may hold secrets: `wipe` it after use.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.errors import InputError
from ledger_recovery.files.cbc import decrypt
from ledger_recovery.files.container import Container, ContainerStyle
from ledger_recovery.files.content import WalletContent, content_from_bytes
from ledger_recovery.files.desktop import DesktopExport
from ledger_recovery.files.desktop_read import desktop_from_document
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import parse
from ledger_recovery.files.mobile import MobileExport
from ledger_recovery.files.mobile_read import mobile_from_document
from ledger_recovery.files.own import open_sealed
from ledger_recovery.files.recognise import ContentKind, Recognised, content_kind, recognise
from ledger_recovery.secret import SecretBytes

MIN_PASSWORD_CHARACTERS = 6
"""Of every Concordium export dialog; counted before any derivation."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """Exactly one of `desktop`, `mobile`, `own` is there. `sentence`: what the file turned out to be."""

    sentence: str
    desktop: DesktopExport | None = None
    mobile: MobileExport | None = None
    own: WalletContent | None = None

    def wipe(self) -> None:
        if self.mobile is not None:
            self.mobile.wipe()
        if self.own is not None and self.own.secret is not None:
            self.own.secret.wipe()


def open_file(data: bytes, password: SecretBytes) -> OpenedFile:
    """What a file holds.

    :raises InputError: it cannot be read, whatever the password (NotOurFile, NewerVersion, DamagedFile).
    :raises WrongPassword: the password does not open it.
    """
    return open_recognised(data, recognise(data), password)


def open_recognised(data: bytes, found: Recognised, password: SecretBytes) -> OpenedFile:
    """As `open_file`, when the kind was asked before."""
    if found.refusal is not None:
        raise found.refusal
    if found.container is None:
        return OpenedFile(found.sentence, own=content_from_bytes(open_sealed(data, password)))
    return _open_container(found.container, password)


def _open_container(container: Container, password: SecretBytes) -> OpenedFile:
    content = Record(parse(decrypt(container, password), "the content of the file"), "")
    if content_kind(content) is ContentKind.MOBILE:
        mobile = mobile_from_document(content)
        network = mobile.environment or "a network that it does not name"
        return OpenedFile(f"an export of a Concordium Mobile Wallet for {network}", mobile=mobile)
    desktop = desktop_from_document(content, hexadecimal=container.style is ContainerStyle.DESKTOP_HEX)
    return OpenedFile(f"an export of Concordium Desktop Wallet {desktop.release.value}", desktop=desktop)


def check_new_password(password: SecretBytes) -> None:
    """The one rule of every Concordium export dialog.

    :raises InputError: fewer than six characters, or not UTF-8.
    """
    try:
        characters = len(password.reveal().decode("utf-8"))
    except UnicodeDecodeError:
        characters = -1
    if characters < 0:
        raise InputError("the password is not UTF-8 text", "Type it in a UTF-8 terminal.")
    if characters < MIN_PASSWORD_CHARACTERS:
        raise InputError(
            f"the password has fewer than {MIN_PASSWORD_CHARACTERS} characters",
            "Choose a longer one: several unrelated words are strong and easy to type.",
        )
