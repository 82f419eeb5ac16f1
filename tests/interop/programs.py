"""Foreign programs as child processes: where they are installed, why not if they are not, and how one is run.

They are never imported: each has an interpreter and packages of its own, so that nothing of ours can help it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CLIENTS = HERE / "clients"
DEADLINE = 60.0
"""Seconds for a whole conversation; only a broken program runs into it."""


class ForeignProgramFailed(AssertionError):
    """The program ended badly or was not done in time; the text holds what it said."""


class NotInstalled(Exception):
    """The program is not on this machine; the text says what installs it."""


@dataclass(frozen=True)
class Program:
    """What to run: interpreter and script, with additions to the environment."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def npm_program(script: str, package: str) -> Program:
    """A script of ours around an npm package.

    :raises NotInstalled: node or the package is missing
    """
    node = shutil.which("node")
    if node is None:
        raise NotInstalled("node is not installed; with node and npm there, scripts/test installs the rest")
    if not (HERE / "node_modules" / package / "package.json").is_file():
        raise NotInstalled(f"npm's {package} is not installed; scripts/test installs it")
    return Program((node, str(CLIENTS / script)))


def pypi_program(script: str, package: str) -> Program:
    """A script of ours around a PyPI package in the interpreter of tests/interop/.venv.

    :raises NotInstalled: the environment or the package is missing
    """
    python = foreign_python()
    if python is None or not any((HERE / ".venv").glob(f"lib*/python*/site-packages/{package}")):
        raise NotInstalled(f"PyPI's {package} is not in tests/interop/.venv; scripts/test installs it")
    return Program((str(python), "-I", str(CLIENTS / script)))


def own_program(script: str, environment: Mapping[str, str]) -> Program:
    """A script around a package that comes with ours, in a process of its own."""
    return Program((sys.executable, "-I", str(CLIENTS / script)), environment)


def foreign_python() -> Path | None:
    """The interpreter of tests/interop/.venv, None if it is not there."""
    python = HERE / ".venv" / "bin" / "python"
    return python if python.is_file() else None


async def converse(program: Program, ask: Mapping[str, object]) -> Any:
    """Run a program with one JSON document as its standard input; returns the JSON that it prints.

    :raises ForeignProgramFailed: another exit code than 0, no JSON, or not done within DEADLINE
    """
    process = await asyncio.create_subprocess_exec(
        *program.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **program.environment},
    )
    try:
        async with asyncio.timeout(DEADLINE):
            answer, talk = await process.communicate(json.dumps(ask).encode())
    except TimeoutError:
        raise ForeignProgramFailed(f"{program.command[-1]} was not done within {DEADLINE:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ForeignProgramFailed(f"{program.command[-1]} ended with {process.returncode}: {talk.decode()[-4000:]}")
    try:
        return json.loads(answer)
    except ValueError:
        raise ForeignProgramFailed(f"{program.command[-1]} printed no JSON: {answer[:400]!r}") from None
