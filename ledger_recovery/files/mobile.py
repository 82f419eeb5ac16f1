"""[pure] The content of a Mobile Wallet export (Android, iOS) as frozen rows: what may be shown, and the rest sealed.

Such a file holds signing keys. Each identity and account keeps its JSON whole inside a SecretBytes, so that nothing is
lost on re-export; only names, addresses and what is public on chain stand beside it.
Source: concordium-reference-wallet-android (tag 3.4.0-legacy-release), -ios 1.5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, unique
from typing import Final

from ledger_recovery.secret import SecretBytes

MOBILE_TYPE: Final = "concordium-mobile-wallet-data"
MOBILE_VERSION: Final = 1
ENVIRONMENTS: Final = ("mainnet", "testnet", "staging", "mock", "local")

IDENTITY_ORDER: Final = (
    "name",
    "nextAccountNumber",
    "identityProvider",
    "identityObject",
    "privateIdObjectData",
    "accounts",
)
ACCOUNT_ORDER: Final = (
    "name",
    "address",
    "submissionId",
    "accountKeys",
    "commitmentsRandomness",
    "revealedAttributes",
    "credential",
    "encryptionSecretKey",
)
"""Of the Android Wallet's class declarations; readers rely on no order."""


@unique
class MobilePlatform(Enum):
    ANDROID = "android"
    IOS = "ios"


@dataclass(frozen=True, slots=True)
class MobileAccount:
    """`cred_id`: 96 hex, None when the file has no credential. `body`: the account's JSON without its name, secret."""

    name: str
    address: str
    cred_id: str | None
    is_initial: bool
    body: SecretBytes


@dataclass(frozen=True, slots=True)
class MobileIdentity:
    """`id_cred_pub`: 96 hex, what makes the identity itself. `body`: its JSON without name and accounts, secret."""

    name: str
    id_cred_pub: str
    provider_index: int
    provider_name: str
    accounts: tuple[MobileAccount, ...]
    body: SecretBytes


@dataclass(frozen=True, slots=True)
class MobileRecipient:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class MobileExport:
    """`environment`: as the file states it, None in files of before May 2021. `notes`: what the reader passed over."""

    identities: tuple[MobileIdentity, ...]
    recipients: tuple[MobileRecipient, ...] = ()
    environment: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def accounts(self) -> tuple[MobileAccount, ...]:
        return tuple(account for identity in self.identities for account in identity.accounts)

    def wipe(self) -> None:
        """Forget every secret of the file."""
        for identity in self.identities:
            identity.body.wipe()
            for account in identity.accounts:
                account.body.wipe()


def renamed(
    export: MobileExport,
    *,
    identities: Mapping[str, str],
    accounts: Mapping[str, str],
    recipients: tuple[MobileRecipient, ...] | None = None,
) -> MobileExport:
    """The export with other names, for writing it again after a merge; the secrets are shared, not copied.

    :param identities: new names by `id_cred_pub`; others stay.
    :param accounts: new names by address; others stay.
    :param recipients: the whole new list; None leaves it.
    """
    return replace(
        export,
        identities=tuple(
            replace(
                identity,
                name=identities.get(identity.id_cred_pub, identity.name),
                accounts=tuple(replace(a, name=accounts.get(a.address, a.name)) for a in identity.accounts),
            )
            for identity in export.identities
        ),
        recipients=export.recipients if recipients is None else recipients,
    )


def ordered(fields: Mapping[str, object], order: tuple[str, ...]) -> dict[str, object]:
    """Fields in `order`, those of newer apps after them; absent and null ones left out, as Gson does."""
    names = [*order, *(name for name in fields if name not in order)]
    return {name: fields[name] for name in names if fields.get(name) is not None}
