"""The tables of EVM accounts; those of the wallet itself are in `schema`.

Addresses are the keys, because an address is the same account on every chain and under every scheme.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ledger_recovery.wallet.evm_model import EvmKind
from ledger_recovery.wallet.schema import Base, Unsigned64


def _address(column: str) -> CheckConstraint:
    rule = f"length({column}) = 42 AND {column} GLOB '0x*' AND substr({column}, 3) NOT GLOB '*[^0-9a-f]*'"
    return CheckConstraint(rule, name=f"{column}_hex")


def _hash(column: str) -> CheckConstraint:
    return CheckConstraint(f"length({column}) = 64 AND {column} NOT GLOB '*[^0-9a-f]*'", name=f"{column}_hex")


def _amount(column: str) -> CheckConstraint:
    """A 256-bit number as decimal text."""
    rule = f"length({column}) BETWEEN 1 AND 78 AND {column} NOT GLOB '*[^0-9]*'"
    return CheckConstraint(rule, name=f"{column}_digits")


def _kinds() -> Enum:
    return Enum(
        EvmKind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name="kind_known",
        values_callable=lambda kinds: [kind.value for kind in kinds],
    )


class EvmAccountTable(Base):
    __tablename__ = "evm_accounts"
    __table_args__ = (_address("address"),)

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    placeholder: Mapped[bool]


class EvmPlaceTable(Base):
    """One row for each place of each Ledger; several may lead to one address."""

    __tablename__ = "evm_places"
    __table_args__ = (
        _hash("fingerprint"),
        CheckConstraint(f"place_index BETWEEN 0 AND {2**31 - 1}", name="index_range"),
    )

    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    scheme: Mapped[str] = mapped_column(Text, primary_key=True)
    place_index: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(ForeignKey("evm_accounts.address"), index=True)


class EvmSmartAccountTable(Base):
    """What a smart account is made from; `owner` is no reference: changes come in any order."""

    __tablename__ = "evm_smart_accounts"
    __table_args__ = (_address("address"), _address("owner"), _amount("salt"))

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    recipe: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(42))
    salt: Mapped[str] = mapped_column(Text)
    first_owners: Mapped[str] = mapped_column(Text)


class EvmSightingTable(Base):
    """What one block of a chain said of an account or smart account: a row as a whole, or none."""

    __tablename__ = "evm_sightings"
    __table_args__ = (
        _address("address"),
        _hash("block_hash"),
        _amount("balance"),
        CheckConstraint("chain_id >= 1", name="chain_id_positive"),
    )

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    block_height: Mapped[int] = mapped_column(Unsigned64)
    block_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[EvmKind] = mapped_column(_kinds())
    nonce: Mapped[int | None] = mapped_column(Unsigned64)
    balance: Mapped[str] = mapped_column(Text)
    code_size: Mapped[int] = mapped_column(Unsigned64)
    delegate: Mapped[str | None] = mapped_column(String(42))
    owners: Mapped[str] = mapped_column(Text)
    threshold: Mapped[int | None] = mapped_column(BigInteger)


class EvmHoldingTable(Base):
    """What one block of a chain said of a token of an account."""

    __tablename__ = "evm_holdings"
    __table_args__ = (
        _address("address"),
        _address("token"),
        _amount("amount"),
        CheckConstraint("chain_id >= 1", name="chain_id_positive"),
        CheckConstraint("decimals BETWEEN 0 AND 255", name="decimals_range"),
    )

    address: Mapped[str] = mapped_column(String(42), primary_key=True)
    chain_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token: Mapped[str] = mapped_column(String(42), primary_key=True)
    symbol: Mapped[str] = mapped_column(Text)
    decimals: Mapped[int]
    amount: Mapped[str] = mapped_column(Text)
    block_height: Mapped[int] = mapped_column(Unsigned64)
