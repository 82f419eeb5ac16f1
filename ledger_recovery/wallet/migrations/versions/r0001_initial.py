"""Revision 0001: the first wallet file. Written out in full, so that later changes of the tables do not change it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_IDENTITY_STATUS = ("confirmed", "pending", "rejected", "rejectedAndWarned", "recovered", "genesis")
_ACCOUNT_STATUS = ("confirmed", "pending", "rejected", "genesis")
_KEY_STATUS = ("can-sign", "partly", "keys-changed", "not-checked")


def upgrade() -> None:
    _independent_tables()
    _identities()
    _accounts()
    _credentials()


def _u64(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(20), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(*values, name=f"{name}_known", native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def _hex(table: str, column: str, digits: int) -> sa.CheckConstraint:
    rule = f"length({column}) = {digits} AND {column} NOT GLOB '*[^0-9a-f]*'"
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{column}_hex"))


def _independent_tables() -> None:
    op.create_table(
        "network",
        _number("id"),
        sa.Column("genesis_hash", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_network_one_row")),
        _hex("network", "genesis_hash", 64),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
    )
    op.create_table(
        "wallets",
        _number("id"),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        _hex("wallets", "fingerprint", 64),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_wallets_fingerprint")),
    )
    op.create_table(
        "address_book",
        _text("address"),
        _text("name"),
        _text("note", nullable=True),
        _flag("read_only"),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_address_book")),
    )


def _identities() -> None:
    op.create_table(
        "identities",
        _number("id"),
        _number("wallet_id"),
        _number("provider"),
        _number("identity_index"),
        _text("name"),
        _one_of("status", _IDENTITY_STATUS),
        _number("keygen_version"),
        _text("detail", nullable=True),
        _text("code_uri", nullable=True),
        _text("identity_provider", nullable=True),
        _text("identity_object", nullable=True),
        _text("randomness", nullable=True),
        sa.CheckConstraint("provider BETWEEN -1 AND 2147483647", name=op.f("ck_identities_provider_range")),
        sa.CheckConstraint("identity_index BETWEEN 0 AND 2147483647", name=op.f("ck_identities_index_range")),
        sa.CheckConstraint("keygen_version IN (0, 1)", name=op.f("ck_identities_keygen_version_known")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_identities_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint(
            "wallet_id",
            "provider",
            "identity_index",
            name=op.f("uq_identities_wallet_id_provider_identity_index"),
        ),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        _number("id"),
        _text("canonical"),
        _text("address"),
        _text("name"),
        _number("identity_id"),
        _one_of("status", _ACCOUNT_STATUS),
        _flag("is_initial"),
        _number("signature_threshold"),
        _text("self_amounts"),
        _text("incoming_amounts"),
        _text("total_decrypted"),
        _flag("all_decrypted"),
        _text("deployment_transaction_id", nullable=True),
        _text("transaction_filter"),
        sa.CheckConstraint("signature_threshold >= 1", name=op.f("ck_accounts_threshold_positive")),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_accounts_identity_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("canonical", name=op.f("uq_accounts_canonical")),
    )
    op.create_index(op.f("ix_accounts_identity_id"), "accounts", ["identity_id"])
    op.create_table(
        "account_facts",
        _number("account_id"),
        _u64("block_height"),
        _u64("account_index"),
        _u64("balance"),
        _u64("at_disposal", nullable=True),
        _u64("staked"),
        _u64("locked"),
        _u64("in_cooldown"),
        sa.Column("stake_kind", sa.String(32), nullable=False),
        _u64("stake_target", nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_facts_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_facts")),
    )


def _credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("cred_id", sa.String(96), nullable=False),
        _text("account_address"),
        _number("identity_id"),
        _number("counter"),
        _number("credential_index", nullable=True),
        _text("policy", nullable=True),
        _text("randomness", nullable=True),
        sa.Column("scheme", sa.String(32), nullable=False),
        _flag("removed"),
        _one_of("key_status", _KEY_STATUS),
        _hex("credentials", "cred_id", 96),
        sa.CheckConstraint("counter BETWEEN 0 AND 255", name=op.f("ck_credentials_counter_range")),
        sa.CheckConstraint("credential_index BETWEEN 0 AND 255", name=op.f("ck_credentials_credential_index_range")),
        sa.CheckConstraint(
            "NOT removed OR credential_index IS NULL", name=op.f("ck_credentials_removed_without_index")
        ),
        sa.ForeignKeyConstraint(["identity_id"], ["identities.id"], name=op.f("fk_credentials_identity_id")),
        sa.PrimaryKeyConstraint("cred_id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("identity_id", "scheme", "counter", name=op.f("uq_credentials_identity_id_scheme_counter")),
    )
    op.create_table(
        "external_credentials",
        sa.Column("cred_id", sa.String(96), nullable=False),
        _number("account_id"),
        _text("note", nullable=True),
        _hex("external_credentials", "cred_id", 96),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_external_credentials_account_id")),
        sa.PrimaryKeyConstraint("cred_id", name=op.f("pk_external_credentials")),
    )
    op.create_index(op.f("ix_external_credentials_account_id"), "external_credentials", ["account_id"])
