"""Recovery words in a field: recognised however they are written, and ordinary text let through."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.word_list import word_list
from ledger_recovery.web.run.actions import BadForm, WordsTyped
from ledger_recovery.web.run.words_guard import (
    NOT_A_BACKUP,
    REASON,
    backup_words_refusal,
    looks_like_recovery_words,
    refusal_of,
)
from ledger_recovery.web.server.forms import read_form
from ledger_recovery.web.server.static_files import static_file

SIX = ("abandon", "ability", "able", "about", "above", "absent")
words = st.lists(st.sampled_from(word_list()), min_size=6, max_size=24)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(SIX),
        "  ".join(SIX).upper(),
        ",".join(SIX),
        "\n".join(SIX),
        "\t".join(SIX),
        "-".join(SIX),
        "1. abandon 2. ability 3. able 4. about 5. above 6. absent",
        "1abandon2ability3able4about5above6absent",
        "aban abil able abou abov abse",
        "my words are: " + " ".join(SIX) + " please help",
        "\u200babandon\u200b ability \u2060able\u00a0about\u3000above absent",
        "ａｂａｎｄｏｎ ability able about above absent",
        "ábandon ability able about above absent",
        "abandon|ability/able\\about_above+absent",
    ],
)
def test_six_words_in_a_row_are_recognised(text: str) -> None:
    assert looks_like_recovery_words(text)
    assert refusal_of(text) == REASON


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ".join(SIX[:5]),
        " ".join((*SIX[:5], "Copenhagen", *SIX[:5])),
        "https://grpc.mainnet.concordium.software:20000",
        "3kBx2h5Y2veb4hZgAJWPrr8RyQESKm5TjzF3ti1QQ4VSYLwK1G",
        "/home/person/Documents/Ledger Recovery",
        "This program never asks for your recovery words.",
        "Please look for my account, it was made in the summer of last year and holds some CCD.",
    ],
)
def test_ordinary_text_is_let_through(text: str) -> None:
    assert not looks_like_recovery_words(text)


@given(words, st.sampled_from([" ", ", ", "\n", " 7) ", "—", "•", "\u200b \u200b", "@"]))
@settings(max_examples=100, deadline=None)
def test_any_words_with_any_separator(found: list[str], between: str) -> None:
    assert looks_like_recovery_words(between.join(found))


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(looks_like_recovery_words(text), bool)
    assert isinstance(backup_words_refusal(text), str)


def test_the_reason_repeats_no_word_of_the_text() -> None:
    assert not set(SIX) & set(REASON.lower().split())


@pytest.mark.parametrize("count", [12, 15, 18, 21])
def test_a_phrase_of_another_wallets_length_is_refused_on_the_page_for_backups(count: int) -> None:
    assert backup_words_refusal(" ".join(word_list()[:count])) == NOT_A_BACKUP


@pytest.mark.parametrize("count", [1, 11, 23, 24])
def test_other_counts_are_left_to_the_check_of_backup_words(count: int) -> None:
    assert backup_words_refusal(" ".join(word_list()[:count])) == ""


@pytest.mark.parametrize("field", ["sought", "nodes", "folder", "password", "offer", "anything"])
def test_every_field_of_every_form_is_guarded(field: str) -> None:
    with pytest.raises(WordsTyped) as refused:
        read_form(f"{field}={'+'.join(SIX)}&csrf=1".encode())
    assert "abandon" not in str(refused.value)


def test_only_the_words_page_may_send_words() -> None:
    assert read_form(f"words={'+'.join(SIX)}".encode()) == {"words": " ".join(SIX)}


@pytest.mark.parametrize("body", [b"a=1&a=2", b"=1", b"a", b"\xff=1", b"&".join(b"f%d=1" % n for n in range(60))])
def test_a_form_that_no_page_of_ours_sends_is_refused(body: bytes) -> None:
    with pytest.raises(BadForm):
        read_form(body)


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    try:
        fields = read_form(body)
    except (BadForm, WordsTyped):
        return
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in fields.items())


def test_the_pages_script_gets_the_same_words() -> None:
    found = static_file("words.txt")
    assert found is not None
    assert tuple(found[0].decode("ascii").split()) == word_list()
