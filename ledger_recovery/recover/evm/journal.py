"""[io] The journal of EVM runs: every derived address and every answer is durable before the next question.

A file of its own beside the wallet. It keeps addresses (public, but together they name this person) until a run is
complete, and never a key: a run that is resumed asks the chains for what is open, and the Ledger for nothing twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from chain.model import Point
from ledger_recovery.errors import StorageError
from ledger_recovery.recover import journal_codec as shared
from ledger_recovery.recover.evm import journal_codec as codec
from ledger_recovery.recover.evm.journal_codec import ChainRecord, EvmRunRecord
from ledger_recovery.recover.evm.model import Answer, Place
from ledger_recovery.recover.journal_file import JournalFile, told
from ledger_recovery.recover.result import DeviceFacts

VERSION = 1
SUFFIX = ".evm-journal"
"""After the wallet's own name."""

_SCHEMA = """
CREATE TABLE run (run_id TEXT PRIMARY KEY, started TEXT NOT NULL, policy TEXT NOT NULL,
  fingerprint TEXT NOT NULL DEFAULT '', device TEXT, ending TEXT NOT NULL DEFAULT '',
  statement TEXT NOT NULL DEFAULT '', unknown INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE chain (run_id TEXT NOT NULL REFERENCES run, chain_id INTEGER NOT NULL, label TEXT NOT NULL,
  point TEXT NOT NULL, PRIMARY KEY (run_id, chain_id)) STRICT;
CREATE TABLE place (run_id TEXT NOT NULL REFERENCES run, scheme TEXT NOT NULL, number INTEGER NOT NULL,
  address BLOB NOT NULL, PRIMARY KEY (run_id, scheme, number)) STRICT;
CREATE TABLE answer (run_id TEXT NOT NULL, chain_id INTEGER NOT NULL, address BLOB NOT NULL, presence TEXT NOT NULL,
  body TEXT NOT NULL, PRIMARY KEY (run_id, chain_id, address),
  FOREIGN KEY (run_id, chain_id) REFERENCES chain) STRICT;
"""
_RUN = "SELECT run.*, (SELECT COUNT(*) FROM place WHERE place.run_id = run.run_id) FROM run"


def journal_path(wallet: Path) -> Path:
    """Where the journal of a wallet lies."""
    return wallet.with_name(wallet.name + SUFFIX)


class EvmJournal(JournalFile):
    """An open journal. Every method that writes has committed, durably, when it returns.

    :raises StorageError: from every method, when the file cannot be read or written, is not a journal, or holds a
        damaged record.
    """

    def __init__(self, path: Path, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> None:
        super().__init__(path, _SCHEMA, VERSION, connect)

    # --- writing -------------------------------------------------------------------------------------------------

    def begin(self, run: EvmRunRecord) -> None:
        """Record a new run before its first question."""
        values = (run.run_id, run.started.isoformat(), codec.encode_policy(run.policy))
        with self._write() as db:
            db.execute("INSERT INTO run (run_id, started, policy) VALUES (?,?,?)", values)

    def set_device(self, run_id: str, device: DeviceFacts) -> None:
        with self._write() as db:
            values = (device.fingerprint, shared.encode_device(device), run_id)
            db.execute("UPDATE run SET fingerprint=?, device=? WHERE run_id=?", values)

    def set_point(self, run_id: str, chain_id: int, label: str, point: Point) -> None:
        """Record a chain's pinned block. Another block than before drops that chain's answers: they never mix.

        :param label: the node as host[:port]; never its whole address, whose path may hold a key.
        """
        at = (run_id, chain_id)
        with self._write() as db:
            old = db.execute("SELECT point FROM chain WHERE run_id=? AND chain_id=?", at).fetchone()
            if old is not None and shared.decode_point(old[0]).block_hash != point.block_hash:
                db.execute("DELETE FROM answer WHERE run_id=? AND chain_id=?", at)
            db.execute(
                "INSERT INTO chain VALUES (?,?,?,?) "
                "ON CONFLICT DO UPDATE SET label=excluded.label, point=excluded.point",
                (*at, label, shared.encode_point(point)),
            )

    def store_places(self, run_id: str, places: Iterable[Place]) -> None:
        """Addresses that were derived: the Ledger is not needed for them again."""
        rows = [(run_id, place.scheme, place.index, place.address) for place in places]
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO place VALUES (?,?,?,?)", rows)

    def store_answers(self, run_id: str, chain_id: int, answers: Iterable[Answer]) -> None:
        """What a chain said at its recorded block.

        :raises StorageError: no block of that chain is recorded.
        """
        rows = [(run_id, chain_id, answer.handle, *codec.encode_answer(answer)) for answer in answers]
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO answer VALUES (?,?,?,?,?)", rows)

    def finish(self, run_id: str, ending: str, statement: str, unknown: int, *, forget: bool) -> None:
        """Close a run. `forget`: nothing is left to ask, so its addresses and answers are dropped."""
        with self._write() as db:
            values = (ending, statement, unknown, run_id)
            db.execute("UPDATE run SET ending=?, statement=?, unknown=? WHERE run_id=?", values)
            if forget:
                db.execute("DELETE FROM answer WHERE run_id=?", (run_id,))
                db.execute("DELETE FROM place WHERE run_id=?", (run_id,))

    def reopen(self, run_id: str) -> None:
        """A resumed or retried run is unfinished again."""
        with self._write() as db:
            db.execute("UPDATE run SET ending='' WHERE run_id=?", (run_id,))

    # --- reading -------------------------------------------------------------------------------------------------

    def runs(self) -> tuple[EvmRunRecord, ...]:
        """All runs, newest first, without their places and answers."""
        with told(self.path):
            rows = self._db.execute(f"{_RUN} ORDER BY started DESC, run_id DESC").fetchall()
            return tuple(_run(row) for row in rows)

    def load(self, run_id: str) -> EvmRunRecord:
        """One run with all that it knows.

        :raises StorageError: no such run.
        """
        with told(self.path):
            row = self._db.execute(f"{_RUN} WHERE run_id=?", (run_id,)).fetchone()
            if row is None:
                raise StorageError(f"the journal has no run {run_id}", "see: ledger-recovery status")
            return self._whole(_run(row))

    def _whole(self, run: EvmRunRecord) -> EvmRunRecord:
        at = (run.run_id,)
        chains = self._db.execute("SELECT chain_id, label, point FROM chain WHERE run_id=? ORDER BY chain_id", at)
        places = self._db.execute(
            "SELECT scheme, number, address FROM place WHERE run_id=? ORDER BY scheme, number", at
        )
        records = tuple(ChainRecord(c, label, shared.decode_point(point)) for c, label, point in chains)
        derived = tuple(codec.decode_place(run.policy, s, n, bytes(address)) for s, n, address in places)
        return replace(run, chains=records, places=derived, answers=self._answers(run.run_id))

    def _answers(self, run_id: str) -> dict[bytes, dict[int, Answer]]:
        query = "SELECT chain_id, address, presence, body FROM answer WHERE run_id=? ORDER BY chain_id, address"
        found: dict[bytes, dict[int, Answer]] = {}
        for chain_id, raw, presence, body in self._db.execute(query, (run_id,)):
            address = bytes(raw)
            found.setdefault(address, {})[chain_id] = codec.decode_answer(address, presence, body)
        return found


def _run(row: tuple[str, ...]) -> EvmRunRecord:
    run_id, started, policy, fingerprint, device, ending, statement, unknown, derived = row
    return EvmRunRecord(
        run_id=run_id,
        started=datetime.fromisoformat(started).astimezone(UTC),
        policy=codec.decode_policy(policy),
        fingerprint=fingerprint,
        device=shared.decode_device(device) if device else None,
        ending=ending,
        statement=statement,
        unknown=int(unknown),
        derived=int(derived),
    )
