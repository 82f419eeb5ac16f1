"""An EVM run whose process is killed, and a Ledger that is locked or unplugged in the middle: what was learned stays.

Real processes: the program, the emulated Ledger and, in this one, the double of two chains.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator.evm.double import EvmDouble, serving
from emulator.evm.state import load
from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.events import DeviceNoticed
from ledger_recovery.recover.evm.events import PlacesDerived
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.service.evm import exit_status
from tests.support.device import emulated_device
from tests.support.evm_runs import Home, used

COMPLAINTS = {"ledger_live": [0, 1, 5, 6, 9], "bip44": [0], "legacy": [3, 12]}
PLAIN = EvmPolicy(smart_accounts=False)


@pytest.fixture
async def demo() -> AsyncIterator[EvmDouble]:
    async with serving(load("demo")) as double:
        yield double


@asynccontextmanager
async def program(directory: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {n: v for n, v in os.environ.items() if not n.startswith("LEDGER_RECOVERY_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from ledger_recovery.cli.main import main; main()", *arguments),
        *("--family", "ethereum", "--json", "--events"),
        env={**environment, "HOME": str(directory), "XDG_STATE_HOME": str(directory / "state")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def next_event(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stderr is not None
    line = await process.stderr.readline()
    assert line, "the program ended before it was killed"
    return dict(json.loads(line))


@pytest.mark.parametrize("after", ["places-derived", "places"])
async def test_a_killed_run_goes_on_and_asks_the_ledger_for_nothing_twice(
    tmp_path: Path, demo: EvmDouble, after: str
) -> None:
    with emulated_device(app="ethereum") as device:
        nodes = [part for url in demo.urls for part in ("--rpc", url)]
        common = ("--device", f"tcp:{device.apdu}", "--wallet", str(tmp_path / "wallet.sqlite"), *nodes)
        derived: set[tuple[str, int]] = set()
        async with program(tmp_path, "recover", "--no-smart-accounts", *common) as killed:
            event = {"event": ""}
            while event["event"] != after:
                event = await next_event(killed)
                derived |= places_of(event)
            killed.kill()
        async with program(tmp_path, "resume", *common) as resumed:
            out, err = await resumed.communicate()
        answer = json.loads(out)
        events = [json.loads(line) for line in err.splitlines()]
    again = {place for event in events for place in places_of(event)}
    assert derived and not derived & again
    assert answer["exit"] == ExitStatus.COMPLETE, answer["error"]
    found: dict[str, list[int]] = {}
    for place in (place for account in answer["result"]["accounts"] for place in account["places"]):
        found.setdefault(place["scheme"], []).append(place["index"])
    assert found == COMPLAINTS


def places_of(event: dict[str, Any]) -> set[tuple[str, int]]:
    if event["event"] != "places-derived":
        return set()
    return {(event["scheme"], index) for index in range(event["first"], event["last"] + 1)}


@pytest.mark.parametrize("trouble", ["locked", "unplugged"])
async def test_a_ledger_that_goes_away_in_the_middle_is_waited_for(
    tmp_path: Path, demo: EvmDouble, trouble: str
) -> None:
    with emulated_device(app="ethereum") as device:
        home = Home.at(tmp_path, *demo.urls, device=f"tcp:{device.apdu}")
        emit = home._emit
        unlocking: list[asyncio.Task[None]] = []

        def tell(event: Any) -> None:
            emit(event)
            if isinstance(event, PlacesDerived) and len(home.told(PlacesDerived)) == 1:
                device.lock() if trouble == "locked" else device.replug()
            elif isinstance(event, DeviceNoticed) and event.notice.state is DeviceState.LOCKED and not unlocking:
                unlocking.append(asyncio.create_task(asyncio.to_thread(device.unlock)))

        home._emit = tell  # type: ignore[method-assign]
        result = await home.recover(PLAIN)
        await asyncio.gather(*unlocking)
    assert len(unlocking) == (trouble == "locked")
    assert used(result) == COMPLAINTS and exit_status(result) is ExitStatus.COMPLETE
