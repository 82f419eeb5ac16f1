"""Revision 0005: the count of EVM accounts in the newest backup."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "backup_saved"
COUNTS = ("identities", "accounts", "addresses", "dids", "peers", "vault_items")


def upgrade() -> None:
    """Made anew around its one row, so that the table is defined as in a new wallet."""
    connection = op.get_bind()
    saved = [dict(row) for row in connection.execute(sa.text(f"SELECT * FROM {TABLE}")).mappings()]  # noqa: S608
    op.drop_table(TABLE)
    made = op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in (*COUNTS, "evm_accounts")),
        sa.CheckConstraint(
            "length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'", name=op.f(f"ck_{TABLE}_digest_hex")
        ),
        sa.CheckConstraint("generation >= 1", name=op.f(f"ck_{TABLE}_generation_positive")),
        sa.ForeignKeyConstraint(["id"], ["backup_link.id"], name=op.f(f"fk_{TABLE}_id"), ondelete="CASCADE"),
        sa.CheckConstraint("id = 1", name=op.f(f"ck_{TABLE}_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.bulk_insert(made, [{**row, "evm_accounts": 0} for row in saved])
