"""The place file: what was written is read back, and nothing that stands in its place stops the guide."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_recovery.web.model.steps import STEPS
from ledger_recovery.web.run.actions import KINDS, EvmWish, Plan
from ledger_recovery.web.run.place import MAX_BYTES, Place, forget_place, place_file, read_place, write_place

plans = st.builds(
    Plan,
    kind=st.sampled_from(KINDS),
    run_id=st.from_regex(r"[0-9a-f]{0,32}", fullmatch=True),
    mode=st.sampled_from(("thorough", "direct", "private")),
    deep=st.booleans(),
    providers=st.lists(st.integers(0, 2**31 - 1), max_size=5).map(tuple),
    nodes=st.lists(st.just("https://node.example:20000"), max_size=2).map(tuple),
    again=st.lists(st.just("rpc.example:8545"), max_size=2).map(tuple),
    begun=st.booleans(),
    agreed=st.none() | st.tuples(st.integers(-1, 9), st.integers(0, 99)),
    untold=st.booleans(),
    evm=st.builds(EvmWish, st.none() | st.integers(1, 1000), show=st.booleans(), base=st.sampled_from(("", "ab12"))),
)
places = st.builds(
    Place,
    code=st.sampled_from([step.code for step in STEPS]),
    run_id=st.from_regex(r"[0-9a-f]{0,32}", fullmatch=True),
    helper=st.booleans(),
    family=st.sampled_from(("concordium", "evm")),
    plan=st.one_of(st.none(), plans),
)
WHOLE = {"kind": "resume", "run_id": "ab", "mode": "direct", "deep": False, "providers": [], "nodes": [], "begun": True}
shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(places)
@shared
def test_what_is_written_is_read_back(tmp_path: Path, place: Place) -> None:
    wallet = tmp_path / "wallet.sqlite"
    assert write_place(wallet, place)
    assert read_place(wallet) == place


@given(
    st.one_of(
        st.binary(max_size=300), st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode())
    )
)
@shared
def test_any_other_file_means_the_start(tmp_path: Path, data: bytes) -> None:
    wallet = tmp_path / "wallet.sqlite"
    place_file(wallet).write_bytes(data)
    assert read_place(wallet) == Place()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"code": "R99"},
        {"code": "R0-F"},
        {"run_id": "../../etc"},
        {"run_id": "*"},
        {"plan": {"kind": "erase"}},
        {"plan": "recover"},
        {"plan": []},
        {"plan": {"kind": "recover", "evm": {"gap": 0}}},
        {"plan": {**WHOLE, "evm": []}},
        {"plan": {**WHOLE, "evm": {"gap": float("inf")}}},
        {"plan": {**WHOLE, "agreed": [float("inf"), 1]}},
        {"plan": {**WHOLE, "providers": {}}},
    ],
    ids=str,
)
def test_an_altered_file_means_the_start(tmp_path: Path, change: dict[str, object]) -> None:
    wallet = tmp_path / "wallet.sqlite"
    write_place(wallet, Place("R5", "abc", plan=Plan()))
    path = place_file(wallet)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert read_place(wallet) == Place()


def test_a_file_of_any_size_is_not_read_whole(tmp_path: Path) -> None:
    wallet = tmp_path / "wallet.sqlite"
    write_place(wallet, Place("R5"))
    path = place_file(wallet)
    path.write_bytes(path.read_bytes() + b" " * MAX_BYTES)
    assert read_place(wallet) == Place()


def test_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert not write_place(in_the_way / "wallet.sqlite", Place())
    assert read_place(in_the_way / "wallet.sqlite") == Place()
    forget_place(in_the_way / "wallet.sqlite")


def test_a_failed_write_leaves_the_old_place_and_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = tmp_path / "wallet.sqlite"
    write_place(wallet, Place("R5"))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not write_place(wallet, Place("R6"))
    assert read_place(wallet).code == "R5"
    assert [p.name for p in tmp_path.iterdir()] == [place_file(wallet).name]


def test_a_place_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    wallet = tmp_path / "wallet.sqlite"
    plan = {"kind": "resume", "run_id": "ab", "mode": "direct", "deep": False, "providers": [0], "nodes": []}
    place = {"version": 1, "code": "R6", "run_id": "", "helper": True, "family": "concordium"}
    place_file(wallet).write_text(json.dumps({**place, "plan": {**plan, "begun": True}}))
    assert read_place(wallet).plan == Plan("resume", "ab", "direct", providers=(0,), begun=True)


def test_no_address_is_written_whoever_asks_for_it(tmp_path: Path) -> None:
    wallet = tmp_path / "wallet.sqlite"
    wish = EvmWish(find="0x" + "11" * 20, owners=("0x" + "22" * 20,))
    assert write_place(wallet, Place("R3", plan=Plan(evm=wish)))
    text = place_file(wallet).read_text()
    assert "11" * 20 not in text
    assert "22" * 20 not in text
