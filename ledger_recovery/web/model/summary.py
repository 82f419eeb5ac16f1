"""[pure] The result of a run as the pages show it, made from the signed report and from nothing else.

So a page says the same after the run, after a reload, and after the program was killed and started again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger_recovery.recover.report.model import Report

MAX_ROWS = 2_000
"""Accounts and credentials that a page lists; the report has all."""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account that was found. `name`: of the wallet, "" when it has none. `places`: "ID #0, credential 3".

    `key_status`: can-sign, partly, keys-changed or not-checked. `amount`: microCCD as decimal text, "" if unknown.
    """

    address: str
    name: str
    places: tuple[str, ...]
    key_status: str
    amount: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """`complete` and `statement`: the report's own claim. `placeholders`: identity labels that this run added.

    `next_identities`: "ID #4" for each family. `unknown`: cells that stayed unknown.
    """

    run_id: str
    complete: bool
    statement: str
    reasons: tuple[str, ...]
    network: str
    emulated: bool
    accounts: tuple[AccountLine, ...]
    placeholders: tuple[str, ...]
    next_identities: tuple[str, ...]
    unknown: int
    not_recovered: tuple[str, ...]
    warnings: tuple[str, ...]
    conflicts: tuple[str, ...]
    failure: tuple[str, str] | None = None


def summarise(report: Report, names: Mapping[str, str] | None = None) -> ResultSummary:
    """The summary of a report at any redaction level.

    :param names: account address -> the wallet's name for it.
    """
    failure = report["search"]["failure"]
    device, chain = report["device"], report["chain"]
    return ResultSummary(
        run_id=report["head"]["report_id"],
        complete=report["statement"]["complete"],
        statement=report["statement"]["sentence"],
        reasons=tuple(report["statement"]["reasons"]),
        network="" if chain is None else chain["network"],
        emulated=device is not None and device["emulated"],
        accounts=_accounts(report, names or {}),
        placeholders=tuple(label(p["provider"], p["index"]) for p in report["placeholders"][:MAX_ROWS]),
        next_identities=tuple(label(n["provider"], n["index"]) for n in report["next_free"]["identities"]),
        unknown=sum(u["to"] - u["from"] + 1 for u in report["unknown"]),
        not_recovered=tuple(report["not_recovered"]),
        warnings=tuple(report["warnings"]),
        conflicts=tuple(c["sentence"] for c in report["conflicts"]),
        failure=None if failure is None else (failure["code"], failure["sentence"]),
    )


def label(provider: int | None, index: int) -> str:
    """As the Ledger writes it: "ID #3", or "IDP #0 ID #3" on the path of a provider."""
    return f"ID #{index}" if provider is None else f"IDP #{provider} ID #{index}"


def _accounts(report: Report, names: Mapping[str, str]) -> tuple[AccountLine, ...]:
    amounts = {a["address"]: a["amount"] or "" for a in report["accounts"]}
    places: dict[str, list[str]] = {}
    status: dict[str, str] = {}
    held: set[str] = set()
    for found in report["credentials"]:
        address = found["account"]
        place = f"{label(found['provider'], found['index'])}, credential {found['counter']}"
        places.setdefault(address, []).append(place)
        if found["place"] != "removed":
            held.add(address)
            status.setdefault(address, found["key_check"])
    return tuple(
        AccountLine(
            address=address,
            name=names.get(address, ""),
            places=tuple(at),
            key_status=status.get(address, "not-checked"),
            amount=amounts.get(address, ""),
            removed=address not in held,
        )
        for address, at in list(places.items())[:MAX_ROWS]
    )
