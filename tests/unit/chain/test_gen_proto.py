"""The committed stubs are what the .proto files say, and `scripts/gen_proto --check` notices when they are not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STUBS = Path("chain/concordium/proto")


def check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts" / "gen_proto"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_committed_stubs_are_current() -> None:
    result = check(ROOT)
    assert result.returncode == 0, result.stderr


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / STUBS, tmp_path / STUBS)
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "gen_proto", tmp_path / "scripts")
    return tmp_path


def test_a_changed_field_number_is_noticed(copied: Path) -> None:
    proto = copied / STUBS / "concordium.proto"
    proto.write_text(
        proto.read_text().replace("bytes on_chain_commitment_key = 3", "bytes on_chain_commitment_key = 4")
    )
    result = check(copied)
    assert result.returncode == 1
    assert "concordium_pb2.py: differs" in result.stderr
    assert "Run scripts/gen_proto" in result.stderr


def test_a_missing_and_a_forgotten_stub_are_noticed(copied: Path) -> None:
    (copied / STUBS / "health_pb2.pyi").rename(copied / STUBS / "old_pb2.pyi")
    result = check(copied)
    assert result.returncode == 1
    assert "health_pb2.pyi: missing" in result.stderr
    assert "old_pb2.pyi: has no .proto" in result.stderr


def test_a_proto_that_does_not_parse_is_an_error(copied: Path) -> None:
    (copied / STUBS / "health.proto").write_text("message {")
    assert check(copied).returncode == 2
