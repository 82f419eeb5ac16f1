"""One question to the device over TCP and its answer, on the emulator; ledgerblue's own TCP client beside it."""

from __future__ import annotations

import time
from typing import Final

from ledger_recovery.device.transport.paths import TcpPath
from ledger_recovery.device.transport.speculos_tcp import SpeculosTcp
from tests.bench import children
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, times
from tests.support.device import emulated_device

NAME: Final = "apdu"
TITLE: Final = "one APDU exchange over TCP with the emulated device"
APP_AND_VERSION: Final = bytes.fromhex("b001000000")
"""Answered by every app and by the dashboard, without a person."""

MEDIAN_MS: Final = 1.5
OK: Final = b"\x90\x00"
PATIENCE: Final = 5.0


def measure(effort: Effort) -> Outcome:
    """Ours in this process, ledgerblue in a child; one after the other on one device."""
    into = Collecting(NAME, TITLE)
    count = effort.choose(500, 20)
    with emulated_device() as device:
        host, _, port = device.apdu.rpartition(":")
        ours, answer = _ours(TcpPath(host, int(port)), count)
        theirs, other = _ledgerblue(host, port, effort.choose(100, 5))
    if answer != other:
        raise RuntimeError(f"the device gave ledgerblue another answer: {other.hex()}, not {answer.hex()}")
    into.line("ledgerblue's TCP client", theirs, "ms")
    into.line("ours", ours, "ms", times(theirs, ours))
    into.at_most("median exchange", ours.median, MEDIAN_MS, "ms")
    into.notes.append(
        "ledgerblue sends an APDU's length and body apart; the second waits for a delayed acknowledgement"
    )
    return into.done()


def _ours(path: TcpPath, count: int) -> tuple[Series, bytes]:
    device = SpeculosTcp(path, time.monotonic)
    device.open()
    try:
        answer = device.exchange(APP_AND_VERSION, time.monotonic() + PATIENCE, lambda: False)
        if not answer.endswith(OK):
            raise RuntimeError(f"the device did not name its app: {answer.hex()}")
        milliseconds = []
        for _ in range(count):
            began = time.perf_counter()
            device.exchange(APP_AND_VERSION, time.monotonic() + PATIENCE, lambda: False)
            milliseconds.append((time.perf_counter() - began) * 1000)
    finally:
        device.close()
    return Series(tuple(milliseconds)), answer[: -len(OK)]


def _ledgerblue(host: str, port: str, count: int) -> tuple[Series, bytes]:
    proxy = {"LEDGER_PROXY_ADDRESS": host, "LEDGER_PROXY_PORT": port}
    told = children.python(
        "-m", "tests.bench.ledgerblue_client", APP_AND_VERSION.hex(), str(count), environment=proxy
    ).json
    return Series(tuple(told["seconds"])).per(1 / 1000), bytes.fromhex(told["answer"])
