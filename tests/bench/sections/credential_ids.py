"""Credential IDs a second, against the WASM of the official SDK and against py_ecc; every answer is compared first.

All in seconds of processor, single-threaded, from a PRF key to 48 bytes. The SDK's call also derives the key from a
seed each time (about 1 % of it) and parses the commitment key: that is what its wallets pay.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY, commitment_base
from ledger_recovery.derive.credential_id import credential_ids
from ledger_recovery.derive.keygen import GROUP_ORDER
from ledger_recovery.secret import SecretBytes
from tests.bench.effort import Effort, cpu
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, times

NAME: Final = "credential-ids"
TITLE: Final = "credential IDs a second of processor"
BATCHES: Final = (1, 25, 256)
JUDGED: Final = 256
FASTER: Final = 40.0
TABLE_FROM: Final = 25
SEED: Final = hashlib.sha512(b"a seed for the bench").digest()
SCRIPT: Final = Path(__file__).parents[1] / "web_sdk_ids.mjs"
SDK: Final = Path(__file__).parents[2] / "interop" / "node_modules" / "@concordium" / "web-sdk"
G: Final = commitment_base(KNOWN_COMMITMENT_KEY)
SDK_SECONDS: Final = 300.0


def measure(effort: Effort) -> Outcome:
    """The SDK first (its key is then ours), then ours, then py_ecc."""
    into = Collecting(NAME, TITLE)
    sdk, key = _web_sdk(into, effort)
    with SecretBytes(key) as prf_key:
        for size in effort.sizes(*BATCHES, quick=(2,)):
            _ours(into, effort, prf_key, size, sdk)
        _py_ecc(into, effort, key, prf_key)
    into.notes.append(
        "with the table of multiples, which the first batch of 16 or more in a process builds once (10 ms)"
    )
    return into.done()


def _web_sdk(into: Collecting, effort: Effort) -> tuple[Series | None, bytes]:
    """Its rate, and the PRF key that it used; any key will do where it is missing."""
    missing = "node is not installed" if shutil.which("node") is None else "" if SDK.is_dir() else "it is not installed"
    if missing:
        into.notes.append(f"@concordium/web-sdk was not measured: {missing} (scripts/test installs it where node is)")
        return None, hashlib.sha256(SEED).digest()[:31].rjust(32, b"\0")
    counters = list(range(effort.choose(25, 2)))
    ask = {
        "seed": SEED.hex(),
        "commitmentKey": KNOWN_COMMITMENT_KEY.hex(),
        "counters": counters,
        "rounds": effort.rounds(9),
    }
    told = _node(ask)
    key = bytes.fromhex(told["prfKey"])
    with SecretBytes(key) as prf_key:
        _same([bytes.fromhex(text) for text in told["ids"]], credential_ids(prf_key, counters, G))
    rate = Series(tuple(told["cpu"])).rate(len(counters))
    into.line("WASM of @concordium/web-sdk in node", rate, "IDs/s")
    return rate, key


def _node(ask: object) -> Any:
    ended = subprocess.run(
        ["node", str(SCRIPT)], input=json.dumps(ask), capture_output=True, text=True, check=True, timeout=SDK_SECONDS
    )
    return json.loads(ended.stdout)


def _ours(into: Collecting, effort: Effort, prf_key: SecretBytes, size: int, sdk: Series | None) -> None:
    repeat = max(1, effort.choose(512, 2) // size)
    counters = range(size)

    def work() -> None:
        for _ in range(repeat):
            credential_ids(prf_key, counters, G)

    rate = _settled(work, effort).rate(size * repeat)
    ratio = None if sdk is None else times(rate, sdk)
    into.line(f"ours, in batches of {size}", rate, "IDs/s", ratio)
    if size == JUDGED and ratio is not None:
        into.at_least(f"times the WASM, in batches of {size}", ratio, FASTER, "times")


def _py_ecc(into: Collecting, effort: Effort, key: bytes, prf_key: SecretBytes) -> None:
    from tests.unit.derive.other_curve import times as multiple

    counters = range(effort.choose(5, 1))
    exponents = [pow(int.from_bytes(key, "big") + counter, -1, GROUP_ORDER) for counter in counters]
    _same([multiple(G, exponent) for exponent in exponents], credential_ids(prf_key, counters, G))

    def work() -> None:
        for exponent in exponents:
            multiple(G, exponent)

    rate = _settled(work, effort).rate(len(counters))
    into.line("py_ecc", rate, "IDs/s")
    ours = next(line for line in reversed(into.lines) if line.what.startswith("ours"))
    into.notes.append(f"ours is {times(ours.series, rate):,.0f} times as fast as py_ecc")


def _settled(work: Callable[[], None], effort: Effort) -> Series:
    """Without the first round, which fills caches and tables."""
    work()
    return cpu(work, effort.rounds(9))


def _same(theirs: Sequence[bytes], ours: Sequence[bytes | None]) -> None:
    if list(theirs) != list(ours):
        raise RuntimeError("two libraries gave different credential IDs for one key: nothing was measured")
