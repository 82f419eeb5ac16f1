"""[io] The journal: every answered cell is durable before the next question.

One SQLite file beside the wallet, mode 0600, FULL synchronous: a commit that returned survives a power cut. It keeps
credential IDs (public, but they link accounts to this person) until a run is complete, and never a key or a seed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from chain.model import Point
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.errors import StorageError
from ledger_recovery.recover import journal_codec as codec
from ledger_recovery.recover.journal_codec import IndexRecord, RunRecord
from ledger_recovery.recover.journal_file import JournalFile, told
from ledger_recovery.recover.model import CellKey, IndexStatus
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.scan import Answer, Evidence, IndexKeys
from ledger_recovery.wallet.model import KeyStatus

VERSION = 1
_SCHEMA = """
CREATE TABLE run (run_id TEXT PRIMARY KEY, started TEXT NOT NULL, network TEXT NOT NULL, genesis TEXT NOT NULL,
  policy TEXT NOT NULL, fingerprint TEXT NOT NULL DEFAULT '', device TEXT, point TEXT, ending TEXT NOT NULL DEFAULT '',
  statement TEXT NOT NULL DEFAULT '', unknown INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE idx (run_id TEXT NOT NULL REFERENCES run, provider INTEGER NOT NULL, number INTEGER NOT NULL,
  status TEXT NOT NULL, list_source TEXT NOT NULL DEFAULT '', listed TEXT, list_error TEXT NOT NULL DEFAULT '["",""]',
  PRIMARY KEY (run_id, provider, number)) STRICT;
CREATE TABLE ids (run_id TEXT NOT NULL, provider INTEGER NOT NULL, number INTEGER NOT NULL, scheme TEXT NOT NULL,
  ids BLOB NOT NULL, PRIMARY KEY (run_id, provider, number, scheme)) STRICT;
CREATE TABLE answer (run_id TEXT NOT NULL, provider INTEGER NOT NULL, number INTEGER NOT NULL, scheme TEXT NOT NULL,
  counter INTEGER NOT NULL, kind TEXT NOT NULL, presence TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (run_id, provider, number, scheme, counter, kind)) STRICT;
CREATE TABLE key_check (run_id TEXT NOT NULL, cred_id BLOB NOT NULL, status TEXT NOT NULL,
  PRIMARY KEY (run_id, cred_id)) STRICT;
"""
DIRECT, BY_ADDRESS = "direct", "address"

_RUN = """SELECT run.*,
  (SELECT COUNT(*) FROM idx WHERE idx.run_id = run.run_id AND status = 'scanned'),
  (SELECT COUNT(*) FROM idx WHERE idx.run_id = run.run_id AND status = 'declined') FROM run """


class Journal(JournalFile):
    """An open journal. Every method that writes has committed, durably, when it returns.

    :raises StorageError: from every method, when the file cannot be read or written or is not a journal.
    """

    def __init__(self, path: Path, connect: Callable[..., sqlite3.Connection] = sqlite3.connect) -> None:
        super().__init__(path, _SCHEMA, VERSION, connect)

    # --- writing -------------------------------------------------------------------------------------------------

    def begin(self, run: RunRecord) -> None:
        """Record a new run before its first question."""
        row = (run.run_id, run.started.isoformat(), run.network, run.genesis, codec.encode_policy(run.policy))
        with self._write() as db:
            db.execute("INSERT INTO run (run_id, started, network, genesis, policy) VALUES (?,?,?,?,?)", row)

    def set_device(self, run_id: str, device: DeviceFacts) -> None:
        with self._write() as db:
            values = (device.fingerprint, codec.encode_device(device), run_id)
            db.execute("UPDATE run SET fingerprint=?, device=? WHERE run_id=?", values)

    def set_point(self, run_id: str, point: Point) -> None:
        """Record the pinned block. Another block than before drops every answer: points are never mixed."""
        with self._write() as db:
            old = db.execute("SELECT point FROM run WHERE run_id=?", (run_id,)).fetchone()[0]
            if old is not None and codec.decode_point(old).block_hash != point.block_hash:
                db.execute("DELETE FROM answer WHERE run_id=?", (run_id,))
                db.execute("UPDATE idx SET listed=NULL, list_source='' WHERE run_id=?", (run_id,))
            db.execute("UPDATE run SET point=? WHERE run_id=?", (codec.encode_point(point), run_id))

    def store_keys(self, run_id: str, keys: IndexKeys) -> None:
        """An approval was given: the credential IDs are kept so that it is not needed again."""
        at = (run_id, *_at(keys.identity))
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO idx (run_id, provider, number, status) VALUES (?,?,?,'scanned')", at)
            db.executemany(
                "INSERT OR REPLACE INTO ids VALUES (?,?,?,?,?)",
                [(*at, scheme.value, codec.encode_ids(ids)) for scheme, ids in keys.cred_ids.items()],
            )

    def store_status(self, run_id: str, identity: IdentityRef, status: IndexStatus) -> None:
        """An index without an approval: declined or skipped."""
        values = (run_id, *_at(identity), status.value)
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO idx (run_id, provider, number, status) VALUES (?,?,?,?)", values)

    def store_answers(self, run_id: str, kind: str, answers: Mapping[CellKey, Answer]) -> None:
        """:param kind: DIRECT or BY_ADDRESS."""
        rows = [
            (run_id, *_at(k.identity), k.scheme.value, k.counter, kind, *codec.encode_answer(a))
            for k, a in answers.items()
        ]
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO answer VALUES (?,?,?,?,?,?,?,?)", rows)

    def store_listing(self, run_id: str, identity: IdentityRef, evidence: Evidence) -> None:
        """What the account list said of an index, or why there was none."""
        listed = None
        if evidence.listed is not None:
            hits = sorted(evidence.listed, key=lambda k: k.sort_key)
            listed = json.dumps([[k.scheme.value, k.counter] for k in hits])
        values = (listed, evidence.list_source, json.dumps(evidence.list_error))
        at = (run_id, *_at(identity))
        with self._write() as db:
            db.execute(
                "UPDATE idx SET listed=?, list_source=?, list_error=? WHERE run_id=? AND provider=? AND number=?",
                values + at,
            )

    def store_key_check(self, run_id: str, cred_id: bytes, status: KeyStatus) -> None:
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO key_check VALUES (?,?,?)", (run_id, cred_id, status.value))

    def finish(self, run_id: str, ending: str, statement: str, unknown: int, *, forget_ids: bool) -> None:
        """Close a run. `forget_ids`: nothing is left to ask, so the IDs (they link accounts) are dropped."""
        with self._write() as db:
            db.execute(
                "UPDATE run SET ending=?, statement=?, unknown=? WHERE run_id=?", (ending, statement, unknown, run_id)
            )
            if forget_ids:
                db.execute("DELETE FROM ids WHERE run_id=?", (run_id,))

    def reopen(self, run_id: str) -> None:
        """A resumed or retried run is unfinished again."""
        with self._write() as db:
            db.execute("UPDATE run SET ending='' WHERE run_id=?", (run_id,))

    # --- reading -------------------------------------------------------------------------------------------------

    def runs(self) -> tuple[RunRecord, ...]:
        """All runs, newest first, without their indices."""
        with told(self.path):
            rows = self._db.execute(f"{_RUN} ORDER BY started DESC, run_id DESC").fetchall()
            return tuple(_run(row) for row in rows)

    def load(self, run_id: str) -> RunRecord:
        """One run with all that it knows.

        :raises StorageError: no such run, or a record is damaged.
        """
        with told(self.path):
            row = self._db.execute(f"{_RUN} WHERE run_id=?", (run_id,)).fetchone()
            if row is None:
                raise StorageError(f"the journal has no run {run_id}", "see: ledger-recovery status")
            checks = self._db.execute("SELECT cred_id, status FROM key_check WHERE run_id=?", (run_id,)).fetchall()
            return _run(row, self._indices(run_id), {bytes(c): KeyStatus(s) for c, s in checks})

    def _indices(self, run_id: str) -> tuple[IndexRecord, ...]:
        rows = self._db.execute(
            "SELECT provider, number, status, list_source, listed, list_error FROM idx WHERE run_id=? "
            "ORDER BY provider, number",
            (run_id,),
        ).fetchall()
        out = []
        for provider, number, status, list_source, listed, list_error in rows:
            identity = codec.identity_of(provider, number)
            keys = self._keys(run_id, identity)
            evidence = Evidence() if keys is None else self._evidence(run_id, keys)
            evidence.list_source = list_source
            evidence.list_error = (str(json.loads(list_error)[0]), str(json.loads(list_error)[1]))
            if listed is not None:
                hits = [CellKey(identity, codec.scheme_of(s), c) for s, c in json.loads(listed)]
                evidence.listed = frozenset(hits)
            out.append(IndexRecord(identity, IndexStatus(status), keys, evidence))
        return tuple(out)

    def _keys(self, run_id: str, identity: IdentityRef) -> IndexKeys | None:
        at = (run_id, *_at(identity))
        query = "SELECT scheme, ids FROM ids WHERE run_id=? AND provider=? AND number=?"
        found = {codec.scheme_of(s): codec.decode_ids(bytes(b)) for s, b in self._db.execute(query, at)}
        if not found:
            return None
        return IndexKeys(identity, {s: found[s] for s in identity.schemes})

    def _evidence(self, run_id: str, keys: IndexKeys) -> Evidence:
        evidence = Evidence()
        at = (run_id, *_at(keys.identity))
        query = "SELECT scheme, counter, kind, presence, body FROM answer WHERE run_id=? AND provider=? AND number=?"
        for scheme, counter, kind, presence, body in self._db.execute(query, at):
            key = CellKey(keys.identity, KeyScheme(scheme), counter)
            target = evidence.direct if kind == DIRECT else evidence.by_address
            target[key] = codec.decode_answer(keys.cred_id(key), presence, body)
        return evidence


def _at(identity: IdentityRef) -> tuple[int, int]:
    return codec.provider_number(identity), identity.index


def _run(
    row: tuple[str, ...], indices: tuple[IndexRecord, ...] = (), key_checks: Mapping[bytes, KeyStatus] | None = None
) -> RunRecord:
    run_id, started, network, genesis, policy, fingerprint, device, point, ending, statement, unknown, *counts = row
    return RunRecord(
        run_id=run_id,
        started=datetime.fromisoformat(started).astimezone(UTC),
        network=network,
        genesis=genesis,
        policy=codec.decode_policy(policy),
        fingerprint=fingerprint,
        device=codec.decode_device(device) if device else None,
        point=codec.decode_point(point) if point else None,
        ending=ending,
        statement=statement,
        unknown=int(unknown),
        approved=int(counts[0]),
        declined=int(counts[1]),
        indices=indices,
        key_checks=key_checks or {},
    )
