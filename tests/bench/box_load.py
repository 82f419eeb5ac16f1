"""Fifty clients against a Box of many owners, in a process of its own. Arguments: owners, seconds. Prints JSON.

First every owner's first backup, all clients as fast as the Box answers (closed loop); then each client one backup a
second for so many seconds, its time counted from when it was due and not from when it was sent (open loop).
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

from ledger_recovery.backup import protocol
from ledger_recovery.backup.client_signing import DeviceSigner
from tests.bench.box_owners import Owner, settle
from tests.bench.box_wire import Wire
from tests.support.box_process import BoxProcess, box_process

CLIENTS = 50
MANY = 10_000_000
CREATED = 201


class Load:
    """The clients of one Box process."""

    def __init__(self, box: BoxProcess, owners: Sequence[Owner]) -> None:
        self._box = box
        self._owners = owners
        self._pin = box.ready["pin"]

    async def closed(self) -> list[float]:
        """Seconds of each put, when every client sends the next one as soon as the last one is answered."""
        waiting = iter([(owner, owner.next_bundle()) for owner in self._owners])

        async def client() -> list[float]:
            took, wire = [], await Wire.open(self._box.port)
            for owner, bundle in waiting:
                began = time.perf_counter()
                await self._put(wire, owner, bundle)
                took.append(time.perf_counter() - began)
            await wire.close()
            return took

        return [each for some in await asyncio.gather(*(client() for _ in range(CLIENTS))) for each in some]

    async def paced(self, seconds: int) -> list[float]:
        """Seconds of each put, from when it was due, when every client sends one a second."""
        following = cycle(self._owners)
        wires = [await Wire.open(self._box.port) for _ in range(CLIENTS)]
        start = time.perf_counter()

        async def client(number: int, wire: Wire) -> list[float]:
            took = []
            for due in _times(start + number / CLIENTS, seconds):
                owner = next(following)
                bundle = owner.next_bundle()
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await self._put(wire, owner, bundle)
                took.append(time.perf_counter() - due)
            await wire.close()
            return took

        return [each for some in await asyncio.gather(*map(client, range(CLIENTS), wires)) for each in some]

    async def _put(self, wire: Wire, owner: Owner, bundle: bytes) -> None:
        target = protocol.generation_path(owner.certificate.backup_id, owner.generation + 1)
        headers = {
            protocol.IF_MATCH: protocol.if_match(owner.newest),
            protocol.IDEMPOTENCY_KEY: f"bench-generation-{owner.generation + 1:06d}",
        }
        signer = DeviceSigner(owner.device_id, self._pin, owner.device)
        status, said = await wire.ask("PUT", target, signer.headers("PUT", target, bundle, headers, None), bundle)
        if status != CREATED:
            raise RuntimeError(f"the Box answered {status}: {said!r}")
        owner.stored(hashlib.sha256(bundle).hexdigest())


def _times(start: float, seconds: int) -> Iterator[float]:
    return (start + second for second in range(seconds))


def resident_mb(pid: int) -> float:
    """Memory that a process holds now; 0 where /proc does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def processor_seconds(pid: int) -> float:
    """User and system time of a process; 0 where /proc does not tell."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / 100


async def measured(box: BoxProcess, owners: Sequence[Owner], seconds: int) -> dict[str, object]:
    load, pid = Load(box, owners), box.process.pid
    at_start, cpu, began = resident_mb(pid), processor_seconds(pid), time.perf_counter()
    closed = await load.closed()
    wall, cpu = time.perf_counter() - began, processor_seconds(pid) - cpu
    after_closed = resident_mb(pid)
    paced = await load.paced(seconds)
    return {
        "closed": closed,
        "closed_wall": wall,
        "closed_cpu": cpu,
        "paced": paced,
        "resident_mb": [at_start, after_closed, resident_mb(pid)],
    }


def main() -> None:
    count, seconds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as place:
        owners = settle(Path(place), count)
        gc.freeze()  # a look through all of them would be a pause of the clients, not of the Box
        limits = [f"requests_per_minute_and_address={MANY}", f"requests_per_minute={MANY}", f"max_nonces={MANY}"]
        with box_process(Path(place), limits=limits) as box:
            json.dump(asyncio.run(measured(box, owners, seconds)), sys.stdout)


if __name__ == "__main__":
    main()
