"""The content of Mobile Wallet exports: both platforms both ways, and no key where it could be seen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from ledger_recovery.errors import DamagedFile, InputError, NewerVersion, NotOurFile
from ledger_recovery.files.escapes import gson_escaped, slash_escaped
from ledger_recovery.files.mobile import MobileExport, MobilePlatform, MobileRecipient, renamed
from ledger_recovery.files.mobile_read import read_mobile
from ledger_recovery.files.mobile_write import pack_mobile, write_mobile
from tests.unit.files.support import compact, sample, sample_json

SAMPLES = [
    ("mobile-export-android.plain.json", MobilePlatform.ANDROID),
    ("mobile-export-ios.plain.json", MobilePlatform.IOS),
]
ANDROID = "mobile-export-android.plain.json"
Change = Callable[[Any], object]


def android() -> MobileExport:
    return read_mobile(sample(ANDROID))


def test_an_android_file_written_again_is_the_same_byte_for_byte() -> None:
    assert write_mobile(android(), MobilePlatform.ANDROID).reveal() == sample(ANDROID)


@pytest.mark.parametrize(("name", "own"), SAMPLES)
@pytest.mark.parametrize("platform", MobilePlatform)
def test_every_file_can_be_written_for_either_platform(
    name: str, own: MobilePlatform, platform: MobilePlatform
) -> None:
    export = read_mobile(sample(name))
    written = write_mobile(export, platform).reveal()
    assert json.loads(written) == sample_json(name)
    assert read_mobile(written) == export


@pytest.mark.parametrize(("name", "platform"), SAMPLES)
def test_the_vaults_form_reads_back(name: str, platform: MobilePlatform) -> None:
    export = read_mobile(sample(name))
    assert read_mobile(pack_mobile(export).reveal()) == export


def test_ios_escapes_slashes_and_android_html() -> None:
    written = write_mobile(android(), MobilePlatform.IOS).reveal()
    assert b"https:\\/\\/idp1.example" in written
    assert b"https://idp1.example" in write_mobile(android(), MobilePlatform.ANDROID).reveal()
    assert gson_escaped("a=<b>&'\u2028") == "a\\u003d\\u003cb\\u003e\\u0026\\u0027\\u2028"
    assert slash_escaped("a/b") == "a\\/b"


def test_what_may_be_shown_is_beside_the_sealed_body() -> None:
    export = android()
    assert [i.name for i in export.identities] == ["Phone ID", "Second ID"]
    assert export.identities[0].provider_name == "Sample Notary"
    assert export.environment == "testnet"
    assert [a.name for a in export.accounts][:2] == ["Phone main", 'Coffee & "tea" <fund>']
    assert [a.is_initial for a in export.accounts][:2] == [True, False]
    assert all(a.cred_id is not None and len(a.cred_id) == 96 for a in export.accounts)


def secrets_of(name: str) -> set[str]:
    """Every key and every piece of randomness in a file, by the names of their fields."""
    found: set[str] = set()

    def walk(value: object, secret: bool) -> None:
        if isinstance(value, dict):
            for key, below in value.items():
                hidden = key in {"signKey", "idCredSecret", "prfKey", "randomness", "encryptionSecretKey"}
                walk(below, secret or hidden or key == "commitmentsRandomness")
        elif isinstance(value, list):
            for below in value:
                walk(below, secret)
        elif secret and isinstance(value, str):
            found.add(value)

    walk(sample_json(name), False)
    return found


@pytest.mark.parametrize(("name", "platform"), SAMPLES)
def test_no_secret_is_in_a_repr(name: str, platform: MobilePlatform) -> None:
    shown = repr(read_mobile(sample(name)))
    hidden = secrets_of(name)
    assert len(hidden) > 5
    assert not [s for s in hidden if s in shown]


def test_wiping_forgets_every_body() -> None:
    export = android()
    export.wipe()
    assert all(identity.body.wiped for identity in export.identities)
    assert all(account.body.wiped for account in export.accounts)


def test_merged_names_and_recipients_are_written_and_nothing_else_changes() -> None:
    export = android()
    first, account = export.identities[0], export.identities[0].accounts[0]
    merged = renamed(
        export,
        identities={first.id_cred_pub: "New ID"},
        accounts={account.address: "New name"},
        recipients=(MobileRecipient("Alice", "4x"),),
    )
    expected = sample_json(ANDROID)
    expected["value"]["identities"][0]["name"] = "New ID"
    expected["value"]["identities"][0]["accounts"][0]["name"] = "New name"
    expected["value"]["recipients"] = [{"name": "Alice", "address": "4x"}]
    assert json.loads(write_mobile(merged, MobilePlatform.ANDROID).reveal()) == expected


def changed(change: Change) -> bytes:
    document = sample_json(ANDROID)
    change(document)
    return compact(document)


def first(document: Any) -> Any:
    return document["value"]["identities"][0]


def account(document: Any) -> Any:
    return first(document)["accounts"][0]


def test_a_file_of_before_may_2021_has_no_environment() -> None:
    export = read_mobile(changed(lambda d: d.pop("environment")))
    assert export.environment is None
    with pytest.raises(InputError, match="which network"):
        write_mobile(export, MobilePlatform.ANDROID)
    assert read_mobile(pack_mobile(export).reveal()) == export


def test_an_account_without_credential_goes_to_android_only() -> None:
    export = read_mobile(changed(lambda d: account(d)["credential"].update(value={})))
    assert export.accounts[0].cred_id is None
    assert read_mobile(write_mobile(export, MobilePlatform.ANDROID).reveal()) == export
    with pytest.raises(InputError, match="iOS Wallet cannot read"):
        write_mobile(export, MobilePlatform.IOS)


def test_fields_of_newer_apps_survive() -> None:
    content = changed(lambda d: account(d).update(colour="blue"))
    written = json.loads(write_mobile(read_mobile(content), MobilePlatform.ANDROID).reveal())
    assert account(written)["colour"] == "blue"


def test_without_imported_keys_there_is_nothing_to_export() -> None:
    with pytest.raises(InputError, match="never leave the Ledger") as caught:
        write_mobile(MobileExport((), (), "mainnet"), MobilePlatform.IOS)
    assert "Desktop" in caught.value.hint


REFUSED: dict[str, tuple[Change, type[InputError], str]] = {
    "type": (lambda d: d.update(type="other"), NotOurFile, "not that of a Concordium Mobile Wallet"),
    "no type": (lambda d: d.pop("type"), NotOurFile, "not that of a Concordium Mobile Wallet"),
    "newer": (lambda d: d.update(v=2), NewerVersion, "version 2"),
    "no version": (lambda d: d.pop("v"), DamagedFile, "v is missing"),
    "no value": (lambda d: d.pop("value"), DamagedFile, "value is not an object"),
    "no identities": (lambda d: d["value"].update(identities=[]), DamagedFile, "any identities"),
    "no recipients": (lambda d: d["value"].pop("recipients"), DamagedFile, "recipients is missing"),
    "no private data": (lambda d: first(d).pop("privateIdObjectData"), DamagedFile, "privateIdObjectData"),
    "short prf key": (
        lambda d: first(d)["privateIdObjectData"]["aci"].update(prfKey="00"),
        DamagedFile,
        "shape of a key",
    ),
    "no id_cred_pub": (
        lambda d: first(d)["identityObject"]["preIdentityObject"]["pubInfoForIp"].pop("idCredPub"),
        DamagedFile,
        "idCredPub is missing",
    ),
    "no keys": (lambda d: account(d)["accountKeys"].update(keys={}), DamagedFile, "keys is not"),
    "sign key": (
        lambda d: account(d)["accountKeys"]["keys"]["0"]["keys"]["0"].update(signKey="xx" * 32),
        DamagedFile,
        "signKey does not have the shape",
    ),
    "upper case": (
        lambda d: account(d).update(encryptionSecretKey="AB" * 80),
        DamagedFile,
        "encryptionSecretKey does not have the shape",
    ),
}


@pytest.mark.parametrize(("change", "kind", "words"), REFUSED.values(), ids=REFUSED)
def test_what_the_wallets_would_refuse_is_refused(change: Change, kind: type[InputError], words: str) -> None:
    content = changed(change)
    with pytest.raises(kind, match=words) as caught:
        read_mobile(content)
    assert not re.search(r"[0-9a-f]{32}", caught.value.sentence)  # no key in an error
