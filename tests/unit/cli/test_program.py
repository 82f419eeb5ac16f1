"""The program as a whole: what it imports for --help, completion, option declarations, the docstring table of exits."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer

from ledger_recovery.cli import main as program
from ledger_recovery.cli import options
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions
from ledger_recovery.errors import Cancelled, ExitStatus
from tests.support.cli_environment import clean

HEAVY = {
    *("rich", "grpc", "google", "sqlalchemy", "alembic", "web3", "asyncio", "starlette", "uvicorn", "cryptography"),
    *("py_arkworks_bls12381", "ledgerblue", "hidraw", "hid", "tenacity", "chain"),
    *("fastapi", "httpx", "pyrage", "keyring", "nacl", "segno", "zxingcpp", "PIL", "mnemonic"),
}
GROUPS: tuple[type[Any], ...] = (
    options.OutputOptions,
    options.PlaceOptions,
    options.DeviceOptions,
    options.SearchOptions,
    options.RunOptions,
)
COMMANDS = ("devices", "doctor", "recover", "resume", "retry", "status", "accounts", "identities", "verify-address")
FILE_COMMANDS = ("export", "import", "inspect", "verify", "factory-reset")


def _python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize(
    "arguments",
    [["--help"], [], ["recover", "--help"], ["backup", "restore", "--help"], ["box", "serve", "--help"], ["--version"]],
    ids=str,
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys, json\n"
        "from ledger_recovery.cli.main import main\n"
        f"main({arguments!r})\n"
        "print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})), file=sys.stderr)\n"
    )
    done = _python(code)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert done.stdout
    assert not loaded & HEAVY
    assert "sqlalchemy" not in loaded


def test_every_command_has_help_with_all_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    grouped = [(g, c) for g in program.app.registered_groups for c in _commands_of(g.typer_instance)]
    assert len(grouped) > len(COMMANDS)
    for words in (*((name,) for name in (*COMMANDS, *FILE_COMMANDS)), *((str(g.name), c) for g, c in grouped)):
        assert program.main([*words, "--help"]) == 0
        text = capsys.readouterr().out
        assert "--json" in text
        assert re.search(r"\n  [A-Z]", text), f"{words} says what it does"


def _commands_of(group: typer.Typer | None) -> list[str]:
    return [] if group is None else [str(info.name) for info in group.registered_commands]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_there(shell: str) -> None:
    code = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"
    done = _python(code, _LEDGER_RECOVERY_COMPLETE=f"source_{shell}")
    assert done.returncode == 0
    assert "ledger-recovery" in done.stdout
    completed = _python(
        f"import sys; sys.argv = ['ledger-recovery']; {code}",
        _LEDGER_RECOVERY_COMPLETE="complete_bash",
        COMP_WORDS="ledger-recovery re",
        COMP_CWORD="1",
    )
    assert set(completed.stdout.split()) == {"recover", "resume", "retry", "report"}


def test_no_option_takes_a_secret() -> None:
    """Everything on a command line can be read by every process of the machine; a descriptor's number tells nothing."""
    words = {"seed", "phrase", "mnemonic", "password", "passphrase", "secret", "private", "pin"}
    names = {f.name for group in GROUPS for f in fields(group)}
    groups = [program.app, *(group.typer_instance for group in program.app.registered_groups)]
    for info in (info for group in groups if group is not None for info in group.registered_commands):
        assert info.callback is not None
        names |= set(inspect.signature(info.callback).parameters)
    assert names
    assert not {word for name in names if not name.endswith("_fd") for word in name.split("_")} & words


def test_shared_options_are_declared_with_help() -> None:
    for group in GROUPS:
        for name, hint in get_type_hints(group, include_extras=True).items():
            (info,) = hint.__metadata__
            assert info.help, f"{group.__name__}.{name}"
            assert getattr(group(), name) in (None, False)


def test_the_help_names_every_exit_status_of_this_program() -> None:
    told = {int(n) for n in re.findall(r"\b(\d+) [a-z]", program.EPILOG)}
    assert told | {int(ExitStatus.DEFECT), int(ExitStatus.WRONG_PASSWORD)} == {int(s) for s in ExitStatus}


@pytest.mark.parametrize("status", list(ExitStatus), ids=lambda s: s.name)
def test_an_outcome_sets_the_exit_status(status: ExitStatus) -> None:
    @command("devices")
    def body(*, output: OutputOptions) -> Outcome:
        """Nothing."""
        return Outcome("text", {}, status)

    with pytest.raises(typer.Exit) as caught:
        body(json=False, plain=None, debug=False, config=None)
    assert caught.value.exit_code == status


def test_a_failure_after_a_result_is_told_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    @command("recover")
    def body(*, output: OutputOptions) -> Outcome:
        """Nothing."""
        return Outcome("found so far", {}, ExitStatus.CANCELLED, Cancelled("stopped", "go on"))

    with pytest.raises(typer.Exit):
        body(json=False, plain=None, debug=False, config=None)
    caught = capsys.readouterr()
    assert (caught.out, caught.err) == ("found so far\n", "error: stopped\nhint: go on\n")


def test_a_reader_that_leaves_is_no_defect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean(monkeypatch, tmp_path)
    code = "import sys; from ledger_recovery.cli.main import main; sys.exit(main(['status']))"
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.returncode == ExitStatus.DEFECT
    assert done.stderr == ""


def test_the_schema_lies_beside_the_code() -> None:
    assert (Path(program.__file__).parent / "output.schema.json").is_file()
