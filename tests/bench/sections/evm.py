"""EVM look-ups: 1,000 addresses by the account lens against one web3 call after another; and a whole silent run.

The other way is what wallets do: for each address balance, code and nonce, one question at a time, with web3's own
AsyncWeb3 on one kept connection and without its extra questions about the chain.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, web

from chain.evm.client import EvmChain
from chain.evm.timing import Timing
from chain.model import Presence, Sighting
from ledger_recovery.derive.evm.schemes import STANDARD
from ledger_recovery.recover.evm.policy import EvmPolicy
from tests.bench.effort import Effort
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, times
from tests.support.anvil import BINARY, MISSING, Anvil, anvil
from tests.support.device import emulated_device
from tests.support.evm_runs import Home

NAME: Final = "evm"
TITLE: Final = "EVM accounts: look-ups by node latency, and a whole run on the emulator"
LATENCIES_MS: Final = (0, 50)
FASTER: Final = 100.0
RUN_SECONDS: Final = 5.0
SAMPLE: Final = 100
"""Addresses that the other way is timed with at a latency; its time is in proportion to their number."""


def measure(effort: Effort) -> Outcome:
    """Both ways at every latency, on one anvil; then runs of three schemes."""
    if not BINARY.exists():
        return Outcome(NAME, TITLE, skipped=MISSING)
    into = Collecting(NAME, TITLE)
    count = effort.choose(1_000, 50)
    addresses = [random.Random(number).randbytes(20) for number in range(count)]
    with anvil("--accounts", "1") as node:
        node.set_accounts([(address, 1, 0, b"") for address in addresses[::10]])
        node.mine()
        for latency in effort.choose(LATENCIES_MS, (0,)):
            asyncio.run(_at(into, effort, node, latency, addresses))
        _runs(into, effort, node)
    into.notes.append(f"every tenth of {count} addresses is used; three questions an address in the other way")
    return into.done()


async def _at(into: Collecting, effort: Effort, node: Anvil, latency: int, addresses: Sequence[bytes]) -> None:
    async with _delayed(node.url, latency / 1000) as url:
        part = addresses if not latency else addresses[: effort.choose(SAMPLE, 5)]
        one = await one_by_one(url, part) * len(addresses) / len(part)
        if len(part) != len(addresses):
            into.notes.append(f"{latency} ms: the other way was timed with {len(part)} addresses and scaled")
        baseline = Series((one,))
        ours = Series(tuple([await _lens(url, addresses) for _ in range(effort.rounds(5))]))
    ratio = times(baseline, ours)
    into.line(f"{latency} ms: one at a time", baseline, "s")
    into.line(f"{latency} ms: ours", ours, "s", ratio)
    into.at_least(f"faster than one at a time at {latency} ms", ratio, FASTER, "times")


async def one_by_one(url: str, addresses: Sequence[bytes]) -> float:
    """Seconds for balance, code and nonce of each address, one question after another."""
    from web3 import AsyncHTTPProvider, AsyncWeb3

    client = AsyncWeb3(AsyncHTTPProvider(url), middleware=[])
    try:
        await client.eth.chain_id
        began = time.perf_counter()
        for address in addresses:
            text = client.to_checksum_address(address)
            await client.eth.get_balance(text)
            await client.eth.get_code(text)
            await client.eth.get_transaction_count(text)
        return time.perf_counter() - began
    finally:
        await client.provider.disconnect()


async def _lens(url: str, addresses: Sequence[bytes]) -> float:
    chain = EvmChain(url, None, {}, Timing())
    try:
        view = await chain.pin()
        began = time.perf_counter()
        answers = [answer async for answer in view.look(addresses)]
        seconds = time.perf_counter() - began
    finally:
        await chain.close()
    used = sum(isinstance(a, Sighting) and a.presence is not Presence.ABSENT for a in answers)
    if len(answers) != len(addresses) or used != len(addresses[::10]):
        raise RuntimeError(f"{len(answers)} answers, {used} used: the lens did not tell the truth")
    return seconds


def _runs(into: Collecting, effort: Effort, node: Anvil) -> None:
    seconds = []
    with emulated_device(app="ethereum") as device:
        for _ in range(effort.rounds(3)):
            with tempfile.TemporaryDirectory() as directory:
                home = Home.at(Path(directory), node.url, device=f"tcp:{device.apdu}")
                began = time.perf_counter()
                asyncio.run(home.recover(EvmPolicy(schemes=STANDARD[:3])))
                seconds.append(time.perf_counter() - began)
    series = Series(tuple(seconds))
    into.line("a whole run: three schemes, gap 20, smart accounts, report", series, "s")
    into.at_most("three schemes at gap 20", series.median, RUN_SECONDS, "s")


@asynccontextmanager
async def _delayed(target: str, seconds: float) -> AsyncIterator[str]:
    """The node behind a line of some latency; the node itself for none."""
    if not seconds:
        yield target
        return

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        await asyncio.sleep(seconds)
        async with session.post(target, data=body, headers={"Content-Type": "application/json"}) as reply:
            return web.Response(body=await reply.read(), content_type="application/json")

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, access_log=None)
    async with ClientSession() as session:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()
