"""[pure] The printable text of a report, made from its JSON alone: 78 columns, the statement first, next steps last.

It takes a report that fits its schema (a fresh one, or one that `verify_report` accepted).
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ledger_recovery.recover.report.grid import LEGEND, grid
from ledger_recovery.recover.report.model import Account, Credential, IdentityOutcome, Report
from ledger_recovery.recover.report.steps import next_steps

WIDTH = 78


def report_text(report: Report) -> str:
    """The whole report as lines of at most 78 characters, ending with a newline."""
    lines = [
        "LEDGER RECOVERY REPORT".ljust(WIDTH - 20) + report["head"]["created"],
        "",
        *_wrapped(report["statement"]["sentence"]),
        *_section("Search", _search(report)),
        *_section("Accounts", [line for a in report["accounts"] for line in _account(a)], none="none found"),
        *_section("Credentials", [line for c in report["credentials"] for line in _credential(c)], none="none found"),
        *_section("New placeholder identities", _placeholders(report), none="none"),
        *_section(f"Outcomes   ({LEGEND})", [line for o in report["outcomes"] for line in _outcome(o)], none="none"),
        *_section("Unknown", _unknown(report)),
        *_section("Sources that disagree", _disagreements(report)),
        *_section("Differences from the wallet, left as they are", _conflicts(report)),
        *_section("Next free", _next_free(report)),
        *_section("Not recovered", _bullets(report["not_recovered"])),
        *_section("Warnings", _bullets(report["warnings"])),
        *_section("Environment", _environment(report)),
        *_section(
            "Next steps", [line for number, step in enumerate(next_steps(report), 1) for line in _step(number, step)]
        ),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, lines: Iterable[str], none: str = "") -> list[str]:
    body = list(lines) or ([f"  {none}"] if none else [])
    return ["", *_wrapped(title), *body] if body else []


def _search(report: Report) -> list[str]:
    search, chain, listed = report["search"], report["chain"], report["account_list"]
    last = "on, open-ended" if search["last"] is None else f"to {search['last']}"
    families = [*(["legacy path"] if search["legacy"] else []), *(f"provider {p}" for p in search["providers"])]
    rows = [
        ("run", f"{report['head']['report_id']}, {search['started']} to {search['finished']}, {search['ending']}"),
        ("wallet", report["wallet"]["fingerprint"] or "no Ledger was read"),
        ("range", f"identities {search['first']} {last}, {', '.join(families)}"),
        ("mode", search["mode"] + (", all counters looked up" if search["deep"] else "")),
    ]
    if chain is not None:
        rows += [
            ("network", f"{chain['network']}, genesis block {chain['genesis_hash']}"),
            ("block", f"{chain['block_hash']} at height {chain['height']}, {chain['slot_time']}, {chain['finality']}"),
            ("nodes", ", ".join(chain["sources"]) or "none"),
        ]
    if listed is not None:
        held = (
            f"not read: {listed['error']} ({listed['error_code']})"
            if listed["count"] is None
            else (
                f"{listed['count']} accounts from {listed['source']}" + (", from the cache" if listed["cached"] else "")
            )
        )
        rows.append(("list", held))
    if search["failure"] is not None:
        rows.append(("error", f"{search['failure']['sentence']} ({search['failure']['code']})"))
    changes = ", ".join(f"{c['count']} x {c['kind'].replace('-', ' ')}" for c in search["changes"]) or "no changes"
    rows.append(("written", changes if search["applied"] else f"nothing; planned: {changes}"))
    return _table(rows)


def _account(account: Account) -> list[str]:
    facts = [f"{account['credentials']} of its credentials ours, {account['threshold']} must sign"]
    if account["account_index"] is not None:
        facts.append(f"account index {account['account_index']}")
    amounts = [
        f"{words} {_ccd(amount)}"
        for words, amount in (
            ("balance", account["amount"]),
            ("at disposal", account["at_disposal"]),
            ("staked", account["staked"]),
            ("locked", account["locked"]),
            ("in cooldown", account["in_cooldown"]),
        )
        if amount is not None and (amount.strip("0") or words == "balance")
    ]
    if account["stake_kind"] != "none":
        target = "" if account["stake_target"] is None else f" to validator {account['stake_target']}"
        amounts.append(account["stake_kind"] + target)
    return [f"  {account['address']}", *_wrapped("; ".join([*facts, *amounts]), 4)]


def _credential(credential: Credential) -> list[str]:
    where = f"{_identity(credential['provider'], credential['index'])} {credential['scheme']} #{credential['counter']}"
    kind = [] if credential["place"] == "removed" else [credential["kind"]]
    what = ", ".join([credential["place"], *kind, credential["key_check"]])
    return _wrapped(f"{where}: {what}; ID {_brief(credential['cred_id'])}; account {credential['account']}", 2, 4)


def _placeholders(report: Report) -> list[str]:
    return [
        f"  {_identity(p['provider'], p['index'])}, key generation version {p['keygen_version']}"
        for p in report["placeholders"]
    ]


def _outcome(outcome: IdentityOutcome) -> list[str]:
    empty = ", empty" if outcome["empty"] else ""
    lines = [f"  {_identity(outcome['provider'], outcome['index'])}: {outcome['status']}{empty}"]
    for scheme in outcome["schemes"]:
        rows = grid(scheme)
        lines += [f"    {scheme['scheme'] if first else '':<13}{row}" for first, row in _marked(rows)]
    return lines


def _marked(rows: list[str]) -> list[tuple[bool, str]]:
    return [(number == 0, row) for number, row in enumerate(rows)]


def _unknown(report: Report) -> list[str]:
    lines = []
    for u in report["unknown"]:
        where = f"{_identity(u['provider'], u['index'])} {u['scheme']} {_span(u['from'], u['to'])}"
        lines += _wrapped(f"{where}: {u['reason']} ({u['reason_code']}, tried {u['tries']} times)", 2, 4)
    return lines


def _disagreements(report: Report) -> list[str]:
    lines = []
    for d in report["disagreements"]:
        where = f"{_identity(d['provider'], d['index'])} {d['scheme']} #{d['counter']}"
        lines += _wrapped(f"{where}: {d['source']}: {d['said']}; {d['other']}: {d['other_said']}", 2, 4)
    return lines


def _conflicts(report: Report) -> list[str]:
    lines = []
    for c in report["conflicts"]:
        about = [
            *([] if c["index"] is None else [_identity(c["provider"], c["index"])]),
            *([] if c["address"] is None else [f"account {c['address']}"]),
            *([] if c["cred_id"] is None else [f"credential {_brief(c['cred_id'])}"]),
        ]
        lines += _wrapped(f"{', '.join(about) or 'wallet'}: {c['sentence']} ({c['code']})", 2, 4)
    return lines


def _next_free(report: Report) -> list[str]:
    lines = [f"  next identity: {_identity(i['provider'], i['index'])}" for i in report["next_free"]["identities"]]
    for c in report["next_free"]["counters"]:
        counter = "no safe counter is left" if c["counter"] is None else f"next credential counter {c['counter']}"
        lines.append(f"  {_identity(c['provider'], c['index'])}: {counter}")
    return lines


def _environment(report: Report) -> list[str]:
    rows = [("program", report["head"]["tool_version"])]
    device = report["device"]
    if device is not None:
        kind = " (emulator)" if device["emulated"] else ""
        app = f"{device['app']} {device['app_version']}, format {device['wire_format']}, by {device['transport']}"
        rows.append(("device", f"{device['model']}{kind}, {app}"))
    rows += [(e["name"], e["value"]) for e in report["environment"]]
    rows += [(t["name"], f"{t['milliseconds']} ms") for t in report["timings"]]
    rows.append(("redaction", report["head"]["redaction"]))
    return _table(rows)


def _table(rows: list[tuple[str, str]]) -> list[str]:
    lines = []
    for name, value in rows:
        lines += _wrapped(f"{name + ':':<10} {value}", 2, 13)
    return lines


def _bullets(texts: list[str]) -> list[str]:
    return [line for text in texts for line in _wrapped(f"- {text}", 2, 4)]


def _step(number: int, text: str) -> list[str]:
    return _wrapped(f"{number}. {text}", 2, 5)


def _identity(provider: int | None, index: int) -> str:
    return f"identity {index}" if provider is None else f"provider {provider} identity {index}"


def _span(first: int, last: int) -> str:
    return f"#{first}" if first == last else f"#{first}-{last}"


def _brief(cred_id: str) -> str:
    """Enough to compare by eye; the JSON file holds the whole ID."""
    return cred_id if len(cred_id) <= 40 else f"{cred_id[:16]}…"


def _ccd(micro: str) -> str:
    whole, part = divmod(int(micro), 1_000_000)
    return f"{whole:,}.{part:06} CCD"


def _wrapped(text: str, indent: int = 0, later: int | None = None) -> list[str]:
    hanging = indent if later is None else later
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * hanging, break_on_hyphens=False
    )
