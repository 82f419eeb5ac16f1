"""Revision 0004: accounts, places, smart accounts and chain facts of EVM chains."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _smart_accounts()
    _sightings()
    _holdings()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _short(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _address(table: str, column: str) -> sa.CheckConstraint:
    rule = f"length({column}) = 42 AND {column} GLOB '0x*' AND substr({column}, 3) NOT GLOB '*[^0-9a-f]*'"
    return _check(table, f"{column}_hex", rule)


def _hash(table: str, column: str) -> sa.CheckConstraint:
    return _check(table, f"{column}_hex", f"length({column}) = 64 AND {column} NOT GLOB '*[^0-9a-f]*'")


def _amount(table: str, column: str) -> sa.CheckConstraint:
    rule = f"length({column}) BETWEEN 1 AND 78 AND {column} NOT GLOB '*[^0-9]*'"
    return _check(table, f"{column}_digits", rule)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _accounts() -> None:
    op.create_table(
        "evm_accounts",
        _short("address", 42),
        _text("name"),
        sa.Column("placeholder", sa.Boolean(), nullable=False),
        _address("evm_accounts", "address"),
        _key("evm_accounts", "address"),
    )
    op.create_table(
        "evm_places",
        _short("fingerprint", 64),
        _text("scheme"),
        _number("place_index"),
        _text("path"),
        _short("address", 42),
        _hash("evm_places", "fingerprint"),
        _check("evm_places", "index_range", "place_index BETWEEN 0 AND 2147483647"),
        sa.ForeignKeyConstraint(["address"], ["evm_accounts.address"], name=op.f("fk_evm_places_address")),
        _key("evm_places", "fingerprint", "scheme", "place_index"),
    )
    op.create_index(op.f("ix_evm_places_address"), "evm_places", ["address"])


def _smart_accounts() -> None:
    table = "evm_smart_accounts"
    op.create_table(
        table,
        _short("address", 42),
        _text("recipe"),
        _short("owner", 42),
        _text("salt"),
        _text("first_owners"),
        _address(table, "address"),
        _address(table, "owner"),
        _amount(table, "salt"),
        _key(table, "address"),
    )


def _sightings() -> None:
    table = "evm_sightings"
    kinds = ("absent", "eoa", "delegated", "contract", "code-unread")
    op.create_table(
        table,
        _short("address", 42),
        _big("chain_id"),
        _short("block_height", 20),
        _short("block_hash", 64),
        sa.Column(
            "kind",
            sa.Enum(*kinds, native_enum=False, create_constraint=True, length=32, name="kind_known"),
            nullable=False,
        ),
        _short("nonce", 20, nullable=True),
        _text("balance"),
        _short("code_size", 20),
        _short("delegate", 42, nullable=True),
        _text("owners"),
        _big("threshold", nullable=True),
        _address(table, "address"),
        _hash(table, "block_hash"),
        _amount(table, "balance"),
        _check(table, "chain_id_positive", "chain_id >= 1"),
        _key(table, "address", "chain_id"),
    )


def _holdings() -> None:
    table = "evm_holdings"
    op.create_table(
        table,
        _short("address", 42),
        _big("chain_id"),
        _short("token", 42),
        _text("symbol"),
        _number("decimals"),
        _text("amount"),
        _short("block_height", 20),
        _address(table, "address"),
        _address(table, "token"),
        _amount(table, "amount"),
        _check(table, "chain_id_positive", "chain_id >= 1"),
        _check(table, "decimals_range", "decimals BETWEEN 0 AND 255"),
        _key(table, "address", "chain_id", "token"),
    )
