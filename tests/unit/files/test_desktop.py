"""The content of Desktop Wallet exports: every release read, today's form written, odd values judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger_recovery.errors import DamagedFile
from ledger_recovery.files.bounds import MAX_DEPTH, MAX_VALUES
from ledger_recovery.files.desktop import DesktopExport, DesktopRelease
from ledger_recovery.files.desktop_read import read_desktop
from ledger_recovery.files.desktop_write import write_desktop
from tests.unit.files.support import compact, desktop_sample, sample


def changed(table: str, **fields: object) -> bytes:
    """The sample with other fields in the first row of a table; `...` takes a field away."""
    document = desktop_sample()
    row = document[table][0]
    for name, value in fields.items():
        if value is ...:
            del row[name]
        else:
            row[name] = value
    return compact(document)


def without(*names: str) -> dict[str, Any]:
    document = desktop_sample()
    for name in names:
        del document[name]
    return document


def test_the_sample_written_again_is_the_same_byte_for_byte() -> None:
    content = sample("desktop-export.plain.json")
    export = read_desktop(content)
    assert write_desktop(export) == content
    assert export.notes == ()


def test_the_sample_is_read_in_full() -> None:
    export = read_desktop(sample("desktop-export.plain.json"))
    counts = [len(t) for t in (export.accounts, export.identities, export.address_book, export.credentials)]
    assert counts == [6, 3, 8, 7]
    assert len(export.external_credentials) == 2
    assert len(export.wallets) == 2
    assert export.genesis is not None
    assert export.accounts[1].signature_threshold == 2
    assert export.accounts[5].transaction_filter.startswith('{"transfer":false,"fromDate":"Mon Jan 01 2024')
    assert export.address_book[3].name == "Bøb ☕"


def test_an_old_file_gets_the_defaults_of_today() -> None:
    export = read_desktop(sample("desktop-export-old.plain.json"))
    assert export.release is DesktopRelease.R0_5
    assert export.genesis is None
    assert export.identities[0].version == 0
    assert export.accounts[0].transaction_filter == "{}"
    assert export.accounts[1].self_amounts == ""
    assert export.credentials[0].randomness is None
    assert export.notes == ()  # the reward filter is outgrown, not unknown


def test_an_old_file_is_written_in_todays_form() -> None:
    written = json.loads(write_desktop(read_desktop(sample("desktop-export-old.plain.json"))))
    today = desktop_sample()
    del today["genesis"]
    assert list(written) == list(today)
    for table in ("accounts", "identities", "addressBook", "credentials", "wallets"):
        assert list(written[table][0]) == list(today[table][0])


def releases() -> dict[str, tuple[bytes, DesktopRelease]]:
    v1_2 = desktop_sample()
    for row in v1_2["identities"]:
        del row["version"]
    v1_1 = {name: value for name, value in v1_2.items() if name != "externalCredentials"}
    v0_4 = {name: value for name, value in v1_1.items() if name != "genesis"}
    return {
        "1.3": (sample("desktop-export.plain.json"), DesktopRelease.R1_3),
        "1.2": (compact(v1_2), DesktopRelease.R1_2),
        "1.1": (compact(v1_1), DesktopRelease.R1_1),
        "0.5": (sample("desktop-export-old.plain.json"), DesktopRelease.R0_5),
        "0.4": (compact(v0_4), DesktopRelease.R0_4),
    }


@pytest.mark.parametrize(("content", "release"), releases().values(), ids=releases())
def test_the_release_is_told(content: bytes, release: DesktopRelease) -> None:
    assert read_desktop(content).release is release


def test_the_hexadecimal_container_tells_its_release() -> None:
    assert read_desktop(sample("desktop-export-old.plain.json"), hexadecimal=True).release is DesktopRelease.R0_2


FILLED = {
    "null threshold": ("accounts", {"signatureThreshold": None}, "signature_threshold", 1),
    "no threshold": ("accounts", {"signatureThreshold": ...}, "signature_threshold", 1),
    "null amounts": ("accounts", {"selfAmounts": None}, "self_amounts", ""),
    "no incoming": ("accounts", {"incomingAmounts": ...}, "incoming_amounts", "[]"),
    "0 for false": ("accounts", {"isInitial": 0}, "is_initial", False),
    "1 for true": ("accounts", {"allDecrypted": 1}, "all_decrypted", True),
    "filter as text": (
        "accounts",
        {"transactionFilter": '{"transfer": false}'},
        "transaction_filter",
        '{"transfer":false}',
    ),
    "empty filter": ("accounts", {"transactionFilter": ""}, "transaction_filter", "{}"),
    "no address": ("accounts", {"address": ""}, "address", ""),
    "no version": ("identities", {"version": ...}, "version", 0),
    "null randomness": ("identities", {"randomness": None}, "randomness", ""),
    "policy as object": ("credentials", {"policy": {"validTo": "202201"}}, "policy", '{"validTo":"202201"}'),
    "null index": ("credentials", {"credentialIndex": None}, "credential_index", None),
}


@pytest.mark.parametrize(("table", "fields", "name", "value"), FILLED.values(), ids=FILLED)
def test_defaults_and_other_spellings(table: str, fields: dict[str, object], name: str, value: object) -> None:
    export = read_desktop(changed(table, **fields))
    assert getattr(getattr(export, table)[0], name) == value


def test_unknown_fields_are_passed_over_with_a_note_each() -> None:
    document = desktop_sample()
    for row in document["accounts"]:
        row["colour"] = "blue"
    document["wallets"][0]["size\n"] = 3
    document["future"] = []
    export = read_desktop(compact(document))
    assert len(export.notes) == 3
    assert '"colour" of accounts' in export.notes[0]
    assert '"size?" of wallets' in export.notes[1]
    assert '"future" of the file' in export.notes[2]


def test_notes_are_bounded() -> None:
    document = desktop_sample()
    document["accounts"][0].update({f"field {n}": n for n in range(1000)})
    notes = read_desktop(compact(document)).notes
    assert len(notes) == 21
    assert notes[-1].startswith("and 980 more")


WRONG = {
    "not an object": (b"[]", "not an object"),
    "not JSON": (b'{"accounts":', "not JSON at byte 12"),
    "not UTF-8": (b'{"accounts":"\xff"}', "not UTF-8 text at byte 13"),
    "NaN": (b'{"accounts":NaN}', "number"),
    "infinite": (b'{"accounts":1e999}', "number"),
    "5000 digits": (b'{"accounts":' + b"1" * 5000 + b"}", "number"),
    "lone surrogate": (changed("accounts", name="?").replace(b'"?"', b'"\\ud800"'), "half of a character"),
    **{
        f"no {name}": (compact(without(name)), f"{name} is missing")
        for name in ("identities", "accounts", "addressBook", "credentials", "wallets")
    },
    "accounts no list": (compact({**desktop_sample(), "accounts": {}}), "accounts is not a list"),
    "account no object": (compact({**desktop_sample(), "accounts": [1]}), r"accounts\[0\] is not an object"),
    "name a number": (changed("accounts", name=7), r"accounts\[0\].name is not text"),
    "name missing": (changed("accounts", name=...), r"accounts\[0\].name is missing"),
    "name endless": (changed("accounts", name="x" * 5000), "longer than 4096 characters"),
    "identityId text": (changed("accounts", identityId="1"), "identityId is not a whole number"),
    "identityId true": (changed("accounts", identityId=True), "identityId is not a whole number"),
    "identityId 1.5": (changed("accounts", identityId=1.5), "identityId is not a whole number"),
    "threshold 0": (changed("accounts", signatureThreshold=0), "signatureThreshold is outside"),
    "initial text": (changed("accounts", isInitial="yes"), "isInitial is not true or false"),
    "filter a list": (changed("accounts", transactionFilter=[]), "transactionFilter is not an object"),
    "filter no JSON": (changed("accounts", transactionFilter="{"), "transactionFilter is not JSON"),
    "filter null text": (changed("accounts", transactionFilter="null"), "transactionFilter is not an object"),
    "index negative": (changed("identities", identityNumber=-1), "identityNumber is outside"),
    "index too large": (changed("identities", identityNumber=2**31), "identityNumber is outside"),
    "version 2": (changed("identities", version=2), "version is outside"),
    "counter 256": (changed("credentials", credentialNumber=256), "credentialNumber is outside"),
    "genesis text": (compact({**desktop_sample(), "genesis": "x"}), "genesis is not an object"),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_right_is_damage_at_a_place(content: bytes, words: str) -> None:
    with pytest.raises(DamagedFile, match=words) as caught:
        read_desktop(content)
    assert caught.value.hint


def test_a_parse_error_keeps_no_copy_of_the_content() -> None:
    """The parsers' exceptions carry the whole text; ours must not drag it along."""
    for content in (b'{"secret words', b'{"secret words\xff'):
        with pytest.raises(DamagedFile) as caught:
            read_desktop(content)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_depth_is_bounded() -> None:
    for depth, fine in ((MAX_DEPTH - 4, True), (MAX_DEPTH + 4, False), (100_000, False)):
        nested = b'{"a":' * depth + b"{}" + b"}" * depth
        content = changed("accounts", transactionFilter="?").replace(b'"?"', nested)
        if fine:
            assert isinstance(read_desktop(content), DesktopExport)
        else:
            with pytest.raises(DamagedFile, match="nested deeper"):
                read_desktop(content)


def test_values_are_counted_before_they_are_made() -> None:
    with pytest.raises(DamagedFile, match="more values"):
        read_desktop(b"[" + b"1," * (MAX_VALUES + 1) + b"1]")
