"""The sentence of an EVM run: complete only when every scheme and chain was answered to its end."""

from __future__ import annotations

import pytest

from ledger_recovery.derive.evm.schemes import BIP44, LEDGER_LIVE, STANDARD
from ledger_recovery.recover.evm.model import AddressOutcome
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.statement import state_completeness
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.result import Ending
from tests.unit.recover.evm.made import absent, address, chain, place, result, silent, smart, there

PLACES = tuple(place(i) for i in range(4))
OUTCOMES = {
    address(0): AddressOutcome(address(0), {1: there(0, nonce=3)}),
    address(1): AddressOutcome(address(1), {1: absent(1)}),
    address(2): AddressOutcome(address(2), {1: absent(2)}, ((1, smart(2, 99)),)),
    address(3): AddressOutcome(address(3), {1: absent(3)}),
}


def test_a_complete_search_says_what_it_covers() -> None:
    said = state_completeness(result(OUTCOMES, PLACES))
    assert said.complete and not said.reasons
    assert said.sentence == (
        "Complete: ledger_live 0-24 on ethereum at finalized block 101 (02020202…): 2 used accounts and 1 smart "
        "account, 0 unknown. Each scheme was searched until 20 indices in a row were unused on every chain."
    )


def test_placeholders_are_the_holes_below_the_highest_use() -> None:
    assert [p.index for p in result(OUTCOMES, PLACES).placeholders] == [1]
    both = (*PLACES, place(1, BIP44, 0), place(0, BIP44, 1))
    policy = EvmPolicy(schemes=(LEDGER_LIVE, BIP44))
    assert [str(p) for p in result(OUTCOMES, both, policy=policy).placeholders] == [
        "ledger_live #1 (m/44'/60'/1'/0/0)",
        "bip44 #0 (m/44'/60'/0'/0/0)",
    ]


SILENT = {**OUTCOMES, address(3): AddressOutcome(address(3), {1: silent(3)})}
ELSEWHERE = {**OUTCOMES, address(0): AddressOutcome(address(0), {1: there(0, nonce=1), 2: silent(0)})}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (result(SILENT, PLACES), "1 address stayed unknown on at least one chain"),
        (result(ELSEWHERE, PLACES), "1 address stayed unknown"),
        (result(OUTCOMES, PLACES, stops={}), "ledger_live was not searched to its end"),
        (
            result(OUTCOMES, PLACES, stops={"ledger_live": Stop(StopReason.CAP, 999)}),
            "ledger_live was ended by the cap at index 999",
        ),
        (
            result(OUTCOMES, PLACES, stops={"ledger_live": Stop(StopReason.GAP, 9, (3, 4))}),
            "ledger_live has 2 indices without an answer",
        ),
        (
            result(OUTCOMES, PLACES, stops={"ledger_live": Stop(StopReason.UNANSWERED, 9, (3,))}),
            "given up at index 9",
        ),
        (result(OUTCOMES, PLACES, chains=()), "no chain was asked"),
        (result(OUTCOMES, PLACES, chains=(chain(point=None),)), "no block of ethereum was pinned"),
        (result(OUTCOMES, PLACES, chains=(chain(confirmed=False),)), "was not confirmed"),
        (result(OUTCOMES, PLACES, chains=(chain(smart_unanswered=2),)), "2 possible smart accounts on ethereum"),
        (result(OUTCOMES, PLACES, failure=("node", "x")), "the run ended with an error"),
        (result(OUTCOMES, PLACES, ending=Ending.CANCELLED), "the run was cancelled"),
        (result(OUTCOMES, PLACES, policy=EvmPolicy(schemes=(LEDGER_LIVE,), find=address(0))), "one address"),
        (result(OUTCOMES, PLACES, policy=EvmPolicy(schemes=STANDARD), stops={}), "etc_legacy was not searched"),
    ],
)
def test_whatever_is_missing_takes_the_word_away(made: EvmResult, reason: str) -> None:
    said = state_completeness(made)
    assert not said.complete and said.sentence.startswith("Not complete: ")
    assert any(reason in r for r in said.reasons), said.reasons
    assert "Complete:" not in said.sentence and "0 used" not in said.sentence


def test_foreign_names_cannot_steer_the_sentence() -> None:
    said = state_completeness(result(OUTCOMES, PLACES, chains=(chain(name="a\x1b[2J. Complete: all\n"),)))
    assert "\x1b" not in said.sentence and "\n" not in said.sentence


def test_a_chain_that_never_told_its_name_is_told_by_its_node() -> None:
    unnamed = chain(name="127.0.0.1:8545", point=None, confirmed=False)
    told = state_completeness(result(OUTCOMES, PLACES, chains=(unnamed,)))
    assert "no block of 127.0.0.1:8545 was pinned" in told.reasons
