"""The printable report, by snapshots. After a wanted change: `python -m tests.unit.recover.snapshots` writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.report import Redaction, Report, build_report, report_text
from ledger_recovery.recover.report.grid import grid
from ledger_recovery.recover.report.model import SchemeOutcome, Stretch
from ledger_recovery.recover.report.redact import redact
from ledger_recovery.recover.report.steps import next_steps
from ledger_recovery.recover.result import RunResult
from tests.support.recover_strategies import conflicts, run_results
from tests.support.report_worlds import WORLDS, complete, empty, not_complete

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("name", WORLDS)
def test_the_text_is_as_in_the_snapshot(name: str) -> None:
    assert report_text(WORLDS[name]()) == (SNAPSHOTS / f"{name}.txt").read_text("utf-8")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_results(), conflicts())
def test_any_report_prints_in_78_columns_without_control_characters(result: RunResult, told: list[Conflict]) -> None:
    text = report_text(build_report(result, told))
    assert all(len(line) <= 78 for line in text.split("\n"))
    assert all(c.isprintable() or c == "\n" for c in text)


def test_a_redacted_report_prints_as_well() -> None:
    text = report_text(redact(complete(), Redaction.HASHED, bytes(16)))
    assert "hmac:" in text and "CCD" not in text


@pytest.mark.parametrize("make", [not_complete, complete, empty])
def test_the_statement_comes_first_and_the_word_complete_nowhere_else(make: Callable[[], Report]) -> None:
    report = make()
    text = " ".join(report_text(report).split())
    assert text.startswith(f"LEDGER RECOVERY REPORT {report['head']['created']} {report['statement']['sentence']}")
    assert text.lower().count("complete") == 1


def scheme(*stretches: tuple[int, int, str]) -> SchemeOutcome:
    counters: list[Stretch] = [
        {"from": a, "to": b, "state": state, "basis": "none", "sources": [], "reason_code": ""}
        for a, b, state in stretches
    ]
    return SchemeOutcome(scheme="legacy-v1", asked=0, counters=counters)


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (scheme(), ["0-255   . (all 256)"]),
        (scheme((0, 255, "absent")), ["0-255   A (all 256)"]),
        (
            scheme((0, 0, "deployed"), (1, 8, "absent"), (9, 9, "unknown")),
            ["0-31    DAAAAAAA A?...... ........ ........", "32-255  . (all 224)"],
        ),
        (
            scheme(
                (0, 31, "absent"),
                (32, 63, "deployed"),
                (64, 199, "absent"),
                (200, 200, "deployed"),
                (201, 255, "absent"),
            ),
            [
                "0-31    A (all 32)",
                "32-63   D (all 32)",
                "64-191  A (all 128)",
                "192-223 AAAAAAAA DAAAAAAA AAAAAAAA AAAAAAAA",
                "224-255 A (all 32)",
            ],
        ),
    ],
    ids=["nothing asked", "all absent", "direct", "far hit"],
)
def test_grid(outcome: SchemeOutcome, lines: list[str]) -> None:
    assert grid(outcome) == lines


def advice(report: Report, word: str) -> bool:
    return any(word in step for step in next_steps(report))


def test_next_steps_fit_what_happened() -> None:
    assert advice(not_complete(), "ledger-recovery retry") and advice(not_complete(), "--node")
    assert advice(not_complete(), "declined identities") and advice(not_complete(), "--dry-run")
    assert advice(not_complete(), "ledger-recovery resume")
    assert not advice(complete(), "ledger-recovery retry") and not advice(complete(), "ledger-recovery resume")
    assert advice(complete(), "keys of a credential were changed") and advice(complete(), "export file")
    assert advice(empty(), "If you expected accounts") and advice(empty(), "thorough mode")
    assert all(advice(world(), "Nobody who helps you needs") for world in WORLDS.values())
