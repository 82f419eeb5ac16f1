"""PyPI ledgered, Ledger's own reader of app binaries: prints the sections of the file that standard input names.

Runs in tests/interop/.venv; imports nothing of ours.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from ledgered.binary import LedgerBinaryApp

json.dump(asdict(LedgerBinaryApp(json.load(sys.stdin)["file"]).sections), sys.stdout)
