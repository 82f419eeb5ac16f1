"""A node of the sample world with 40 filler accounts, and a client of it; modules may use another world."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from emulator.node.double import NodeDouble
from tests.emulator.node.client import Client, client
from tests.support.node import node_double


@pytest_asyncio.fixture
async def node() -> AsyncIterator[NodeDouble]:
    async with node_double("sample", filler_accounts=40) as running:
        yield running


@pytest_asyncio.fixture
async def asking(node: NodeDouble) -> AsyncIterator[Client]:
    async with client(node.address) as connected:
        yield connected
