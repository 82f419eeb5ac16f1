"""What the Ethereum apps answer: recorded exchanges, status words, which paths, and what comes with a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.apps.contract import Answer, Prompt
from emulator.apps.ethereum import ETHEREUM_CLASSIC, EthereumApp
from emulator.apps.keys import Seed
from tests.emulator.device.clients import TcpClient
from tests.emulator.device.data import DEFAULT_SEED, evm_vectors
from tests.emulator.device.test_ethereum_keys import elements
from tests.support.device import EmulatedDevice, emulated_device

DEVICE: dict[str, Any] = evm_vectors()["device"]
SILENT, SHOW = 0, 1
ETHEREUM = EthereumApp(DEFAULT_SEED)
CLASSIC = EthereumApp(DEFAULT_SEED, ETHEREUM_CLASSIC)
LEDGER_LIVE_0 = "44'/60'/0'/0/0"


def packed(path: str, rest: str = "") -> bytes:
    """The data of a public key request."""
    levels = elements(path) if path else ()
    return bytes([len(levels)]) + b"".join(level.to_bytes(4, "big") for level in levels) + bytes.fromhex(rest)


def ask(path: str, rest: str = "", *, p1: int = SILENT, p2: int = 0) -> bytes:
    """A public key request.

    :param rest: what follows the path, in hex
    """
    data = packed(path, rest)
    return bytes([0xE0, 0x02, p1, p2, len(data)]) + data


STATUS = {
    "44'": ask("44'"),
    "(empty path)": ask(""),
    "45'/0'/0/0": ask("45'/0'/0/0"),
    "44'/1'/0'/0/0": ask("44'/1'/0'/0/0"),
    "44'/61'/0'/0/0": ask("44'/61'/0'/0/0"),
    "44/60/0/0/0 unhardened": ask("44/60/0/0/0"),
    "10 levels": ask("44'/60'/0'/0/0/0/0/0/0/0"),
    "11 levels": ask("44'/60'/0'/0/0/0/0/0/0/0/0"),
    "P1=02": ask(LEDGER_LIVE_0, p1=2),
    "P2=02": ask(LEDGER_LIVE_0, p2=2),
    "Lc one too big": bytes.fromhex("e002000016") + packed(LEDGER_LIVE_0),
    "no Lc": bytes.fromhex("e0020000"),
    "ins 03": bytes.fromhex("e003000000"),
    "cla e1": bytes.fromhex("e102000015") + packed(LEDGER_LIVE_0),
    "path+7 bytes": ask(LEDGER_LIVE_0, "00" * 7),
    "path+8 bytes (chain id)": ask(LEDGER_LIVE_0, "00" * 8),
    "path+9 bytes": ask(LEDGER_LIVE_0, "00" * 9),
    "user cancels display": ask(LEDGER_LIVE_0, p1=SHOW),
}


def answer(app: EthereumApp, command: bytes) -> bytes:
    """The answer to a command; a prompt is declined."""
    outcome = app.handle(command)
    if isinstance(outcome, Prompt):
        return outcome.declined.wire
    assert isinstance(outcome, Answer)
    return outcome.payload


@pytest.fixture(scope="module")
def running() -> Iterator[EmulatedDevice]:
    """An emulator process with the Ethereum app."""
    with emulated_device(app="ethereum") as device:
        yield device


@pytest.mark.parametrize(("request_hex", "wanted"), DEVICE["exchanges"])
def test_recorded_exchanges(running: EmulatedDevice, request_hex: str, wanted: str) -> None:
    """Byte for byte over the APDU port."""
    with TcpClient(running) as client:
        assert client.exchange(request_hex) == wanted


def test_every_recorded_status_word_is_asked_for() -> None:
    """The table of commands covers the recording."""
    assert STATUS.keys() == DEVICE["status"].keys()


@pytest.mark.parametrize("what", STATUS)
def test_recorded_status_words(what: str) -> None:
    """Good and bad commands."""
    assert answer(ETHEREUM, STATUS[what])[-2:].hex() == DEVICE["status"][what]


@pytest.mark.parametrize(
    ("path", "ethereum", "classic"),
    [
        ("44'/60'", "9000", "9000"),
        ("44'/60'/160720'/0'/3", "9000", "9000"),
        ("44'/61'/0'/0/0", "6a15", "9000"),
        ("45'", "9000", "6a15"),
        ("49'/60'/0'/0/0", "6a15", "6a15"),
        ("44'/52752'/0'/0/0", "6a15", "6a15"),
        ("44'/60/0'/0/0", "6a15", "6a15"),
        ("0", "6a12", "6a12"),
    ],
)
def test_paths_of_both_apps(path: str, ethereum: str, classic: str) -> None:
    """Ethereum Classic has its own coin type too, and not 45'."""
    assert answer(ETHEREUM, ask(path))[-2:].hex() == ethereum
    assert answer(CLASSIC, ask(path))[-2:].hex() == classic


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (ask("44'", "00", p1=2), "6b00"),
        (ask("44'", "00"), "6a15"),
        (ask("44", "00"), "6a12"),
        (ask(LEDGER_LIVE_0, "00", p1=SHOW), "6a80"),
        (bytes.fromhex("e0020000058000002c"), "6a87"),
        (bytes.fromhex("e002000005058000002c"), "6a80"),
        (bytes.fromhex("e002000000"), "6a80"),
        (bytes.fromhex("e002"), "6a87"),
        (bytes.fromhex("b002000000"), "6e00"),
        (bytes.fromhex("e1020000ff"), "6a87"),
    ],
)
def test_order_of_checks(command: bytes, status: str) -> None:
    """Length, CLA, instruction, P1 and P2, path, what is allowed, and last the bytes behind the path."""
    assert answer(ETHEREUM, command).hex() == status


@pytest.mark.parametrize("p2", [0, 1])
def test_display_gives_the_same_answer(p2: int) -> None:
    """With the chain code or without, as the silent request."""
    outcome = ETHEREUM.handle(ask(LEDGER_LIVE_0, "0000000000000089", p1=SHOW, p2=p2))
    assert isinstance(outcome, Prompt)
    approved = outcome.approve()
    assert isinstance(approved, Answer)
    assert approved.payload == answer(ETHEREUM, ask(LEDGER_LIVE_0, p2=p2))
    assert len(approved.payload) == (141 if p2 else 109)


def test_both_apps_have_the_same_keys() -> None:
    """Where both are allowed."""
    command = ask("44'/60'/0'", p2=1)
    assert answer(CLASSIC, command) == answer(ETHEREUM, command)
    assert answer(EthereumApp(Seed(bytes(64))), command) != answer(ETHEREUM, command)


def test_ethereum_classic_says_its_name() -> None:
    """Name and version, and the same configuration."""
    assert answer(CLASSIC, bytes.fromhex("b001000000"))[:18] == b"\x01\x10Ethereum Classic"
    assert answer(CLASSIC, bytes.fromhex("e006000000")).hex() == "020117009000"


def test_keys_are_not_in_the_repr() -> None:
    """Neither of an answer nor of a prompt."""
    chain_code = answer(ETHEREUM, ask("44'/60'/0'", p2=1))[-34:-2]
    for p1 in (SILENT, SHOW):
        shown = repr(ETHEREUM.handle(ask("44'/60'/0'", p1=p1, p2=1)))
        assert chain_code.hex() not in shown
        assert repr(chain_code)[2:-1] not in shown


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(min_size=1, max_size=260),
        st.builds(
            lambda ins, p1, p2, data: bytes([0xE0, ins, p1, p2, len(data)]) + data,
            st.sampled_from([2, 6]),
            st.integers(0, 2),
            st.integers(0, 2),
            st.builds(
                lambda path, rest: packed(path) + rest,
                st.sampled_from(["44'/60'", "45'/7", "1"]),
                st.binary(max_size=20),
            ),
        ),
    )
)
def test_any_bytes_give_an_outcome(command: bytes) -> None:
    """Never an exception: an answer with a status word, or a question to the person."""
    outcome = ETHEREUM.handle(command)
    if isinstance(outcome, Answer):
        assert len(outcome.payload) >= 2
    elif isinstance(outcome, Prompt):
        assert command[:3] == bytes([0xE0, 0x02, SHOW])
    else:
        assert command[:4].hex() == "b0a70000"
