"""report show and report verify take the reports of both families, and refuse an altered one of either."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.cli.main import main
from ledger_recovery.recover.evm.report import build_evm_report
from ledger_recovery.recover.report import sign_report
from tests.support.report_worlds import complete
from tests.unit.recover.evm.worlds import CONFLICTS, full

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ALTERED = 18
REPORTS: dict[str, tuple[Mapping[str, object], str]] = {
    "Concordium": (complete(), "LEDGER RECOVERY REPORT "),
    "EVM": (build_evm_report(full(), CONFLICTS), "LEDGER RECOVERY REPORT, EVM CHAINS"),
}


@pytest.fixture(name="signed", params=REPORTS)
def _signed(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Mapping[str, object], str]:
    report, title = REPORTS[request.param]
    path = tmp_path / "report.json"
    path.write_bytes(sign_report(report, KEY))
    return path, report, title


Signed = tuple[Path, Mapping[str, object], str]


def test_a_report_is_shown_as_its_family_prints_it(signed: Signed, capsys: pytest.CaptureFixture[str]) -> None:
    path, _, title = signed
    assert main(["report", "show", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(title) and "signed with the key" in out


def test_json_holds_the_whole_report(signed: Signed, capsys: pytest.CaptureFixture[str]) -> None:
    path, report, _ = signed
    for command in ("show", "verify"):
        assert main(["report", command, str(path), "--json"]) == 0
        result = json.loads(capsys.readouterr().out)["result"]
        assert result["report"] == report and result["unaltered"] is True


def test_an_altered_one_is_refused(signed: Signed, capsys: pytest.CaptureFixture[str]) -> None:
    path, _, _ = signed
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    for command in ("show", "verify"):
        assert main(["report", command, str(path)]) == ALTERED
        caught = capsys.readouterr()
        assert not caught.out and "report" in caught.err
