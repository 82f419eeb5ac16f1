"""[pure] What a person does after a run: from the report's facts to numbered advice, the most urgent first."""

from __future__ import annotations

from collections.abc import Iterator

from ledger_recovery.recover.report.model import Report
from ledger_recovery.recover.report.ranges import plural


def next_steps(report: Report) -> list[str]:
    """At least one step; each names the command or the thing to look at."""
    return [*_finish_the_search(report), *_use_the_result(report), *_always()]


def _finish_the_search(report: Report) -> Iterator[str]:
    if report["disagreements"]:
        yield "Ask another node with --node, best one of your own: one of the sources of this report is wrong."
    unknown = sum(u["to"] - u["from"] + 1 for u in report["unknown"])
    if unknown:
        yield (
            f"Run `ledger-recovery retry`: it asks for the {plural(unknown, 'unknown credential')} again, "
            "without new approvals on the Ledger."
        )
    broken_off = report["search"]["ending"] in ("cancelled", "failed")
    explained = unknown or report["disagreements"]
    if broken_off or not (report["statement"]["complete"] or explained):
        yield "Run `ledger-recovery resume`: it goes on where this run ended and repeats no approval."
    if any(o["status"] == "declined" for o in report["outcomes"]):
        yield "Search the declined identities again and approve them on the Ledger; what they hold is not known."


def _use_the_result(report: Report) -> Iterator[str]:
    if report["search"]["changes"] and not report["search"]["applied"]:
        yield "Nothing was written to the wallet. Run again without --dry-run to write it."
    if any(c["key_check"] == "keys-changed" for c in report["credentials"]):
        yield (
            "The keys of a credential were changed on chain: this Ledger cannot sign with it. "
            "Find out who changed them, and use the device that holds the new keys."
        )
    if report["statement"]["complete"] and not report["accounts"]:
        yield (
            "If you expected accounts: compare the wallet fingerprint with an earlier report (another recovery phrase "
            "or passphrase gives another one), the network, and search a wider range."
        )
    if report["statement"]["complete"] and report["statement"]["scope"] == "first-credentials":
        yield "Run in the thorough mode to find credentials that joined shared accounts as well."
    if report["credentials"]:
        yield (
            "Import your Desktop Wallet export file, if you have one: it brings back names, notes and identities. "
            "Without it, request a new identity before you create accounts."
        )


def _always() -> Iterator[str]:
    yield "Keep the signed report. `ledger-recovery report verify FILE` tells whether a copy was changed."
    yield "Nobody who helps you needs your recovery phrase or PIN. If someone asks for them, stop."
