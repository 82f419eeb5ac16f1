"""The EVM double: its machine against anvil's, what it answers for a world, and the client on it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chain.evm.client import EvmChain
from chain.evm.lens.programs import account_call, read_accounts, read_balances, token_call
from chain.evm.timing import Timing
from chain.model import Presence
from emulator.evm.double import serving
from emulator.evm.machine import Halted, Machine
from emulator.evm.state import Account, Chain, WorldError, load
from tests.support.anvil import BINARY, MISSING, anvil


def chain_of(accounts: dict[bytes, Account], tokens: dict[bytes, dict[bytes, int]] | None = None) -> Chain:
    return Chain("test", 5, accounts, tokens or {})


def random_accounts(count: int) -> dict[bytes, Account]:
    chance = random.Random(11)
    made = {}
    for _ in range(count):
        kind = chance.randrange(5)
        made[chance.randbytes(20)] = Account(
            chance.randrange(1, 9) * (kind in (1, 4)),
            chance.randrange(1, 2**80) * (kind in (2, 4)),
            chance.randbytes(chance.randrange(1, 60)) * (kind == 3),
        )
    return made


def test_the_machine_runs_the_account_lens() -> None:
    accounts = random_accounts(300)
    words = read_accounts(Machine(chain_of(accounts), account_call(list(accounts))).run(), len(accounts))
    for account, word in zip(accounts.values(), words, strict=True):
        assert (word.exists, word.balance, word.code_size) == (account.exists, account.balance, len(account.code))


def test_the_machine_asks_tokens() -> None:
    token, owners = b"\x70" * 20, [b"\x01" * 20, b"\x02" * 20]
    state = chain_of({token: Account(1, 0, b"\xfe")}, {token: {owners[0]: 9}})
    assert read_balances(Machine(state, token_call(token, owners)).run(), 2) == (9, 0)
    silent = chain_of({token: Account(1, 0, b"\xfe")})
    assert read_balances(Machine(silent, token_call(token, owners)).run(), 2) == (None, None)


@pytest.mark.skipif(not BINARY.exists(), reason=MISSING)
def test_the_machine_and_a_real_node_give_the_same_bytes() -> None:
    accounts = random_accounts(120)
    program = account_call(list(accounts))
    with anvil("--accounts", "1") as node:
        node.set_accounts([(a, it.balance, it.nonce, it.code) for a, it in accounts.items()])
        node.mine()
        theirs = node.rpc("eth_call", {"data": "0x" + program.hex()}, "latest")
    assert "0x" + Machine(chain_of(accounts), program).run().hex() == theirs


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("01", "underflow"),
        ("600456605b00", "jump"),
        ("fe", "invalid opcode"),
        ("60006000fd", "reverted"),
        ("5b600056", "out of gas"),
        ("5f63ffffffff52", "out of gas"),
        ("5b5f600056", "stack limit"),
        ("90", "underflow"),
    ],
)
def test_programs_that_fail(code: str, told: str) -> None:
    with pytest.raises(Halted, match=told):
        Machine(chain_of({}), bytes.fromhex(code)).run()


@pytest.mark.parametrize("code", ["", "00", "60", "5b"])
def test_programs_that_end_without_a_word(code: str) -> None:
    assert Machine(chain_of({}), bytes.fromhex(code)).run() == b""


async def test_the_client_reads_the_demo_world() -> None:
    chains = load("demo")
    async with serving(chains) as double:
        for chain, url in zip(chains, double.urls, strict=True):
            client = EvmChain(url, None, {}, Timing(pause=0.0))
            try:
                view = await client.pin()
                answers = {a.handle: a async for a in view.look([*chain.accounts, b"\x99" * 20])}
                assert view.way == "one call for hundreds of addresses" and view.point.finality.value == "finalized"
                for address, account in chain.accounts.items():
                    detail = answers[address].detail  # type: ignore[union-attr]
                    assert detail is not None
                    assert (detail.nonce, detail.balance) == (account.nonce, account.balance)
                assert answers[b"\x99" * 20].presence is Presence.ABSENT  # type: ignore[union-attr]
                await view.confirm()
            finally:
                await client.close()


async def test_what_is_asked_wrongly_is_refused_as_nodes_do() -> None:
    async with serving(load("demo")) as double, httpx.AsyncClient(trust_env=False) as http:

        async def ask(body: object) -> object:
            return (await http.post(double.urls[0], json=body)).json()

        unknown = {"blockHash": "0x" + "ee" * 32}
        assert (await ask({"id": 1, "method": "eth_getBalance", "params": ["0x" + "00" * 20, unknown]}))["error"][  # type: ignore[index]
            "message"
        ] == "header not found"
        for body, code in (
            ({"id": 1, "method": "eth_sign", "params": []}, -32601),
            ({"id": 1, "method": "eth_getBalance", "params": ["0x00", "latest"]}, -32602),
            ({"id": 1, "method": "eth_call", "params": [{"data": "0x60006000fd"}, "latest"]}, -32000),
            ([], -32600),
            (7, -32600),
        ):
            assert (await ask(body))["error"]["code"] == code  # type: ignore[index]
        assert (await http.post(double.urls[0], content=b"{")).json()["error"]["code"] == -32700
        assert (await http.post(double.urls[0].replace("31337", "1"), json={})).status_code == 404


def test_the_double_as_a_process() -> None:
    command = [sys.executable, "-m", "emulator", "evm", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] and [c["chain_id"] for c in ready["chains"]] == [31337, 31338]
        body = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        assert httpx.post(ready["urls"][1], json=body, trust_env=False).json()["result"] == hex(31338)
    finally:
        process.terminate()
        assert process.wait(10) == 0
        process.stdout.close()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    ["", "[[chain]]", '[[chain]]\nname = "a"\nchain_id = 1\n[[chain.account]]\naddress = "0x00"', "[[", "chain = 3"],
)
def test_worlds_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "w.toml").write_text(text)
    with pytest.raises((WorldError, TypeError)):
        load(str(tmp_path / "w.toml"))
