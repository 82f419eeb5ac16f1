"""[pure] The view model of a signed EVM report, made from the JSON alone, at whatever redaction level it has.

A letter stands in the grid only where the report says something of the index: what was not walked, or only compared
with one address, is called neither used nor unused.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger_recovery.recover.evm.report.model import AccountBlock, ChainBlock, EvmReport, Run, SchemeBlock, SmartBlock
from ledger_recovery.recover.evm.report.steps import next_steps
from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.web.model.amounts import when
from ledger_recovery.web.model.state_evm import MAX_PLACES
from ledger_recovery.web.model.summary_evm import (
    chain_line,
    chain_names,
    how_far,
    on_chain,
    on_chains,
    place_name,
    place_text,
    smart_line,
)
from ledger_recovery.web.pages.grid_picture import USES, Stretch, grid_picture
from ledger_recovery.web.pages.no_terminal import for_page
from ledger_recovery.web.pages.report.shape import (
    ENDINGS,
    AccountView,
    Fact,
    GridView,
    ReportView,
    SchemeGrid,
    Section,
    counted,
    environment_facts,
    none_found,
    wallet_fact,
)

_WALKED = frozenset({"gap", "cap", "unanswered"})
"""Ends of a walk up to which every index was asked."""


def evm_report_view(report: EvmReport, key: str = "") -> ReportView:
    """The view of a report at whatever redaction level it has."""
    sought, complete = report["search"]["find"] is not None, report["statement"]["complete"]
    return ReportView(
        created=when(report["head"]["created"]),
        sentence=report["statement"]["sentence"],
        complete=complete,
        reasons=tuple(report["statement"]["reasons"]),
        redaction=report["head"]["redaction"],
        key=key,
        summary=tuple(_summary(report)),
        grid_title="Schemes by indices",
        meaning=USES,
        grids=() if sought else tuple(_grid(scheme) for scheme in report["schemes"]),
        accounts=tuple(_account(account, report) for account in report["accounts"]),
        none_found="One address was searched for, and no account." if sought else none_found(complete=complete),
        credentials=(),
        smart=tuple(_smart(account, report) for account in report["smart_accounts"]),
        not_recovered=tuple(report["notes"]),
        sections=tuple(s for s in _sections(report) if s.lines),
        search=tuple(_search(report)),
        environment=tuple(environment_facts(report)),
        next_steps=tuple(map(for_page, next_steps(report))),
    )


def _summary(report: EvmReport) -> Iterator[Fact]:
    if report["search"]["find"] is not None:
        yield Fact("The address that was searched for", "not found" if report["search"]["found"] is None else "found")
        return
    complete = report["statement"]["complete"]
    unknown = len({block["address"] for block in report["unknown"]})
    yield Fact("Used accounts", counted(len(report["accounts"]), complete=complete))
    yield Fact("Smart accounts", counted(len(report["smart_accounts"]), complete=complete))
    yield Fact("New placeholders", str(len(report["placeholders"])))
    yield Fact("Unknown addresses", counted(unknown, complete=complete, none="none told"))
    yield Fact("Chains", str(len(report["chains"])))


def _grid(scheme: SchemeBlock) -> GridView:
    walked = scheme["stop"] in _WALKED
    last = -1 if scheme["last"] is None else scheme["last"]
    width = min(MAX_PLACES, max(last, _last(scheme["used"]), _last(scheme["unknown"]), 0) + 1)
    stretches = (
        *((Stretch(0, last, "A"),) if walked else ()),
        *(Stretch(run["from"], run["to"], "?") for run in scheme["unknown"]),
        *(Stretch(run["from"], run["to"], "D") for run in scheme["used"]),
    )
    used, unknown = _count(scheme["used"]), _count(scheme["unknown"])
    own = scheme["scheme"] == scheme["template"]
    grid = SchemeGrid("" if own else scheme["template"], grid_picture(stretches, width, USES), stretches, width)
    return GridView(scheme["scheme"], _status(scheme, used, unknown), used, unknown, (grid,))


def _status(scheme: SchemeBlock, used: int, unknown: int) -> str:
    if scheme["last"] is None:
        return f"not searched, {used} used as under another scheme" if used else "not searched"
    found = f"{used} used" if used else "none used" if scheme["complete"] else "none seen so far"
    return f"{found}, {unknown} unknown" if unknown else found


def _account(account: AccountBlock, report: EvmReport) -> AccountView:
    names = chain_names(report)
    facts = ["; ".join(place_text(place) for place in account["places"]), *on_chains(account, names)]
    if account["use"] == "dust":
        facts.append("money only, which anybody can send")
    if account["absent_on"]:
        facts.append(f"nothing on {', '.join(on_chain(chain, names) for chain in account['absent_on'])}")
    if account["unanswered_on"]:
        facts.append(f"no answer from {', '.join(on_chain(chain, names) for chain in account['unanswered_on'])}")
    if account["shown"]:
        facts.append("compared on the Ledger")
    return AccountView(account["address"], tuple(fact for fact in facts if fact))


def _smart(account: SmartBlock, report: EvmReport) -> AccountView:
    line = smart_line(account, chain_names(report))
    first = f"salt {account['salt']}, made by {', '.join(account['first_owners']) or 'nobody known'}"
    facts = (f"on {line.chain}", line.said, line.holds, f"of {line.owner}", first, line.warning)
    return AccountView(line.address, tuple(fact for fact in facts if fact))


def _sections(report: EvmReport) -> Iterator[Section]:
    names = chain_names(report)
    yield Section("How far each scheme was searched", tuple(how_far(scheme, report) for scheme in report["schemes"]))
    yield Section(
        "Placeholders",
        tuple(
            f"Place {place_name(p['scheme'], p['index'])} ({p['address']}) is skipped and stays reserved"
            for p in report["placeholders"]
        ),
    )
    yield Section(
        "Still unknown",
        tuple(
            f"Address {u['address']}, {'; '.join(place_text(p) for p in u['places']) or 'no place'}: "
            f"{'a chain without a name' if u['chain_id'] is None else on_chain(u['chain_id'], names)}: "
            f"{u['reason']} ({u['reason_code']})"
            for u in report["unknown"]
        ),
    )
    yield Section(
        "Different in the wallet, left as it is",
        tuple(f"Place {place_name(c['scheme'], c['index'])}: {c['sentence']}" for c in report["conflicts"]),
    )
    yield Section("Warnings", tuple(map(for_page, report["warnings"])))


def _search(report: EvmReport) -> Iterator[Fact]:
    search = report["search"]
    if search["find"] is not None:
        yield Fact("Searched for", search["find"], mono=True)
        found = search["found"]
        yield Fact("Found", "not found" if found is None else place_text(found))
    smart = "with smart accounts" if search["smart_accounts"] else "without smart accounts"
    row = plural(search["gap"], "unused index", "unused indices")
    yield Fact("Searched", f"each scheme until {row} in a row, none beyond {search['cap'] - 1}, {smart}")
    if search["co_owners"]:
        yield Fact("Owners named", ", ".join(search["co_owners"]))
    yield Fact("Time", f"{when(search['started'])} to {when(search['finished'])}")
    yield Fact("Ended because", ENDINGS.get(search["ending"], search["ending"]))
    if search["failure"] is not None:
        yield Fact("Error", f"{search['failure']['sentence']} ({search['failure']['code']})")
    for chain in report["chains"]:
        yield from _chain(chain)
    yield Fact("Ledger fingerprint", report["wallet"]["fingerprint"] or "no Ledger was read", mono=True)
    yield wallet_fact(report)


def _chain(chain: ChainBlock) -> Iterator[Fact]:
    line = chain_line(chain)
    number = "" if chain["chain_id"] is None else f", chain ID {chain['chain_id']}"
    open_ends = "".join(f"; {phrase}" for phrase in line.open)
    yield Fact(f"Chain {line.name}"[:60], f"{line.said}; asked {line.source}{number}{open_ends}")
    if chain["block"] is not None:
        yield Fact("Its block", chain["block"]["block_hash"], mono=True)


def _count(runs: list[Run]) -> int:
    return sum(run["to"] - run["from"] + 1 for run in runs)


def _last(runs: list[Run]) -> int:
    return max((run["to"] for run in runs), default=-1)
