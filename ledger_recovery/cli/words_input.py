"""Where backup words come from and go to: a person at the terminal, or a descriptor for programs.

Never an argument, the environment or the clipboard. The words are on the screen only while its own screen stands
(words_screen.py); nothing that is printed holds one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import secret_screen
from ledger_recovery.cli.words_pages import Judged
from ledger_recovery.errors import InputError, NotWords

if TYPE_CHECKING:
    from ledger_recovery.recover.service.wallet_files import SecretBytes

COUNT = 24
MAX_BYTES = 4096
WORDS_FD = "--words-fd"
NEW_WORDS_FD = "--new-words-fd"
OTHER_COUNTS = (12, 15, 18, 21)
"""Lengths of recovery phrases of wallets; a backup has 24."""

_WORD = re.compile(rb"[A-Za-z]{3,}")


@dataclass(frozen=True, slots=True)
class WordsOptions:
    """Where the words of a backup come from."""

    words_fd: Annotated[
        int | None,
        typer.Option(WORDS_FD, metavar="N", help="Read the 24 words from this descriptor, instead of asking."),
    ] = None


@dataclass(frozen=True, slots=True)
class NewWordsOptions:
    """Where new words go to."""

    new_words_fd: Annotated[
        int | None,
        typer.Option(NEW_WORDS_FD, metavar="N", help="Write the new words to this descriptor instead of showing them."),
    ] = None


def known_words(fd: int | None, title: str, option: str = WORDS_FD) -> SecretBytes:
    """The secret of words that exist already.

    :param title: first line of the screen on which they are typed.
    :raises NotWords: the descriptor gave something else.
    :raises InputError: nobody can be asked, or the descriptor cannot be read.
    :raises Cancelled: the person stopped.
    """
    from ledger_recovery.recover.service.backups import parse_words

    return parse_words(_typed(fd, title, judge, option))


def reference_words(fd: int | None, title: str) -> str:
    """The words of a backup of the original Identity Box, as typed: only their reader knows its checksum.

    :raises InputError, Cancelled: as `known_words`.
    """
    return _typed(fd, title, judge_reference, WORDS_FD)


def judge(text: str) -> Judged:
    """Words of a backup of this program, without the secret that they make."""
    from ledger_recovery.recover.service.backups import check_words

    found = check_words(text)
    if found.secret is not None:
        found.secret.wipe()
    return Judged(found.words, found.problems, found.complete)


def judge_reference(text: str) -> Judged:
    """Words of the list, 24 of them; a wrong checksum of ours says nothing about them."""
    from ledger_recovery.recover.service.backups import Wrong

    found = judge(text)
    problems = tuple(p for p in found.problems if getattr(p, "kind", None) is not Wrong.WRONG_CHECKSUM)
    return Judged(found.words, problems, not problems)


def hand_over_new_words(words: Sequence[str], fd: int | None, title: str) -> None:
    """Show new words and check that they were written down, or write them to a descriptor as one line.

    :raises Cancelled: the person stopped.
    :raises InputError: there is no terminal to show them on, or the descriptor cannot be written.
    """
    from ledger_recovery.cli.words_screen import show_words

    if fd is not None:
        _to_descriptor(fd, words)
        return
    with secret_screen.secret_screen("new words") as screen:
        show_words(screen, title, words, _choose)


def require_a_way(fd: int | None, option: str) -> None:
    """Refuse early, before anything is prepared for a person who is not there.

    :raises InputError: no descriptor, and no terminal with a screen of its own.
    """
    if fd is None and not secret_screen.usable():
        raise InputError(
            "words are needed, and there is no terminal with a screen of its own",
            f"run this in an ordinary terminal window, or use {option} N",
        )


def other_phrase(words: Sequence[str]) -> str:
    """A warning when these are the recovery phrase of some wallet, and no backup's; "" for everything else."""
    from mnemonic import Mnemonic

    if len(words) not in OTHER_COUNTS or not Mnemonic("english").check(" ".join(words).lower()):
        return ""
    return (
        f"These {len(words)} words fit together as the recovery phrase of a Ledger or another wallet. Never type those "
        "into a computer: if they are, move what they protect to new words. A backup has 24 words of its own."
    )


def _typed(fd: int | None, title: str, check: Callable[[str], Judged], option: str) -> str:
    from ledger_recovery.cli.words_screen import type_words

    if fd is None:
        with secret_screen.secret_screen("the 24 words of a backup") as screen:
            return type_words(screen, title, check, other_phrase)
    text = _from_descriptor(fd, option)
    warning = other_phrase(check(text).words)
    if warning:
        raise NotWords(warning, "give the 24 words of the backup")
    return text


def _choose(of: int, count: int) -> Sequence[int]:
    import secrets

    return secrets.SystemRandom().sample(range(1, of + 1), count)


def _from_descriptor(fd: int, option: str) -> str:
    """Lines until 24 words are there, an empty line or the end; byte by byte, so that more may follow."""
    text = bytearray()
    line_start = 0
    try:
        while byte := os.read(fd, 1):
            text += byte
            if len(text) > MAX_BYTES:
                raise InputError(f"{option} {fd} gives more than {MAX_BYTES} bytes", "give the 24 words and a line end")
            if byte == b"\n":
                if not text[line_start:].strip() or len(_WORD.findall(text)) >= COUNT:
                    break
                line_start = len(text)
        return text.decode("utf-8", "replace")
    except OSError as error:
        raise InputError(
            f"{option} {fd} cannot be read: {error.strerror or error}", f"open it, for instance: {option} 3 3<file"
        ) from None
    finally:
        text[:] = bytes(len(text))


def _to_descriptor(fd: int, words: Sequence[str]) -> None:
    data = (" ".join(words) + "\n").encode("ascii")
    try:
        while data:
            data = data[os.write(fd, data) :]
    except OSError as error:
        raise InputError(
            f"{NEW_WORDS_FD} {fd} cannot be written: {error.strerror or error}",
            "open it for writing, to a pipe of your program",
        ) from None
