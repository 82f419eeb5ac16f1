"""The EVM journal: what is committed comes back exactly; blocks never mix; what is damaged is told, never guessed."""

from __future__ import annotations

import json
import sqlite3
import stat
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.errors import BadAnswer, NodeUnavailable, PointLost
from chain.evm.account import EvmAccount, Kind
from chain.model import Point, Presence, Sighting, Unanswered
from ledger_recovery.derive.evm.schemes import BIP44, LEDGER_LIVE, custom
from ledger_recovery.errors import StorageError
from ledger_recovery.recover.evm.journal import EvmJournal, journal_path
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord, decode_answer, encode_answer
from ledger_recovery.recover.evm.model import Answer, Place, Use
from ledger_recovery.recover.evm.policy import EvmPolicy
from tests.unit.recover.evm.made import DEVICE, NOW, absent, address, chain, place, silent, there

OWN = custom("m/44'/60'/x'/7")
POLICY = EvmPolicy(
    schemes=(LEDGER_LIVE, BIP44, OWN), gap=7, cap=90, smart_accounts=False, co_owners=(address(5),), find=address(6)
)
RUN = EvmRunRecord("r1", NOW, POLICY)
PLACES = (place(0), place(1), place(0, BIP44, 0), place(9, OWN, 3))
HERE = address(1)


def point(number: int = 1) -> Point:
    made = chain().point
    assert made is not None
    return replace(made, block_hash=bytes([number]) * 32)


ANSWERS: dict[str, Answer] = {
    "sent": there(1, nonce=3, balance=2**255),
    "delegated": Sighting(
        HERE, Presence.DEPLOYED, EvmAccount(Kind.DELEGATED, None, 0, 23, address(8)), ("a:1", "b:2"), 2
    ),
    "contract": there(1, kind=Kind.CONTRACT),
    "absent": absent(1),
    "unavailable": silent(1),
    "bad": Unanswered(HERE, BadAnswer("short", code="MISMATCH", source="a:1", tries=2), 2),
    "lost": Unanswered(HERE, PointLost("gone", code="UNKNOWN_BLOCK"), 1),
}


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return journal_path(tmp_path / "deep" / "wallet.db")


def begun(path: Path) -> EvmJournal:
    journal = EvmJournal(path)
    journal.begin(RUN)
    return journal


def filled(path: Path) -> EvmJournal:
    journal = begun(path)
    journal.set_device("r1", DEVICE)
    journal.set_point("r1", 1, "node:1", point())
    journal.set_point("r1", 10, "other:2", point())
    journal.store_places("r1", PLACES)
    journal.store_answers("r1", 1, [there(0, nonce=3), silent(1)])
    journal.store_answers("r1", 10, [absent(0)])
    return journal


def same(one: Answer, other: Answer) -> bool:
    """Errors have no equality of their own."""
    if isinstance(one, Unanswered) and isinstance(other, Unanswered):
        pair = ((type(a.error), a.error.code, a.error.detail, a.error.source, a.handle, a.tries) for a in (one, other))
        return len(set(pair)) == 1
    return one == other


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_survive_both_ways(answer: Answer) -> None:
    assert same(decode_answer(HERE, *encode_answer(answer)), answer)


def test_a_run_comes_back_whole_in_a_new_process(path: Path) -> None:
    """Everything that was committed, without a clean close."""
    journal = filled(path)
    with EvmJournal(path) as other:
        run = other.load("r1")
    assert (run.started, run.policy, run.device, run.fingerprint) == (NOW, POLICY, DEVICE, DEVICE.fingerprint)
    assert sorted(run.places, key=str) == sorted(PLACES, key=str)
    assert [(c.chain_id, c.label, c.point) for c in run.chains] == [(1, "node:1", point()), (10, "other:2", point())]
    outcomes = run.outcomes()
    assert outcomes[address(0)].use is Use.ACTIVE and set(outcomes[address(0)].answers) == {1, 10}
    assert outcomes[address(1)].unanswered == (1,) and outcomes[address(9)].use is Use.UNKNOWN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    journal.close()


def test_another_block_drops_the_answers_of_its_chain_only(path: Path) -> None:
    with filled(path) as journal:
        journal.set_point("r1", 10, "other:2", point())
        assert set(journal.load("r1").answers[address(0)]) == {1, 10}
        journal.set_point("r1", 1, "third:3", point(2))
        run = journal.load("r1")
    assert run.answers == {address(0): {10: absent(0)}}
    assert len(run.places) == len(PLACES) and run.chains[0].label == "third:3"


def test_an_answer_takes_the_place_of_the_one_before(path: Path) -> None:
    with filled(path) as journal:
        journal.store_answers("r1", 1, [absent(1)])
        assert journal.load("r1").answers[address(1)] == {1: absent(1)}


def test_answers_without_a_block_are_refused(path: Path) -> None:
    with begun(path) as journal, pytest.raises(StorageError):
        journal.store_answers("r1", 1, [absent(1)])


def test_a_complete_run_keeps_no_addresses_and_an_open_one_does(path: Path) -> None:
    with filled(path) as journal:
        journal.finish("r1", "range-done", "Not complete", 1, forget=False)
        (run,) = journal.runs()
        assert (run.ending, run.statement, run.unknown, run.derived) == ("range-done", "Not complete", 1, 4)
        journal.reopen("r1")
        assert journal.runs()[0].ending == "" and journal.load("r1").answers
        journal.finish("r1", "range-done", "Complete", 0, forget=True)
        run = journal.load("r1")
        assert not run.places and not run.answers and len(run.chains) == 2
    assert address(9) not in b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_runs_are_listed_newest_first(path: Path) -> None:
    with begun(path) as journal:
        journal.begin(EvmRunRecord("r2", NOW.replace(year=2027), EvmPolicy()))
        assert [run.run_id for run in journal.runs()] == ["r2", "r1"]
        with pytest.raises(StorageError, match="has no run r3"):
            journal.load("r3")


def test_no_record_has_room_for_a_key() -> None:
    names = {field.name for kind in (EvmRunRecord, Place) for field in fields(kind)}
    assert not [name for name in names if "key" in name or "code" in name or "secret" in name]


DAMAGES = (
    "UPDATE run SET policy='{}'",
    "UPDATE run SET policy=replace(policy, 'm/44''/60''/x''/7', 'm/nowhere')",
    "UPDATE run SET policy=replace(policy, '\"m/44''/60''/x''/7\"', '7')",
    "UPDATE run SET device='[]'",
    "UPDATE run SET started='yesterday'",
    "UPDATE chain SET point='{}'",
    "UPDATE place SET scheme='unknown' WHERE number=1",
    "UPDATE place SET address=x'00'",
    "UPDATE place SET number=-1 WHERE number=1",
    "UPDATE answer SET presence='deployed' WHERE presence='absent'",
    "UPDATE answer SET presence='absent' WHERE presence='deployed'",
    "UPDATE answer SET presence='perhaps'",
    "UPDATE answer SET body='{}'",
    "UPDATE answer SET body='[' WHERE presence='unknown'",
    'UPDATE answer SET body=replace(body, \'"balance": "0"\', \'"balance": "-1"\')',
    'UPDATE answer SET body=replace(body, \'"kind": "eoa"\', \'"kind": "moon"\')',
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_told_and_never_an_answer(path: Path, damage: str) -> None:
    filled(path).close()
    raw = sqlite3.connect(path)
    assert raw.execute(damage).rowcount
    raw.commit()
    raw.close()
    with EvmJournal(path) as journal, pytest.raises(StorageError, match="damaged record") as caught:
        journal.load("r1")
    assert caught.value.hint


def test_a_journal_of_a_newer_version_is_refused(path: Path) -> None:
    begun(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version=2")
    raw.close()
    with pytest.raises(StorageError, match="newer version"):
        EvmJournal(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["account", "kind", "nonce", "balance", "code_size", "sources"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["absent", "deployed", "funded", "unknown", "x"]), JSON)
def test_any_text_is_an_answer_or_an_error(presence: str, body: Any) -> None:
    try:
        found = decode_answer(HERE, presence, json.dumps(body))
    except ValueError:
        return
    assert isinstance(found, Unanswered) == (presence == "unknown")
    if isinstance(found, Sighting):
        assert (found.presence is Presence.ABSENT) == (found.detail is None)


def test_a_full_disk_is_told(path: Path) -> None:
    with filled(path) as journal:
        journal._db.execute("PRAGMA max_page_count=1")
        with pytest.raises(StorageError, match="cannot be read or written"):
            journal.store_places("r1", [place(n) for n in range(2000)])
        assert len(journal.load("r1").places) == len(PLACES)


def test_an_error_keeps_its_kind(path: Path) -> None:
    with filled(path) as journal:
        error = journal.load("r1").answers[address(1)][1]
    assert isinstance(error, Unanswered) and isinstance(error.error, NodeUnavailable)
