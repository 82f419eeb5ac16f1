"""The tables of backups, own DIDs and peers; those of the wallet itself are in `schema`.

What is about to be saved is counted by triggers (`backup_triggers`), so that no code path can forget it.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ledger_recovery.wallet.schema import Base


def _one_row() -> CheckConstraint:
    return CheckConstraint("id = 1", name="one_row")


def _digest(column: str) -> CheckConstraint:
    return CheckConstraint(f"length({column}) = 64 AND {column} NOT GLOB '*[^0-9a-f]*'", name=f"{column}_hex")


class DidTable(Base):
    """Own DIDs; their private keys are on the Box."""

    __tablename__ = "dids"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    did: Mapped[str] = mapped_column(Text, unique=True)
    document: Mapped[str] = mapped_column(Text)
    created: Mapped[str] = mapped_column(Text)


class PeerTable(Base):
    """By the person's label: an old backup may name one DID twice."""

    __tablename__ = "peers"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    did: Mapped[str] = mapped_column(Text)
    added: Mapped[str] = mapped_column(Text)


class BackupBoxTable(Base):
    """At most one row: the paired Box."""

    __tablename__ = "backup_box"
    __table_args__ = (_one_row(), _digest("pin"))

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    pin: Mapped[str] = mapped_column(String(64))
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    device_id: Mapped[str] = mapped_column(Text)
    key_ref: Mapped[str] = mapped_column(Text)
    paired_at: Mapped[str] = mapped_column(Text)


class BackupLinkTable(Base):
    """At most one row, and only while backups are on."""

    __tablename__ = "backup_link"
    __table_args__ = (_one_row(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    backup_id: Mapped[str] = mapped_column(Text)
    key_ref: Mapped[str] = mapped_column(Text)
    enabled_at: Mapped[str] = mapped_column(Text)


class BackupSavedTable(Base):
    """At most one row, which goes with the link."""

    __tablename__ = "backup_saved"
    __table_args__ = (_one_row(), _digest("digest"), CheckConstraint("generation >= 1", name="generation_positive"))

    id: Mapped[int] = mapped_column(ForeignKey("backup_link.id", ondelete="CASCADE"), primary_key=True)
    generation: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[str] = mapped_column(Text)
    identities: Mapped[int]
    accounts: Mapped[int]
    addresses: Mapped[int]
    dids: Mapped[int]
    peers: Mapped[int]
    vault_items: Mapped[int]
    evm_accounts: Mapped[int]


class BackupSeenTable(Base):
    """One row for each backup ID ever used here; it stays when backups are switched off."""

    __tablename__ = "backup_seen"
    __table_args__ = (_digest("digest"), CheckConstraint("generation >= 1", name="generation_positive"))

    backup_id: Mapped[str] = mapped_column(Text, primary_key=True)
    generation: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))


class BackupPendingTable(Base):
    """One row from the first link on, for ever: deleting it would begin the tickets anew.

    `ticket` counts every change; `changes` those that are in no backup yet; what was taken before `first_ticket`
    belongs to an earlier link or another Box.
    """

    __tablename__ = "backup_pending"
    __table_args__ = (
        _one_row(),
        CheckConstraint("(changes = 0) = (since IS NULL) AND (changes = 0) = (why IS NULL)", name="whole"),
        CheckConstraint("changes BETWEEN 0 AND ticket", name="changes_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[str | None] = mapped_column(Text)
    why: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[int]
    ticket: Mapped[int]
    first_ticket: Mapped[int]


class BackupFailingTable(Base):
    """At most one row, which goes with the link."""

    __tablename__ = "backup_failing"
    __table_args__ = (_one_row(),)

    id: Mapped[int] = mapped_column(ForeignKey("backup_link.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    next_try_at: Mapped[str] = mapped_column(Text)
