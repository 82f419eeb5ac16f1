"""Revision 0002: the vault, for secrets that came in a file; empty until the first of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vault",
        _number("id"),
        _number("version"),
        _bytes("vault_id"),
        _number("memory_kib"),
        _number("iterations"),
        _number("lanes"),
        _bytes("salt"),
        _bytes("nonce"),
        _bytes("wrapped_key"),
        _bytes("checksum"),
        sa.CheckConstraint("id = 1", name=op.f("ck_vault_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault")),
    )
    op.create_table(
        "vault_items",
        _number("id"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _bytes("nonce"),
        _bytes("sealed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_items")),
        sa.UniqueConstraint("purpose", "name", name=op.f("uq_vault_items_purpose_name")),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)
