"""The eleven cases of the samples that must not open (one of them must), each told apart by its own sentence."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from ledger_recovery.backup.idbox.opening import IdboxSource, open_idbox
from ledger_recovery.backup.idbox.words import encode
from ledger_recovery.errors import DamagedFile, LedgerRecoveryError, NoSuchBackup, NotWords, OtherBackup
from tests.unit.backup.idbox_samples import Sample, b64u, samples

Made = tuple[str, str]
"""Words and bundle."""


def _flip(raw: bytes, place: int) -> bytes:
    changed = bytearray(raw)
    changed[place] ^= 1
    return bytes(changed)


def _with(change: Callable[[bytes], bytes]) -> Callable[[Sample], Made]:
    return lambda sample: (sample.words, b64u(change(sample.raw)))


CASES: dict[str, tuple[Callable[[Sample], Made], type[LedgerRecoveryError], str]] = {
    "key with one bit changed": (
        lambda sample: (" ".join(encode(_flip(sample.key, 0))), sample.bundle),
        OtherBackup,
        "right words, but of another backup",
    ),
    "nonce bit changed": (_with(lambda raw: _flip(raw, 0)), DamagedFile, "its nonce"),
    "tag bit changed": (_with(lambda raw: _flip(raw, 24)), DamagedFile, "the seal of the backup does not fit"),
    "last ciphertext bit changed": (_with(lambda raw: _flip(raw, -1)), DamagedFile, "altered at about byte"),
    "truncated by one byte": (_with(lambda raw: raw[:-1]), DamagedFile, "cut short: it ends at byte"),
    "only a nonce": (_with(lambda raw: raw[:24]), DamagedFile, "the content is gone"),
    "10 bytes": (_with(lambda raw: raw[:10]), DamagedFile, "holds 10 bytes"),
    "empty text": (lambda sample: (sample.words, ""), DamagedFile, "is empty"),
    'the text "not found"': (lambda sample: (sample.words, "not found"), NoSuchBackup, "has none for the words"),
    "16-byte key from a 12-word mnemonic": (
        lambda sample: (" ".join(encode(sample.key[:16])), sample.bundle),
        NotWords,
        "these are 12 words",
    ),
}
ACCEPTED = "standard base64 with padding instead of base64url"
ALL = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)


def _source(sample: Sample, bundle: str) -> IdboxSource:
    return IdboxSource(bundle, sample.backup_id)


@ALL
def test_these_are_all_the_cases_of_the_samples(sample: Sample) -> None:
    assert [negative["case"] for negative in sample.fields["negative"]] == [*CASES, ACCEPTED]


@ALL
@pytest.mark.parametrize("case", CASES)
def test_a_case_gets_its_own_sentence(sample: Sample, case: str) -> None:
    make, kind, words = CASES[case]
    typed, bundle = make(sample)
    with pytest.raises(kind, match=words) as raised:
        open_idbox(typed, _source(sample, bundle))
    assert type(raised.value) is kind
    assert raised.value.hint
    others = [other for name, (_, _, other) in CASES.items() if name != case]
    assert not any(other in raised.value.sentence for other in others)


@ALL
def test_standard_base64_is_accepted_and_told(sample: Sample) -> None:
    text = base64.b64encode(sample.raw).decode()
    assert "=" in text or "+" in text or "/" in text
    opened = open_idbox(sample.words, _source(sample, text))
    assert [one.did for one in opened.own] == [one["did"] for one in sample.own]
    assert any("standard base64" in note for note in opened.notes)


@ALL
@pytest.mark.parametrize("bit", [0, 3, 7])
def test_without_a_name_wrong_words_and_a_wrong_nonce_are_told_together(sample: Sample, bit: int) -> None:
    key = bytearray(sample.key)
    key[-1] ^= 1 << bit
    for words, raw in ((" ".join(encode(bytes(key))), sample.raw), (sample.words, _flip(sample.raw, 23))):
        with pytest.raises(OtherBackup, match="other words made it, or its first 24 bytes were altered"):
            open_idbox(words, IdboxSource(b64u(raw)))


def test_every_cut_is_called_a_cut_or_too_short() -> None:
    sample = samples()[1]
    for length in [*range(41), *range(41, len(sample.raw), 13), *range(len(sample.raw) - 12, len(sample.raw))]:
        with pytest.raises(DamagedFile, match=r"cut|ends|fewer than|empty"):
            open_idbox(sample.words, _source(sample, b64u(sample.raw[:length])))


def test_no_altered_byte_opens_and_none_is_blamed_on_the_words() -> None:
    sample = samples()[1]
    for place in range(24, len(sample.raw), 7):
        with pytest.raises(DamagedFile):
            open_idbox(sample.words, _source(sample, b64u(_flip(sample.raw, place))))


def test_a_character_that_is_no_base64_is_named_by_its_place() -> None:
    sample = samples()[0]
    with pytest.raises(DamagedFile, match="character 6 of the backup") as raised:
        open_idbox(sample.words, _source(sample, sample.bundle[:5] + "*" + sample.bundle[6:]))
    assert raised.value.position == 5


def test_words_of_our_own_backups_are_sent_to_restore() -> None:
    ours = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful " * 2
    drawn = (
        "abandon amount liar amount expire adjust cage candy arch gather drum bullet absurd math era live bid rhythm "
        "alien crouch range attend journey unaware"
    )
    with pytest.raises(NotWords) as raised:
        open_idbox(drawn, samples()[0].source)
    assert "backup restore" in raised.value.hint
    with pytest.raises(NotWords, match="there are 32 words"):
        open_idbox(ours, samples()[0].source)


def test_one_slip_is_looked_for() -> None:
    words = samples()[1].words.split()
    place = words.index("dune")
    with pytest.raises(NotWords, match="one is wrong, or out of place") as raised:
        open_idbox(" ".join(["dutch" if n == place else word for n, word in enumerate(words)]), samples()[1].source)
    assert not any(word in raised.value.sentence for word in words if len(word) > 5)
    slipped = " ".join("wide" if word == "wife" else word for word in words)
    with pytest.raises(NotWords) as raised:
        open_idbox(slipped, samples()[1].source)
    assert raised.value.hint == f"Look at word {words.index('wife') + 1} first."
