"""Recognising, opening and making whole files, whatever their kind."""

from __future__ import annotations

import json

import pytest

from ledger_recovery.errors import DamagedFile, InputError, NewerVersion, NotOurFile, WrongPassword
from ledger_recovery.files.content import WalletContent, content_to_bytes
from ledger_recovery.files.desktop_read import read_desktop
from ledger_recovery.files.mobile import MobilePlatform
from ledger_recovery.files.mobile_read import read_mobile
from ledger_recovery.files.own import seal_with
from ledger_recovery.files.reading import check_new_password, open_file
from ledger_recovery.files.recognise import ContentKind, FileKind, recognise
from ledger_recovery.files.writing import Randomness, desktop_file, mobile_file, own_file
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.model import WalletSnapshot
from tests.unit.files import support
from tests.unit.files.support import CHEAP, IV, SALT, cbc_file, compact, password, sample, sample_json

RANDOM = Randomness(SALT, IV)
BOX = sample_json("identity-box-backups.json")["backups"]
SAMPLES = [
    ("desktop-export.json", FileKind.DESKTOP_OR_MOBILE, ContentKind.DESKTOP, "Desktop Wallet 1.3 or later"),
    ("desktop-export-old.json", FileKind.DESKTOP_OR_MOBILE, ContentKind.DESKTOP, "Desktop Wallet 0.5 to 1.0"),
    ("desktop-export-v0.3-hex.json", FileKind.DESKTOP_HEX, ContentKind.DESKTOP, "Desktop Wallet 0.2 or 0.3"),
    ("mobile-export-android.json", FileKind.DESKTOP_OR_MOBILE, ContentKind.MOBILE, "Mobile Wallet for testnet"),
    ("mobile-export-ios.json", FileKind.DESKTOP_OR_MOBILE, ContentKind.MOBILE, "Mobile Wallet for mainnet"),
]


@pytest.mark.parametrize(("name", "kind", "likely", "words"), SAMPLES)
def test_every_sample_is_recognised_and_opened(name: str, kind: FileKind, likely: ContentKind, words: str) -> None:
    found = recognise(sample(name))
    assert (found.kind, found.likely, found.refusal) == (kind, likely, None)
    opened = open_file(sample(name), password())
    assert words in opened.sentence
    assert (opened.desktop is not None, opened.mobile is not None) == (
        likely is ContentKind.DESKTOP,
        likely is ContentKind.MOBILE,
    )


def test_the_hexadecimal_file_holds_the_rows_of_the_old_one() -> None:
    found = open_file(sample("desktop-export-v0.3-hex.json"), password()).desktop
    assert found is not None
    old = read_desktop(sample("desktop-export-old.plain.json"))
    assert (found.accounts, found.identities, found.credentials) == (old.accounts, old.identities, old.credentials)


def test_our_own_file_is_recognised_without_a_password_and_opened_with_it() -> None:
    content = WalletContent(WalletSnapshot(), "2026-01-01", SecretBytes(b"vault"))
    data = seal_with(CHEAP, content_to_bytes(content), password(), SALT)
    assert recognise(data).kind is FileKind.OWN
    opened = open_file(data, password())
    assert opened.own == content
    opened.wipe()
    assert opened.own.secret is not None
    assert opened.own.secret.wiped
    with pytest.raises(WrongPassword):
        open_file(data, password("test-password-2"))


REFUSED = {
    "newer": (support.own_file().replace(b"v1\n", b"v9\n", 1), FileKind.OWN_NEWER, NewerVersion, "version 9"),
    "own damaged": (support.own_file()[:200], FileKind.DAMAGED, DamagedFile, "damaged"),
    "box": (BOX[0].encode(), FileKind.IDENTITY_BOX, NotOurFile, "Identity Box"),
    "small box": (BOX[1].encode() + b"\n", FileKind.IDENTITY_BOX, NotOurFile, "Identity Box"),
    "box request": (
        compact(
            {
                "servicePath": "identity-box.identity-service",
                "method": "backup",
                "params": [{"encryptedBackup": BOX[0], "backupId": "x", "identityNames": []}],
            }
        ),
        FileKind.IDENTITY_BOX,
        NotOurFile,
        "Identity Box",
    ),
    "text": (b"hello", FileKind.NOT_OURS, NotOurFile, "not a wallet export"),
    "long word": (b"a" * 500, FileKind.NOT_OURS, NotOurFile, "not a wallet export"),
    "hexadecimal": (b"0123456789abcdef" * 40, FileKind.NOT_OURS, NotOurFile, "not a wallet export"),
    "empty": (b"", FileKind.NOT_OURS, NotOurFile, "not a wallet export"),
    "cut": (sample("desktop-export.json")[:1000], FileKind.DAMAGED, DamagedFile, "cut off"),
    "cut in the metadata": (sample("desktop-export.json")[:-20], FileKind.NOT_OURS, NotOurFile, "not JSON at byte"),
}


@pytest.mark.parametrize(("data", "kind", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_told_before_a_password(
    data: bytes, kind: FileKind, error: type[InputError], words: str
) -> None:
    found = recognise(data)
    assert found.kind is kind
    assert words in found.sentence
    with pytest.raises(error, match=words) as caught:
        open_file(data, password())
    assert caught.value.hint


CONTENT = {
    "other type": (compact({"type": "concordium-browser-wallet-account", "v": 0, "value": "x" * 64}), NotOurFile),
    "no tables": (compact({"a": "x" * 64}), DamagedFile),
    "broken JSON": (b'{"accounts":[' + b" " * 64, DamagedFile),
    "no document": (b"[1]", DamagedFile),
}


@pytest.mark.parametrize(("content", "error"), CONTENT.values(), ids=CONTENT)
def test_decrypted_content_that_is_no_wallet_is_refused(content: bytes, error: type[InputError]) -> None:
    with pytest.raises(error):
        open_file(cbc_file(content), password())


def test_a_desktop_file_of_ours_is_made_as_the_wallet_makes_it() -> None:
    content = sample("desktop-export.plain.json")
    data = desktop_file(read_desktop(content), password(), RANDOM)
    assert list(json.loads(data)["metadata"].values())[:2] == [32, 10_000]
    opened = open_file(data, password()).desktop
    assert opened == read_desktop(content)


@pytest.mark.parametrize("platform", MobilePlatform)
def test_a_mobile_file_of_ours_opens_again(platform: MobilePlatform) -> None:
    export = read_mobile(sample("mobile-export-android.plain.json"))
    data = mobile_file(export, platform, password(), RANDOM)
    assert json.loads(data)["metadata"]["iterations"] == 100_000
    assert recognise(data).likely is ContentKind.MOBILE
    assert open_file(data, password()).mobile == export


def test_our_own_file_is_never_written_weak() -> None:
    with pytest.raises(ValueError, match="less work"):
        own_file(WalletContent(WalletSnapshot()), password(), RANDOM, cost=CHEAP)
    data = own_file(WalletContent(WalletSnapshot()), password(), RANDOM)
    assert open_file(data, password()).own == WalletContent(WalletSnapshot())


def test_randomness_has_its_lengths_and_is_not_shown() -> None:
    assert "xf0" not in repr(RANDOM)
    with pytest.raises(ValueError, match="random bytes"):
        Randomness(SALT[:16], IV)


@pytest.mark.parametrize(("text", "fine"), [("", False), ("12345", False), ("123456", True), ("päßwör", True)])
def test_the_shortest_password(text: str, fine: bool) -> None:
    if fine:
        check_new_password(password(text))
    else:
        with pytest.raises(InputError, match="fewer than 6"):
            check_new_password(password(text))


def test_a_password_that_is_no_text_is_refused() -> None:
    with pytest.raises(InputError, match="UTF-8"):
        check_new_password(SecretBytes(b"\xff" * 8))
