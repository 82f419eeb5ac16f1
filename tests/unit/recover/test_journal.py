"""The journal: what is committed comes back exactly; what is damaged is told, never guessed."""

from __future__ import annotations

import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium.account import CredentialSighting
from chain.errors import BadAnswer, NodeUnavailable, PointLost
from chain.model import Dissent, Finality, Point, Presence, Sighting, Unanswered
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.errors import StorageError
from ledger_recovery.recover.journal import BY_ADDRESS, DIRECT, Journal
from ledger_recovery.recover.journal_codec import RunRecord, decode_answer, encode_answer
from ledger_recovery.recover.model import IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.scan import Answer, Evidence
from ledger_recovery.recover.sighting_codec import decode_sighting, encode_sighting
from ledger_recovery.wallet.model import KeyStatus
from tests.support.cells import account, cell_key, fake_id, index_keys, sighting

RUN = RunRecord(
    run_id="r1",
    started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    network="testnet",
    genesis="",
    policy=ScanPolicy(first=1, last=4, providers=(0, 2), mode=Mode.DIRECT, deep=True),
)
DEVICE = DeviceFacts("nanosp", "Concordium", "5.1.3", "v5", "hid", False, "ab" * 32)
KEYS = index_keys(1)
ID = KEYS.cred_id(cell_key(1, 3))


def point(number: int) -> Point:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    block = bytes([number]) * 32
    return Point("testnet", b"\x42" * 32, block, number, when, 1.5, Finality.FINALIZED, ("a:1", "b:2"), b"\x01" * 96)


ANSWERS: dict[str, Answer] = {
    "deployed": Sighting(ID, Presence.DEPLOYED, sighting(ID), ("a:1", "b:2"), 2),
    "removed": Sighting(ID, Presence.DEPLOYED, sighting(ID, account([fake_id("x")])), ("a:1",)),
    "dissent": Sighting(
        ID, Presence.DEPLOYED, sighting(ID), ("a:1",), 1, (Dissent("b:2", Presence.ABSENT, "never deployed"),)
    ),
    "absent": Sighting(ID, Presence.ABSENT, None, ("a:1",)),
    "unavailable": Unanswered(ID, NodeUnavailable("away", code="UNAVAILABLE", source="a:1", tries=3), 3),
    "bad": Unanswered(ID, BadAnswer("another credential", code="MISMATCH", source="a:1"), 1),
    "lost": Unanswered(ID, PointLost("gone", code="UNKNOWN_BLOCK"), 1),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "wallet.journal"


def begun(path: Path) -> Journal:
    journal = Journal(path)
    journal.begin(RUN)
    return journal


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_survive_both_ways(answer: Answer) -> None:
    back = decode_answer(ID, *encode_answer(answer))
    if isinstance(answer, Unanswered):
        assert isinstance(back, Unanswered)
        assert (type(back.error), back.error.code, back.error.detail, back.tries) == (
            type(answer.error),
            answer.error.code,
            answer.error.detail,
            answer.tries,
        )
    else:
        assert back == answer


def test_a_run_comes_back_whole_in_a_new_process(path: Path) -> None:
    """Everything that was committed, without a clean close."""
    journal = begun(path)
    journal.set_device("r1", DEVICE)
    journal.set_point("r1", point(1))
    journal.store_keys("r1", KEYS)
    journal.store_status("r1", IdentityRef(2, 0), IndexStatus.DECLINED)
    direct = {cell_key(1, n): a for n, a in enumerate(ANSWERS.values())}
    journal.store_answers("r1", DIRECT, direct)
    journal.store_answers("r1", BY_ADDRESS, {cell_key(1, 9): ANSWERS["absent"]})
    evidence = Evidence(listed=frozenset({cell_key(1, 200)}), list_source="a:1")
    journal.store_listing("r1", IdentityRef(1), evidence)
    journal.store_key_check("r1", ID, KeyStatus.CAN_SIGN)

    with Journal(path) as other:
        run = other.load("r1")
    assert (run.policy, run.device, run.point, run.fingerprint) == (RUN.policy, DEVICE, point(1), "ab" * 32)
    assert run.key_checks == {ID: KeyStatus.CAN_SIGN}
    assert (run.approved, run.declined) == (1, 1)
    declined, scanned = sorted(run.indices, key=lambda i: i.status.value)
    assert (declined.identity, declined.keys) == (IdentityRef(2, 0), None)
    assert scanned.keys == KEYS
    assert scanned.evidence.listed == evidence.listed
    assert set(scanned.evidence.direct) == set(direct)
    assert set(scanned.evidence.by_address) == {cell_key(1, 9)}
    journal.close()


def test_another_block_drops_every_answer_and_keeps_the_ids(path: Path) -> None:
    with begun(path) as journal:
        journal.set_point("r1", point(1))
        journal.store_keys("r1", KEYS)
        journal.store_answers("r1", DIRECT, {cell_key(1, 0): ANSWERS["absent"]})
        journal.store_listing("r1", IdentityRef(1), Evidence(listed=frozenset(), list_source="a:1"))
        journal.set_point("r1", point(1))
        [same] = journal.load("r1").indices
        journal.set_point("r1", point(2))
        [other] = journal.load("r1").indices
    assert len(same.evidence.direct) == 1
    assert same.evidence.listed == frozenset()
    assert other.evidence.direct == {}
    assert other.evidence.listed is None
    assert other.keys == KEYS


def test_finished_runs_are_listed_newest_first(path: Path) -> None:
    with begun(path) as journal:
        later = RunRecord("r2", datetime(2026, 2, 1, tzinfo=UTC), "testnet", "", ScanPolicy())
        journal.begin(later)
        journal.finish("r2", "range-done", "Complete: …", 3, forget_ids=False)
        assert [(r.run_id, r.ending, r.unknown) for r in journal.runs()] == [("r2", "range-done", 3), ("r1", "", 0)]
        journal.reopen("r2")
        assert journal.runs()[0].ending == ""


def test_the_file_is_private(path: Path) -> None:
    with begun(path):
        modes = [stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()]
    assert modes
    assert set(modes) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 200])
def test_a_foreign_file_is_told_and_left_alone(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageError) as told:
        Journal(path)
    assert str(path) in told.value.sentence
    assert told.value.hint
    assert path.read_bytes() == content


def test_a_journal_of_a_newer_version_is_told(path: Path) -> None:
    begun(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(StorageError, match="newer version"):
        Journal(path)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE answer SET body='{}'",
        "UPDATE answer SET body='[1'",
        "UPDATE answer SET presence='deployed'",
        "UPDATE answer SET presence='maybe'",
        "UPDATE answer SET scheme='other'",
        "UPDATE ids SET ids=x'00'",
        "UPDATE idx SET listed='[[\"legacy-v1\"]]'",
        "UPDATE run SET policy='{}x'",
        "UPDATE run SET point='{}'",
    ],
)
def test_a_damaged_record_is_told_and_never_an_answer(path: Path, damage: str) -> None:
    with begun(path) as journal:
        journal.set_point("r1", point(1))
        journal.store_keys("r1", KEYS)
        journal.store_answers("r1", DIRECT, {cell_key(1, 0): ANSWERS["absent"]})
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    with Journal(path) as journal, pytest.raises(StorageError, match="damaged"):
        journal.load("r1")


def test_a_missing_run_is_told(path: Path) -> None:
    with begun(path) as journal, pytest.raises(StorageError, match="no run nope"):
        journal.load("nope")


class FullDisk(sqlite3.Connection):
    """Fails at the chosen statement, as a full disk would."""

    at = ""

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        if self.at and sql.startswith(self.at):
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *arguments)


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT", "INSERT", "DELETE"])
def test_a_failed_write_leaves_the_old_state(path: Path, statement: str) -> None:
    begun(path).close()
    opened: list[FullDisk] = []

    def connect(name: str, **options: Any) -> sqlite3.Connection:
        opened.append(sqlite3.connect(name, factory=FullDisk, **options))
        return opened[0]

    with Journal(path, connect) as journal:
        journal.set_point("r1", point(1))
        opened[0].at = statement
        with pytest.raises(StorageError, match="disk is full"):
            if statement == "DELETE":
                journal.set_point("r1", point(2))
            else:
                journal.store_keys("r1", KEYS)
        opened[0].at = ""
        run = journal.load("r1")
        assert run.indices == ()
        assert run.point == point(1)
        journal.store_keys("r1", KEYS)
        assert len(journal.load("r1").indices) == 1


SIGHTINGS = [sighting(ID), sighting(ID, account([fake_id("x")])), sighting(ID, account([fake_id("x"), ID]))]


@pytest.mark.parametrize("value", SIGHTINGS)
def test_sightings_survive_both_ways(value: CredentialSighting) -> None:
    assert decode_sighting(encode_sighting(value)) == value


@settings(max_examples=200)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=3))
def test_an_altered_sighting_is_another_sighting_or_a_value_error(at: int, noise: bytes) -> None:
    text = encode_sighting(SIGHTINGS[0]).encode()
    at = min(at, len(text))
    altered = (text[:at] + noise + text[at + len(noise) :]).decode("latin-1")
    try:
        decode_sighting(altered)
    except ValueError:
        pass
