"""A real EVM node for tests: anvil from npm, one process a module, its state put back after each test."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODULES = Path(__file__).parents[1] / "interop/node_modules"
BINARY = MODULES / "@foundry-rs/anvil-linux-amd64/bin/anvil"
MISSING = "needs anvil: npm's @foundry-rs/anvil-linux-amd64; scripts/test installs it into tests/interop/node_modules"
STOP_SECONDS = 10
_LISTENING = re.compile(r"Listening on [\d.]+:(\d+)")


@dataclass(frozen=True)
class Anvil:
    """A running node. `url`: its JSON-RPC."""

    url: str

    def rpc(self, method: str, *params: object) -> Any:
        """One call of the test's own; fails the test on an error."""
        return self.rpcs([(method, params)])[0]

    def rpcs(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """Several calls in one batch."""
        body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": list(p)} for i, (m, p) in enumerate(calls)]
        request = urllib.request.Request(  # noqa: S310  # our own loopback URL
            self.url, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            replies = {reply["id"]: reply for reply in json.load(answer)}
        for i, (method, _) in enumerate(calls):
            assert "error" not in replies[i], (method, replies[i]["error"])
        return [replies[i]["result"] for i in range(len(calls))]

    def set_account(self, address: bytes, *, balance: int = 0, nonce: int = 0, code: bytes = b"") -> None:
        """State of the head; `mine` makes it part of a block."""
        self.set_accounts([(address, balance, nonce, code)])

    def set_accounts(self, accounts: Sequence[tuple[bytes, int, int, bytes]]) -> None:
        """(address, balance, nonce, code) of each."""
        calls: list[tuple[str, Sequence[object]]] = []
        for address, balance, nonce, code in accounts:
            where = "0x" + address.hex()
            calls += [("anvil_setBalance", (where, hex(balance)))] if balance else []
            calls += [("anvil_setNonce", (where, hex(nonce)))] if nonce else []
            calls += [("anvil_setCode", (where, "0x" + code.hex()))] if code else []
        for at in range(0, len(calls), 500):
            self.rpcs(calls[at : at + 500])

    def mine(self, blocks: int = 3) -> None:
        """By default as many as make the present state finalized (two blocks behind the head)."""
        self.rpc("anvil_mine", hex(blocks))

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Everything done to the chain in the block is undone at its end."""
        snapshot = self.rpc("evm_snapshot")
        try:
            yield
        finally:
            self.rpc("evm_revert", snapshot)


@contextmanager
def anvil(*options: str) -> Iterator[Anvil]:
    """A node as a process; finality two blocks behind the head."""
    arguments = [str(BINARY), "--host", "127.0.0.1", "--port", "0", "--slots-in-an-epoch", "1", *options]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/tmp"), "NO_COLOR": "1"}
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    try:
        assert process.stdout is not None
        port = next((found[1] for line in process.stdout if (found := _LISTENING.search(line))), None)
        assert port is not None, "anvil ended without listening"
        # Its log of every request would fill the pipe.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        try:
            yield Anvil(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)
            drain.wait(STOP_SECONDS)
            process.stdout.close()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
