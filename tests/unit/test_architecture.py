"""The map of the house, walked: who may import whom, and what pure files may touch.

An arrow that is not in ARROWS is forbidden. A file whose docstring begins with [pure] does no I/O, reads no clock and
draws no chance, and leans only on pure files.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger_recovery", "chain", "emulator")
GENERATED = "chain.concordium.proto"

FLOOR = ("ledger_recovery.errors", "ledger_recovery.secret")
CHAIN_DATA = ("chain.model", "chain.errors", "chain.concordium.account")
EVM_DATA = ("chain.evm.account", "chain.evm.smart_model")
CHAIN_PORTS = (*CHAIN_DATA, "chain.ports", "chain.connect")

BACKUP_FORMATS = tuple(
    f"ledger_recovery.backup.{name}"
    for name in (
        *("ids", "certificate", "bundle_header", "copies", "pairing", "protocol", "protocol_json"),
        *("protocol_replies", "protocol_requests", "did_name", "did_document", "did_keys", "did_wrap", "box_part"),
    )
)
"""What both ends of the line to a Box speak. The Box knows nothing else of backups: no words, no content."""

WEB_WORDS = (
    *FLOOR,
    "chain.model",
    "ledger_recovery",
    "ledger_recovery.device.interaction",
    "ledger_recovery.derive.schemes",
    "ledger_recovery.derive.address",
    "ledger_recovery.derive.evm",
    "ledger_recovery.backup.word_list",
    "ledger_recovery.recover",
)
"""What the rooms of the pages may name of the rest: the service, and the words in which it speaks."""

# Room (longest prefix wins) -> what its files may import besides the room itself.
ARROWS: dict[str, tuple[str, ...]] = {
    "ledger_recovery": (),
    "ledger_recovery.errors": (),
    "ledger_recovery.secret": (),
    "ledger_recovery.derive": FLOOR,
    "ledger_recovery.device": FLOOR,
    "ledger_recovery.device.wire": FLOOR,
    "ledger_recovery.device.transport": (*FLOOR, "ledger_recovery.device.wire"),
    "ledger_recovery.device.apps": (*FLOOR, "ledger_recovery.device.wire", "ledger_recovery.device.interaction"),
    "ledger_recovery.wallet": FLOOR,
    "ledger_recovery.files": (*FLOOR, "ledger_recovery.wallet"),
    "ledger_recovery.backup": (*FLOOR, "ledger_recovery.wallet", "ledger_recovery.files"),
    "ledger_recovery.box": (*FLOOR, "ledger_recovery", *BACKUP_FORMATS),
    "ledger_recovery.recover": (
        *FLOOR,
        *CHAIN_DATA,
        "ledger_recovery",
        "ledger_recovery.derive",
        "ledger_recovery.device.interaction",
        "ledger_recovery.wallet.model",
        "ledger_recovery.wallet.changes",
        "ledger_recovery.wallet.names",
    ),
    "ledger_recovery.recover.evm": (
        *FLOOR,
        "chain.model",
        "chain.errors",
        *EVM_DATA,
        "ledger_recovery.derive.evm",
        "ledger_recovery.recover",
        "ledger_recovery.wallet.evm_changes",
        "ledger_recovery.wallet.evm_checks",
        "ledger_recovery.wallet.evm_model",
    ),
    "ledger_recovery.recover.service": (
        *FLOOR,
        *CHAIN_PORTS,
        "ledger_recovery",
        "ledger_recovery.derive",
        "ledger_recovery.device",
        "ledger_recovery.wallet",
        "ledger_recovery.files",
        "ledger_recovery.backup",
        "ledger_recovery.recover",
    ),
    "ledger_recovery.recover.service.evm": (
        *FLOOR,
        *CHAIN_PORTS,
        "chain.evm",
        "ledger_recovery",
        "ledger_recovery.derive.evm",
        "ledger_recovery.device",
        "ledger_recovery.wallet",
        "ledger_recovery.recover",
    ),
    "ledger_recovery.cli": (
        *CHAIN_DATA,
        *EVM_DATA,
        "ledger_recovery",
        "ledger_recovery.errors",
        "ledger_recovery.device.interaction",
        "ledger_recovery.derive.schemes",
        "ledger_recovery.derive.address",
        "ledger_recovery.derive.evm",
        "ledger_recovery.wallet.model",
        "ledger_recovery.wallet.evm_model",
        "ledger_recovery.recover",
        "ledger_recovery.box",
        "ledger_recovery.cli.guide_run",
    ),
    "ledger_recovery.web": (),
    "ledger_recovery.web.model": WEB_WORDS,
    "ledger_recovery.web.pages": (*WEB_WORDS, "ledger_recovery.web.model"),
    "ledger_recovery.web.run": (*WEB_WORDS, "ledger_recovery.web.model", "ledger_recovery.web.pages"),
    "ledger_recovery.web.server": (
        *WEB_WORDS,
        "ledger_recovery.web.model",
        "ledger_recovery.web.pages",
        "ledger_recovery.web.run",
    ),
    "ledger_recovery.cli.guide_run": ("ledger_recovery.errors", "ledger_recovery.cli", "ledger_recovery.web"),
    "chain": (),
    "chain.connect": ("chain.errors", "chain.model", "chain.ports", "chain.concordium", "chain.evm"),
    "chain.concordium": ("chain.errors", "chain.model", "chain.ports", GENERATED),
    "chain.evm": ("chain.errors", "chain.model"),
    "emulator": (GENERATED,),
}
# Driver files outside wire/, transport/ and apps/ are the session: they may use all three.
SESSION_ROOMS = ("ledger_recovery.device.wire", "ledger_recovery.device.transport", "ledger_recovery.device.apps")

MUST_BE_PURE = (
    "ledger_recovery.device.wire",
    "ledger_recovery.device.interaction",
    "ledger_recovery.derive",
    "ledger_recovery.recover.policy",
    "ledger_recovery.recover.scan",
    "ledger_recovery.recover.model",
    "ledger_recovery.recover.reconcile",
    "ledger_recovery.recover.report.statement",
    "ledger_recovery.recover.events",
    *(
        f"ledger_recovery.recover.evm.{name}"
        for name in ("model", "policy", "walk", "result", "statement", "reconcile", "journal_codec", "report", "events")
    ),
    "ledger_recovery.wallet.evm_changes",
    "ledger_recovery.wallet.evm_checks",
    "ledger_recovery.wallet.evm_model",
    "ledger_recovery.wallet.model",
    "ledger_recovery.wallet.changes",
    "ledger_recovery.wallet.names",
    "ledger_recovery.wallet.policy",
    "ledger_recovery.wallet.joining",
    "ledger_recovery.wallet.canonical",
    "ledger_recovery.wallet.vault_model",
    "ledger_recovery.wallet.vault_codec",
    "ledger_recovery.files.merge",
    "ledger_recovery.files.own",
    "ledger_recovery.files.reading",
    "ledger_recovery.wallet.backup_model",
    *(
        f"ledger_recovery.backup.{name}"
        for name in (
            *("ids", "fields", "keys", "certificate", "padme", "bundle_header", "word_list", "words", "content"),
            *("copies", "pairing", "protocol", "protocol_json", "protocol_replies", "protocol_requests"),
            *("did_name", "did_document", "did_keys", "box_part"),
        )
    ),
    "ledger_recovery.web.model",
    "ledger_recovery.web.pages.report",
    "ledger_recovery.web.run.actions",
    "ledger_recovery.web.run.actions_evm",
    "ledger_recovery.web.run.words_guard",
    *(
        f"ledger_recovery.web.pages.{name}"
        for name in (
            *("wording", "wording_evm", "diagnosis", "picture", "grid_picture", "no_terminal"),
            "demo_screen",
        )
    ),
    "chain.model",
    "chain.errors",
    "chain.concordium.account",
    "chain.concordium.codec",
    "chain.evm.abi",
    "chain.evm.account",
    "chain.evm.factories",
    "chain.evm.lens",
    "chain.evm.quantity",
    "chain.evm.reply",
    "chain.evm.safe",
    "chain.evm.smart_model",
)
IMPURE = {
    *("asyncio", "grpc", "hid", "hidraw", "http", "multiprocessing", "os", "pathlib", "random", "secrets"),
    *("select", "shutil", "socket", "sqlalchemy", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time"),
    *("typer", "urllib", "web3", "aiohttp", "httpx", "rich", "uvicorn", "starlette", "fastapi", "logging"),
}
CLOCK_CALLS = {"now", "utcnow", "today"}
NOT_MARKED = {"ledger_recovery"}
"""Packages whose file holds a version or nothing."""


def _modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()
OURS = sorted(m for m in MODULES if not m.startswith(GENERATED))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Every module that a file imports, wherever in the file; names imported from a package as that submodule."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)


def _room(module: str) -> str:
    return max((r for r in ARROWS if module == r or module.startswith(f"{r}.")), key=len)


def _within(module: str, prefix: str) -> bool:
    return module == prefix or (prefix not in PACKAGES and module.startswith(f"{prefix}."))


def _is_pure(module: str) -> bool:
    docstring = ast.get_docstring(_tree(MODULES[module])) or ""
    return docstring.startswith("[pure]")


@pytest.mark.parametrize("module", OURS)
def test_imports_follow_the_arrows(module: str) -> None:
    room = _room(module)
    allowed = ARROWS[room] + (SESSION_ROOMS if room == "ledger_recovery.device" else ())
    for target in _imports(MODULES[module]):
        if target.split(".")[0] not in PACKAGES or _room_of_target(target) == room:
            continue
        assert any(_within(target, a) for a in allowed), f"{module} must not import {target}"


def _room_of_target(target: str) -> str:
    return GENERATED if target.startswith(GENERATED) else _room(target)


@pytest.mark.parametrize("module", [m for m in OURS if any(m == p or m.startswith(f"{p}.") for p in MUST_BE_PURE)])
def test_the_core_is_marked_pure(module: str) -> None:
    assert _is_pure(module) or module in NOT_MARKED or not _tree(MODULES[module]).body[1:]


@pytest.mark.parametrize("module", [m for m in OURS if _is_pure(m)])
def test_pure_files_do_no_input_or_output(module: str) -> None:
    for target in _imports(MODULES[module]):
        assert target.split(".")[0] not in IMPURE, f"{module} is pure and must not import {target}"
        if target in MODULES and not target.startswith(GENERATED):
            assert _is_pure(target) or target in NOT_MARKED, f"{module} is pure, but leans on {target}, which is not"
    for node in ast.walk(_tree(MODULES[module])):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCK_CALLS, f"{module}:{node.lineno} reads the clock"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}, f"{module}:{node.lineno} does I/O"


def test_the_emulator_and_the_driver_share_no_code() -> None:
    for module in OURS:
        for target in _imports(MODULES[module]):
            if module.startswith("emulator"):
                assert not target.startswith(("ledger_recovery", "chain")) or target.startswith(GENERATED), module
            else:
                assert not target.startswith("emulator"), f"{module} must not import {target}"


def test_ledgerblue_comm_is_never_imported() -> None:
    """It reads the environment at import and can give a late reply to the next question."""
    for module in OURS:
        assert "ledgerblue.comm" not in _imports(MODULES[module]), module


@pytest.mark.parametrize("path", sorted(p for m, p in MODULES.items() if not m.startswith(GENERATED)), ids=str)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400, f"{path}: split it by idea"
