"""[pure] Write the content of a Mobile Wallet export, for Android or iOS, from rows that were read from one.

It can write only what was read: signing keys cannot be made up, so that Ledger accounts have no such file. A file
read from an Android Wallet and written for Android gives the same bytes. Encrypts nothing.
"""

from __future__ import annotations

import json

from ledger_recovery.errors import InputError
from ledger_recovery.files.escapes import gson_escaped, slash_escaped
from ledger_recovery.files.json_text import dump
from ledger_recovery.files.mobile import (
    ACCOUNT_ORDER,
    IDENTITY_ORDER,
    MOBILE_TYPE,
    MOBILE_VERSION,
    MobileAccount,
    MobileExport,
    MobileIdentity,
    MobilePlatform,
    ordered,
)
from ledger_recovery.secret import SecretBytes

_Json = dict[str, object]


def write_mobile(export: MobileExport, platform: MobilePlatform) -> SecretBytes:
    """The inner JSON as the platform's wallet writes it, UTF-8; secret, because it holds the keys.

    :raises InputError: nothing to export, no environment, or an account that the platform cannot read.
    """
    _check(export, platform)
    escaped = gson_escaped if platform is MobilePlatform.ANDROID else slash_escaped
    return SecretBytes(escaped(_text(export)).encode("utf-8"))


def pack_mobile(export: MobileExport) -> SecretBytes:
    """The inner JSON of any imported file, without a platform's escapes: how our vault and our own format keep it.

    `mobile_read.read_mobile` reads it.
    """
    return SecretBytes(_text(export).encode("utf-8"))


def _text(export: MobileExport) -> str:
    value = {
        "identities": [_identity(row) for row in export.identities],
        "recipients": [{"name": row.name, "address": row.address} for row in export.recipients],
    }
    document: _Json = {"type": MOBILE_TYPE, "v": MOBILE_VERSION, "value": value}
    if export.environment is not None:
        document["environment"] = export.environment
    return dump(document)


def _check(export: MobileExport, platform: MobilePlatform) -> None:
    if not export.identities:
        raise InputError(
            "there is no mobile identity to export: a Mobile Wallet file needs the signing keys of its accounts, "
            "and those of Ledger accounts never leave the Ledger",
            "Export in our own format or as a Desktop Wallet file.",
        )
    if export.environment is None:
        raise InputError(
            "the imported mobile file does not say which network it belongs to, and newer wallets refuse such files",
            "Name the network for the export.",
        )
    bare = [account.address for account in export.accounts if account.cred_id is None]
    if platform is MobilePlatform.IOS and bare:
        raise InputError(
            f"the iOS Wallet cannot read an account without its credential ({bare[0]} has none)",
            "Export for Android, whose wallet can.",
        )


def _identity(row: MobileIdentity) -> _Json:
    fields: _Json = {"name": row.name, **_opened(row.body), "accounts": [_account(a) for a in row.accounts]}
    return ordered(fields, IDENTITY_ORDER)


def _account(row: MobileAccount) -> _Json:
    return ordered({"name": row.name, **_opened(row.body)}, ACCOUNT_ORDER)


def _opened(body: SecretBytes) -> _Json:
    fields = json.loads(body.reveal())
    return fields if isinstance(fields, dict) else {}
