"""The settings by name: their kinds, bounds and help, and how a raw value becomes one of them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from ledger_recovery.errors import InputError


@dataclass(frozen=True, slots=True)
class Key:
    """One setting. `kind`: text, path, number, whole, flag or list (of text; in a variable separated by spaces)."""

    name: str
    kind: str
    help: str
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None


KEYS: tuple[Key, ...] = (
    Key("wallet", "path", "the wallet file; default: wallet-NETWORK.sqlite in the data directory"),
    Key("network", "text", "the network", ("mainnet", "testnet", "custom")),
    Key("node", "list", "node URLs; the first is asked, the others confirm absences"),
    Key("genesis", "text", "genesis block hash of a custom network, 64 hex digits"),
    Key("certificate", "path", "PEM file to trust for TLS"),
    Key("max_block_age", "number", "oldest acceptable finalized block, in seconds", bounds=(1, 1e9)),
    Key("connections", "whole", "connections to each node", bounds=(1, 8)),
    Key("rpc", "list", "URLs of the nodes of EVM chains, one a chain; they may hold keys and are never shown"),
    Key("networks", "path", "TOML file with names and tokens of EVM networks"),
    Key("device", "text", "device path"),
    Key("fingerprint", "text", "hex prefix that the Ledger's fingerprint must have, 8 digits or more"),
    Key("allow_format", "text", "command format of an app version that is not known", ("v4", "v5")),
    Key("mode", "text", "where answers come from", ("thorough", "direct", "private")),
    Key("redact", "text", "how much a written report shows", ("full", "short", "hashed")),
    Key("state_dir", "path", "directory of the report key and the account list cache"),
    Key("report_dir", "path", "directory of the reports; default: reports in state_dir"),
    Key("plain", "flag", "one line an event, no colour, no redrawing"),
)
BY_NAME = {key.name: key for key in KEYS}

Value = str | int | float | bool | Path | tuple[str, ...]


def key_named(name: str, where: str, prefix: str) -> Key:
    key = BY_NAME.get(name)
    if key is not None:
        return key
    near = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.7)
    shown = prefix + (near[0].upper() if prefix else near[0]) if near else ""
    hint = f"did you mean {shown}?" if near else f"the settings are: {', '.join(BY_NAME)}"
    raise InputError(f'{where}: "{name.upper() if prefix else name}" is not a setting', hint)


def from_text(key: Key, text: str, where: str) -> object:
    match key.kind:
        case "list":
            return text.replace(",", " ").split()
        case "number" | "whole":
            try:
                return int(text) if key.kind == "whole" else float(text)
            except ValueError:
                raise InputError(f'{where}: "{text}" is not a number', f"{key.name}: {key.help}") from None
        case "flag":
            if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
                raise InputError(f'{where}: "{text}" is neither yes nor no', "use 1 or 0")
            return text.lower() in ("1", "true", "yes")
        case _:
            return text


def checked(key: Key, raw: object, where: str) -> Value:
    """`raw` as the key's kind.

    :raises InputError: another kind, not among the choices, or out of bounds.
    """
    value = _of_kind(key.kind, raw)
    if value is None:
        kinds = {"list": "a list of texts", "flag": "true or false", "whole": "a whole number", "number": "a number"}
        raise InputError(f"{where}: {key.name} must be {kinds.get(key.kind, 'a text')}", f"{key.name}: {key.help}")
    if key.choices and value not in key.choices:
        raise InputError(f'{where}: {key.name} cannot be "{value}"', f"choose {', '.join(key.choices)}")
    if key.bounds is not None and isinstance(value, int | float) and not key.bounds[0] <= value <= key.bounds[1]:
        least, most = key.bounds
        raise InputError(f"{where}: {key.name} must be {least:g} to {most:g}", f"{key.name}: {key.help}")
    return value


def _of_kind(kind: str, raw: object) -> Value | None:
    match kind, raw:
        case "flag", bool():
            return raw
        case (("number" | "whole" | "text" | "path" | "list"), bool()):
            return None
        case "whole", int():
            return raw
        case "number", int() | float():
            return _real(raw)
        case "text", str():
            return raw
        case "path", str() | Path():
            return _expanded(Path(raw))
        case "list", str():
            return (raw,)
        case "list", list() | tuple():
            return tuple(str(v) for v in raw) if all(isinstance(v, str) for v in raw) else None
        case _:
            return None


def _real(raw: float) -> float | None:
    try:
        return float(raw) if raw == raw else None
    except OverflowError:  # a whole number of more than 308 digits
        return None


def _expanded(path: Path) -> Path | None:
    try:
        return path.expanduser()
    except RuntimeError:  # ~name of nobody on this computer
        return None
