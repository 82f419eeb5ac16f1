"""Revision 0003: own DIDs, peers, and what the wallet keeps of its backups (the triggers are `backup_triggers`')."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _contacts()
    _box_and_link()
    _progress()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _digest(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _hex(table: str, column: str) -> sa.CheckConstraint:
    rule = f"length({column}) = 64 AND {column} NOT GLOB '*[^0-9a-f]*'"
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{column}_hex"))


def _only_row(table: str) -> tuple[SchemaItem, ...]:
    return (
        sa.CheckConstraint("id = 1", name=op.f(f"ck_{table}_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _positive(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint("generation >= 1", name=op.f(f"ck_{table}_generation_positive"))


def _with_link(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["id"], ["backup_link.id"], name=op.f(f"fk_{table}_id"), ondelete="CASCADE")


def _contacts() -> None:
    op.create_table(
        "dids",
        *(_text(name) for name in ("name", "did", "document", "created")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_dids")),
        sa.UniqueConstraint("did", name=op.f("uq_dids_did")),
    )
    op.create_table(
        "peers",
        *(_text(name) for name in ("name", "did", "added")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_peers")),
    )


def _box_and_link() -> None:
    op.create_table(
        "backup_box",
        _number("id"),
        _text("url"),
        _text("name"),
        _digest("pin"),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        *(_text(name) for name in ("device_id", "key_ref", "paired_at")),
        _hex("backup_box", "pin"),
        *_only_row("backup_box"),
    )
    op.create_table(
        "backup_link",
        _number("id"),
        *(_text(name) for name in ("backup_id", "key_ref", "enabled_at")),
        *_only_row("backup_link"),
    )


def _progress() -> None:
    counts = ("identities", "accounts", "addresses", "dids", "peers", "vault_items")
    op.create_table(
        "backup_saved",
        _number("id"),
        _number("generation"),
        _digest("digest"),
        _text("at"),
        *(_number(name) for name in counts),
        _hex("backup_saved", "digest"),
        _positive("backup_saved"),
        _with_link("backup_saved"),
        *_only_row("backup_saved"),
    )
    op.create_table(
        "backup_seen",
        _text("backup_id"),
        _number("generation"),
        _digest("digest"),
        _hex("backup_seen", "digest"),
        _positive("backup_seen"),
        sa.PrimaryKeyConstraint("backup_id", name=op.f("pk_backup_seen")),
    )
    op.create_table(
        "backup_pending",
        _number("id"),
        _text("since", nullable=True),
        _text("why", nullable=True),
        *(_number(name) for name in ("changes", "ticket", "first_ticket")),
        sa.CheckConstraint(
            "(changes = 0) = (since IS NULL) AND (changes = 0) = (why IS NULL)", name=op.f("ck_backup_pending_whole")
        ),
        sa.CheckConstraint("changes BETWEEN 0 AND ticket", name=op.f("ck_backup_pending_changes_range")),
        *_only_row("backup_pending"),
    )
    op.create_table(
        "backup_failing",
        _number("id"),
        *(_text(name) for name in ("since", "code", "sentence")),
        _number("attempts"),
        _text("next_try_at"),
        _with_link("backup_failing"),
        *_only_row("backup_failing"),
    )
