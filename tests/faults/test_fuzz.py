"""50,000 hostile inputs through every decoder of foreign bytes, and inputs that once broke one; see scripts/fuzz."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.fuzz.engine import BrokenPromise, Fuzzer, Hang, Offence, Target
from tests.faults.fuzz.mutation import Conversation
from tests.faults.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
INPUTS = 50_000
SHARDS = 5
SEED = 11
BY_NAME = {target.name: target for target in TARGETS}

FOUND: tuple[tuple[str, Conversation], ...] = (
    ("settings", (b"max_block_age = " + b"9" * 5000,)),
    ("settings", (b"max_block_age = " + b"9" * 400,)),
    ("settings", (b"node = " + b"[" * 5000,)),
    ("settings", (b'wallet = "~nobody-of-this-name/w.sqlite"',)),
    ("journal answers", (b"absent", b"[" * 100_000)),
    ("journal answers", (b"deployed", b'{"detail":"' + b"[" * 100_000 + b'"}')),
    (
        "journal points",
        (
            b'{"network":"testnet","genesis_hash":"","block_hash":"","height":1,"slot_time":"0001-01-01T00:00:00+05:00",'
            b'"age_seconds":0,"finality":"finalized","sources":[],"commitment_key":""}',
        ),
    ),
    (
        "EVM policies",
        (
            b'{"gap":1,"cap":1,"dust_reach":1,"patience":1,"smart_accounts":false,"schemes":[["own",7]],'
            b'"co_owners":[],"find":null}',
        ),
    ),
)
"""Target and input: each once raised what is not of its error tree."""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_hostile_inputs_give_values_or_errors_of_one_tree(shard: int) -> None:
    fuzzer = Fuzzer(TARGETS, SEED)
    size = INPUTS // SHARDS
    assert fuzzer.run(range(shard * size, (shard + 1) * size)) == size
    for name, tally in fuzzer.tallies.items():
        # Damage is damage: most is refused. It is not only damage: some still gets through to the end of a decoder.
        assert tally.refused > tally.inputs // 10, (name, tally)
    assert sum(tally.values for tally in fuzzer.tallies.values()) > size // 20


def test_undamaged_conversations_give_values() -> None:
    Fuzzer(TARGETS, SEED).check_valid()


@pytest.mark.parametrize(("name", "frames"), FOUND, ids=[f"{n}-{i}" for i, (n, _) in enumerate(FOUND)])
def test_inputs_that_once_broke_a_decoder(name: str, frames: Conversation) -> None:
    with pytest.raises(BY_NAME[name].errors):
        BY_NAME[name].drive(frames)


def test_an_account_with_an_unreadable_newer_credential_survives_the_journal() -> None:
    target = BY_NAME["account info"]
    assert target.drive(target.valid[3])


def test_a_seed_names_its_inputs() -> None:
    once, again, other = Fuzzer(TARGETS, 1), Fuzzer(TARGETS, 1), Fuzzer(TARGETS, 2)
    assert [once.input_of(n) for n in range(50)] == [again.input_of(n) for n in range(50)]
    assert [once.input_of(n) for n in range(50)] != [other.input_of(n) for n in range(50)]


def crash(frames: Conversation) -> bool:
    raise IndexError("out of range")


def lie(frames: Conversation) -> bool:
    raise BrokenPromise("another answer")


def hang(frames: Conversation) -> bool:
    while True:
        pass


@pytest.mark.parametrize(("drive", "kind"), [(crash, IndexError), (lie, BrokenPromise), (hang, Hang)])
def test_the_fuzzer_stops_at_whatever_is_no_error_of_the_tree(
    drive: object, kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.faults.fuzz.engine.MAX_CPU_SECONDS", 0.05)
    fuzzer = Fuzzer([Target("broken", ((b"abc",),), drive, (ValueError,))], 1)  # type: ignore[arg-type]  # of any kind
    with pytest.raises(Offence, match="frames: ") as caught:
        fuzzer.run(range(1))
    assert isinstance(caught.value.__cause__, kind)


def test_the_script_counts_and_tells_its_seed() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "fuzz"), "--frames", "500", "--seed", "7"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "500 inputs" in result.stdout
    assert "seed 7" in result.stdout
