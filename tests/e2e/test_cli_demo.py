"""The demo: emulated Ledger and node as children of the real program, from the command line to the report."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulator.world import bundled
from emulator.world.expectation import expect
from tests.support.cli_environment import clean
from tests.support.schema import reference_problems

PROGRAM = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"
SCHEMA = json.loads((resources.files("ledger_recovery.cli") / "output.schema.json").read_text(encoding="utf-8"))
SECONDS = 120


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean(monkeypatch, tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
    )


def test_the_demo_finds_what_the_world_holds_and_proves_it(tmp_path: Path) -> None:
    done = _run("recover", "--demo", "--pace", "0", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert reference_problems(said, SCHEMA) == []
    run = said["result"]
    expected = expect(bundled.load("demo"), "ledger")
    assert {a["address"] for a in run["accounts"]} == {a.address for a in expected.accounts if a.owned}
    assert {a["address"]: a["facts"]["balance"] for a in run["accounts"]} == {
        a.address: str(a.total) for a in expected.accounts if a.owned
    }
    assert run["statement"].startswith("Complete: ")
    assert run["device"]["emulated"] is True
    assert all(row["placeholder"] for row in run["identities"])
    assert 'emulated screen: "Accept", pressed: both buttons' in done.stderr
    _shows_the_report_and_the_wallet(run["report"], next(tmp_path.glob("ledger-recovery-demo-*")))


def _shows_the_report_and_the_wallet(report: str, directory: Path) -> None:
    verified = _run("report", "verify", report)
    assert (verified.returncode, verified.stdout.split(":")[0]) == (0, "unaltered")
    altered = directory / "altered.json"
    altered.write_bytes(Path(report).read_bytes().replace(b"deployed", b"Deployed", 1))
    refused = _run("report", "verify", str(altered))
    assert (refused.returncode, refused.stdout) == (18, "")
    listed = _run("accounts", "--wallet", str(directory / "wallet.sqlite"))
    assert listed.stdout.count("can sign") == 12
    known = _run("identities", "--wallet", str(directory / "wallet.sqlite"), "--json")
    assert len(json.loads(known.stdout)["result"]["identities"]) == 5


def test_a_dry_run_writes_no_account(tmp_path: Path) -> None:
    wallet = tmp_path / "wallet.sqlite"
    shown = _run("recover", "--demo", "--pace", "0", "--identities", "0", "--dry-run", "--wallet", str(wallet))
    assert shown.returncode == 0
    assert "a run without --dry-run would:" in shown.stdout
    assert _run("accounts", "--wallet", str(wallet)).stdout == "no accounts\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_stopped_demo_leaves_no_child(number: signal.Signals) -> None:
    with _started("recover", "--demo", "--by-hand", "--plain") as process:
        told = _lines_until(process, r"must show")
        page = re.search(r"http://127\.0\.0\.1:\d+", "".join(told))
        node = re.search(r"known to 127\.0\.0\.1:(\d+)", "".join(told))
        assert page is not None
        assert node is not None
        process.send_signal(number)
        out, rest = process.communicate(timeout=SECONDS)
    assert process.returncode == 130, rest
    assert "error: stopped before the end" in rest
    assert "Not complete" in out
    for port in (urlsplit(page[0]).port, int(node[1])):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, "the child is still there"


def _started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )


def _lines_until(process: subprocess.Popen[str], pattern: str) -> Sequence[str]:
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if re.search(pattern, line):
            return lines
    raise AssertionError(f"{pattern!r} never came: {lines}")


def test_the_emulator_command_passes_everything_on() -> None:
    helped = _run("emulator", "node", "--help")
    assert helped.returncode == 0
    assert "--world" in helped.stdout
    assert _run("emulator", "device", "--app", "nonsense-9").returncode != 0
