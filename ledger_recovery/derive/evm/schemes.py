"""[pure] Derivation schemes: where wallets have put the accounts of EVM chains, as path templates with one `x`.

Sources: Ledger Live's derivation modes, MyCrypto's and MetaMask's lists of hardware paths, Rabby, Frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger_recovery.errors import InputError

MAX_LEVELS: Final = 10
"""What the Ethereum app takes in one path."""

MAX_INDEX: Final = 2**31 - 1
HARDENED: Final = 0x80000000
_LEVEL: Final = re.compile(r"(0|[1-9][0-9]{0,9}|x)('?)", re.ASCII)
_ADVICE: Final = "write it like m/44'/60'/0'/x, with exactly one x where the account number stands"

Path = tuple[int, ...]
"""Levels as BIP-32 counts them: the hardened ones have the top bit set."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """`levels`: the template; None stands for x. `hardened_x`: x is a hardened level, so each needs the device."""

    name: str
    levels: tuple[int | None, ...]
    hardened_x: bool

    @property
    def one_request(self) -> bool:
        """Whether one extended key gives every account: no hardened step at x or below it."""
        at = self.levels.index(None)
        return not self.hardened_x and all(level is not None and level < HARDENED for level in self.levels[at + 1 :])

    @property
    def node(self) -> Path:
        """The path above x, of which one extended key is asked when `one_request`."""
        return tuple(level for level in self.levels[: self.levels.index(None)] if level is not None)

    @property
    def below(self) -> Path:
        """The levels below x."""
        return tuple(level for level in self.levels[self.levels.index(None) + 1 :] if level is not None)

    @property
    def template(self) -> str:
        """ "m/44'/60'/x'/0/0"."""
        mark = "x'" if self.hardened_x else "x"
        return "m/" + "/".join(mark if level is None else _level_text(level) for level in self.levels)

    def path(self, index: int) -> Path:
        """The path of account `index`.

        :raises ValueError: not within 0..2^31-1.
        """
        if not 0 <= index <= MAX_INDEX:
            raise ValueError(f"an account index runs from 0 to {MAX_INDEX}, not {index}")
        own = index | HARDENED if self.hardened_x else index
        return tuple(own if level is None else level for level in self.levels)


def scheme(name: str, template: str) -> Scheme:
    """A scheme from its template; "m/" may be left out.

    :raises InputError: not a path with one x, or more levels than the app takes.
    """
    parts = template.strip().removeprefix("m/").split("/")
    found = [_LEVEL.fullmatch(part) for part in parts]
    if len(parts) > MAX_LEVELS or not all(found):
        raise InputError(f"{template[:80]!r} is not a derivation path of up to {MAX_LEVELS} levels", _ADVICE)
    matches = [match for match in found if match]
    if sum(match[1] == "x" for match in matches) != 1:
        raise InputError(f"{template[:80]!r} has not exactly one x", _ADVICE)
    levels = tuple(None if match[1] == "x" else _level(match[1], match[2], template) for match in matches)
    hardened = next(bool(match[2]) for match in matches if match[1] == "x")
    return Scheme(name, levels, hardened)


def path_text(path: Path) -> str:
    """ "m/44'/60'/0'/0/3"."""
    return "m/" + "/".join(_level_text(level) for level in path)


def parse_path(text: str) -> Path:
    """A path without x.

    :raises InputError: anything else.
    """
    parts = text.strip().removeprefix("m/").split("/")
    found = [_LEVEL.fullmatch(part) for part in parts]
    matches = [match for match in found if match and match[1] != "x"]
    if not matches or len(matches) != len(parts) or len(parts) > MAX_LEVELS:
        raise InputError(f"{text[:80]!r} is not a derivation path", "write it like m/44'/60'/0'/0/0")
    return tuple(_level(match[1], match[2], text) for match in matches)


def custom(template: str) -> Scheme:
    """A person's own template; its text is its name.

    :raises InputError: as `scheme`.
    """
    own = scheme("custom", template)
    return Scheme(own.template, own.levels, own.hardened_x)


def _level(number: str, mark: str, text: str) -> int:
    value = int(number)
    if value > MAX_INDEX:
        raise InputError(f"level {number} of {text[:80]!r} is larger than {MAX_INDEX}", _ADVICE)
    return value | HARDENED if mark else value


def _level_text(level: int) -> str:
    return f"{level & MAX_INDEX}'" if level & HARDENED else str(level)


# At the end: they are made by the functions above.
LEDGER_LIVE: Final = scheme("ledger_live", "m/44'/60'/x'/0/0")
BIP44: Final = scheme("bip44", "m/44'/60'/0'/0/x")
LEGACY: Final = scheme("legacy", "m/44'/60'/0'/x")
ETC_LEGACY: Final = scheme("etc_legacy", "m/44'/60'/160720'/0'/x")
STANDARD: Final = (LEDGER_LIVE, BIP44, LEGACY, ETC_LEGACY)
"""All that wallets are known to have used; a run tries all of them."""
