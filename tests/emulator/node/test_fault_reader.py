"""Fault plans from JSON: every kind, every selector, and the sentence for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.node import effects
from emulator.node.fault_reader import KINDS, FaultError, parse_plan, read_plan
from emulator.node.faults import Call, Fault, FaultPlan, FaultRunner, Range
from emulator.node.view import Generation
from emulator.world.derivation import account_address, address_text

CRED_ID = "80" * 48
ADDRESS = address_text(account_address(bytes.fromhex(CRED_ID)))

EXAMPLES: dict[str, tuple[dict[str, Any], effects.Effect]] = {
    "refuse": ({}, effects.Refuse()),
    "mute": ({}, effects.Mute()),
    "reset": ({}, effects.Reset()),
    "delay": ({"seconds": 0.25, "workers": 2}, effects.Delay(0.25, 2)),
    "hang": ({}, effects.Hang()),
    "fail": ({"status": "UNAVAILABLE", "text": "x"}, effects.Fail("UNAVAILABLE", "x")),
    "limits": ({"total": 5}, effects.Limits(total=5)),
    "lag": ({"blocks": 9}, effects.Lag(9)),
    "forget": ({}, effects.Forget()),
    "block_age": ({"seconds": 400}, effects.BlockAge(400)),
    "clock": ({"seconds": -7}, effects.ClockOff(-7)),
    "network": (
        {"genesis_hash": "07" * 32, "genesis_string": "x"},
        effects.WrongNetwork(b"\x07" * 32, "x"),
    ),
    "hide": (
        {"targets": [CRED_ID, ADDRESS], "list": False},
        effects.Hide(frozenset({b"\x80" * 48, account_address(b"\x80" * 48)}), list=False),
    ),
    "list_more": ({"targets": [CRED_ID]}, effects.ListMore(cred_ids=(b"\x80" * 48,))),
    "substitute": (
        {"pairs": {CRED_ID: "90" * 48}},
        effects.Substitute({b"\x80" * 48: b"\x90" * 48}),
    ),
    "software": ({"generation": "newer"}, effects.Software(Generation.NEWER)),
    "garbage": ({}, effects.Garbage()),
    "truncate": ({"keep": 0.1}, effects.Truncate(0.1)),
    "oversize": ({"bytes": 10}, effects.Oversize(10)),
    "blockhash": ({"content": "zz"}, effects.BlockHashHeader("zz")),
    "cut": ({"after": 3, "status": "OK"}, effects.Cut(3, None)),
    "shuffle": ({"seed": 4}, effects.Shuffle(4)),
    "duplicate": ({"times": 3}, effects.Duplicate(3)),
}


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_kinds(kind: str) -> None:
    values, effect = EXAMPLES[kind]
    assert parse_plan([{"kind": kind, **values}]) == FaultPlan((Fault(effect),))


def test_selectors() -> None:
    fault = {
        "kind": "hang",
        "methods": ["GetAccountInfo"],
        "cred_ids": [CRED_ID],
        "addresses": [ADDRESS],
        "calls": {"from": 2, "to": 9, "every": 3},
        "connections": {"every": 2},
    }
    assert parse_plan({"faults": [fault]}).faults == (
        Fault(
            effects.Hang(),
            methods=frozenset({"GetAccountInfo"}),
            keys=frozenset({b"\x80" * 48, account_address(b"\x80" * 48)}),
            calls=Range(2, 9, 3),
            connections=Range(every=2),
        ),
    )


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (3, "an object with a list"),
        ({"faults": 3}, "must be an array of tables"),
        ({"fault": []}, "fault: is not a known key"),
        ([{"kind": "sleep"}], r"faults\[0\].kind: must be one of refuse"),
        ([{}], "kind: must be one of|kind: is missing"),
        ([{"kind": "fail", "status": "BAD"}], "status: must be one of CANCELLED"),
        ([{"kind": "hang", "seconds": 3}], "seconds: is not a known key"),
        ([{"kind": "hang", "methods": ["GetTea"]}], "unknown method 'GetTea'"),
        ([{"kind": "hang", "cred_ids": ["80" * 47]}], "must be 96 hex digits"),
        ([{"kind": "hang", "addresses": ["abc"]}], "neither a credential ID nor an account address"),
        ([{"kind": "hang", "calls": {"from": 0}}], "0 is outside 1"),
        ([{"kind": "delay", "seconds": -1}], "-1 is outside 0"),
    ],
)
def test_complaints(plan: object, complaint: str) -> None:
    with pytest.raises(FaultError, match=complaint):
        parse_plan(plan)


def test_text_or_file(tmp_path: Path) -> None:
    text = json.dumps([{"kind": "hang"}])
    expected = FaultPlan((Fault(effects.Hang()),))
    file = tmp_path / "faults.json"
    file.write_text(text)
    assert read_plan(text) == read_plan(str(file)) == expected
    with pytest.raises(FaultError, match="cannot read the fault file"):
        read_plan(str(tmp_path / "none.json"))
    with pytest.raises(FaultError, match="not valid JSON"):
        read_plan("{")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(
        st.sampled_from(["seconds", "status", "targets", "pairs", "calls", "methods", "bytes", "keep"]), JSON
    ),
)
@settings(max_examples=150, deadline=None)
def test_any_values_are_a_plan_or_a_complaint(kind: str, values: dict[str, Any]) -> None:
    try:
        assert len(parse_plan([{"kind": kind, **values}]).faults) == 1
    except FaultError as error:
        assert str(error)


def test_runner_counts_selected_calls_only() -> None:
    fault = Fault(effects.Hang(), methods=frozenset({"GetNodeInfo"}), calls=Range(first=2))
    runner = FaultRunner(FaultPlan.of(fault, effects.Limits(), effects.Forget()))
    names = ["GetNodeInfo", "GetBlockInfo", "GetNodeInfo"]
    met = [runner.effects(Call(number, name, 1)) for number, name in enumerate(names, 1)]
    assert met == [[effects.Forget()], [effects.Forget()], [effects.Hang(), effects.Forget()]]
