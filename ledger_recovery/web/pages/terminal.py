"""The few lines that a page can only ask a person to type in a terminal, so that they work as they stand."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger_recovery.recover.service import Settings

PROGRAM: Final = "ledger-recovery"
_OPENING: Final = {
    "win32": "Press the Windows key, type “terminal” and press Enter.",
    "darwin": "Press Command and the space bar together, type “terminal” and press Enter.",
}


def how_to_open() -> str:
    """How somebody who never did opens a terminal on this computer."""
    return _OPENING.get(sys.platform, "Press Ctrl, Alt and T together.")


def install_rule() -> str:
    """The command that lets this user open the Ledger on Linux; root may not know where this program lies."""
    name = sys.argv[0]
    found = Path(name).is_absolute() and Path(name).name == PROGRAM
    return f"sudo {shlex.quote(name if found else PROGRAM)} doctor --install-udev"


def wallet_options(settings: Settings) -> str:
    """The options that lead a command to the wallet that the guide has open, quoted for the shell of this system.

    A custom network goes with its genesis hash and node, without which no command takes it.
    """
    words = ["--wallet", str(settings.wallet.absolute()), "--network", settings.network]
    if settings.genesis is not None:
        words += ["--genesis", settings.genesis]
        words += [word for node in settings.nodes for word in ("--node", node)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
