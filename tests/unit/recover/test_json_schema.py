"""Our small schema checker agrees with the reference validator, on our schema and on each keyword."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.recover.report.json_schema import first_problem
from ledger_recovery.recover.report.schema import report_schema
from tests.support.report_worlds import not_complete
from tests.support.schema import reference_problems

KEYWORDS: dict[str, tuple[dict[str, object], list[object], list[object]]] = {
    "type": ({"type": "integer"}, [0, -5], [True, "1", None, [], {}]),
    "types": ({"type": ["null", "array", "object"]}, [None, [], {}], [1, "x", False]),
    "const": ({"const": 1}, [1], [2, "1", True]),
    "enum": ({"enum": ["a", 0]}, ["a", 0], ["b", False, None]),
    "pattern": ({"pattern": "^[0-9]{2}$"}, ["12", 7, None], ["1", "123", "ab"]),
    "lengths": ({"minLength": 1, "maxLength": 2}, ["a", "ab", 7], ["", "abc"]),
    "items bounds": ({"minItems": 1, "maxItems": 2}, [[1], [1, 2], "x"], [[], [1, 2, 3]]),
    "limits": ({"minimum": -1, "maximum": 2}, [-1, 2, "x", None], [-2, 3]),
    "properties": ({"properties": {"a": {"type": "null"}}}, [{}, {"a": None}, {"b": 1}, 3], [{"a": 1}]),
    "required": ({"required": ["a"]}, [{"a": 1}, []], [{}, {"b": 1}]),
    "closed": ({"properties": {"a": {}}, "additionalProperties": False}, [{}, {"a": 1}, 1], [{"b": 1}]),
    "items": ({"items": {"type": "null"}}, [[], [None], "x"], [[1], [None, 1]]),
    "ref": ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "null"}}}, [None], [1]),
    "anyOf": ({"anyOf": [{"type": "null"}, {"const": 3}]}, [None, 3], [4, "x"]),
}


@pytest.mark.parametrize(("schema", "good", "bad"), KEYWORDS.values(), ids=KEYWORDS.keys())
def test_each_keyword(schema: dict[str, object], good: list[object], bad: list[object]) -> None:
    for value in good:
        assert first_problem(value, schema) is None and not reference_problems(value, schema), value
    for value in bad:
        assert first_problem(value, schema) is not None and reference_problems(value, schema), value


def test_a_pattern_fits_the_whole_text() -> None:
    """Python's `$` also matches before a newline at the end; JSON Schema's does not."""
    assert first_problem("12\n", {"pattern": "^[0-9]{2}$"}) is not None


@pytest.mark.parametrize(
    "schema",
    [
        {"format": "date"},
        {"type": "number"},
        {"additionalProperties": True},
        {"$ref": "#/$defs/missing"},
        {"$ref": "other.json"},
        {"items": []},
        {"enum": "a"},
        {"maxLength": "2"},
    ],
    ids=str,
)
def test_a_schema_that_is_not_understood_is_refused_not_ignored(schema: dict[str, object]) -> None:
    for value in (["x"], "x"):
        try:
            first_problem(value, schema)
        except ValueError:
            return
    pytest.fail("the schema was taken")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_changed_report_is_judged_as_by_the_reference(data: st.DataObject) -> None:
    """One place of a good report is replaced, dropped or added to."""
    report: Any = json.loads(json.dumps(not_complete()))
    target, step = report, None
    while step is None or (isinstance(target[step], dict | list) and target[step] and data.draw(st.booleans())):
        target = report if step is None else target[step]
        step = data.draw(st.sampled_from(sorted(target) if isinstance(target, dict) else range(len(target))))
    edit = data.draw(st.sampled_from(("replace", "drop", "add")))
    if edit == "drop":
        del target[step]
    elif edit == "add" and isinstance(target, dict):
        target["extra"] = 1
    else:
        target[step] = data.draw(st.sampled_from((None, True, -1, 2**70, "", "x" * 600, "\x07", [], {}, [{}])))
    assert (first_problem(report, report_schema()) is None) == (not reference_problems(report, report_schema()))


def test_the_place_of_the_first_problem_is_told() -> None:
    report: Any = json.loads(json.dumps(not_complete()))
    report["outcomes"][0]["schemes"][0]["counters"][0]["from"] = 256
    assert first_problem(report, report_schema()) == "report.outcomes[0].schemes[0].counters[0].from is out of bounds"
