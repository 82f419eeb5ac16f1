"""The tables of the wallet file, as SQLAlchemy maps them; the migrations create them and a test holds both together.

One table for each row type of `model`, one for the network, two for the vault. What the database itself guarantees is
written as a constraint; what needs the meaning of a change is in `writer`. Texts of the Desktop Wallet are stored as
they came.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ledger_recovery.wallet.model import AccountStatus, IdentityStatus, KeyStatus

APPLICATION_ID = 0x4C525741
"""SQLite's own mark of what a file is for ("LRWA"); a file without it is never opened as a wallet."""

LEGACY_PROVIDER = -1
"""Stands for "no provider" in a column: NULLs are never equal, so a unique key would not hold with them."""

UINT64_LIMIT = 2**64
_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Unsigned64(TypeDecorator[int]):
    """A u64 of the chain as decimal text: SQLite's integers end at 2^63 - 1."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not 0 <= value < UINT64_LIMIT:
            raise ValueError("a chain quantity is outside the range of a u64")
        return str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        number = int(value)
        if not 0 <= number < UINT64_LIMIT:
            raise ValueError("a stored chain quantity is outside the range of a u64")
        return number


def _stored(kind: type[StrEnum], name: str) -> Enum:
    """An enum by its values, with a check that the database keeps."""
    return Enum(kind, native_enum=False, create_constraint=True, length=32, name=name, values_callable=_values)


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def _hex(column: str, digits: int) -> CheckConstraint:
    return CheckConstraint(f"length({column}) = {digits} AND {column} NOT GLOB '*[^0-9a-f]*'", name=f"{column}_hex")


class Base(DeclarativeBase):
    metadata: ClassVar[MetaData] = MetaData(naming_convention=_NAMES)


class NetworkTable(Base):
    """At most one row: the network to which the wallet is bound."""

    __tablename__ = "network"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), _hex("genesis_hash", 64))

    id: Mapped[int] = mapped_column(primary_key=True)
    genesis_hash: Mapped[str] = mapped_column(String(64))


class WalletTable(Base):
    __tablename__ = "wallets"
    __table_args__ = (_hex("fingerprint", 64),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))


class IdentityTable(Base):
    """`provider`: LEGACY_PROVIDER on the legacy path."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("wallet_id", "provider", "identity_index"),
        CheckConstraint(f"provider BETWEEN {LEGACY_PROVIDER} AND {2**31 - 1}", name="provider_range"),
        CheckConstraint(f"identity_index BETWEEN 0 AND {2**31 - 1}", name="index_range"),
        CheckConstraint("keygen_version IN (0, 1)", name="keygen_version_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    wallet_id: Mapped[int] = mapped_column(ForeignKey("wallets.id"))
    provider: Mapped[int]
    identity_index: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[IdentityStatus] = mapped_column(_stored(IdentityStatus, "status_known"))
    keygen_version: Mapped[int]
    detail: Mapped[str | None] = mapped_column(Text)
    code_uri: Mapped[str | None] = mapped_column(Text)
    identity_provider: Mapped[str | None] = mapped_column(Text)
    identity_object: Mapped[str | None] = mapped_column(Text)
    randomness: Mapped[str | None] = mapped_column(Text)


class AccountTable(Base):
    """`canonical`: see `canonical_key`; it is what makes an account unique, `address` is what people see."""

    __tablename__ = "accounts"
    __table_args__ = (CheckConstraint("signature_threshold >= 1", name="threshold_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    canonical: Mapped[str] = mapped_column(Text, unique=True)
    address: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"), index=True)
    status: Mapped[AccountStatus] = mapped_column(_stored(AccountStatus, "status_known"))
    is_initial: Mapped[bool]
    signature_threshold: Mapped[int]
    self_amounts: Mapped[str] = mapped_column(Text)
    incoming_amounts: Mapped[str] = mapped_column(Text)
    total_decrypted: Mapped[str] = mapped_column(Text)
    all_decrypted: Mapped[bool]
    deployment_transaction_id: Mapped[str | None] = mapped_column(Text)
    transaction_filter: Mapped[str] = mapped_column(Text)


class AccountFactsTable(Base):
    """What one finalized block said of an account: a row as a whole, or none."""

    __tablename__ = "account_facts"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    block_height: Mapped[int] = mapped_column(Unsigned64)
    account_index: Mapped[int] = mapped_column(Unsigned64)
    balance: Mapped[int] = mapped_column(Unsigned64)
    at_disposal: Mapped[int | None] = mapped_column(Unsigned64)
    staked: Mapped[int] = mapped_column(Unsigned64)
    locked: Mapped[int] = mapped_column(Unsigned64)
    in_cooldown: Mapped[int] = mapped_column(Unsigned64)
    stake_kind: Mapped[str] = mapped_column(String(32))
    stake_target: Mapped[int | None] = mapped_column(Unsigned64)


class CredentialTable(Base):
    """Own credentials, the removed ones too.

    Not a key into `accounts`: the account of a removed credential is not ours. Not unique by account and credential
    index: an index that a removed credential held may go to a new one, and changes come in any order.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("identity_id", "scheme", "counter"),
        _hex("cred_id", 96),
        CheckConstraint("counter BETWEEN 0 AND 255", name="counter_range"),
        CheckConstraint("credential_index BETWEEN 0 AND 255", name="credential_index_range"),
        CheckConstraint("NOT removed OR credential_index IS NULL", name="removed_without_index"),
    )

    cred_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    account_address: Mapped[str] = mapped_column(Text)
    identity_id: Mapped[int] = mapped_column(ForeignKey("identities.id"))
    counter: Mapped[int]
    credential_index: Mapped[int | None]
    policy: Mapped[str | None] = mapped_column(Text)
    randomness: Mapped[str | None] = mapped_column(Text)
    scheme: Mapped[str] = mapped_column(String(32))
    removed: Mapped[bool]
    key_status: Mapped[KeyStatus] = mapped_column(_stored(KeyStatus, "key_status_known"))


class ExternalCredentialTable(Base):
    __tablename__ = "external_credentials"
    __table_args__ = (_hex("cred_id", 96),)

    cred_id: Mapped[str] = mapped_column(String(96), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    note: Mapped[str | None] = mapped_column(Text)


class AddressBookTable(Base):
    """By the text that the person entered: two aliases of one account may have two entries."""

    __tablename__ = "address_book"

    address: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    read_only: Mapped[bool]


class VaultTable(Base):
    """At most one row: the vault's header (`vault_codec`)."""

    __tablename__ = "vault"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    vault_id: Mapped[bytes] = mapped_column(LargeBinary)
    memory_kib: Mapped[int]
    iterations: Mapped[int]
    lanes: Mapped[int]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    checksum: Mapped[bytes] = mapped_column(LargeBinary)


class VaultItemTable(Base):
    """One encrypted secret each."""

    __tablename__ = "vault_items"
    __table_args__ = (UniqueConstraint("purpose", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    nonce: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
