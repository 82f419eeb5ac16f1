"""Passwords and consent from the person: typed unseen at the terminal, or one line of a file descriptor.

Never from an argument or the environment: every process of the machine may read those. What is typed for the first
time is typed twice, after a hint on how to choose it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output
from ledger_recovery.errors import Cancelled, InputError

if TYPE_CHECKING:
    from ledger_recovery.recover.service.wallet_files import SecretBytes

MAX_BYTES = 4096
STRONG_LENGTH = 16
_CHOOSE = "At least 6 characters; several unrelated words are strong and easy to type."
_WEAK = "note: this password can be guessed by somebody who has the file; {} or more characters are better"


@dataclass(frozen=True, slots=True)
class PasswordOptions:
    """Where the password of the file comes from."""

    password_fd: Annotated[
        int | None,
        typer.Option("--password-fd", metavar="N", help="Read the file's password from this descriptor: one line."),
    ] = None


@dataclass(frozen=True, slots=True)
class VaultOptions:
    """Where the password of the vault comes from."""

    vault_password_fd: Annotated[
        int | None,
        typer.Option("--vault-password-fd", metavar="N", help="Read the vault's password from this descriptor."),
    ] = None


def known_password(fd: int | None, what: str, option: str = "--password-fd") -> SecretBytes:
    """The password of something that exists.

    :param what: completes "Password of …".
    :raises InputError: nobody can be asked, or the descriptor holds none.
    """
    if fd is not None:
        return _from_descriptor(fd, option)
    _require_person(option)
    password = _typed(f"Password of {what}: ")
    _say("checking it; this can take some seconds")
    return password


def optional_password(fd: int | None, what: str) -> SecretBytes | None:
    """As `known_password`, but None when nobody can be asked or nothing was typed."""
    if fd is None and not output.interactive():
        return None
    password = known_password(fd, f"{what} (empty: go on without)")
    return password if len(password) else None


def new_password(fd: int | None, what: str, option: str = "--password-fd") -> SecretBytes:
    """A password that is set now: typed twice, with a hint on its strength.

    :raises InputError: too short, not typed twice alike, nobody can be asked, or the descriptor holds none.
    """
    from ledger_recovery.recover.service.wallet_files import check_new_password

    if fd is not None:
        password = _from_descriptor(fd, option)
        check_new_password(password)
        return password
    _require_person(option)
    _say(_CHOOSE)
    password = _typed(f"New password of {what}: ")
    check_new_password(password)
    hint = strength_hint(password.reveal().decode("utf-8"))
    if hint:
        _say(hint)
    with _typed("The same again: ") as again:
        if again != password:
            raise InputError("the two passwords are not equal", "run the command again")
    return password


def strength_hint(text: str) -> str:
    """A sentence for a password that is short or of few different characters; "" for others."""
    weak = len(text) < STRONG_LENGTH or len(set(text)) < STRONG_LENGTH // 2
    return _WEAK.format(STRONG_LENGTH) if weak else ""


def confirmed(question: str, *, default: bool) -> bool:
    """Yes or no from the terminal.

    :raises Cancelled: the input ended.
    """
    while True:
        sys.stderr.write(f"{question} {'[Y/n]' if default else '[y/N]'} ")
        sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            raise _stopped() from None
        if not line:
            raise _stopped()
        answer = line.strip().lower()
        if not answer:
            return default
        if answer in ("y", "yes", "n", "no"):
            return answer in ("y", "yes")


def _from_descriptor(fd: int, option: str) -> SecretBytes:
    """One line, read byte by byte, so that a second password may follow on the same descriptor."""
    from ledger_recovery.recover.service.wallet_files import SecretBytes

    line = bytearray()
    try:
        while (byte := os.read(fd, 1)) and byte != b"\n":
            line += byte
            if len(line) > MAX_BYTES:
                raise InputError(f"{option} {fd} gives more than {MAX_BYTES} bytes", "give the password in one line")
    except OSError as error:
        raise InputError(
            f"{option} {fd} cannot be read: {error.strerror or error}", f"open it, for instance: {option} 3 3<file"
        ) from error
    try:
        password = bytes(line.removesuffix(b"\r"))
        if not password:
            raise InputError(f"{option} {fd} gives no password", "write the password and a line end to it")
        return SecretBytes(password)
    finally:
        line[:] = bytes(len(line))


def _typed(prompt: str) -> SecretBytes:
    import getpass

    from ledger_recovery.recover.service.wallet_files import SecretBytes

    try:
        text = getpass.getpass(prompt, stream=sys.stderr)
    except (EOFError, KeyboardInterrupt):
        raise _stopped() from None
    return SecretBytes(text.encode("utf-8", "surrogateescape"))


def _require_person(option: str) -> None:
    if not output.interactive():
        raise InputError(
            "a password is needed, and there is no terminal to ask at", f"give it with {option} N, one line of text"
        )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _stopped() -> Cancelled:
    return Cancelled("stopped before anything was written")
