"""[pure] What a report's page, its print-out and its PDF show, whatever the family: one shape, filled by two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger_recovery.derive.schemes import MAX_COUNTER
from ledger_recovery.web.pages.grid_picture import GridPicture, Stretch

if TYPE_CHECKING:
    from ledger_recovery.recover.evm.report.model import EvmReport
    from ledger_recovery.recover.report.model import Report

REDACTIONS = {
    "full": "Everything: addresses, IDs and amounts as they are.",
    "short": "Addresses and IDs shortened to a few characters. No amounts. For people who compare by eye.",
    "hashed": "Addresses and IDs replaced by codes that nobody can turn back. No amounts. For a support desk.",
}
ENDINGS = {
    "range-done": "the chosen range was searched to its end",
    "stopped-by-person": "you stopped the search",
    "empty-limit": "enough empty identities in a row",
    "cancelled": "the search was cancelled",
    "failed": "the search ended with an error",
}


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    value: str
    mono: bool = False


@dataclass(frozen=True, slots=True)
class SchemeGrid:
    """The numbers 0 to `width` - 1 of one key scheme. `scheme`: its name, or its path."""

    scheme: str
    picture: GridPicture
    stretches: tuple[Stretch, ...]
    width: int = MAX_COUNTER + 1


@dataclass(frozen=True, slots=True)
class GridView:
    """One identity with its key schemes, or one EVM scheme. `status`: words for it as a whole.

    `deployed`, `unknown`: how many of its cells.
    """

    title: str
    status: str
    deployed: int
    unknown: int
    schemes: tuple[SchemeGrid, ...]


@dataclass(frozen=True, slots=True)
class AccountView:
    address: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CredentialView:
    place: str
    what: str
    key_check: str
    account: str


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of sentences, shown only when there are some."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """All that the page shows, in its order. `key`: the signing key's fingerprint, "" for an unsigned preview.

    `grid_title`: of the picture; `meaning`: letter -> its word. `none_found`: what stands in the place of accounts.
    `credentials`: of Concordium; `smart`: of EVM chains.
    """

    created: str
    sentence: str
    complete: bool
    reasons: tuple[str, ...]
    redaction: str
    key: str
    summary: tuple[Fact, ...]
    grid_title: str
    meaning: Mapping[str, str]
    grids: tuple[GridView, ...]
    accounts: tuple[AccountView, ...]
    none_found: str
    credentials: tuple[CredentialView, ...]
    smart: tuple[AccountView, ...]
    not_recovered: tuple[str, ...]
    sections: tuple[Section, ...]
    search: tuple[Fact, ...]
    environment: tuple[Fact, ...]
    next_steps: tuple[str, ...]


def counted(number: int, *, complete: bool, none: str = "none so far") -> str:
    """A count; "0" is the claim of a complete search only."""
    return str(number) if number or complete else none


def none_found(*, complete: bool) -> str:
    """Only a complete search may say that there is none."""
    return "None found." if complete else "None seen so far."


def wallet_fact(report: Report | EvmReport) -> Fact:
    """What was written to the wallet file, or would be."""
    search = report["search"]
    changes = ", ".join(f"{c['count']} x {c['kind'].replace('-', ' ')}" for c in search["changes"]) or "no changes"
    return Fact("Wallet file", f"{changes} written" if search["applied"] else f"nothing written; planned: {changes}")


def environment_facts(report: Report | EvmReport) -> Iterator[Fact]:
    yield Fact("Run", report["head"]["report_id"])
    yield Fact("Program", report["head"]["tool_version"])
    device = report["device"]
    if device is not None:
        emulated = ", emulated" if device["emulated"] else ""
        yield Fact("Device", f"{device['model']}{emulated}, {device['app']} {device['app_version']}")
    for named in report["environment"]:
        yield Fact(named["name"].replace("_", " "), named["value"])
    for timing in report["timings"]:
        yield Fact(timing["name"].replace("_", " "), f"{timing['milliseconds']:,} ms")
