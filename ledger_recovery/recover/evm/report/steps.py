"""[pure] What a person does after an EVM run: from the report's facts to numbered advice, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_recovery.recover.evm.report.model import ChainBlock, EvmReport
from ledger_recovery.recover.report.ranges import plural


def next_steps(report: EvmReport) -> list[str]:
    """At least one step; each names the command or the thing to look at."""
    return [*_finish_the_search(report), *_use_the_result(report), *_always()]


def _finish_the_search(report: EvmReport) -> Iterator[str]:
    search = report["search"]
    if report["conflicts"]:
        yield "Compare the addresses that differ from the wallet with what the device shows, before you use them."
    unknown = len({block["address"] for block in report["unknown"]})
    if unknown:
        yield (
            f"Run `ledger-recovery retry`: it asks for the {plural(unknown, 'unknown address', 'unknown addresses')} "
            "again, and the Ledger for nothing that it gave already."
        )
    elif search["ending"] in ("cancelled", "failed"):
        yield "Run `ledger-recovery resume`: it goes on where this run ended."
    elif any(_left_open(chain) for chain in report["chains"]):
        yield "Run `ledger-recovery retry`: it asks again for what the chains did not answer."
    for scheme in report["schemes"]:
        if scheme["stop"] in ("cap", "unanswered"):
            yield f"{scheme['scheme']}: {scheme['how_to_go_on']}."


def _left_open(chain: ChainBlock) -> bool:
    unconfirmed = chain["block"] is not None and not chain["confirmed"]
    return unconfirmed or bool(chain["smart_unanswered"] or chain["tokens_unread"])


def _use_the_result(report: EvmReport) -> Iterator[str]:
    search = report["search"]
    if search["changes"] and not search["applied"]:
        yield "Nothing was written to the wallet. Run again without --dry-run to write it."
    if any(account["still_owner"] is False for account in report["smart_accounts"]):
        yield "This Ledger is no longer an owner of a smart account: find out who changed its owners, and when."
    if any(account["state"] == "funded" for account in report["smart_accounts"]):
        yield (
            "Money lies at the address of a smart account that was never made. Make it with the recipe, salt and first "
            "owners of this report, and with nothing else: another one has another address."
        )
    if report["statement"]["complete"] and not report["accounts"]:
        yield (
            "If you expected accounts: compare the wallet fingerprint with an earlier report (another recovery phrase "
            "or passphrase gives another one), and search on further chains and with a larger --gap."
        )
    if report["accounts"] and not any(account["shown"] for account in report["accounts"]):
        yield "Compare one address of each scheme with the device's screen: run again with --show-addresses."


def _always() -> Iterator[str]:
    yield "Keep the signed report. `ledger-recovery report verify FILE` tells whether a copy was changed."
    yield "Nobody who helps you needs your recovery phrase or PIN. If someone asks for them, stop."
