"""Questions of commands that change or erase something: yes or no, a typed word, one line; refused without a person."""

from __future__ import annotations

import sys

from ledger_recovery.cli import output
from ledger_recovery.cli.password import confirmed
from ledger_recovery.errors import Cancelled, InputError

MAX_LINE = 4096


def agree(question: str, *, yes: bool, what: str) -> None:
    """Go on only if the person says so, or said it with --yes.

    :param what: completes "this …", for the error without a terminal.
    :raises InputError: nobody can be asked.
    :raises Cancelled: the person said no.
    """
    if yes:
        return
    if not output.interactive():
        raise InputError(f"this {what}, and there is no terminal to ask at", "if it is meant, add --yes")
    if not confirmed(question, default=False):
        raise Cancelled("nothing was changed: you said no")


def line(prompt: str, option: str) -> str:
    """One line of text.

    :param option: what a program uses instead.
    :raises InputError: nobody can be asked.
    :raises Cancelled: the input ended.
    """
    if not output.interactive():
        raise InputError("something has to be typed, and there is no terminal to ask at", f"use {option}")
    sys.stderr.write(prompt)
    sys.stderr.flush()
    try:
        text = sys.stdin.readline(MAX_LINE)
    except KeyboardInterrupt:
        text = ""
    if not text:
        raise Cancelled("nothing was changed: the input ended")
    return text.strip()


def say(text: str) -> None:
    """Talk: on stderr, so that stdout holds results only."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
