"""[pure] The printable text of an EVM report, made from its JSON alone: 78 columns, the statement first, steps last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ledger_recovery.recover.evm.report.model import (
    AccountBlock,
    ChainBlock,
    EvmReport,
    PlaceRef,
    Run,
    SchemeBlock,
    SmartBlock,
    TokenBlock,
)
from ledger_recovery.recover.evm.report.steps import next_steps
from ledger_recovery.recover.report.ranges import plural

WIDTH = 78
_WEI_DIGITS = 18


def evm_report_text(report: EvmReport) -> str:
    """The whole report as lines of at most 78 characters, ending with a newline."""
    names = {chain["chain_id"]: chain["name"] for chain in report["chains"]}
    lines = [
        "LEDGER RECOVERY REPORT, EVM CHAINS".ljust(WIDTH - 20) + report["head"]["created"],
        "",
        *_wrapped(report["statement"]["sentence"]),
        *_section("Search", _search(report)),
        *_section("Chains", (line for chain in report["chains"] for line in _chain(chain)), none="none was asked"),
        *_section("Schemes", (line for scheme in report["schemes"] for line in _scheme(scheme))),
        *_section("Accounts", (line for a in report["accounts"] for line in _account(a, names)), none="none found"),
        *_section("Smart accounts", (line for s in report["smart_accounts"] for line in _smart(s, names))),
        *_section("Placeholders: unused places below a used one", _placeholders(report)),
        *_section("Unknown", _unknown(report, names)),
        *_section("Differences from the wallet, left as they are", _conflicts(report)),
        *_section("Not recovered", _bullets(report["notes"])),
        *_section("Warnings", _bullets(report["warnings"])),
        *_section("Environment", _environment(report)),
        *_section("Next steps", _numbered(next_steps(report))),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, lines: Iterable[str], none: str = "") -> list[str]:
    body = list(lines) or ([f"  {none}"] if none else [])
    return ["", title, *body] if body else []


def _search(report: EvmReport) -> list[str]:
    search = report["search"]
    smart = "with smart accounts" if search["smart_accounts"] else "without smart accounts"
    rows = [
        ("run", f"{report['head']['report_id']}, {search['started']} to {search['finished']}, {search['ending']}"),
        ("wallet", report["wallet"]["fingerprint"] or "no Ledger was read"),
        ("rule", f"until {search['gap']} indices in a row are unused, none beyond {search['cap'] - 1}, {smart}"),
    ]
    if search["co_owners"]:
        rows.append(("owners", ", ".join(search["co_owners"])))
    if search["find"] is not None:
        found = search["found"]
        rows.append(("find", f"{search['find']}: {'not found' if found is None else f'found at {_place(found)}'}"))
    if search["failure"] is not None:
        rows.append(("error", f"{search['failure']['sentence']} ({search['failure']['code']})"))
    changes = ", ".join(f"{c['count']} x {c['kind'].replace('-', ' ')}" for c in search["changes"]) or "no changes"
    rows.append(("written", changes if search["applied"] else f"nothing; planned: {changes}"))
    return _table(rows)


def _chain(chain: ChainBlock) -> Iterator[str]:
    number = "unknown chain ID" if chain["chain_id"] is None else f"chain ID {chain['chain_id']}"
    yield from _wrapped(f"{chain['name']}, {number}, {chain['source']}", 2, 4)
    block = chain["block"]
    if block is not None:
        stood = "" if chain["confirmed"] else ", not confirmed at the end"
        yield from _wrapped(
            f"block {block['height']}, {block['finality']}, {block['time']}, {block['block_hash']}{stood}", 4
        )
    if chain["way"]:
        yield from _wrapped(f"asked by: {chain['way']}" + (f"; {chain['why']}" if chain["why"] else ""), 4)
    if chain["smart_unanswered"]:
        yield from _wrapped(f"{chain['smart_unanswered']} possible smart accounts stayed unknown", 4)
    if chain["tokens_unread"]:
        yield from _wrapped(f"balances not read: {', '.join(chain['tokens_unread'])}", 4)
    if chain["failure"] is not None:
        yield from _wrapped(f"{chain['failure']['sentence']} ({chain['failure']['code']})", 4)
    for note in chain["notes"]:
        yield from _wrapped(note, 4)


def _scheme(scheme: SchemeBlock) -> Iterator[str]:
    last = scheme["last"]
    searched = "not searched" if last is None else f"searched 0-{last}, ended by: {scheme['stop']}"
    used = f"used {_runs(scheme['used'])}" if scheme["used"] else "none used"
    unknown = f"; unknown {_runs(scheme['unknown'])}" if scheme["unknown"] else ""
    name = "" if scheme["scheme"] == scheme["template"] else f"{scheme['scheme']} "
    yield from _wrapped(f"{name}{scheme['template']}: {searched}; {used}{unknown}", 2, 4)
    yield from _wrapped(f"to go on: {scheme['how_to_go_on']}", 4)


def _account(account: AccountBlock, names: dict[int | None, str]) -> Iterator[str]:
    marks = (", only money was found" if account["use"] == "dust" else "") + (
        ", compared on the device" if account["shown"] else ""
    )
    yield f"  {account['address']}"
    yield from _wrapped("; ".join(map(_place, account["places"])) + marks, 4)
    for facts in account["chains"]:
        said = [facts["kind"]]
        said += [] if facts["balance"] is None else [f"balance {_coins(facts['balance'])}"]
        said += [] if facts["nonce"] is None else [plural(facts["nonce"], "transaction")]
        said += [] if facts["delegate"] is None else [f"delegated to {facts['delegate']}"]
        yield from _wrapped(f"{_on(facts['chain_id'], names)}: {', '.join(said)}", 4, 6)
    if account["absent_on"]:
        yield from _wrapped(f"nothing on {', '.join(_on(c, names) for c in account['absent_on'])}", 4, 6)
    if account["unanswered_on"]:
        yield from _wrapped(f"no answer from {', '.join(_on(c, names) for c in account['unanswered_on'])}", 4, 6)
    yield from _tokens(account["tokens"], names)


def _smart(account: SmartBlock, names: dict[int | None, str]) -> Iterator[str]:
    state = "deployed" if account["state"] == "deployed" else "not deployed, and something lies at its address"
    yield from _wrapped(f"{account['address']} on {_on(account['chain_id'], names)}", 2, 4)
    yield from _wrapped(f"{account['recipe']}, salt {account['salt']}, {state}", 4)
    yield from _wrapped(f"of {account['owner']}: {_standing(account)}", 4, 6)
    if account["balance"] is not None:
        yield from _wrapped(f"balance {_coins(account['balance'])}", 4)
    yield from _tokens(account["tokens"], names)


def _standing(account: SmartBlock) -> str:
    if account["state"] != "deployed":
        return f"to be made with the owners {', '.join(account['first_owners'])}"
    mine = {True: "it is an owner", False: "it is no longer an owner", None: "owners not known"}
    owners = f" ({account['threshold']} of {len(account['owners'])} must sign)" if account["owners"] else ""
    return mine[account["still_owner"]] + owners


def _tokens(tokens: list[TokenBlock], names: dict[int | None, str]) -> Iterator[str]:
    for token in tokens:
        amount = "amount not read" if token["amount"] is None else _units(token["amount"], token["decimals"])
        yield from _wrapped(f"{_on(token['chain_id'], names)}: {amount} {token['symbol']} ({token['token']})", 4, 6)


def _placeholders(report: EvmReport) -> Iterator[str]:
    for block in report["placeholders"]:
        heights = ", ".join(f"{a['height']} of chain {a['chain_id']}" for a in block["absent_at"])
        where = f"{block['scheme']} #{block['index']} ({block['path']})"
        yield from _wrapped(f"{where} {block['address']}: absent at block {heights}", 2, 4)


def _unknown(report: EvmReport, names: dict[int | None, str]) -> Iterator[str]:
    for block in report["unknown"]:
        where = "; ".join(map(_place, block["places"])) or "no place"
        chain = "unknown chain" if block["chain_id"] is None else _on(block["chain_id"], names)
        why = f"{block['reason']} ({block['reason_code']}, tried {block['tries']} times)"
        yield from _wrapped(f"{block['address']}, {where}: {chain}: {why}", 2, 4)


def _conflicts(report: EvmReport) -> Iterator[str]:
    for c in report["conflicts"]:
        yield from _wrapped(f"{c['scheme']} #{c['index']}: {c['sentence']} ({c['code']})", 2, 4)


def _environment(report: EvmReport) -> list[str]:
    rows = [("program", report["head"]["tool_version"])]
    device = report["device"]
    if device is not None:
        kind = " (emulator)" if device["emulated"] else ""
        rows.append(
            ("device", f"{device['model']}{kind}, {device['app']} {device['app_version']}, by {device['transport']}")
        )
    rows += [(e["name"], e["value"]) for e in report["environment"]]
    rows += [(t["name"], f"{t['milliseconds']} ms") for t in report["timings"]]
    rows.append(("redaction", report["head"]["redaction"]))
    return _table(rows)


def _place(place: PlaceRef) -> str:
    return f"{place['scheme']} #{place['index']} ({place['path']})"


def _on(chain_id: int, names: dict[int | None, str]) -> str:
    return names.get(chain_id) or f"chain {chain_id}"


def _runs(runs: list[Run]) -> str:
    return ", ".join(str(r["from"]) if r["from"] == r["to"] else f"{r['from']}-{r['to']}" for r in runs)


def _coins(wei: str) -> str:
    """Of the chain's own coin, whose name differs; all of them count in 10^-18."""
    return _units(wei, _WEI_DIGITS)


def _units(amount: str, decimals: int) -> str:
    if not decimals:
        return amount
    digits = amount.rjust(decimals + 1, "0")
    part = digits[-decimals:].rstrip("0")
    return digits[:-decimals] + (f".{part}" if part else "")


def _table(rows: list[tuple[str, str]]) -> list[str]:
    return [line for name, value in rows for line in _wrapped(f"{name + ':':<10} {value}", 2, 13)]


def _bullets(texts: list[str]) -> list[str]:
    return [line for text in texts for line in _wrapped(f"- {text}", 2, 4)]


def _numbered(texts: list[str]) -> list[str]:
    return [line for number, text in enumerate(texts, 1) for line in _wrapped(f"{number}. {text}", 2, 5)]


def _wrapped(text: str, indent: int = 0, later: int | None = None) -> list[str]:
    hanging = indent if later is None else later
    return textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * hanging, break_on_hyphens=False
    )
