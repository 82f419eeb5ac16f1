"""Backup words at the terminal: typed and checked while typing, or shown once and then asked for.

Everything happens on a screen of its own (secret_screen.py); what is said afterwards on the ordinary screen holds no
word. Which words are right is not decided here: `check` does it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger_recovery.cli import words_pages
from ledger_recovery.cli.secret_screen import SecretScreen
from ledger_recovery.cli.words_keys import Key, Typed
from ledger_recovery.cli.words_pages import Judged

ASKED = 3
"""Words of a new secret that the person types back."""

Check = Callable[[str], Judged]
Choose = Callable[[int, int], Sequence[int]]
"""`choose(of, count)`: `count` different positions from 1 to `of`."""


def type_words(screen: SecretScreen, title: str, check: Check, warn: Callable[[Sequence[str]], str]) -> str:
    """What was typed, once `check` finds nothing to correct in it.

    :param warn: a warning about finished words that fit something else than a backup, or "".
    :raises Cancelled: the person stopped.
    """
    typed, said = Typed(), ""
    while True:
        _draw_typing(screen, title, typed, check, said)
        for key in screen.pressed():
            if key is not Key.ENTER:
                typed, said = typed.after(key), ""
                continue
            found = check(typed.text)
            if found.complete:
                return typed.text
            typed = typed.after(key)
            said = warn(found.words) or _first_problem(found)


def _draw_typing(screen: SecretScreen, title: str, typed: Typed, check: Check, said: str) -> None:
    """The page. While a word is being typed only those before it are judged; a number of words is no fault yet."""
    judged = check(typed.text)
    if typed.last and (len(judged.words) < words_pages.COUNT or any(p.typed == typed.last for p in judged.problems)):
        judged = check(typed.finished)
    said = "all words fit: press Enter" if judged.complete and not said else said
    problems = [p for p in judged.problems if p.position is not None or len(judged.words) >= words_pages.COUNT]
    screen.draw(words_pages.typing_page(title, judged.words, typed.last, problems, said, screen.size))


def _first_problem(found: Judged) -> str:
    return words_pages.problem_text(found.problems[0]) if found.problems else ""


def show_words(screen: SecretScreen, title: str, words: Sequence[str], choose: Choose) -> None:
    """Show new words, then ask for three of them; a wrong answer shows them again. Returns once all three are right.

    :raises Cancelled: the person stopped.
    """
    said = ""
    while True:
        _show_until_enter(screen, title, words, said)
        wrong = _ask_back(screen, title, words, sorted(choose(len(words), ASKED)))
        if wrong is None:
            return
        said = f"Word {wrong} was another one. Here they are again: compare them with your paper."


def _ask_back(screen: SecretScreen, title: str, words: Sequence[str], positions: Sequence[int]) -> int | None:
    """The first position whose word was not typed right, or None."""
    for number, position in enumerate(positions, 1):
        if _answer(screen, title, position, number, len(positions)) != words[position - 1]:
            return position
    return None


def _answer(screen: SecretScreen, title: str, position: int, number: int, of: int) -> str:
    typed = Typed()
    while True:
        screen.draw(words_pages.asking_page(title, position, number, of, typed.text, screen.size))
        for key in screen.pressed():
            if key is Key.ENTER and typed.text.strip():
                return typed.text.strip().lower()
            if key is not Key.ENTER:
                typed = typed.after(key)


def _show_until_enter(screen: SecretScreen, title: str, words: Sequence[str], said: str) -> None:
    while True:
        screen.draw(words_pages.showing_page(title, words, said, screen.size))
        if Key.ENTER in screen.pressed():
            return
