"""[pure] Read the content of a Mobile Wallet export; both platforms' escapes are plain JSON.

As strict as the wallets' own import: type and version are compared, identities must not be empty. Key material is
checked for shape only and goes straight into SecretBytes.
"""

from __future__ import annotations

import re
from typing import Final

from ledger_recovery.errors import DamagedFile, NewerVersion, NotOurFile
from ledger_recovery.files.bounds import MAX_NAME
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.files.mobile import (
    ACCOUNT_ORDER,
    IDENTITY_ORDER,
    MOBILE_TYPE,
    MOBILE_VERSION,
    MobileAccount,
    MobileExport,
    MobileIdentity,
    MobileRecipient,
    ordered,
)
from ledger_recovery.secret import SecretBytes

_HEX: Final = re.compile(r"[0-9a-f]+")
_ADVICE: Final = "Export the wallet again, or use another copy of the file."


def read_mobile(content: bytes) -> MobileExport:
    """The rows of a decrypted export.

    :raises NotOurFile: the content is of another type.
    :raises NewerVersion: a version of the content that this program does not know.
    :raises DamagedFile: a field missing, of a wrong type, or key material of a wrong shape.
    """
    return mobile_from_document(Record(parse(content, "the content of the file"), ""))


def mobile_from_document(document: Record) -> MobileExport:
    """As `read_mobile`, of the parsed content."""
    if document.raw("type") != MOBILE_TYPE:
        raise NotOurFile(
            "the content of the file is not that of a Concordium Mobile Wallet export", "Choose such an export."
        )
    version = document.integer("v")
    if version != MOBILE_VERSION:
        raise NewerVersion(
            f"the Mobile Wallet export has version {version} of its content; this program knows version 1",
            "Use a newer version of this program.",
        )
    value = document.record("value")
    identities = tuple(_identity(row) for row in value.records("identities"))
    if not identities:
        raise DamagedFile("the file does not contain any identities, which no Mobile Wallet exports", _ADVICE)
    recipients = tuple(
        MobileRecipient(row.name(), row.text("address", limit=MAX_NAME)) for row in value.records("recipients")
    )
    environment = document.optional_text("environment", limit=MAX_NAME)
    notes = tuple(
        f'the field "{name}" of {where} is unknown to this program and was passed over'
        for where, record in (("the file", document), ("value", value))
        for name in record.not_asked()
    )
    return MobileExport(identities, recipients, environment, notes)


def _identity(row: Record) -> MobileIdentity:
    row.integer("nextAccountNumber", 0)
    private = row.record("privateIdObjectData")
    _secret_hex(private.record("aci").record("credentialHolderInformation"), "idCredSecret", 64)
    _secret_hex(private.record("aci"), "prfKey", 64)
    _secret_hex(private, "randomness", 64)
    provider = row.record("identityProvider").record("ipInfo")
    public = row.record("identityObject").record("preIdentityObject").record("pubInfoForIp")
    return MobileIdentity(
        name=row.name(),
        id_cred_pub=_public_hex(public, "idCredPub", 96),
        provider_index=provider.integer("ipIdentity", high=2**32 - 1),
        provider_name=provider.record("ipDescription").name(),
        accounts=tuple(_account(account) for account in row.records("accounts")),
        body=_sealed(row, IDENTITY_ORDER, "name", "accounts"),
    )


def _account(row: Record) -> MobileAccount:
    for key in row.record("accountKeys").items("keys"):
        for pair in key.items("keys"):
            _secret_hex(pair, "signKey", 64)
    _secret_hex(row, "encryptionSecretKey", 160)
    cred_id, is_initial = _credential(row)
    return MobileAccount(
        name=row.name(),
        address=row.text("address", limit=MAX_NAME),
        cred_id=cred_id,
        is_initial=is_initial,
        body=_sealed(row, ACCOUNT_ORDER, "name"),
    )


def _credential(row: Record) -> tuple[str | None, bool]:
    """The credential ID, and whether the credential is the initial one; Android may write an empty `value`."""
    if not row.has("credential"):
        return None, False
    value = row.record("credential").record("value")
    if not value.has("credential"):
        return None, False
    credential = value.record("credential")
    is_initial = credential.text("type", limit=MAX_NAME) == "initial"
    return _public_hex(credential.record("contents"), "regId" if is_initial else "credId", 96), is_initial


def _sealed(row: Record, order: tuple[str, ...], *without: str) -> SecretBytes:
    return SecretBytes(dump(ordered(row.without(*without), order)).encode("utf-8"))


def _secret_hex(row: Record, name: str, digits: int) -> None:
    value = row.text(name)
    if len(value) != digits or not _HEX.fullmatch(value):
        raise DamagedFile(f"{row.place}.{name} does not have the shape of a key", _ADVICE)


def _public_hex(row: Record, name: str, digits: int) -> str:
    value = row.text(name)
    if len(value) != digits or not _HEX.fullmatch(value):
        raise DamagedFile(f"{row.place}.{name} is not hexadecimal text of {digits} digits", _ADVICE)
    return value
