"""[io] Whose program is at the other end of a loopback connection: on Linux the kernel says so, elsewhere nobody does.

Why: command lines are public on Linux, and so is the page's address in the one that starts the browser; and browsers
send cookies to every port of a host. With either, another user of this computer could come in. Source: proc(5), the
table /proc/net/tcp: local and remote address as little-endian hex words, then (eighth column) the owner's user id.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

TABLE: Final = Path("/proc/net/tcp")
MAX_BYTES: Final = 4 << 20
_LOOPBACK: Final = "0100007F"
_ROOT: Final = 0


def owner_of(client_port: int, our_port: int, table: str) -> int | None:
    """The user id behind the connection from `client_port`, None when the table does not have it."""
    wanted = (f"{_LOOPBACK}:{client_port:04X}", f"{_LOOPBACK}:{our_port:04X}")
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) > 7 and (columns[1], columns[2]) == wanted and columns[7].isdigit():
            return int(columns[7])
    return None


def is_another_user(client_port: int, our_port: int) -> bool:
    """Whether the kernel says that somebody else than this user (or root) sits there; False when it says nothing."""
    if not hasattr(os, "getuid"):
        return False
    try:
        with TABLE.open("r", encoding="ascii", errors="replace") as file:
            owner = owner_of(client_port, our_port, file.read(MAX_BYTES))
    except OSError:
        return False
    return owner not in (None, os.getuid(), _ROOT)
