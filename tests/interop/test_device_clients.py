"""Programs that speak to Speculos, as clients of the emulated device: they get what the real apps gave.

The answers are those that were measured on the real apps 4.1.2 and 5.1.3 in Speculos 0.27.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.interop.conftest import Find
from tests.interop.programs import Program, converse, npm_program, own_program, pypi_program
from tests.support.device import EmulatedDevice, emulated_device

APPS = ("concordium-5.1.3", "concordium-4.1.2")
OK, REJECTED = 0x9000, 0x6985
APP_AND_VERSION = "b001000000"
GET_KEY = "e001010021080000045100000000000000000000000000000000000000020000000000000000"
KEY = "87e16c8269270b1c75b930224df456d2927b80c760ffa77e57dbd738f6399492"
LENGTH_LIES = "e0050002050000"
FORBIDDEN_PATH = "e001010009020000002c00000001"
EXPORT_3 = "e0050101050000000003"
EXPORT_4 = "e0050101050000000004"
OLD_EXPORT_3 = "e00501010400000003"
OLD_EXPORT_4 = "e00501010400000004"
SEED_3 = "b6a03356f17917379a69a065f6063bc4ee9d61e58aab97e4a67f8492dcd3a159"


def name_and_version(app: str) -> str:
    """Name and version as the app answers: format 1, both with their length, and one byte of flags."""
    name, version = b"Concordium", app.removeprefix("concordium-").encode()
    return (b"\x01" + bytes([len(name)]) + name + bytes([len(version)]) + version).hex()


@pytest.fixture
def device() -> Iterator[EmulatedDevice]:
    with emulated_device() as running:
        yield running


def ports(device: EmulatedDevice) -> dict[str, object]:
    host, port = device.apdu.split(":")
    base, api_port = device.api.rsplit(":", 1)
    return {"host": host, "port": int(port), "base": base, "api_port": int(api_port), "api": device.api}


async def with_hands(program: Program, ask: dict[str, object], device: EmulatedDevice) -> Any:
    """A program that cannot press buttons: the test approves its first prompt and declines its second."""
    talking = asyncio.create_task(converse(program, ask))
    hands = asyncio.create_task(asyncio.to_thread(press, device))
    done, _ = await asyncio.wait((talking, hands), return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        task.result()
    return await talking


def press(device: EmulatedDevice) -> None:
    device.approve()
    device.decline()


async def converse_on_tcp(app: str, converse_with: Callable[[EmulatedDevice, list[str]], Awaitable[Any]]) -> None:
    """The same conversation for every client of the APDU port, and what the real apps answered to it."""
    old = app == "concordium-4.1.2"
    exports = [OLD_EXPORT_3, OLD_EXPORT_4] if old else [EXPORT_3, EXPORT_4]
    refused, sw = (FORBIDDEN_PATH, 0x6B07) if old else (LENGTH_LIES, 0x6A87)
    with emulated_device(app=app) as device:
        answers = await converse_with(device, [APP_AND_VERSION, GET_KEY, refused, *exports, APP_AND_VERSION])
    name, *rest, again = answers
    assert name[0].startswith(name_and_version(app))
    assert name == again
    assert rest == [[KEY, OK], ["", sw], [SEED_3, OK], ["", REJECTED]]


@pytest.mark.parametrize("app", APPS)
async def test_ledgercomm(find: Find, app: str) -> None:
    program = find(pypi_program, "with_ledgercomm.py", "ledgercomm")

    async def talk(device: EmulatedDevice, apdus: list[str]) -> Any:
        return await with_hands(program, {**ports(device), "apdus": apdus}, device)

    await converse_on_tcp(app, talk)


@pytest.mark.parametrize("app", APPS)
async def test_ledgerblue_by_its_environment(app: str) -> None:
    async def talk(device: EmulatedDevice, apdus: list[str]) -> Any:
        host, port = device.apdu.split(":")
        program = own_program("with_ledgerblue.py", {"LEDGER_PROXY_ADDRESS": host, "LEDGER_PROXY_PORT": port})
        client, answers = await with_hands(program, {"apdus": apdus}, device)
        assert client == "ledgerblue.commTCP"
        return answers

    await converse_on_tcp(app, talk)


async def test_ragger_over_the_apdu_port(find: Find, device: EmulatedDevice) -> None:
    program = find(pypi_program, "with_ragger.py", "ragger")
    ask = {"backend": "ledgercomm", "model": device.model, **ports(device)}
    ask |= {"quick": GET_KEY, "approve": EXPORT_3, "decline": EXPORT_4}
    assert await with_hands(program, ask, device) == [[KEY, OK], [SEED_3, OK], ["", REJECTED]]


@pytest.mark.parametrize("model", ["nanosp", "stax", "flex"])
async def test_ragger_walks_the_screens_with_its_own_navigator(find: Find, model: str) -> None:
    program = find(pypi_program, "with_ragger.py", "ragger")
    with emulated_device(model=model) as device:
        ask = {"backend": "speculos", "model": model, **ports(device)}
        answers = await converse(program, {**ask, "quick": GET_KEY, "approve": EXPORT_3, "decline": EXPORT_4})
    assert answers == [[KEY, OK], [SEED_3, OK], ["", REJECTED]]


async def test_speculos_client(find: Find, device: EmulatedDevice) -> None:
    program = find(pypi_program, "with_speculos_client.py", "speculos")
    ask = {"api": device.api, "quick": GET_KEY, "approve": EXPORT_3, "decline": EXPORT_4}
    seen = await converse(program, ask)
    assert seen == {
        "home": ["Concordium", "is ready"],
        "quick": KEY,
        "approved": SEED_3,
        "pages": [["Recover credentials", " ", "ID#3"], ["Accept"]],
        "declined": f"{REJECTED:04x}",
        "screenshot": b"\x89PNG\r\n\x1a\n".hex(),
        "automated": SEED_3,
    }


async def test_ledgers_own_http_transport(find: Find, device: EmulatedDevice) -> None:
    program = find(npm_program, "ledger_http.mjs", "@ledgerhq/hw-transport-node-speculos-http")
    seen = await converse(program, {**ports(device), "quick": GET_KEY, "approve": EXPORT_3, "decline": EXPORT_4})
    assert seen["quick"] == KEY + f"{OK:04x}"
    assert seen["approved"]["answer"] == SEED_3 + f"{OK:04x}"
    assert seen["declined"]["answer"] == {"name": "TransportStatusError", "status": f"{REJECTED:04x}"}
    assert seen["approved"]["texts"] == ["Recover credentials", " ", "ID#3", "Accept", "Concordium", "is ready"]
