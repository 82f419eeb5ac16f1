"""Typed words: every reasonable way of writing them passes, and each mistake is named without repeating a word."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mnemonic import Mnemonic

from ledger_recovery.backup.word_list import distance, full_word, one_edit_away, suggestions, word_list
from ledger_recovery.backup.words import MAX_TEXT, WordsCheck, Wrong, check_words, parse_words, words_of
from ledger_recovery.errors import NotWords
from ledger_recovery.secret import SecretBytes
from tests.unit.backup.bundles import secret

WORDS = words_of(secret())
SECRETS = st.binary(min_size=32, max_size=32).filter(lambda data: len(set(data)) > 20)

WRITINGS = {
    "plain": " ".join(WORDS),
    "upper case": " ".join(WORDS).upper(),
    "phone keyboard": " ".join(WORDS).capitalize() + " ",
    "lines": "\n".join(WORDS) + "\n",
    "tabs and spaces": "  \t " + " \t\r\n ".join(WORDS),
    "no-break spaces": "\u00a0".join(WORDS),
    "ideographic spaces": "\u3000".join(WORDS),
    "full width": " ".join(WORDS).translate({n: n + 0xFEE0 for n in range(ord("a"), ord("z") + 1)}),
    "zero-width spaces": " \u200b".join(WORDS) + "\ufeff",
    "commas": ", ".join(WORDS) + ".",
    "commas only": ",".join(WORDS),
    "1.": "\n".join(f"{n}. {word}" for n, word in enumerate(WORDS, 1)),
    "1)": "\n".join(f"{n}) {word}" for n, word in enumerate(WORDS, 1)),
    "1:": " ".join(f"{n}: {word}" for n, word in enumerate(WORDS, 1)),
    "#1": " ".join(f"#{n} {word}" for n, word in enumerate(WORDS, 1)),
    "01": " ".join(f"{n:02} {word}" for n, word in enumerate(WORDS, 1)),
    "1.word": "\n".join(f"{n}.{word}" for n, word in enumerate(WORDS, 1)),
    "1word": " ".join(f"{n}{word}" for n, word in enumerate(WORDS, 1)),
    "quoted": '"' + " ".join(WORDS) + '"',
    "four letters": " ".join(word[:4] for word in WORDS),
    "five letters": "-".join(word[:5] for word in WORDS),
}


@pytest.mark.parametrize("text", WRITINGS.values(), ids=WRITINGS)
def test_every_way_of_writing_them_is_understood(text: str) -> None:
    found = check_words(text)
    assert found.words == WORDS
    assert found.complete
    assert parse_words(text) == secret()


@given(SECRETS)
@settings(max_examples=100, deadline=None)
def test_words_are_those_of_bip_39_and_come_back(data: bytes) -> None:
    words = words_of(SecretBytes(data))
    assert " ".join(words) == Mnemonic("english").to_mnemonic(data)
    assert parse_words(" ".join(words)) == SecretBytes(data)


def problem(text: str) -> tuple[Wrong, int | None, tuple[str, ...]]:
    found = check_words(text)
    assert not found.complete
    first = found.problems[0]
    return first.kind, first.position, first.suggestions


def with_word(place: int, word: str) -> str:
    return " ".join((*WORDS[: place - 1], word, *WORDS[place:]))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("abandn", "abandon"),
        ("abandom", "abandon"),
        ("abnadon", "abandon"),
        ("aband0n", "abandon"),
        ("zooo", "zoo"),
        ("zo", "zoo"),
        ("ligth", "light"),
        ("quik", "quick"),
        ("4bandon", "abandon"),
        ("acount", "account"),
        ("abandoning", "abandon"),
    ],
)
def test_a_wrong_word_is_named_with_what_it_may_have_been(typed: str, meant: str) -> None:
    kind, position, may_be = problem(with_word(5, typed))
    assert (kind, position) == (Wrong.UNKNOWN_WORD, 5)
    assert meant in may_be


def test_every_wrong_word_is_named_in_order() -> None:
    found = check_words(" ".join(("qqqq", *WORDS[1:9], "xx", *WORDS[10:])))
    assert [(p.kind, p.position) for p in found.problems] == [(Wrong.UNKNOWN_WORD, 1), (Wrong.UNKNOWN_WORD, 10)]
    assert found.problems[0].typed == "qqqq"


@pytest.mark.parametrize("typed", ["123", "wörd", "😀", "_", "abandonabandonabandon", "a" * 5000])
def test_what_is_no_word_is_an_unknown_word(typed: str) -> None:
    assert problem(with_word(24, typed))[:2] == (Wrong.UNKNOWN_WORD, 24)


@pytest.mark.parametrize("count", [0, 1, 11, 13, 15, 18, 21, 23])
def test_too_few_words_are_counted(count: int) -> None:
    found = check_words(" ".join(WORDS[:count]))
    assert [p.kind for p in found.problems] == [Wrong.TOO_FEW]
    assert f"{count} of 24" in found.problems[0].sentence


def test_too_many_words_are_counted() -> None:
    assert problem(" ".join((*WORDS, "zoo")))[0] is Wrong.TOO_MANY
    assert "48 words" in check_words(" ".join(WORDS * 2)).problems[0].sentence
    assert problem("zoo " * MAX_TEXT)[0] is Wrong.TOO_MANY


@pytest.mark.parametrize("text", ["abandon " * 11 + "about", " ".join(WORDS[:12]), "zoo " * 12])
def test_twelve_words_are_refused_with_the_reason(text: str) -> None:
    kind, _, _ = problem(text)
    assert kind is Wrong.TWELVE_WORDS
    with pytest.raises(NotWords, match="12 words hold too little"):
        parse_words(text)


@pytest.mark.parametrize("word", word_list()[::97])
def test_all_the_same_word_is_refused_whatever_its_checksum(word: str) -> None:
    assert problem(" ".join([word] * 24))[0] is Wrong.ALL_SAME


@pytest.mark.parametrize("data", [bytes(32), b"\xff" * 32, b"\x7f" * 32, b"\x80" * 32, b"\x01" * 32, b"\x00\xff" * 16])
def test_patterns_and_examples_are_refused(data: bytes) -> None:
    assert problem(" ".join(words_of(SecretBytes(data))))[0] is Wrong.TRIVIAL


def test_words_of_an_old_identity_box_backup_are_recognised() -> None:
    old = Mnemonic("english").to_mnemonic(bytes(range(32))).split()[:-1]
    found = check_words(" ".join((*old, "tray")))
    assert found.problems[0].kind is Wrong.WRONG_CHECKSUM
    assert "old Identity Box" in found.problems[0].hint


def test_swapped_neighbours_are_suspected() -> None:
    words = words_of(secret("carol"))
    found = check_words(" ".join((*words[:6], words[7], words[6], *words[8:])))
    assert found.problems[0].kind is Wrong.WRONG_CHECKSUM
    assert "Words 7 and 8" in found.problems[0].hint


def test_a_slip_from_one_word_to_another_is_suspected() -> None:
    """Where one word of the list was typed for its neighbour, and no other slip explains the checksum."""
    drawn = random.Random(5)
    found = 0
    for _ in range(40):
        words = words_of(SecretBytes(drawn.randbytes(32)))
        place = next((n for n, word in enumerate(words) if one_edit_away(word)), None)
        if place is None:
            continue
        slipped = one_edit_away(words[place])[0]
        first = check_words(" ".join((*words[:place], slipped, *words[place + 1 :]))).problems
        found += bool(first) and first[0].position == place + 1 and words[place] in first[0].suggestions
    assert found > 20


@pytest.mark.parametrize("text", [with_word(3, "abandn"), with_word(3, "zoo"), " ".join(WORDS[:12]), "zoo " * 24])
def test_no_sentence_repeats_a_word(text: str) -> None:
    """Sentences are logged and printed; words are for the screen that asked for them."""
    found = check_words(text)
    with pytest.raises(NotWords) as caught:
        parse_words(text)
    shown = [
        repr(found),
        str(caught.value),
        caught.value.sentence,
        caught.value.hint,
        *(p.hint for p in found.problems),
    ]
    told = set(" ".join(shown).lower().replace("(", " ").replace("'", " ").split())
    ordinary = {
        "word",
        "right",
        "time",
        "one",
        "these",
        "like",
        "want",
        "first",
        "only",
        "example",
        "pattern",
        "secret",
    }
    assert not told & (set(text.split()) | {"abandon"}) - ordinary


def test_a_complete_check_hides_its_secret() -> None:
    assert "hidden" in repr(check_words(" ".join(WORDS)))
    assert not set(WORDS) & set(repr(check_words(" ".join(WORDS))).split("'"))


@given(st.text(max_size=400) | st.lists(st.sampled_from([*WORDS, "1.", "abandn", "ſ", "𝐚", "\x00", "İ"])).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_checked_without_an_error(text: str) -> None:
    found = check_words(text)
    assert isinstance(found, WordsCheck)
    assert found.complete is (not found.problems)


@given(SECRETS, st.integers(0, 23), st.sampled_from(word_list()))
@settings(max_examples=150, deadline=None)
def test_another_word_either_fails_or_gives_another_secret(data: bytes, place: int, word: str) -> None:
    words = words_of(SecretBytes(data))
    found = check_words(" ".join((*words[:place], word, *words[place + 1 :])))
    assert found.secret is None or (found.secret == SecretBytes(data)) is (word == words[place])


def test_abbreviations_are_unambiguous() -> None:
    """Four letters name a word; three do only when they are the whole word."""
    assert all(full_word(word[:n]) == word for word in word_list() for n in range(4, len(word) + 1))
    assert [word for word in word_list() if len(word) == 3 and full_word(word) != word] == []
    assert full_word("aba") is None
    assert full_word("abandonx") is None


def naive(a: str, b: str) -> int:
    if not a or not b:
        return len(a) + len(b)
    best = min(naive(a[1:], b) + 1, naive(a, b[1:]) + 1, naive(a[1:], b[1:]) + (a[0] != b[0]))
    return min(best, naive(a[2:], b[2:]) + 1) if a[:2] == b[1::-1] and len(b) > 1 else best


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
@settings(max_examples=200, deadline=None)
def test_distances(a: str, b: str) -> None:
    assert distance(a, b) == naive(a, b)


@given(st.sampled_from(word_list()), st.integers(0, 7), st.sampled_from("aeiounrstx"), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_one_slip_in_a_word_is_understood(word: str, place: int, letter: str, slip: int) -> None:
    place %= len(word)
    typed = (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :],
    )[slip]
    assert full_word(typed) or word in suggestions(typed) or len(suggestions(typed)) == 5
