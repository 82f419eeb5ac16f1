"""What a person types in a terminal so that a command works on the very wallet that the guide has open."""

from __future__ import annotations

import os
import shlex
import subprocess

from ledger_recovery.recover.service import Settings


def wallet_options(settings: Settings) -> str:
    """The options, quoted for the shell of this system.

    A custom network goes with its genesis hash and node, without which no command takes it.
    """
    words = ["--wallet", str(settings.wallet.absolute()), "--network", settings.network]
    if settings.genesis is not None:
        words += ["--genesis", settings.genesis]
        words += [word for node in settings.nodes for word in ("--node", node)]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
