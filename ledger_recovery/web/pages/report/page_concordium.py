"""[pure] The view model of a signed Concordium report, made from the JSON alone; `page_evm` does it for EVM.

It takes a report that fits its schema (a fresh one, or one that `verify_report` accepted). Amounts come as CCD text.
Which file brings back what a search cannot: the report's own `not_recovered` lines, each split at its file.
"""

from __future__ import annotations

from collections.abc import Iterator

from ledger_recovery.recover.report.model import Account, Credential, IdentityOutcome, Report, SchemeOutcome
from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.recover.report.steps import next_steps
from ledger_recovery.web.model.amounts import ccd, when
from ledger_recovery.web.pages.grid_picture import LETTERS, MEANING, Stretch, grid_picture
from ledger_recovery.web.pages.no_terminal import for_page
from ledger_recovery.web.pages.report.shape import (
    ENDINGS,
    AccountView,
    CredentialView,
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

KEY_CHECKS = {
    "can-sign": "This Ledger can sign",
    "partly": "One key is yours, more must sign",
    "keys-changed": "Keys were changed: this Ledger cannot sign",
    "not-checked": "Keys not checked",
}


def report_view(report: Report, key: str = "") -> ReportView:
    """The view of a report at whatever redaction level it has."""
    return ReportView(
        created=when(report["head"]["created"]),
        sentence=report["statement"]["sentence"],
        complete=report["statement"]["complete"],
        reasons=tuple(report["statement"]["reasons"]),
        redaction=report["head"]["redaction"],
        key=key,
        summary=tuple(_summary(report)),
        grid_title="Identities by counters",
        meaning=MEANING,
        grids=tuple(_identity_grid(o) for o in report["outcomes"]),
        accounts=tuple(_account(a) for a in report["accounts"]),
        none_found=none_found(complete=report["statement"]["complete"]),
        credentials=tuple(_credential(c) for c in report["credentials"]),
        smart=(),
        not_recovered=tuple(report["not_recovered"]),
        sections=tuple(s for s in _sections(report) if s.lines),
        search=tuple(_search(report)),
        environment=tuple(environment_facts(report)),
        next_steps=tuple(map(for_page, next_steps(report))),
    )


def identity_name(provider: int | None, index: int) -> str:
    return f"Identity {index}" if provider is None else f"Provider {provider}, identity {index}"


def _summary(report: Report) -> Iterator[Fact]:
    complete = report["statement"]["complete"]
    unknown = sum(u["to"] - u["from"] + 1 for u in report["unknown"])
    yield Fact("Accounts", counted(len(report["accounts"]), complete=complete))
    yield Fact("Credentials", counted(len(report["credentials"]), complete=complete))
    yield Fact("New placeholder identities", str(len(report["placeholders"])))
    yield Fact("Unknown", counted(unknown, complete=complete, none="none told"))
    for free in report["next_free"]["identities"]:
        family = "" if free["provider"] is None else f" of provider {free['provider']}"
        yield Fact(f"Next safe identity{family}", str(free["index"]))


def _identity_grid(outcome: IdentityOutcome) -> GridView:
    states = [s for scheme in outcome["schemes"] for s in scheme["counters"]]
    count = {name: sum(s["to"] - s["from"] + 1 for s in states if s["state"] == name) for name in LETTERS}
    return GridView(
        title=identity_name(outcome["provider"], outcome["index"]),
        status=_status(outcome, count["deployed"], count["unknown"]),
        deployed=count["deployed"],
        unknown=count["unknown"],
        schemes=tuple(_scheme_grid(s) for s in outcome["schemes"]),
    )


def _status(outcome: IdentityOutcome, deployed: int, unknown: int) -> str:
    if outcome["status"] == "declined":
        return "declined on the Ledger, unknown as a whole"
    if outcome["status"] == "skipped":
        return "not asked, unknown as a whole"
    if outcome["empty"]:
        return "empty"
    found = plural(deployed, "credential") if deployed else "no credential so far"
    return f"{found}, {unknown} unknown" if unknown else found


def _scheme_grid(scheme: SchemeOutcome) -> SchemeGrid:
    stretches = tuple(Stretch(s["from"], s["to"], LETTERS.get(s["state"], "?")) for s in scheme["counters"])
    return SchemeGrid(scheme["scheme"], grid_picture(stretches), stretches)


def _account(account: Account) -> AccountView:
    facts = [f"{plural(account['credentials'], 'credential')} of yours, {account['threshold']} must sign"]
    if account["account_index"] is not None:
        facts.append(f"account index {account['account_index']}")
    amounts = (
        ("balance", account["amount"]),
        ("at disposal", account["at_disposal"]),
        ("staked", account["staked"]),
        ("locked", account["locked"]),
        ("in cooldown", account["in_cooldown"]),
    )
    facts += [f"{n} {ccd(a)}" for n, a in amounts if a is not None and (n == "balance" or a.strip("0"))]
    if account["stake_kind"] != "none":
        target = "" if account["stake_target"] is None else f" to validator {account['stake_target']}"
        facts.append(account["stake_kind"] + target)
    return AccountView(account["address"], tuple(facts))


def _credential(credential: Credential) -> CredentialView:
    where = f"{identity_name(credential['provider'], credential['index'])}, counter {credential['counter']}"
    kind = "" if credential["place"] == "removed" else f", {credential['kind']}"
    return CredentialView(
        place=f"{where} ({credential['scheme']})",
        what=f"{credential['place']}{kind}",
        key_check=KEY_CHECKS.get(credential["key_check"], credential["key_check"]),
        account=credential["account"],
    )


def _sections(report: Report) -> Iterator[Section]:
    yield Section(
        "Placeholder identities",
        tuple(
            f"{identity_name(p['provider'], p['index'])}: reserved. No account can be created from it; "
            "request a new identity from a provider for that."
            for p in report["placeholders"]
        ),
    )
    yield Section(
        "Still unknown",
        tuple(
            f"{identity_name(u['provider'], u['index'])}, {u['scheme']}, {_span(u['from'], u['to'])}: {u['reason']} "
            f"({u['reason_code']})"
            for u in report["unknown"]
        ),
    )
    yield Section(
        "Sources that disagree",
        tuple(
            f"{identity_name(d['provider'], d['index'])}, {d['scheme']}, counter {d['counter']}: "
            f"{d['source']} says {d['said']}; {d['other']} says {d['other_said']}"
            for d in report["disagreements"]
        ),
    )
    yield Section("Different in the wallet, left as it is", tuple(c["sentence"] for c in report["conflicts"]))
    yield Section("Next safe counters", tuple(_next_counters(report)))
    yield Section("Warnings", tuple(map(for_page, report["warnings"])))


def _next_counters(report: Report) -> Iterator[str]:
    for c in report["next_free"]["counters"]:
        said = "no safe counter is left" if c["counter"] is None else f"counter {c['counter']}"
        yield f"{identity_name(c['provider'], c['index'])}: {said}"


def _search(report: Report) -> Iterator[Fact]:
    search, chain, listed = report["search"], report["chain"], report["account_list"]
    last = "on, open-ended" if search["last"] is None else f"to {search['last']}"
    yield Fact("Searched", f"identities {search['first']} {last}, {search['mode']}{', deep' if search['deep'] else ''}")
    yield Fact("Time", f"{when(search['started'])} to {when(search['finished'])}")
    yield Fact("Ended because", ENDINGS.get(search["ending"], search["ending"]))
    if search["failure"] is not None:
        yield Fact("Error", f"{search['failure']['sentence']} ({search['failure']['code']})")
    if chain is not None:
        yield Fact("Network", chain["network"])
        yield Fact("Genesis block", chain["genesis_hash"], mono=True)
        yield Fact("Block", chain["block_hash"], mono=True)
        yield Fact("Block height", f"{chain['height']:,} ({when(chain['slot_time'])})")
        yield Fact("Nodes", ", ".join(chain["sources"]) or "none")
    if listed is not None:
        not_read = f"not read: {listed['error']} ({listed['error_code']})"
        read = f"{listed['count']:,} accounts from {listed['source']}" if listed["count"] is not None else not_read
        yield Fact("Account list", read)
    yield Fact("Ledger fingerprint", report["wallet"]["fingerprint"] or "no Ledger was read", mono=True)
    yield wallet_fact(report)


def _span(first: int, last: int) -> str:
    return f"counter {first}" if first == last else f"counters {first}–{last}"
