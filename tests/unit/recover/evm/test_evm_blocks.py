"""EVM runs in which a block is lost at the wrong moment, a node lies late, or only a token betrays a use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.evm.safe import MULTICHAIN, safe_address
from emulator.evm.double import serving
from emulator.evm.state import Account, Chain
from ledger_recovery.cli.evm.views import account_table
from ledger_recovery.cli.evm.wallet_views import wallet_text
from ledger_recovery.derive.evm.schemes import BIP44
from ledger_recovery.errors import ExitStatus
from ledger_recovery.recover.events import Pinned, Warned
from ledger_recovery.recover.evm.events import SmartAccountsLooked
from ledger_recovery.recover.evm.model import Use
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.service.evm import exit_status
from tests.support.evm_runs import Home, used
from tests.support.rpc_proxy import RpcProxy, rpc_proxy
from tests.unit.recover.evm.test_evm_service import ADDRESSES, lost

TOKEN = b"\x70" * 20
POLICY = EvmPolicy(schemes=(BIP44,), gap=5)
SAFE = safe_address(MULTICHAIN, [ADDRESSES["bip44"][1]], 1, 0)
"""Of an owner that is asked for in the first round."""

NETWORKS = f'[one]\nchain_id = 7\ntokens = [{{ symbol = "TST", address = "0x{TOKEN.hex()}", decimals = 6 }}]\n'
BALANCE_OF = "70a08231"


def world(**more: Any) -> Chain:
    """One Safe with money, one account with nothing but a token, and the token."""
    accounts = {SAFE: Account(balance=5), TOKEN: Account(1, code=b"\xfe"), **more.get("accounts", {})}
    return Chain("one", 7, accounts, {TOKEN: {ADDRESSES["bip44"][4]: 1_500_000}})


def home_at(directory: Path, *urls: str) -> Home:
    home = Home.at(directory, *urls)
    networks = directory / "networks.toml"
    networks.write_text(NETWORKS)
    home.settings = replace(home.settings, networks=networks)
    return home


def first_time(proxy: RpcProxy, wanted: Callable[[str], bool]) -> None:
    """The node loses its block when the first such call comes, and has another one after a while."""
    left = [9]

    def spoil(question: Any, answer: Any) -> Any:
        lens = isinstance(question, dict) and question["method"] == "eth_call" and "to" not in question["params"][0]
        if left[0] < 9 or (lens and wanted(question["params"][0]["data"])):
            left[0] -= 1
            return lost(question, answer) if left[0] >= 0 else answer
        return answer

    proxy.fail(spoil)


async def test_a_token_alone_makes_an_account_and_carries_the_walk_on(tmp_path: Path) -> None:
    async with serving((world(),)) as double:
        home = home_at(tmp_path, *double.urls)
        result = await home.recover(replace(POLICY, smart_accounts=False))
    assert used(result) == {"bip44": [4]} and result.stops["bip44"].last == 9
    assert result.outcomes[ADDRESSES["bip44"][4]].use is Use.DUST
    assert exit_status(result) is ExitStatus.COMPLETE
    assert [place.index for place in result.placeholders] == [0, 1, 2, 3]
    assert "1.5 TST" in account_table(result, 200) and "owns a smart" not in account_table(result, 200)
    assert "1.5 TST" in wallet_text(home.wallet(), 200)


@pytest.mark.parametrize("when", ["tokens", "smart accounts of the second round"])
async def test_what_is_lost_with_a_block_is_found_again_whenever_it_is_lost(tmp_path: Path, when: str) -> None:
    """The Safe was found at the first block; another block must give it again, or the run would deny it."""
    later = ADDRESSES["bip44"][7].hex()
    async with serving((world(),)) as double, rpc_proxy(double.urls[0]) as proxy:
        home = home_at(tmp_path, proxy.url)
        if when == "tokens":
            first_time(proxy, lambda data: BALANCE_OF in data and later in data)
        else:
            emit = home._emit

            def tell(event: Any) -> None:
                emit(event)
                if isinstance(event, SmartAccountsLooked) and proxy.spoil is None:
                    first_time(proxy, lambda data: BALANCE_OF not in data and later not in data)

            home._emit = tell  # type: ignore[method-assign]
        result = await home.recover(POLICY)
    assert [event.again for event in home.told(Pinned)] == [False, True]
    assert [account.address for _, account in result.smart] == [SAFE]
    assert used(result) == {"bip44": [1, 4]}
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_a_lens_that_is_blind_for_nonces_is_found_out_at_the_end(tmp_path: Path) -> None:
    """The first sample of eight shows nothing; used is an index behind it, by its nonce alone."""
    accounts = {ADDRESSES["bip44"][9]: Account(nonce=3)}
    async with serving((world(accounts=accounts),)) as double, rpc_proxy(double.urls[0]) as proxy:
        proxy.fail(_blind)
        home = home_at(tmp_path, proxy.url)
        result = await home.recover(replace(POLICY, gap=12, smart_accounts=False))
    assert used(result) == {"bip44": [4, 9]}
    assert result.chains[0].way == "batches of plain calls" and result.chains[0].repins == 0
    assert exit_status(result) is ExitStatus.COMPLETE
    assert any("asked plainly" in event.text for event in home.told(Warned))


def _blind(question: Any, answer: Any) -> Any:
    call = question["params"][0] if isinstance(question, dict) and question["method"] == "eth_call" else {"to": ""}
    if "to" in call or BALANCE_OF in call["data"]:
        return answer
    said = bytes.fromhex(answer["result"][2:])
    words = [said[at : at + 32] for at in range(0, len(said), 32)]
    return {**answer, "result": "0x" + b"".join(w if any(w[1:]) else bytes(32) for w in words).hex()}


async def test_a_token_that_is_not_read_and_a_block_not_confirmed_keep_the_run_open_for_retry(tmp_path: Path) -> None:
    async with serving((world(),)) as double, rpc_proxy(double.urls[0]) as proxy:
        proxy.fail(_no_tokens)
        home = home_at(tmp_path, proxy.url)
        result = await home.recover(replace(POLICY, smart_accounts=False))
        assert used(result) == {} and result.chains[0].tokens_unread == ("TST",) and not result.unknown
        assert "balances of TST on one could not be read" in home.statement
        assert exit_status(result) is ExitStatus.UNKNOWNS
        proxy.fail(lambda question, answer: answer)
        assert used(again := await home.retry()) == {"bip44": [4]}
        assert exit_status(again) is ExitStatus.COMPLETE


def _no_tokens(question: Any, answer: Any) -> Any:
    questions = question if isinstance(question, list) else [question]
    if not any(q["method"] == "eth_call" and BALANCE_OF in q["params"][0]["data"] for q in questions):
        return answer
    failed = {"code": -32000, "message": "internal failure"}
    refused = [{"jsonrpc": "2.0", "id": q["id"], "error": failed} for q in questions]
    return refused if isinstance(question, list) else refused[0]


async def test_an_old_block_is_told(tmp_path: Path) -> None:
    def stuck(question: Any, answer: Any) -> Any:
        if isinstance(question, dict) and question["method"] == "eth_getBlockByNumber":
            return {**answer, "result": {**answer["result"], "timestamp": "0x60000000"}}
        return answer

    async with serving((world(),)) as double, rpc_proxy(double.urls[0]) as proxy:
        proxy.fail(stuck)
        home = home_at(tmp_path, proxy.url)
        await home.recover(replace(POLICY, smart_accounts=False))
    assert any("hours old" in event.text for event in home.told(Warned))
