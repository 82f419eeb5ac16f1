"""The original Identity Box's own words and backups, read by us; provenance: tests/vectors/idbox/README.md."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.backup.did_document import document_cid, document_from_text
from ledger_recovery.backup.did_keys import NameKeyKind
from ledger_recovery.backup.did_name import parse_did
from ledger_recovery.backup.idbox.opening import open_idbox
from ledger_recovery.backup.idbox.words import SIZES, backup_id_of, decode, encode, parse_reference_words
from ledger_recovery.errors import NotWords
from tests.unit.backup.idbox_samples import Sample, samples

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "idbox" / "idbox-mnemonic-vectors.json").read_text())
ALL = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)

# Where we are kinder than the reference: it wants lower case, whole words and single spaces.
FORGIVEN = {
    *("prefix-4 abbreviation", "first letter capital", "all upper", "leading space", "trailing space"),
    *("trailing newline", "double space", "tab separator", "newline separator", "comma separators", "numbered list"),
}


@pytest.mark.parametrize("vector", [*VECTORS["valid"], *VECTORS["valid_in_both_checksums"]], ids=lambda v: v["entropy"])
def test_words_and_entropy_both_ways(vector: dict[str, str]) -> None:
    words, entropy = tuple(vector["mnemonic"].split()), bytes.fromhex(vector["entropy"])
    assert encode(entropy) == words
    assert decode(words) == entropy


@pytest.mark.parametrize("vector", [v for v in VECTORS["valid"] if not v["same_in_both"]], ids=lambda v: v["entropy"])
def test_bip39_words_of_the_same_entropy_are_refused(vector: dict[str, str]) -> None:
    assert decode(vector["bip39"].split()) is None


@pytest.mark.parametrize("vector", VECTORS["encode_of_sizes_not_allowed"], ids=lambda v: str(v["bytes"]))
def test_sizes_that_are_not_allowed_make_no_words_and_decode_to_nothing(vector: dict[str, Any]) -> None:
    assert vector["bytes"] not in SIZES
    with pytest.raises(ValueError, match="entropy of"):
        encode(bytes(vector["bytes"]))
    assert decode(str(vector.get("m", "")).split()) is None


@pytest.mark.parametrize("case", VECTORS["decode_cases"], ids=lambda case: case["case"])
def test_what_the_reference_makes_of_typed_words(case: dict[str, str]) -> None:
    typed = case.get("input", "")
    if "ok" in case or case["case"] in FORGIVEN:
        found = parse_reference_words(typed)
        assert found.key.reveal().hex() == case.get("ok", bytes(range(32)).hex())
        # The reference makes the ID of the raw text; ours is that of the words as they were shown.
        assert found.backup_id == backup_id_of(encode(found.key.reveal()))
    else:
        with pytest.raises(NotWords):
            parse_reference_words(typed)


def test_the_words_published_in_the_documentation() -> None:
    published = json.loads((Path(__file__).parent / "idbox" / "idbox-backup.json").read_text())
    sample = published["published_mnemonic_from_the_project_documentation_screenshots"]
    found = parse_reference_words(sample["mnemonic"])
    assert (found.key.reveal().hex(), found.backup_id) == (sample["entropy_hex"], sample["backup_id"])


@ALL
def test_a_sample_opens_with_everything_in_it(sample: Sample) -> None:
    with open_idbox(sample.words, sample.source, sample.password) as opened:
        assert opened.notes == ()
        assert [(one.did, one.name, one.key_name) for one in opened.own] == [
            (one["did"], one["name"], one["keyName"]) for one in sample.own
        ]
        for one, expected in zip(opened.own, sample.own, strict=True):
            seed = _b64(expected["signingKey"]["secretKeyBase64"])[:32]
            assert one.signing.reveal() == seed
            assert one.encryption.reveal() == _b64(expected["encryptionKey"]["secretKeyBase64"])
        assert {peer.name: peer.did for peer in opened.peers} == dict(sample.peers)
        assert {name.did for name in opened.name_keys} == {one["did"] for one in sample.own}
        assert {name.did for name in opened.documents} == {one["did"] for one in sample.own}


@ALL
def test_both_bundles_of_a_sample_hold_the_same(sample: Sample) -> None:
    again = sample.fields["encrypted_backup_again_same_key_new_nonce"]
    source = type(sample.source)(again)
    assert [one.did for one in open_idbox(sample.words, source).own] == [one["did"] for one in sample.own]


@ALL
def test_name_keys_are_those_in_the_box_key_store(sample: Sample) -> None:
    with open_idbox(sample.words, sample.source, sample.password) as opened:
        ours = {key.to_protobuf().reveal() for key in opened.name_keys.values()}
        assert {key.kind for key in opened.name_keys.values()} == {NameKeyKind.RSA}
    assert ours == {base64.b64decode(text) for text in sample.fields["box"]["ipfs_keystore_base64"].values()}


@ALL
def test_documents_have_the_cids_under_which_the_reference_published_them(sample: Sample) -> None:
    ours = {name: document_cid(document_from_text(text)) for name, text in sample.documents.items()}
    assert ours == sample.fields["box"]["published_names"]
    assert all(parse_did(name).text == name for name in ours)


def _b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
