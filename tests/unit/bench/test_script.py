"""The bench runs, measures only what it is asked for, and refuses what it does not know."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import children


def test_a_quick_section_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--quick", "apdu", "--json", str(tmp_path / "out.json")]) == 0
    told = capsys.readouterr().out
    assert "apdu: one APDU exchange" in told and "processor: " in told and "wallet:" not in told
    document = json.loads((tmp_path / "out.json").read_text())
    assert [section["name"] for section in document["sections"]] == ["apdu"]
    assert document["quick"] is True


def test_a_section_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(["nothing"])
    assert "no section" in capsys.readouterr().err


def test_the_script_is_a_program() -> None:
    script = Path(__file__).parents[3] / "scripts" / "bench"
    assert script.stat().st_mode & 0o111 == 0o111


def test_a_child_tells_what_it_cost_and_not_what_its_parent_holds() -> None:
    ended = children.python("-c", "print('out')")
    assert ended.output == "out\n"
    assert ended.cost.cpu > 0 and 1 < ended.cost.peak_mb < 40


def test_a_child_that_fails_is_told_with_its_words() -> None:
    with pytest.raises(children.ChildFailed, match=r"exit status 3(.|\n)*the reason"):
        children.python("-c", "import sys; print('the reason', file=sys.stderr); sys.exit(3)")
