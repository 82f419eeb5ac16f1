"""The EVM result as the pages show it: exact amounts, warnings with what to do, and no claim that the report lacks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.recover.evm.report import build_evm_report, redact_evm
from ledger_recovery.recover.evm.result import ChainFacts, EvmResult
from ledger_recovery.recover.report import Redaction
from ledger_recovery.web.model.amounts import coins, units
from ledger_recovery.web.model.summary_evm import NEVER_MADE, REPLACED, summarise_evm
from tests.support import guide_scenes_evm
from tests.unit.recover.evm import made, worlds


def test_accounts_tell_what_stands_where() -> None:
    summary = summarise_evm(guide_scenes_evm.not_complete())
    assert [account.chains for account in summary.accounts] == [
        ("ethereum: 1.5 ETH, 3 transactions, 1,234.56 USDC",),
        (),
        ("ethereum: 0.000000000000000001 ETH",),
        ("ethereum: 0 ETH, acts by the code of 0x0000000000000000000000000000000000000063",),
    ]
    assert [account.money_only for account in summary.accounts] == [False, False, True, False]
    assert [account.shown for account in summary.accounts] == [True, False, False, False]
    assert summary.accounts[0].places == ("ledger_live #0, m/44'/60'/0'/0/0", "m/44'/60'/7'/x #0, m/44'/60'/7'/0")
    assert summary.accounts[2].unanswered == ("optimism",)


def test_a_lost_safe_and_one_never_made_warn_with_what_to_do() -> None:
    lost, never = summarise_evm(guide_scenes_evm.not_complete()).smart
    assert (lost.said, lost.holds, lost.warning) == (
        "Safe 1.4.1, 2 of 2 owners must sign",
        "5 ETH, USDC not read",
        REPLACED,
    )
    assert (never.chain, never.said, never.warning) == ("optimism", "Safe 1.4.1, never made", NEVER_MADE)
    assert summarise_evm(guide_scenes_evm.found()).smart[0].warning == ""


def test_chains_that_gave_no_answers_are_named_with_the_reason() -> None:
    ethereum, optimism, base = summarise_evm(guide_scenes_evm.not_complete()).chains
    assert ethereum.ok and ethereum.said == "finalized block 101 of 2026-11-22 12:00 UTC" and ethereum.open == ()
    assert optimism.open == ("2 possible smart accounts unknown",)
    assert not base.ok and base.said == "the node did not answer (TIMEOUT)"


def test_what_is_open_is_what_retry_would_ask() -> None:
    for make in worlds.WORLDS.values():
        result: EvmResult = make()
        summary = summarise_evm(build_evm_report(result))
        assert summary.unknown == len(result.unknown)
        assert summary.left_open == bool(result.left_open)
        assert summary.placeholders == tuple(f"{p.scheme} #{p.index}" for p in result.placeholders)


@pytest.mark.parametrize(
    "chain",
    [made.chain(confirmed=False), made.chain(smart_unanswered=1), made.chain(tokens_unread=("USDC",))],
    ids=("block", "smart-accounts", "tokens"),
)
def test_each_thing_that_a_chain_left_open_is_told(chain: ChainFacts) -> None:
    result = made.result({}, (), chains=(chain,))
    assert result.left_open
    summary = summarise_evm(build_evm_report(result))
    assert summary.left_open and len(summary.chains[0].open) == 1 and not summary.complete


def test_how_far_is_said_in_words_of_the_page() -> None:
    live, legacy, own = summarise_evm(guide_scenes_evm.not_complete()).further
    assert live == (
        "Scheme ledger_live: searched 0 to 9, until 5 indices in a row were unused. "
        "Searching further looks behind a larger hole."
    )
    assert "answers missing" in legacy and "not searched to its end" in own
    assert not any("--" in line or "ledger-recovery" in line for line in (live, legacy, own))


def test_one_address_claims_nothing_about_others() -> None:
    there = summarise_evm(guide_scenes_evm.sought(9))
    assert there.found == "ledger_live #9, m/44'/60'/9'/0/0" and not there.complete and there.accounts == ()
    gone = summarise_evm(guide_scenes_evm.sought(None))
    assert (gone.found, gone.wanted[:2]) == ("", "0x")
    assert gone.further[0] == "Scheme ledger_live: compared 0 to 999"


def test_names_are_found_however_the_address_is_written() -> None:
    report = guide_scenes_evm.not_complete()
    last = report["accounts"][-1]["address"]
    assert summarise_evm(report, {last.lower(): "A"}).accounts[-1].name == "A"
    assert summarise_evm(report, {last: "B"}).accounts[-1].name == "B"
    assert summarise_evm(report).accounts[-1].name == ""


@given(worlds.drawn(), st.sampled_from(Redaction))
@settings(max_examples=40, deadline=None)
def test_any_run_at_any_level_has_a_summary_that_claims_no_more(result: EvmResult, level: Redaction) -> None:
    report = redact_evm(build_evm_report(result), level, b"k" * 16)
    summary = summarise_evm(report)
    assert summary.complete == report["statement"]["complete"]
    assert summary.left_open == bool(result.left_open)
    if summary.complete:
        assert not summary.unknown and all(chain.ok for chain in summary.chains)
    if level is not Redaction.FULL:
        assert not any("0x" + "0" * 30 in account.address for account in summary.accounts)


@pytest.mark.parametrize(
    ("amount", "decimals", "shown"),
    [
        ("0", 18, "0"),
        ("1", 18, "0.000000000000000001"),
        ("1500000000000000000", 18, "1.5"),
        ("1234567890000000000000", 18, "1,234.56789"),
        ("7", 0, "7"),
        ("1000", 0, "1,000"),
        ("100", 2, "1"),
        (str(2**256 - 1), 0, f"{2**256 - 1:,}"),
        ("5", 255, "0." + "0" * 254 + "5"),
    ],
)
def test_no_digit_of_an_amount_is_lost(amount: str, decimals: int, shown: str) -> None:
    assert units(amount, decimals) == shown


@given(st.integers(0, 2**256 - 1), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_an_amount_reads_back(amount: int, decimals: int) -> None:
    whole, _, part = units(str(amount), decimals).replace(",", "").partition(".")
    assert int(whole) * 10**decimals + int((part or "0").ljust(decimals, "0")[:decimals] or 0) == amount
    assert not part.endswith("0")


def test_a_coin_that_is_not_known_is_not_guessed() -> None:
    assert coins("1500000000000000000", 137) == "1.5 POL"
    assert coins("1500000000000000000", 31337) == "1.5 of its own coin"
