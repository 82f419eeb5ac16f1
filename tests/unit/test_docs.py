"""The pages against the program: tables equal the code they describe, links resolve, commands and options exist.

What a page says in prose is read by people; what it says in tables, code blocks and paths is checked here.
"""

from __future__ import annotations

import argparse
import configparser
import importlib
import json
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
import typer

import emulator.device.cli
import emulator.node.cli
import emulator.world.cli
import ledger_recovery
from emulator.world import bundled
from emulator.world.expectation import expect
from ledger_recovery.cli import config
from ledger_recovery.cli.main import app
from ledger_recovery.cli.settings_keys import KEYS
from ledger_recovery.device.transport.paths import parse_device_path
from ledger_recovery.errors import ExitStatus, LedgerRecoveryError
from ledger_recovery.recover.events import Event
from ledger_recovery.recover.evm.events import EvmEvent

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
REQUIRED = {
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
    *("docs/how-recovery-works.md", "docs/hardware-setup.md", "docs/privacy.md", "docs/threat-model.md"),
    *("docs/report-schema.md", "docs/exit-codes.md", "docs/json.md", "docs/emulator.md", "docs/configuration.md"),
    *("docs/evm.md", "docs/dependencies.md", "docs/testing.md", "docs/architecture.md"),
}
PROMISE = "This program never asks for your recovery words."
OUTPUT_SCHEMA = ROOT / "ledger_recovery/cli/output.schema.json"
REPORT_SCHEMAS = ROOT / "ledger_recovery/recover/report"

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_FORBIDDEN = re.compile(r"\.\./shared|\bhelpers?\b|\bissues? #?\d|\bfacts page\b|\bTODO\b|\bFIXME\b", re.IGNORECASE)
_SHELLS = ("sh", "console")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tables(text: str) -> Iterator[list[str]]:
    """Every row of every table: its cells without blanks; heads and rules as well."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def codes(cell: str) -> list[str]:
    return _CODE.findall(cell)


def blocks(text: str, *languages: str) -> Iterator[str]:
    return (found[2] for found in _BLOCK.finditer(text) if found[1] in languages)


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def command_lines(text: str) -> Iterator[list[str]]:
    """The words of every command of this project in the shell blocks, continued lines joined."""
    for block in blocks(text, *_SHELLS):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.removeprefix("$ "), comments=True) if _is_command(line) else []
            if words:
                yield words


def _is_command(line: str) -> bool:
    return line.removeprefix("$ ").startswith(("scripts/", "ledger-recovery ", "python -m "))


def every_command() -> list[tuple[Path, list[str]]]:
    return [(path, words) for path in PAGES for words in command_lines(path.read_text(encoding="utf-8"))]


def test_every_page_is_there() -> None:
    assert {str(p.relative_to(ROOT)) for p in PAGES} >= REQUIRED


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.is_relative_to(ROOT) and found.exists(), target
        assert not anchor or anchor in anchors(found.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_paths_of_this_repository_exist(path: Path) -> None:
    tops = ("ledger_recovery/", "chain/", "emulator/", "tests/", "scripts/", "docs/")
    for code in _CODE.findall(path.read_text(encoding="utf-8")):
        words = [w for w in code.split() if w.startswith(tops) and "*" not in w and "…" not in w]
        assert all((ROOT / word).exists() for word in words), code


@pytest.mark.parametrize("path", [*PAGES, ROOT / "docs/flow.svg"], ids=lambda p: p.name)
def test_a_page_speaks_of_the_project_only(path: Path) -> None:
    assert _FORBIDDEN.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", "docs/threat-model.md", "docs/hardware-setup.md"])
def test_the_promise_is_given(name: str) -> None:
    assert PROMISE in page(name)


def test_the_readme_begins_with_one_sentence_and_a_session() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert lines[2].endswith(".") and lines[3] == ""
    session = next(blocks("\n".join(lines[:30]), "console")).splitlines()
    assert len(session) == 5
    assert session[0].startswith("$ scripts/run recover --demo")


def test_the_session_of_the_readme_is_what_the_demo_finds() -> None:
    """The numbers in the quoted output, against what the demo's world says must be found."""
    wanted = expect(bundled.load("demo"), "ledger")
    owned = sum(1 for account in wanted.accounts if account.owned)
    removed = sum(1 for credential in wanted.credentials if credential.status == "removed")
    session = next(blocks(README.read_text(encoding="utf-8"), "console"))
    assert f"{owned} accounts found, {removed} removed credential, 0 unknown." in session
    assert f"{owned} accounts, {len(wanted.identities)} identities ({len(wanted.identities)} placeholders)" in session


@pytest.mark.parametrize(("path", "words"), every_command(), ids=lambda v: v.name if isinstance(v, Path) else v[0])
def test_commands_and_their_options_exist(path: Path, words: list[str]) -> None:
    match words:
        case ["scripts/run" | "ledger-recovery", "emulator", *rest] | ["python", "-m", "emulator", *rest]:
            _require_emulator_command(rest)
        case ["scripts/run" | "ledger-recovery", *rest]:
            _require_command(rest)
        case _:
            assert (ROOT / words[0]).is_file(), words


def _require_command(words: list[str]) -> None:
    """Each word is a sub-command, an option of the command it stands behind, or a value."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if word.startswith("--"):
            assert word in {name for p in command.params for name in (*p.opts, *p.secondary_opts)}, words
        elif getattr(command, "commands", None):
            assert word in command.commands, words
            command = command.commands[word]


def _require_emulator_command(words: list[str]) -> None:
    """argparse itself reads the line; it would end the process on a word that it does not know."""
    try:
        _emulator_parser(words[0]).parse_args(words[1:])
    except SystemExit:
        pytest.fail(f"emulator {words}")


def _emulator_parser(name: str) -> argparse.ArgumentParser:
    modules = {"device": emulator.device.cli, "node": emulator.node.cli, "world": emulator.world.cli}
    parser = argparse.ArgumentParser(prog=name)
    modules[name].add_arguments(parser)
    return parser


def test_the_readme_has_every_command() -> None:
    top: Any = typer.main.get_command(app)
    names = {n for n, c in top.commands.items() if not getattr(c, "commands", None)}
    names |= {f"{n} {s}" for n, c in top.commands.items() for s in getattr(c, "commands", {})}
    listed = {c.removeprefix("ledger-recovery ") for row in tables(page("README.md")) for c in codes(row[0])}
    assert {n for n in listed if n in names} == names


@pytest.mark.parametrize(("heading", "name"), [("## Device", "device"), ("## Node", "node")])
def test_the_emulator_page_has_every_option(heading: str, name: str) -> None:
    section = page("docs/emulator.md").split(f"\n{heading}\n")[1].split("\n## ")[0]
    listed = {code for row in tables(section) for code in codes(row[0]) if code.startswith("--")}
    actions = _emulator_parser(name)._actions
    assert listed == {o for a in actions for o in a.option_strings if o.startswith("--")} - {"--help"}


def test_the_emulator_page_quotes_the_genesis_of_the_demo() -> None:
    assert f"--genesis {bundled.load('demo').network.genesis_hash.hex()}" in page("docs/emulator.md")
    assert all(f"`{name}`" in page("docs/emulator.md") for name in bundled.names())


def test_exit_codes_are_the_programs() -> None:
    rows = [row for row in tables(page("docs/exit-codes.md")) if row[0].isdigit()]
    assert [(int(number), name) for number, name, _ in rows] == [(int(s), s.name) for s in ExitStatus]


def test_error_codes_are_the_programs() -> None:
    # A few errors stand beside what raises them: everything is imported, so that no order of tests decides.
    for module in pkgutil.walk_packages(ledger_recovery.__path__, "ledger_recovery."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    tree = {e.code: int(e.exit_status) for e in _errors(LedgerRecoveryError) if e.__module__.startswith("ledger_")}
    rows = [row for row in tables(page("docs/exit-codes.md")) if len(row) == 3 and codes(row[0])]
    assert {codes(code)[0]: int(number) for code, number, _ in rows} == tree
    assert len(rows) == len(tree)


def _errors(root: type[LedgerRecoveryError]) -> Iterator[type[LedgerRecoveryError]]:
    yield root
    for child in root.__subclasses__():
        yield from _errors(child)


def test_settings_are_the_programs() -> None:
    rows = [row for row in tables(page("docs/configuration.md")) if len(row) == 5 and codes(row[0])]
    listed = {codes(row[0])[0]: row for row in rows}
    assert list(listed) == [key.name for key in KEYS]
    for key in KEYS:
        _, variable, _, value, _ = listed[key.name]
        assert codes(variable) == [config.ENVIRONMENT_PREFIX + key.name.upper()]
        assert all(f"`{choice}`" in value for choice in key.choices)


def test_the_options_of_settings_exist() -> None:
    top: Any = typer.main.get_command(app)
    options = {o for c in top.commands.values() for p in c.params for o in (*p.opts, *p.secondary_opts)}
    for row in tables(page("docs/configuration.md")):
        if len(row) == 5 and codes(row[0]):
            assert set(codes(row[2])) <= options, row
            has_option = f"--{codes(row[0])[0].replace('_', '-')}" in options
            assert has_option == bool(codes(row[2])), row


def test_the_settings_file_of_the_page_can_be_read(tmp_path: Path) -> None:
    (text,) = blocks(page("docs/configuration.md"), "toml")
    assert config.from_toml(text, tmp_path / "settings.toml").keys() == tomllib.loads(text).keys()


def test_device_paths_of_the_page_can_be_read() -> None:
    rows = [row for row in tables(page("docs/hardware-setup.md")) if re.search(r"`(hid|tcp|http|replay):", row[0])]
    for code in (code for row in rows for code in codes(row[0])):
        path = code.replace("HOST", "127.0.0.1").replace("PORT", "5000")
        assert str(parse_device_path(path)) == path
    assert len(rows) == 5


def test_findings_of_the_doctor_are_explained() -> None:
    source = (ROOT / "ledger_recovery/device/findings.py").read_text(encoding="utf-8")
    made = set(re.findall(r'Finding\(\s*"([a-z-]+)"', source))
    listed = {code for row in tables(page("docs/hardware-setup.md")) for code in codes(row[0])}
    assert made and made <= listed


@pytest.mark.parametrize(
    ("name", "head"),
    [("report", "## Blocks of a Concordium report"), ("evm-report", "## Blocks of an EVM report")],
)
def test_report_blocks_are_those_of_the_schema(name: str, head: str) -> None:
    schema = REPORT_SCHEMAS / f"{name}.schema.json"
    properties = json.loads(schema.read_text(encoding="utf-8"))["properties"]
    section = page("docs/report-schema.md").split(head)[1].split("\n## ")[0]
    rows = [row for row in tables(section) if codes(row[0])]
    assert {name for row in rows for name in codes(row[0])} == properties.keys()
    for names, fields, _ in rows:
        assert codes(fields) == [f for name in codes(names) for f in _fields(properties[name])], names


def _fields(schema: dict[str, Any]) -> list[str]:
    """The members of an object, of a list of objects, or of "null or an object"; [] for anything else."""
    if "properties" in schema:
        return list(schema["properties"])
    inner = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    return next((found for found in map(_fields, inner) if found), [])


def test_results_of_json_are_those_of_the_schema() -> None:
    schema = json.loads(OUTPUT_SCHEMA.read_text(encoding="utf-8"))
    wanted = {}
    for rule in schema["allOf"]:
        command = rule["if"]["properties"].get("command", {}).get("const")
        if command is not None:
            reference = rule["then"]["properties"]["result"]["anyOf"][0]["$ref"]
            wanted[command] = set(schema["$defs"][reference.rpartition("/")[2]]["properties"])
    text = page("docs/json.md").split("## Events")[0]
    rows = [row for row in tables(text) if set(codes(row[0])) & wanted.keys()]
    listed = {command: set(codes(row[1])) for row in rows for command in codes(row[0])}
    assert listed == wanted


def test_events_are_the_programs() -> None:
    text = page("docs/json.md").split("## Events")[1]
    listed = [code for row in tables(text) for code in codes(row[0]) if code != "event"]
    events = {event.name for event in (*get_args(Event), *get_args(EvmEvent))}
    assert sorted(listed) == sorted([*events, "emulated-screen"])


def test_every_dependency_has_a_reason() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lists = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    wanted = {re.split(r"[<>=\[]", line)[0] for text in lists for line in text.split("\n") if line}
    rows = [row for row in tables(page("docs/dependencies.md")) if row[0] not in ("package", "---")]
    assert {row[0] for row in rows} == wanted
    assert all(all(row) for row in rows)


def test_the_picture_is_whole_and_says_what_it_shows() -> None:
    root = ElementTree.parse(ROOT / "docs/flow.svg").getroot()  # noqa: S314  our own file
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert {"title", "desc"} <= set(tags)
    assert "script" not in tags
    style = next(element.text or "" for element in root.iter() if element.tag.endswith("style"))
    assert "prefers-color-scheme: dark" in style
