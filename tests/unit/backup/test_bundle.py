"""Whole bundles: opened with the words only; forged, swapped, cut, rolled-back and newer ones are told apart."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from ledger_recovery.backup.bundle import OpenedBundle, open_bundle, seal
from ledger_recovery.backup.bundle_header import HEADER_BYTES, check_bundle, digest_of, read_header
from ledger_recovery.backup.certificate import issue
from ledger_recovery.backup.content import content_to_bytes
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.padme import MIN_PADDED, padded_size
from ledger_recovery.errors import (
    DamagedFile,
    InputError,
    NewerVersion,
    NotOurFile,
    NotSignedByOwner,
    OtherBackup,
    RolledBack,
)
from ledger_recovery.wallet.backup_model import Seen
from tests.unit.backup.bundles import (
    CREATED,
    bundle,
    certificate,
    contacts,
    content,
    keys,
    payload_of,
    public,
    resigned,
    sealed,
    secret,
    seed,
)

NEWEST = Seen(7, digest_of(bundle()))


def plaintext(data: bytes) -> bytes:
    with keys().age_identity_text() as text:
        identity = pyrage.x25519.Identity.from_str(text.reveal().decode())
    opened: bytes = pyrage.decrypt(payload_of(data), [identity])
    return opened


def encrypted(text: bytes) -> bytes:
    """A signed bundle around any text for Alice."""
    return resigned(pyrage.encrypt(text, [pyrage.x25519.Recipient.from_str(keys().age_recipient)]))


def test_what_was_sealed_opens_with_the_words() -> None:
    found = open_bundle(bundle(), keys(), expect_generation=7, newest_seen=NEWEST)
    assert found == OpenedBundle(read_header(bundle()), content(), digest_of(bundle()))


def test_the_same_content_is_never_encrypted_alike() -> None:
    assert payload_of(sealed()) != payload_of(bundle())


def test_nothing_of_the_content_is_readable() -> None:
    for text in (b"B\xc3\xb6b", b"mainnet", b"did:ipid", content().wallet.snapshot.accounts[0].address.encode()):
        assert text in plaintext(bundle())
        assert text not in bundle()


# --- told apart -------------------------------------------------------------------------------------------------


def test_a_flipped_byte_is_damage() -> None:
    data = bundle()
    for place in (*range(HEADER_BYTES, HEADER_BYTES + 400), *range(HEADER_BYTES, len(data), 211), len(data) - 1):
        with pytest.raises(DamagedFile, match="altered"):
            open_bundle(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], keys())


def test_a_cut_file_is_called_cut_off() -> None:
    for length in (1, 30, 4095, 4096, 5000, len(bundle()) - 1):
        with pytest.raises(DamagedFile, match="cut off"):
            open_bundle(bundle()[:length], keys())


def test_another_persons_backup_is_told_as_such() -> None:
    with pytest.raises(OtherBackup, match="belongs to other words"):
        open_bundle(sealed(owner="bob", recipient=keys().age_recipient), keys())


def test_a_backup_with_my_id_by_another_owner_is_forged() -> None:
    """Whoever runs the Box knows the ID, and can certify himself for it; the words tell the owner key."""

    mallory = owner_keys(secret("mallory"))
    mallory.backup_id = keys().backup_id
    theirs = issue(mallory, public(), public("device"), CREATED)
    forged = resigned(payload_of(bundle()), replace(read_header(bundle()), certificate=theirs))
    check_bundle(forged)
    with pytest.raises(NotSignedByOwner, match="owner key that signed it is not yours"):
        open_bundle(forged, keys())


def test_another_generation_than_asked_for_is_told() -> None:
    with pytest.raises(OtherBackup, match="generation 8 was asked for, and this is generation 7"):
        open_bundle(bundle(), keys(), expect_generation=8)


def test_an_older_generation_than_seen_is_a_rollback() -> None:
    with pytest.raises(RolledBack, match=r"generation 7 of 2026-11-22.*already seen generation 8"):
        open_bundle(bundle(), keys(), newest_seen=Seen(8, "ab" * 32))


def test_the_same_number_with_another_digest_is_a_rollback() -> None:
    with pytest.raises(RolledBack, match="another backup under the number 7"):
        open_bundle(sealed(), keys(), newest_seen=NEWEST)


def test_a_newer_generation_than_seen_opens() -> None:
    assert open_bundle(bundle(), keys(), newest_seen=Seen(6, "ab" * 32)).header.generation == 7


def test_a_head_in_front_of_another_generations_content_is_swapped() -> None:
    """Even with the upload key: the content repeats its place inside the encryption."""
    with pytest.raises(OtherBackup, match="swapped: the head is of generation 7, the content inside of generation 3"):
        open_bundle(resigned(payload_of(sealed(generation=3))), keys())


def test_encrypted_for_somebody_else_is_told_from_damage() -> None:
    with pytest.raises(DamagedFile, match="signed, but does not open with the words"):
        open_bundle(sealed(recipient=keys("bob").age_recipient), keys())


def test_signed_damage_inside_is_told() -> None:
    payload = payload_of(bundle())
    for damaged in (payload[:-1], payload[:300], b"", b"age-encryption.org/v1\n", payload + b"x"):
        with pytest.raises(DamagedFile, match="signed, but does not open"):
            open_bundle(resigned(damaged), keys())


def test_a_newer_file_and_no_file() -> None:
    with pytest.raises(NewerVersion):
        open_bundle(bundle().replace(b"backup 1\n", b"backup 2\n", 1), keys())
    with pytest.raises(NotOurFile):
        open_bundle(b"PK\x03\x04" + bytes(5000), keys())


def line(**fields: object) -> bytes:
    body = content_to_bytes(content())
    head = {
        "format": "ledger-recovery-backup",
        "version": 1,
        "backup_id": keys().backup_id,
        "generation": 7,
        "created": CREATED,
        "content_length": len(body),
    }
    head = {name: value for name, value in {**head, **fields}.items() if value is not ...}
    text = json.dumps(head).encode() + b"\n" + body
    return text.ljust(padded_size(len(text)), b"\0")


INSIDE: dict[str, tuple[bytes, str]] = {
    "nothing": (b" ", "no first line"),
    "no JSON": (b"abc\n", "not JSON"),
    "endless line": (b"{" * 5000, "no first line"),
    "format": (line(format="tar"), "another kind"),
    "version": (line(version=0), "another kind"),
    "foreign field": (line(more=1), "cannot have: more"),
    "no id": (line(backup_id=...), "backup_id is missing"),
    "length": (line(content_length=10), "not padded"),
    "long length": (line(content_length=10**9), "outside"),
    "no padding": (line().rstrip(b"\0"), "not padded"),
    "too much padding": (line() + b"\0", "not padded"),
    "hidden bytes": (line()[:-1] + b"x", "not padded"),
}


@pytest.mark.parametrize(("text", "words"), INSIDE.values(), ids=INSIDE)
def test_what_cannot_stand_inside_is_refused(text: bytes, words: str) -> None:
    with pytest.raises(DamagedFile, match=words):
        open_bundle(encrypted(text), keys())


def test_a_newer_inside_is_told_as_such() -> None:
    with pytest.raises(NewerVersion, match="content has version 2"):
        open_bundle(encrypted(line(version=2)), keys())
    assert open_bundle(encrypted(line()), keys()).content == content()


def test_the_order_of_what_is_told() -> None:
    """Damage before forgery, forgery before whose it is, whose before how old: the first that holds is told."""
    bobs = sealed(owner="bob")
    with pytest.raises(DamagedFile):
        open_bundle(bobs[:-1], keys(), expect_generation=9, newest_seen=Seen(9, ""))
    with pytest.raises(OtherBackup, match="other words"):
        open_bundle(bobs, keys(), expect_generation=9, newest_seen=Seen(9, ""))
    with pytest.raises(OtherBackup, match="asked for"):
        open_bundle(bundle(), keys(), expect_generation=9, newest_seen=Seen(9, ""))


# --- sealing ----------------------------------------------------------------------------------------------------


def test_size_does_not_tell_ten_contacts_from_eleven() -> None:
    sizes = {len(plaintext(sealed(contacts(number)))) for number in (0, 1, 10, 11, 40)}
    assert sizes == {MIN_PADDED}
    large = len(plaintext(sealed(contacts(1000))))
    assert large == len(plaintext(sealed(contacts(1001))))
    body = len(content_to_bytes(contacts(1000)))
    assert large <= body * 1.12 + 300


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipient": "age1xyz"}, "no age X25519 recipient"),
        ({"upload_key": seed("other")}, "certificate names"),
        ({"generation": 0}, "cannot stand"),
        ({"previous": "none"}, "cannot stand"),
        ({"created": "2026-11-22"}, "cannot stand"),
    ],
    ids=["recipient", "key", "generation", "previous", "created"],
)
def test_mistakes_of_the_caller_are_refused(change: dict[str, object], words: str) -> None:
    given = {
        "recipient": keys().age_recipient,
        "certificate": certificate(),
        "upload_key": seed(),
        "generation": 1,
        "previous": "",
        "created": CREATED,
    }
    with pytest.raises(ValueError, match=words):
        seal(content(), **{**given, **change})  # type: ignore[arg-type]  # one of them is wrong by intent


def test_a_wallet_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger_recovery.backup.bundle.MAX_PAYLOAD_BYTES", 80_000)
    with pytest.raises(InputError, match="too large for a backup"):
        sealed(contacts(200))


def test_errors_do_not_hold_the_secret() -> None:
    shown = []
    for data in (bundle()[:-1], sealed(owner="bob"), sealed(recipient=keys("bob").age_recipient)):
        with pytest.raises(InputError) as caught:
            open_bundle(data, keys())
        shown.append(repr(caught.value) + caught.value.hint + repr(caught.value.__cause__ or caught.value.__context__))
    with keys().age_identity_text() as identity:
        assert not any(part in text for text in shown for part in (identity.reveal().decode(), secret().reveal().hex()))


# --- without this program ---------------------------------------------------------------------------------------

AGE = shutil.which("age")


@pytest.mark.skipif(AGE is None, reason="the stock age tool is not installed (Debian package age)")
def test_the_stock_age_tool_opens_a_bundle(tmp_path: Path) -> None:
    """As docs/backups-format.md says: cut the head off, give age the key."""
    (tmp_path / "my.backup").write_bytes(bundle())
    with keys().age_identity_text() as identity:
        (tmp_path / "key").write_bytes(identity.reveal())
    script = "tail -c +4097 my.backup > my.age && age --decrypt -i - -o my.out my.age < key"
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True, capture_output=True, timeout=20)
    assert (tmp_path / "my.out").read_bytes() == plaintext(bundle())
