"""Raw terminal bytes as keys and text: escape sequences, cut characters, corrections, bounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.cli.words_keys import MAX_TYPED, Key, Keys, Typed

ARROW, PASTE_BEGIN, PASTE_END, FUNCTION = "\x1b[A", "\x1b[200~", "\x1b[201~", "\x1bOP"


def typed(text: str) -> Typed:
    found = Typed()
    for key in Keys().feed(text.encode()):
        found = found.after(key)
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("abandon", "abandon"),
        ("aban\x7fn", "aban"),
        ("aban\x08n", "aban"),
        ("abandon abil\x17zoo", "abandon zoo"),
        ("abandon abil\x15zoo", "zoo"),
        ("abandon\rability\r", "abandon ability "),
        ("abandon\r\nability", "abandon ability"),
        ("1.\tabandon", "1. abandon"),
        (f"aban{ARROW}don", "abandon"),
        (f"{PASTE_BEGIN}abandon{PASTE_END}{FUNCTION}", "abandon"),
        ("a\x00\x01b\x9b", "ab"),
        ("é", "é"),
        ("\x7f\x17", ""),
    ],
    ids=repr,
)
def test_what_keys_make_of_the_text(text: str, wanted: str) -> None:
    assert typed(text).text == wanted


@pytest.mark.parametrize("text", ["é", ARROW, PASTE_BEGIN, "zoo\x1b[1;5Czoo"])
def test_what_is_cut_between_two_reads_is_put_together(text: str) -> None:
    data = text.encode()
    for cut in range(len(data) + 1):
        keys = Keys()
        assert (*keys.feed(data[:cut]), *keys.feed(data[cut:])) == Keys().feed(data)


@pytest.mark.parametrize("text", ["\x03", "abandon\x03", "\x1b[\x03", "\x1b[" + "1" * 20 + "\x03"])
def test_ctrl_c_always_gets_through(text: str) -> None:
    keys = Keys()
    assert Key.STOP in [key for byte in text.encode() for key in keys.feed(bytes([byte]))]


def test_a_sequence_that_never_ends_does_not_swallow_all_that_follows() -> None:
    assert Keys().feed(b"\x1b[" + b"1" * 100) != ()


def test_the_word_being_typed_is_told_from_those_before() -> None:
    found = Typed("abandon abil")
    assert (found.finished, found.last) == ("abandon ", "abil")
    assert (Typed("abandon ").finished, Typed("abandon ").last) == ("abandon ", "")


def test_the_text_is_bounded_and_hidden_in_its_repr() -> None:
    found = typed("secretword" * MAX_TYPED)
    assert len(found.text) == MAX_TYPED
    assert "secret" not in repr(found)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=10))
def test_any_bytes_give_printable_text(parts: list[bytes]) -> None:
    keys, found = Keys(), Typed()
    for part in parts:
        for key in keys.feed(part):
            found = found.after(key)
    assert found.text.isprintable()
