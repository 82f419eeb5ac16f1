"""Words on a screen of their own: checked while typing, shown once, asked back, and never left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ledger_recovery.backup.words import parse_words, words_of
from ledger_recovery.cli import words_input, words_pages
from ledger_recovery.cli.secret_screen import ENTER, LEAVE, secret_screen
from ledger_recovery.cli.words_screen import show_words, type_words
from ledger_recovery.errors import Cancelled, InputError, NotWords
from ledger_recovery.secret import SecretBytes
from tests.support.terminal import at_terminal
from tests.support.typing_person import Pseudo, Step, pseudo_terminal

SECRET = bytes(range(100, 132))
WORDS = words_of(SecretBytes(SECRET))
TEXT = " ".join(WORDS)
TWELVE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
EIGHTEEN = f"{'abandon ' * 17}agent"


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture(name="pseudo")
def _pseudo() -> Iterator[Pseudo]:
    with pseudo_terminal() as made:
        termios.tcsetwinsize(made.end, (40, 100))
        yield made


def typed(pseudo: Pseudo, *steps: Step) -> SecretBytes:
    pseudo.person(steps)
    with secret_screen("words", pseudo.end, pseudo.end) as screen:
        return parse_words(type_words(screen, "Words", words_input.judge, words_input.other_phrase))


def after_the_screen(raw: str) -> str:
    assert raw.count(ENTER) == 1
    return raw.rpartition(LEAVE)[2]


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.upper(),
        "\r".join(f"{n}. {word}" for n, word in enumerate(WORDS, 1)),
        " ".join(word[:4] for word in WORDS),
        f"\x1b[200~{TEXT}\x1b[201~",
        f"zzz\x15{TEXT}x\x7f",
    ],
    ids=["plain", "upper", "numbered-lines", "prefixes", "pasted", "corrected"],
)
def test_right_words_are_taken(pseudo: Pseudo, text: str) -> None:
    before = pseudo.attributes
    assert typed(pseudo, ("0 of 24", text), ("press Enter", "\r")).reveal() == SECRET
    raw = pseudo.finish()
    assert " ".join(words_pages.PROMISE.split()[:8]) in raw
    assert pseudo.attributes == before
    assert after_the_screen(raw) == ""


def test_a_wrong_word_is_told_as_soon_as_it_is_finished(pseudo: Pseudo) -> None:
    wrong = f"{WORDS[0]} {WORDS[1][:3]}q{WORDS[1][3:]}"
    rest = f"\x17{' '.join(WORDS[1:])}"
    steps = (("0 of 24", wrong), (re.escape(wrong[-4:]), " "), ("word 2 is not a word", rest), ("press Enter", "\r"))
    assert typed(pseudo, *steps).reveal() == SECRET
    pages = pseudo.finish().split("\x1b[2J")
    judged = next(page for page in pages if "word 2 is not" in page)
    assert WORDS[1] in judged, "what it may have been"
    assert "! 2" in judged
    assert not any("is not a word" in page for page in pages[: pages.index(judged)]), "never before it was finished"


def test_wrong_count_and_wrong_order_are_told_on_enter(pseudo: Pseudo) -> None:
    swapped = " ".join((*WORDS[1::-1], *WORDS[2:]))
    steps = (
        ("0 of 24", " ".join(WORDS[:23]) + "\r"),
        ("23 of 24 words are there", f"\x15{swapped}"),
        ("do not belong together", f"\x15{TEXT}\r"),
    )
    assert typed(pseudo, *steps).reveal() == SECRET
    pseudo.finish()


@pytest.mark.parametrize(("phrase", "count"), [(TWELVE, 12), (EIGHTEEN, 18)], ids=["12", "18"])
def test_who_types_the_words_of_a_ledger_is_told_not_to(pseudo: Pseudo, phrase: str, count: int) -> None:
    warning = f"These {count} words fit together as the recovery phrase of a Ledger"
    assert typed(pseudo, ("0 of 24", f"{phrase}\r"), (warning, f"\x15{TEXT}\r")).reveal() == SECRET
    pseudo.finish()


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_stopping_leaves_the_screen_and_the_mode(pseudo: Pseudo, key: str) -> None:
    before = pseudo.attributes
    with pytest.raises(Cancelled):
        typed(pseudo, ("0 of 24", f"{WORDS[0]} "), (WORDS[0], key))
    assert pseudo.attributes == before
    assert after_the_screen(pseudo.finish()) == ""


def test_an_exception_leaves_the_screen_and_the_mode(pseudo: Pseudo) -> None:
    before = pseudo.attributes
    with pytest.raises(ZeroDivisionError), secret_screen("words", pseudo.end, pseudo.end):
        raise ZeroDivisionError
    assert pseudo.attributes == before
    assert after_the_screen(pseudo.finish()) == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda n: n.name)
def test_a_signal_leaves_the_screen_and_gives_the_handlers_back(pseudo: Pseudo, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Cancelled), secret_screen("words", pseudo.end, pseudo.end) as screen:
        screen.draw(["secret"])
        signal.raise_signal(signal.SIGTSTP)
        signal.raise_signal(number)
    assert signal.getsignal(number) is before
    assert after_the_screen(pseudo.finish()) == ""


def test_another_size_draws_the_page_anew_and_nothing_scrolls(pseudo: Pseudo) -> None:
    with secret_screen("words", pseudo.end, pseudo.end) as screen:
        termios.tcsetwinsize(pseudo.end, (5, 20))
        signal.raise_signal(signal.SIGWINCH)
        assert screen.pressed() == ()
        assert screen.size == (20, 5)
        screen.draw(["x" * 50] * 50)
    page = pseudo.finish().rpartition(LEAVE)[0].rpartition("\x1b[H")[2]
    assert page.split("\r\n") == ["x" * 19] * 5


def shown(pseudo: Pseudo, chosen: Sequence[Sequence[int]], *steps: Step) -> None:
    left = [list(positions) for positions in chosen]
    pseudo.person(steps, {str(n): word for n, word in enumerate(WORDS, 1)})
    with secret_screen("words", pseudo.end, pseudo.end) as screen:
        show_words(screen, "New words", WORDS, lambda of, count: left.pop(0)[:count] if of == 24 else [])
    assert left == []


def test_new_words_are_shown_numbered_and_three_are_asked(pseudo: Pseudo) -> None:
    shown(
        pseudo,
        [(20, 3, 11)],
        ("wrote them down", "\r"),
        (r"Check 1 of 3.*\s+Word (3):", "{1}\r"),
        (r"Word (11):", " \r{1} \r"),
        (r"Word (20):", "WRONG\x15{1}\r"),
    )
    raw = pseudo.finish()
    page = next(page for page in raw.split("\x1b[2J") if "wrote them down" in page)
    assert all(re.search(rf"\b{n} {word}\b", page) for n, word in enumerate(WORDS, 1))
    assert "nobody can bring them back" in " ".join(page.split())
    assert all(WORDS[n] not in raw.rpartition("Check 1")[2] for n in (0, 5, 15)), "the check shows no words"
    assert after_the_screen(raw) == ""


def test_a_wrong_answer_shows_the_words_again(pseudo: Pseudo) -> None:
    shown(
        pseudo,
        [(1, 2, 3), (4, 5, 6)],
        ("wrote them down", "\r"),
        (r"Word (1):", "{1}\r"),
        (r"Word (2):", "wrong\r"),
        ("Word 2 was another one", "\r"),
        *((rf"Word ({n}):", "{1}\r") for n in (4, 5, 6)),
    )
    assert "wrong one" not in pseudo.finish()


def test_the_positions_asked_are_drawn_anew() -> None:
    drawn = {tuple(words_input._choose(24, 3)) for _ in range(40)}
    assert len(drawn) > 20
    assert all(len(set(p)) == 3 and set(p) <= set(range(1, 25)) for p in drawn)


def test_a_narrow_window_still_shows_every_word() -> None:
    for width in (15, 30, 44, 80, 200):
        text = "\n".join(words_pages.columns_of(WORDS, width))
        assert all(f"{n} {word}" in text for n, word in enumerate(WORDS, 1)), width


def pipe(text: str) -> int:
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return reading


@pytest.mark.parametrize(
    "text", [TEXT, f"{TEXT}\n", "\n".join(f"{n}) {w}" for n, w in enumerate(WORDS, 1)), f"{TEXT}\nmore\n"]
)
def test_programs_give_words_through_a_descriptor(text: str) -> None:
    descriptor = pipe(text)
    assert words_input.known_words(descriptor, "Words").reveal() == SECRET
    assert os.read(descriptor, 10) in (b"", b"more\n")
    os.close(descriptor)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 of 24"),
        ("\n", "0 of 24"),
        (TEXT.replace(WORDS[4], "qqqq"), "word 5 is not"),
        (TWELVE, "12 words fit together"),
        ("x" * 5000, "more than 4096 bytes"),
    ],
    ids=["nothing", "empty-line", "unknown", "a-ledgers", "too-long"],
)
def test_what_a_descriptor_gives_is_checked_and_never_repeated(text: str, says: str) -> None:
    descriptor = pipe(text)
    with pytest.raises((NotWords, InputError), match=says) as caught:
        words_input.known_words(descriptor, "Words")
    os.close(descriptor)
    assert not {"qqqq", "winner", WORDS[0]} & set(re.findall(r"\w+", caught.value.sentence + caught.value.hint))


def test_descriptors_that_are_not_open_are_told() -> None:
    descriptor = pipe("")
    os.close(descriptor)
    with pytest.raises(InputError, match="cannot be read"):
        words_input.known_words(descriptor, "Words")
    with pytest.raises(InputError, match="cannot be written"):
        words_input.hand_over_new_words(WORDS, descriptor, "New words")


def test_new_words_go_to_a_descriptor_as_one_line() -> None:
    reading, writing = os.pipe()
    words_input.hand_over_new_words(WORDS, writing, "New words")
    os.close(writing)
    assert os.read(reading, 4096).decode() == f"{TEXT}\n"
    os.close(reading)


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, pseudo: Pseudo) -> None:
    with pytest.raises(InputError, match="no terminal with a screen"):
        words_input.require_a_way(None, "--words-fd")
    words_input.require_a_way(5, "--words-fd")
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(InputError, match="screen of their own"), secret_screen("words", pseudo.end, pseudo.end):
        pytest.fail("a screen without an alternate one would keep the words")


def test_killed_from_outside_the_program_leaves_no_word(tmp_path: Path) -> None:
    """As a whole process at its controlling terminal: SIGTERM, then what was left on the screen."""
    with at_terminal(["backup", "restore", "--wallet", str(tmp_path / "w.sqlite")], _home(tmp_path)) as terminal:
        terminal.wait_for("0 of 24")
        terminal.type(f"{WORDS[0]} ")
        terminal.wait_for(WORDS[0])
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.finish() == 130
        assert WORDS[0] not in terminal.raw.rpartition(LEAVE)[2]
        assert "nothing was changed" in terminal.raw.rpartition(LEAVE)[2]


def _home(tmp_path: Path) -> dict[str, str]:
    return {f"XDG_{n}_HOME": str(tmp_path / n) for n in ("CONFIG", "DATA", "STATE")} | {"HOME": str(tmp_path)}


def test_the_module_needs_no_terminal_to_be_imported() -> None:
    code = "import ledger_recovery.cli.words_input, ledger_recovery.cli.words_screen"
    assert subprocess.run([sys.executable, "-c", code], check=False, stdin=subprocess.DEVNULL).returncode == 0
