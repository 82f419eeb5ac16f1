"""[io] Whose program is at the other end of a loopback connection: on Linux the kernel says so, elsewhere nobody does.

Why: browsers send cookies to every port of a host, and command lines are public on Linux, with the address that starts
the browser in one. With either, another user of this computer could come in, or come in first. Source: proc(5), the
tables /proc/net/tcp and tcp6: local and remote address, then (eighth and tenth column) the owner's user id and inode.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from enum import Enum, auto, unique
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

Address = tuple[str, int]
"""An IPv4 address as text, and a port."""

TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
MAX_BYTES: Final = 4 << 20
_MAPPED: Final = "0000000000000000FFFF0000"
"""Before an IPv4 address in the tcp6 table: a program may reach us through a socket of the other family."""

_ROOT: Final = 0
_TRIES: Final = 2
"""The table is not read in one moment: a row may slip by while others come and go."""


@unique
class Owner(Enum):
    """Who holds the other end. MISSING: our end is listed, theirs is not. UNTOLD: the kernel lists neither."""

    SAME = auto()
    OTHER = auto()
    MISSING = auto()
    UNTOLD = auto()


def owner_of(client: Address, ours: Address, lines: Iterable[str], user: int) -> Owner:
    """Who holds the socket at `client` that is connected to `ours`.

    :param lines: rows of the kernel's tables. :param user: our own user id; root counts as ourselves.
    """
    there, here = _written(client), _written(ours)
    answer = Owner.UNTOLD
    for line in lines:
        columns = line.split()
        if len(columns) < 10:
            continue
        ends = (columns[1].removeprefix(_MAPPED), columns[2].removeprefix(_MAPPED))
        if ends == (there, here):
            # A socket that its program has closed already belongs to nobody: its row says inode 0, and root.
            held = columns[9] != "0" and columns[7].isdigit()
            return Owner.SAME if held and int(columns[7]) in (user, _ROOT) else Owner.OTHER
        if ends == (here, there):
            answer = Owner.MISSING
    return answer


def is_another_user(client: Address, ours: Address) -> bool:
    """Whether somebody else than this user (or root) sits there, or nobody; False when the kernel tells nothing."""
    if not hasattr(os, "getuid"):
        return False
    for _ in range(_TRIES):
        answer, whole = _look(client, ours)
        if answer is not Owner.MISSING:
            break
    return answer in (Owner.OTHER, Owner.MISSING) or (answer is Owner.UNTOLD and not whole)


def _look(client: Address, ours: Address) -> tuple[Owner, bool]:
    """What the tables say, the second one asked only when the first does not know; and whether they were read whole."""
    rows: list[str] = []
    answer, whole = Owner.UNTOLD, True
    for table in TABLES:
        try:
            with table.open("r", encoding="ascii", errors="replace") as file:
                text = file.read(MAX_BYTES)
                whole = whole and not file.read(1)
        except OSError:
            continue
        rows += [line for line in text.splitlines() if f":{client[1]:04X}" in line]
        answer = owner_of(client, ours, rows, os.getuid())
        if answer in (Owner.SAME, Owner.OTHER):
            break
    return answer, whole


def _written(address: Address) -> str:
    """As the tables write it: the address as a hex word in the machine's own byte order."""
    word = int.from_bytes(IPv4Address(address[0]).packed, sys.byteorder)
    return f"{word:08X}:{address[1]:04X}"
