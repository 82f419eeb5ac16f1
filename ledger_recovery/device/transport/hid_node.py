"""[io] Why a Linux device node cannot be used: its mode, owner and group, and which programs hold it.

hidapi says only "open failed"; and Linux lets several programs open one hidraw node, so that each reads the others'
answers: a held node is busy.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePath

from ledger_recovery.device.transport.base import NodeFacts

MAX_PROCESSES = 8192
MAX_FDS = 1024


def node_facts(path: str, *, proc: Path = Path("/proc")) -> NodeFacts:
    """Look at a node without opening it."""
    try:
        info = Path(path).stat()
    except FileNotFoundError:
        return NodeFacts(path, exists=False, usable=False)
    except OSError:
        return NodeFacts(path, exists=True, usable=False, mode="unknown", owner="unknown", group="unknown")
    return NodeFacts(
        path,
        exists=True,
        usable=os.access(path, os.R_OK | os.W_OK),
        mode=stat.filemode(info.st_mode),
        owner=_owner(info.st_uid),
        group=_group(info.st_gid),
        holders=holders(path, proc=proc),
    )


def holders(path: str, *, proc: Path = Path("/proc")) -> tuple[str, ...]:
    """Other processes that have `path` open, as far as this user may see; bounded, and silent about the rest."""
    target = os.path.realpath(path)
    own = str(os.getpid())
    names: list[str] = []
    for process in _entries(proc, MAX_PROCESSES):
        if not process.name.isdigit() or process.name == own:
            continue
        if any(_leads_to(fd, target) for fd in _entries(process / "fd", MAX_FDS)):
            names.append(f"{_process_name(process)} (pid {process.name})")
    return tuple(names)


def _entries(folder: Path, limit: int) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [folder / entry.name for _, entry in zip(range(limit), entries, strict=False)]
    except OSError:
        return []


def _link(fd: Path) -> str:
    try:
        return str(fd.readlink())
    except OSError:
        return ""


def _leads_to(fd: Path, node: str) -> bool:
    """Whether an open file is the node; in a container or a sandbox the node has a path of its own, and may be a copy.

    Files of other names are not looked at: that can block where a network disk is gone.
    """
    link = _link(fd)
    if link == node:
        return True
    if PurePath(link).name != PurePath(node).name:
        return False
    try:
        opened, wanted = fd.stat(), Path(node).stat()
    except OSError:
        return False
    same_device = stat.S_ISCHR(opened.st_mode) and stat.S_ISCHR(wanted.st_mode) and opened.st_rdev == wanted.st_rdev
    return os.path.samestat(opened, wanted) or same_device


def _process_name(process: Path) -> str:
    try:
        text = (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return "another program"
    return "".join(letter for letter in text if letter.isprintable())[:32] or "another program"


def _owner(uid: int) -> str:
    try:
        import pwd  # absent on Windows, where this function has no caller

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return str(uid)


def _group(gid: int) -> str:
    try:
        import grp  # as above

        return grp.getgrgid(gid).gr_name
    except (ImportError, KeyError):
        return str(gid)
