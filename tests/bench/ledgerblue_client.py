"""ledgerblue's own TCP client, timed: chosen by its variables LEDGER_PROXY_ADDRESS and LEDGER_PROXY_PORT.

A process of its own, because importing `ledgerblue.comm` reads the environment. Arguments: APDU (hex), rounds.
"""

from __future__ import annotations

import json
import sys
import time

from ledgerblue.comm import getDongle


def main() -> None:
    """Print the answer and the seconds of each exchange."""
    apdu = bytes.fromhex(sys.argv[1])
    dongle = getDongle()
    answer = dongle.exchange(apdu)
    seconds = []
    for _ in range(int(sys.argv[2])):
        began = time.perf_counter()
        dongle.exchange(apdu)
        seconds.append(time.perf_counter() - began)
    dongle.close()
    json.dump({"answer": bytes(answer).hex(), "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
