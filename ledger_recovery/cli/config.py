"""Where settings come from: options, then LEDGER_RECOVERY_* variables, then a TOML file, then defaults.

The file is `settings.toml` in the platform's configuration directory (or --config, or LEDGER_RECOVERY_CONFIG). Unknown
names are errors, in the file and in the environment: a misspelt `node` would send the questions to another node.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ledger_recovery.cli.settings_keys import BY_NAME, Value, checked, from_text, key_named
from ledger_recovery.errors import InputError

if TYPE_CHECKING:
    from ledger_recovery.recover.service.settings import Settings

ENVIRONMENT_PREFIX = "LEDGER_RECOVERY_"
MAX_FILE = 64 * 1024
APP_NAME = "ledger-recovery"


_CONFIG_VARIABLE = ENVIRONMENT_PREFIX + "CONFIG"


@dataclass(frozen=True, slots=True)
class Directories:
    """The platform's directories: settings, data (wallets), state (report key, cache)."""

    config: Path
    data: Path
    state: Path


def platform_directories() -> Directories:
    import platformdirs

    dirs = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
    return Directories(dirs.user_config_path, dirs.user_data_path, dirs.user_state_path)


def settings_values(config: Path | None, options: Mapping[str, object]) -> dict[str, Value]:
    """All settings that somebody gave, read from the real places (`gather`)."""
    return gather(options, os.environ, config=config, directories=platform_directories())


def settings_of(values: Mapping[str, Value]) -> Settings:
    """The service's settings, with the platform's own directories where nothing else was said (`to_settings`)."""
    return to_settings(values, platform_directories())


def gather(
    options: Mapping[str, object], environ: Mapping[str, str], *, config: Path | None, directories: Directories
) -> dict[str, Value]:
    """All settings that somebody gave, the nearest source winning.

    :raises InputError: an unknown name, or a value of the wrong kind; says where it stands.
    """
    named = config or (Path(environ[_CONFIG_VARIABLE]) if environ.get(_CONFIG_VARIABLE) else None)
    path = named or directories.config / "settings.toml"
    text = _read(path, must_exist=named is not None)
    values = {} if text is None else from_toml(text, path)
    values |= from_environment(environ)
    values |= from_options(options)
    return values


def from_toml(text: str, path: Path) -> dict[str, Value]:
    """The settings of a TOML text; relative paths are relative to its file."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # besides its own error: numbers too long, tables too deep
        raise InputError(f"settings file {path}: {error}", "correct the file, or move it away") from None
    values: dict[str, Value] = {}
    for name, raw in table.items():
        where = f"settings file {path}, line {_line_of(name, text)}"
        value = checked(key_named(name, where, ""), raw, where)
        values[name] = path.parent / value if isinstance(value, Path) else value
    return values


def from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    """The settings of LEDGER_RECOVERY_* variables; empty ones count as not set."""
    values: dict[str, Value] = {}
    for variable, text in environ.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable == _CONFIG_VARIABLE or not text:
            continue
        where = f"environment variable {variable}"
        key = key_named(variable.removeprefix(ENVIRONMENT_PREFIX).lower(), where, ENVIRONMENT_PREFIX)
        values[key.name] = checked(key, from_text(key, text, where), where)
    return values


def from_options(options: Mapping[str, object]) -> dict[str, Value]:
    """The settings among the options given; other options (identities, json, …) are not settings."""
    return {
        name: checked(BY_NAME[name], value, f"option --{name.replace('_', '-')}")
        for name, value in options.items()
        if name in BY_NAME and value is not None
    }


def to_settings(values: Mapping[str, Value], directories: Directories) -> Settings:
    """The service's settings; checks what two settings must agree on.

    :raises InputError: network, genesis hash and nodes do not fit together.
    """
    from ledger_recovery.recover.service.settings import Settings

    genesis = _hex(values, "genesis", exactly=64)
    network = str(values.get("network", "custom" if genesis else "mainnet"))
    nodes = values.get("node", ())
    nodes = nodes if isinstance(nodes, tuple) else ()
    _check_network(network, genesis, nodes)
    return Settings(
        wallet=_path(values, "wallet") or directories.data / f"wallet-{network}.sqlite",
        state_dir=_path(values, "state_dir") or directories.state,
        network=network,
        nodes=nodes,
        genesis=genesis,
        certificate=_path(values, "certificate"),
        max_block_age=_number(values, "max_block_age", 300.0),
        connections=int(_number(values, "connections", 4)),
        device=_text(values, "device"),
        allow_format=_text(values, "allow_format"),
        expect_fingerprint=_hex(values, "fingerprint", at_least=8),
        report_dir=_path(values, "report_dir"),
        redact=_text(values, "redact") or "full",
    )


def _check_network(network: str, genesis: str | None, nodes: tuple[str, ...]) -> None:
    if network == "custom" and genesis is None:
        raise InputError("a custom network has no known genesis block", "give its hash with --genesis")
    if network == "custom" and not nodes:
        raise InputError("a custom network has no default node", "name one with --node")
    if network != "custom" and genesis is not None:
        raise InputError(
            f"--genesis goes with a custom network, not with {network}", "leave out --genesis, or say --network custom"
        )


def _read(path: Path, *, must_exist: bool) -> str | None:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        if must_exist:
            raise InputError(
                f"there is no settings file {path}", "name another with --config, or leave it out"
            ) from None
        return None
    except OSError as error:
        raise InputError(f"settings file {path} cannot be read: {error.strerror}", "check its permissions") from None
    if len(raw) > MAX_FILE:
        raise InputError(f"settings file {path} is larger than {MAX_FILE} bytes", "is it really a settings file?")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"settings file {path} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None


def _line_of(name: str, text: str) -> int:
    """The line on which a top-level name stands (tomllib does not tell)."""
    pattern = re.compile(rf"""^\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)), 1)


def _hex(values: Mapping[str, Value], name: str, *, exactly: int = 0, at_least: int = 0) -> str | None:
    text = _text(values, name)
    if text is None:
        return None
    text = text.lower()
    wanted = f"{exactly}" if exactly else f"{at_least} to 64"
    fits = len(text) == exactly if exactly else at_least <= len(text) <= 64
    if not fits or set(text) - set("0123456789abcdef"):
        raise InputError(f"{name} is not {wanted} hex digits", f"{name}: {BY_NAME[name].help}")
    return text


def _text(values: Mapping[str, Value], name: str) -> str | None:
    value = values.get(name)
    return str(value) if value is not None else None


def _path(values: Mapping[str, Value], name: str) -> Path | None:
    value = values.get(name)
    return value if isinstance(value, Path) else None


def _number(values: Mapping[str, Value], name: str, default: float) -> float:
    value = values.get(name, default)
    return float(value) if isinstance(value, int | float) else default
