"""Advice for the command line, in the words of pages: no command is left, and what remains is still advice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger_recovery.web.pages.no_terminal import for_page

PACKAGE = Path(__file__).parents[3] / "ledger_recovery"
ROOMS = ("recover/service", "recover/evm/walk.py", "recover/report/steps.py", "recover/evm/report/steps.py", "wallet")
COMMAND = re.compile(r"`|ledger-recovery [a-z]|--[a-z]")
NO_ADVICE = ("ledger-recovery vault v", "ledger-recovery address book")
"""Names in files, which look like commands."""


def _texts() -> Iterator[str]:
    """Every text of the rooms whose errors reach a page, with 7 for what is filled in; docstrings are none of them."""
    for room in ROOMS:
        place = PACKAGE / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if path.name != "kit.py":  # printed for a new computer, and never on a page
                yield from _of(ast.parse(path.read_text()))


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "7" for p in node.values)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _of(child)


ADVICE = sorted({t for t in _texts() if COMMAND.search(t) and " " in t and not t.startswith(NO_ADVICE)})


@pytest.mark.parametrize("text", ADVICE)
def test_no_command_of_the_program_is_left(text: str) -> None:
    said = for_page(text)
    assert not COMMAND.search(said), said
    assert "  " not in said and not said.endswith((":", ";", ","))


def test_there_is_much_to_translate() -> None:
    assert len(ADVICE) > 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plug it in again", "plug it in again"),
        ("what was confirmed is kept; go on with: ledger-recovery resume",
         "what was confirmed is kept; go on with it from the start page"),
        ("check the network and the --rpc addresses; nothing was concluded",
         "check the internet connection and the node's address; nothing was concluded"),
        ("run `ledger-recovery backup restore` with your words: it merges both, and backups go on",
         "restore the backup with your words: it merges both, and backups go on"),
        ("Update this program; or run: ledger-recovery frobnicate --hard", "Update this program"),
        ("run: ledger-recovery frobnicate", ""),
    ],
)  # fmt: skip
def test_what_a_page_says_instead(text: str, said: str) -> None:
    assert for_page(text) == said
