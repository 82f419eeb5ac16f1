"""PyPI ledgerblue's own TCP client, chosen by its environment variables LEDGER_PROXY_ADDRESS and LEDGER_PROXY_PORT.

Input {"apdus"}, output [[data, status word], ...]. A process of its own: importing `ledgerblue.comm` reads the
environment and keeps what it found, which is why our program never imports it.
"""

from __future__ import annotations

import json
import sys

from ledgerblue.comm import getDongle
from ledgerblue.commException import CommException


def main() -> None:
    """Send every APDU and print what came back; a person or a test presses the buttons meanwhile."""
    ask = json.load(sys.stdin)
    dongle = getDongle()
    answers = []
    for apdu in ask["apdus"]:
        try:
            answers.append([dongle.exchange(bytes.fromhex(apdu)).hex(), 0x9000])
        except CommException as error:
            answers.append([bytes(error.data or b"").hex(), error.sw])
    dongle.close()
    json.dump([type(dongle).__module__, answers], sys.stdout)


main()
