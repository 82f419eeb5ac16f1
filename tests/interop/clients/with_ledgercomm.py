"""PyPI ledgercomm as a client of a raw APDU port. Input {"host", "port", "apdus"}, output [[data, status word], ...].

Runs in tests/interop/.venv; imports nothing of ours.
"""

from __future__ import annotations

import json
import sys

from ledgercomm import Transport


def main() -> None:
    """Send every APDU and print what came back; a person or a test presses the buttons meanwhile."""
    ask = json.load(sys.stdin)
    transport = Transport(interface="tcp", server=ask["host"], port=ask["port"])
    answers = []
    for apdu in ask["apdus"]:
        status, data = transport.exchange_raw(apdu)
        answers.append([data.hex(), status])
    transport.close()
    json.dump(answers, sys.stdout)


main()
