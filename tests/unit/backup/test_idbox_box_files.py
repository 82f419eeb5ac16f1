"""What an original Identity Box kept beside a bundle: key files, documents, folders; none of it is believed."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.idbox import folder as folder_module
from ledger_recovery.backup.idbox.box_keys import open_pem
from ledger_recovery.backup.idbox.content import parse_content
from ledger_recovery.backup.idbox.folder import read_source, source_of_bytes
from ledger_recovery.backup.idbox.opening import IdboxSource, open_idbox
from ledger_recovery.backup.idbox.rows import to_rows
from ledger_recovery.backup.idbox.sealed import parse_sealed
from ledger_recovery.errors import DamagedFile, InputError, LedgerRecoveryError, NotOurFile, WrongPassword
from ledger_recovery.secret import SecretBytes
from tests.unit.backup.idbox_samples import Sample, b64u, samples

NOW = "2026-11-22T10:00:00Z"
TWO, ONE = samples()[0], samples()[1]
SIGNING = ONE.own[0]["signingKey"]


def _on_disk(sample: Sample, parent: Path) -> Path:
    folder = parent / sample.backup_id
    (folder / "did-docs").mkdir(parents=True)
    (folder / "backup").write_text(sample.bundle)
    for name, pem in sample.pems.items():
        (folder / name).write_bytes(pem)
    for name, text in sample.documents.items():
        (folder / "did-docs" / name).write_text(text)
    return folder


# --- from disk ----------------------------------------------------------------------------------------------------


def test_a_folder_of_the_box_is_read_whole(tmp_path: Path) -> None:
    assert read_source(_on_disk(TWO, tmp_path)) == TWO.source


def test_a_renamed_folder_has_no_backup_id_and_opens_all_the_same(tmp_path: Path) -> None:
    folder = _on_disk(TWO, tmp_path).rename(tmp_path / "from-my-box")
    source = read_source(folder)
    assert source.backup_id is None
    assert len(open_idbox(TWO.words, source, TWO.password).name_keys) == 2


def test_the_folder_of_other_words_is_told_when_it_opens_nevertheless() -> None:
    opened = open_idbox(TWO.words, replace(TWO.source, backup_id=ONE.backup_id), TWO.password)
    assert any("renamed" in note for note in opened.notes)


def test_a_bundle_alone_and_the_request_of_the_app_are_read(tmp_path: Path) -> None:
    file = tmp_path / "saved"
    file.write_text(TWO.bundle + "\n")
    assert read_source(file).bundle.strip() == TWO.bundle
    request = {"method": "backup", "params": [{"encryptedBackup": TWO.bundle, "backupId": TWO.backup_id}]}
    assert source_of_bytes(json.dumps(request).encode()) == IdboxSource(TWO.bundle, TWO.backup_id)


@pytest.mark.parametrize("text", ["{}", '{"params": []}', '{"params": [{"encryptedBackup": 5}]}', "{", '{"params": 3}'])
def test_other_json_is_not_ours(text: str) -> None:
    with pytest.raises(NotOurFile):
        source_of_bytes(text.encode())


def test_links_and_pipes_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    folder = _on_disk(ONE, tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("not for you")
    (folder / "stolen.pem").symlink_to(secret)
    os.mkfifo(folder / "pipe.pem")
    assert read_source(folder) == ONE.source
    (folder / "backup").unlink()
    os.mkfifo(folder / "backup")
    with pytest.raises(NotOurFile):
        read_source(folder)


def test_too_many_and_too_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = _on_disk(ONE, tmp_path)
    (folder / "large.pem").write_bytes(bytes(17 * 1024))
    with pytest.raises(DamagedFile, match="larger"):
        read_source(folder)
    (folder / "large.pem").unlink()
    monkeypatch.setattr(folder_module, "MAX_FILES", 2)
    with pytest.raises(DamagedFile, match="more than"):
        read_source(folder)


def test_a_folder_without_a_backup_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotOurFile, match="no file `backup`"):
        read_source(tmp_path)


# --- key files ----------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_told_with_where_to_find_the_right_one() -> None:
    with pytest.raises(WrongPassword, match="Box's password does not open") as raised:
        open_idbox(ONE.words, ONE.source, SecretBytes(b"wrong"))
    assert "IDBOX_BACKUP_PASSWORD" in raised.value.hint


def test_without_a_password_the_keys_stay_closed_and_the_dids_are_left_out() -> None:
    opened = open_idbox(TWO.words, TWO.source)
    assert not opened.name_keys
    rows = to_rows(opened, NOW)
    assert rows.dids == ()
    assert set(rows.left_out) == {one["did"] for one in TWO.own}
    assert sum("name key" in note for note in rows.notes) == 2
    assert {(peer.name, peer.did, peer.added) for peer in rows.peers} == {(n, d, NOW) for n, d in TWO.peers.items()}


def test_a_key_of_no_identity_is_left_out_and_an_exchanged_one_is_called_so() -> None:
    [(name, _)] = ONE.pems.items()
    foreign = next(iter(TWO.pems.values()))
    opened = open_idbox(ONE.words, replace(ONE.source, pems={"old.pem": foreign, name: foreign}), ONE.password)
    assert not opened.name_keys
    assert any("old.pem belongs to no identity" in note for note in opened.notes)
    assert any(f"{name} holds another key than the DID names" in note for note in opened.notes)


def _der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body


PBES2, PBKDF2, SCRYPT = "2a864886f70d01050d", "2a864886f70d01050c", "2b06010401da47040b"


def _pem(rounds: int, salt: bytes = bytes(16), *, scheme: str = PBES2, function: str = PBKDF2) -> bytes:
    """A key file as far as its costs; what would be encrypted is nothing."""
    counted = _der(2, rounds.to_bytes(5, "big", signed=True))
    derivation = _der(0x30, _der(6, bytes.fromhex(function)), _der(0x30, _der(4, salt), counted))
    method = _der(0x30, _der(6, bytes.fromhex(scheme)), _der(0x30, derivation))
    der = base64.encodebytes(_der(0x30, method, _der(4, bytes(16))))
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + der + b"-----END ENCRYPTED PRIVATE KEY-----\n"


@pytest.mark.parametrize("pem", [_pem(5_000_001), _pem(2**39 - 1), _pem(-1), _pem(0), _pem(1, bytes(1025))])
def test_a_key_file_that_demands_endless_work_is_refused_before_it_is_done(pem: bytes) -> None:
    with pytest.raises(DamagedFile, match="demands more"):
        open_pem(pem, ONE.password, "x.pem")


@pytest.mark.parametrize("pem", [_pem(10, scheme=SCRYPT), _pem(10, function=SCRYPT)])
def test_a_key_file_of_another_scheme_is_refused_whatever_it_costs(pem: bytes) -> None:
    with pytest.raises(DamagedFile, match="PBES2 with PBKDF2"):
        open_pem(pem, ONE.password, "x.pem")


def test_a_key_file_of_bearable_cost_without_a_key_does_not_open() -> None:
    with pytest.raises(WrongPassword):
        open_pem(_pem(10), ONE.password, "x.pem")


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", b"\0" * 20_000])
def test_other_files_are_no_key_files(pem: bytes) -> None:
    with pytest.raises(DamagedFile, match="not an encrypted private key"):
        open_pem(pem, ONE.password, "x.pem")


def test_another_encryption_than_the_boxs_is_refused() -> None:
    key = generate_private_key(65537, 1024)  # noqa: S505 - a key to be refused
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"pw"))
    with pytest.raises(DamagedFile):
        open_pem(pem, SecretBytes(b"pw"), "x.pem")


def test_a_key_that_is_too_small_is_refused() -> None:
    key = generate_private_key(65537, 1024)  # noqa: S505 - a key to be refused
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw"))
    with pytest.raises(DamagedFile, match="2048 to 4096 bits"):
        open_pem(pem, SecretBytes(b"pw"), "x.pem")


# --- documents and rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_rows_hold_every_did_with_its_document_and_keys(sample: Sample) -> None:
    with open_idbox(sample.words, sample.source, sample.password) as opened, to_rows(opened, NOW) as rows:
        assert [(row.name, row.did) for row in rows.dids] == [(one["name"], one["did"]) for one in sample.own]
        for row, keys, document in zip(rows.dids, rows.keys, rows.documents, strict=True):
            assert keys.did == row.did
            assert keys.fit(document)
            assert json.loads(row.document) == json.loads(sample.documents[row.did.removeprefix("did:ipid:")])
            assert row.created == json.loads(row.document)["created"]
        assert {(peer.name, peer.did) for peer in rows.peers} == set(sample.peers.items())


def test_a_missing_document_is_made_from_the_keys() -> None:
    rows = to_rows(open_idbox(ONE.words, replace(ONE.source, documents={}), ONE.password), NOW)
    document = json.loads(rows.dids[0].document)
    [theirs] = ONE.documents.values()
    assert document == {**json.loads(theirs), "created": NOW, "version": 1}


def test_an_exchanged_document_is_not_taken_over() -> None:
    [(name, text)] = ONE.documents.items()
    forged = json.loads(text)
    forged["publicKey"][0]["publicKeyBase64"] = b64u(bytes(32))
    source = replace(ONE.source, documents={name: json.dumps(forged), "notes.txt": "hello"})
    opened = open_idbox(ONE.words, source, ONE.password)
    assert not opened.documents
    assert any("names other keys than the backup" in note for note in opened.notes)
    assert any("notes.txt is no DID document" in note for note in opened.notes)


def test_labels_that_the_wallet_cannot_hold_are_changed_and_told() -> None:
    opened = open_idbox(TWO.words, TWO.source, TWO.password)
    first, second = opened.own
    odd = replace(opened, own=(replace(first, name="a\nb" + "x" * 200), replace(second, name="a b" + "x" * 97)))
    rows = to_rows(odd, NOW)
    assert [row.name for row in rows.dids] == ["a b" + "x" * 97, "a b" + "x" * 93 + " (2)"]
    assert sum("label" in note for note in rows.notes) == 2


def test_one_did_under_two_labels_becomes_one_peer() -> None:
    opened = open_idbox(TWO.words, TWO.source)
    twice = replace(opened, peers=(opened.peers[0], replace(opened.peers[0], name="again")))
    rows = to_rows(twice, NOW)
    assert [peer.name for peer in rows.peers] == [opened.peers[0].name]
    assert any("two labels" in note for note in rows.notes)


# --- content ------------------------------------------------------------------------------------------------------


def _content(own: list[object], peers: object) -> bytes:
    encoded = [b64u(json.dumps(one).encode()) if isinstance(one, dict) else one for one in own]
    outer = {"ownIdentities": encoded, "peerIdentities": b64u(json.dumps(peers).encode())}
    return b64u(json.dumps(outer).encode()).encode()


def test_old_identities_have_no_key_name() -> None:
    identity = {key: value for key, value in ONE.own[0].items() if key != "keyName"}
    assert parse_content(_content([identity], [])).own[0].key_name == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signingKey": TWO.own[0]["encryptionKey"]}, "64 bytes"),
        ({"encryptionKey": {**ONE.own[0]["encryptionKey"], "publicKeyBase64": b64u(bytes(32))}}, "do not fit"),
        ({"signingKey": {**SIGNING, "secretKeyBase64": SIGNING["secretKeyBase64"][:43] + "A" * 43}}, "do not fit"),
        ({"did": "did:web:example.org"}, "another method"),
        ({"did": 7}, "not text"),
        ({"name": None}, "name"),
    ],
)
def test_identities_that_cannot_be_right_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        parse_content(_content([{**ONE.own[0], **change}], {}))


@pytest.mark.parametrize("peers", [["x"], {"a": 5}, {"a": "did:web:x"}, "text", {"n" * 5000: ONE.own[0]["did"]}])
def test_peers_that_cannot_be_right_are_refused(peers: object) -> None:
    with pytest.raises(DamagedFile):
        parse_content(_content([], peers))


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (
        lambda: parse_content(data),
        lambda: source_of_bytes(data),
        lambda: parse_sealed(data.decode("latin-1")),
        lambda: open_pem(data, SecretBytes(b"x"), "x"),
    ):
        try:
            read()
        except LedgerRecoveryError as error:
            assert isinstance(error, InputError)
