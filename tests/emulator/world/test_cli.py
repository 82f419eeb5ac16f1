"""`python -m emulator world`, through its two functions."""

from __future__ import annotations

import argparse
import json

import pytest

from emulator.world import cli


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    status = cli.run(parser.parse_args(words))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["demo", "edges", "empty", "sample"]


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", "sample") == (
        0,
        "sample: sample, 2 wallets, 3 identities, 5 accounts with 9 credentials, 0 filler accounts\n",
        "",
    )


def test_expect(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "expect", "sample", "--wallet", "wallet2")
    assert status == 0
    assert len(json.loads(out)["credentials"]) == 2
    _, first, _ = run(capsys, "expect", "sample")
    assert json.loads(first)["wallet"] == "wallet1"


def test_complaints(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "expect", "sample", "--wallet", "wallet9")
    assert (status, out) == (2, "")
    assert err == "emulator world: world 'sample' has no wallet 'wallet9'; it has: wallet1, wallet2\n"
