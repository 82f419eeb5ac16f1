"""The bench's account list server gives what the node double behind it would give, or its numbers are of nothing."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator

import pytest

from chain.connect import open_chain
from emulator.world import filler

# More than a frame, a flow control window and a batch of the reader hold.
COUNT = 3000


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.list_server", str(COUNT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[0]
    process.communicate(timeout=10)


async def test_the_client_finds_the_list_whole(address: str) -> None:
    chain = open_chain("concordium", "testnet", [f"http://{address}"], max_age_seconds=math.inf)
    try:
        view = await chain.pin()
        listed = await view.account_list()
        again = await view.account_list()
    finally:
        await chain.close()
    assert listed.addresses == again.addresses == {filler.address(number) for number in range(COUNT)}
