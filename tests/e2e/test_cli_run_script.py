"""scripts/run: finds its checkout from anywhere, installs once, passes everything on; pip and Python are stand-ins."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"

PYTHON = """#!/bin/sh
# Stands for a Python: notes how it was called, and makes what `-m venv` and pip would make.
printf '%s\\n' "$*" >>"{log}"
case "$*" in
*version_info*) exit {too_old} ;;
*ensurepip*) exit {no_venv} ;;
*"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
*pip*install*) {pip} ;;
esac
"""
PROGRAM = """#!/bin/sh
for word in "$@"; do printf '<%s>' "$word"; done
exit 7
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "a checkout"
    (root / "scripts").mkdir(parents=True)
    for name in ("run", "lib.sh"):
        shutil.copy(SCRIPTS / name, root / "scripts" / name)
    (root / "setup.cfg").write_text("[metadata]\n")
    (root / "pyproject.toml").write_text("[build-system]\n")
    return root


def _stand_in(checkout: Path, *, too_old: int = 0, no_venv: int = 0, pip_fails: bool = False) -> Path:
    program = checkout / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    there = f'cp "{program}" "$(dirname "$0")/ledger-recovery"'
    python = checkout / "python"
    python.write_text(
        PYTHON.format(
            log=checkout / "log",
            too_old=too_old,
            no_venv=no_venv,
            pip="echo no network; exit 1" if pip_fails else there,
        )
    )
    python.chmod(0o755)
    return python


def _run(checkout: Path, python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """From another directory, with no other Python and no apt-get on the path."""
    tools = checkout / "tools"
    if not tools.exists():
        tools.mkdir()
        for name in ("bash", "cat", "cksum", "cp", "dirname", "flock", "id", "mkdir", "mktemp", "rm", "sh", "tail"):
            where = shutil.which(name)
            if where is not None:
                (tools / name).symlink_to(where)
    return subprocess.run(
        [checkout / "scripts" / "run", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": str(tools), "PYTHON": str(python), "TMPDIR": str(checkout), "HOME": os.environ.get("HOME", "/")},
    )


def _installs(checkout: Path) -> int:
    return (checkout / "log").read_text().count("pip install")


def test_it_installs_once_and_passes_words_and_status_on(checkout: Path) -> None:
    python = _stand_in(checkout)
    first = _run(checkout, python, "recover", "--wallet", "my wallet")
    assert (first.returncode, first.stdout) == (7, "<recover><--wallet><my wallet>")
    assert "preparing .venv" in first.stderr
    second = _run(checkout, python, "--version")
    assert (second.returncode, second.stdout, second.stderr) == (7, "<--version>", "")
    assert _installs(checkout) == 1


@pytest.mark.parametrize("changed", ["setup.cfg", "pyproject.toml"])
def test_it_installs_again_when_the_requirements_changed(checkout: Path, changed: str) -> None:
    python = _stand_in(checkout)
    _run(checkout, python)
    (checkout / changed).write_text("[other]\n")
    assert _run(checkout, python).returncode == 7
    assert _installs(checkout) == 2


def test_a_python_that_is_too_old_is_told(checkout: Path) -> None:
    done = _run(checkout, _stand_in(checkout, too_old=1))
    assert done.returncode == 1
    assert "error: Python 3.11 or newer is needed" in done.stderr
    assert "hint: install it" in done.stderr


def test_a_python_without_venv_is_told(checkout: Path) -> None:
    done = _run(checkout, _stand_in(checkout, no_venv=1))
    assert done.returncode == 1
    assert "hint: Debian, Ubuntu: sudo apt-get install python3-venv" in done.stderr


def test_a_failed_installation_says_why_and_is_tried_again(checkout: Path) -> None:
    failed = _run(checkout, _stand_in(checkout, pip_fails=True))
    assert failed.returncode == 1
    assert "no network" in failed.stderr
    shutil.rmtree(checkout / ".venv")
    assert _run(checkout, _stand_in(checkout)).returncode == 7


def test_two_first_calls_install_once(checkout: Path) -> None:
    python = _stand_in(checkout)
    _run(checkout, python)
    tools = {"PATH": str(checkout / "tools"), "PYTHON": str(python), "TMPDIR": str(checkout)}
    (checkout / ".venv" / ".installed-emulator").unlink()
    calls = [
        subprocess.Popen([checkout / "scripts" / "run"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tools)
        for _ in range(2)
    ]
    for call in calls:
        call.communicate(timeout=60)
    assert [c.returncode for c in calls] == [7, 7]
    assert _installs(checkout) == 2
