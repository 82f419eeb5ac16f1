"""[pure] The result of an EVM run as the pages show it, made from the signed report and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.web.model.amounts import coins, units, when

if TYPE_CHECKING:
    from ledger_recovery.recover.evm.report.model import (
        AccountBlock,
        ChainBlock,
        ChainFactsBlock,
        EvmReport,
        PlaceRef,
        SchemeBlock,
        SmartBlock,
        TokenBlock,
    )

MAX_ROWS = 2_000
"""Accounts, smart accounts and placeholders that a page lists; the report has all."""

REPLACED = (
    "This Ledger is no longer an owner and cannot sign here any more. If you did not agree to that, find out who "
    "changed the owners, and when; the report has the first owners."
)
NEVER_MADE = (
    "Money lies at this address, but the account was never made. Make it with exactly the recipe, salt and first "
    "owners that the report names: anything else makes another address, and the money stays where it is."
)
_KINDS = {"delegated": "acts by foreign code", "contract": "a contract", "code-unread": "its code could not be read"}


@dataclass(frozen=True, slots=True)
class EvmAccountLine:
    """A used address. `places`: "ledger_live #3, m/44'/60'/3'/0/0".

    `money_only`: nothing but money, which anybody can send. `chains`: what stands there, one line a chain
    ("ethereum: 1.5 ETH, 3 transactions"), tokens included. `shown`: the person compared it on the Ledger's screen.
    `unanswered`: names of chains that said nothing about it.
    """

    address: str
    name: str
    places: tuple[str, ...]
    chains: tuple[str, ...]
    money_only: bool = False
    shown: bool = False
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SmartAccountLine:
    """A smart account that an address of ours owns or first owned. `said`: "Safe 1.4.1, 2 of 3 owners must sign".

    `holds`: what lies there ("5 ETH, 3 USDC"). `warning`: the owner was replaced, or money lies at an address that was
    never made; "" when all is well.
    """

    address: str
    chain: str
    said: str
    owner: str
    holds: str = ""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A chain that was asked. `said`: its block, or why nothing can be known of it (`ok` is False then).

    `open`: what it did not answer, a phrase each.
    """

    name: str
    source: str
    ok: bool
    said: str
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EvmSummary:
    """`complete` and `statement`: the report's own claim. `unknown`: addresses that stayed unknown on some chain.

    `wanted`, `found`: the one address that was searched for and where it stands, "" otherwise. `further`: how far each
    scheme was searched, and what would search further. `placeholders`: "ledger_live #2" and so on. `left_open`: retry
    has something to ask, unknown addresses or not.
    """

    run_id: str
    complete: bool
    statement: str
    reasons: tuple[str, ...]
    chains: tuple[ChainLine, ...]
    emulated: bool
    accounts: tuple[EvmAccountLine, ...]
    smart: tuple[SmartAccountLine, ...]
    placeholders: tuple[str, ...]
    further: tuple[str, ...]
    unknown: int
    left_open: bool
    wanted: str
    found: str
    not_recovered: tuple[str, ...]
    warnings: tuple[str, ...]
    conflicts: tuple[str, ...]
    failure: tuple[str, str] | None = None


def summarise_evm(report: EvmReport, names: Mapping[str, str] | None = None) -> EvmSummary:
    """The summary of a report at any redaction level.

    :param names: address, as the report or as the wallet writes it -> the wallet's name for it.
    """
    search, device = report["search"], report["device"]
    failure, found = search["failure"], search["found"]
    unknown = len({block["address"] for block in report["unknown"]})
    chains = tuple(chain_line(chain) for chain in report["chains"])
    return EvmSummary(
        run_id=report["head"]["report_id"],
        complete=report["statement"]["complete"],
        statement=report["statement"]["sentence"],
        reasons=tuple(report["statement"]["reasons"]),
        chains=chains,
        emulated=device is not None and device["emulated"],
        accounts=_accounts(report, names or {}),
        smart=_smart_accounts(report),
        placeholders=tuple(place_name(p["scheme"], p["index"]) for p in report["placeholders"][:MAX_ROWS]),
        further=tuple(how_far(scheme, report) for scheme in report["schemes"]),
        unknown=unknown,
        left_open=bool(unknown) or any(chain.open for chain in chains),
        wanted=search["find"] or "",
        found="" if found is None else place_text(found),
        not_recovered=tuple(report["notes"]),
        warnings=tuple(report["warnings"]),
        conflicts=tuple(f"Place {place_name(c['scheme'], c['index'])}: {c['sentence']}" for c in report["conflicts"]),
        failure=None if failure is None else (failure["code"], failure["sentence"]),
    )


def place_name(scheme: str, index: int) -> str:
    """ "ledger_live #3"."""
    return f"{scheme} #{index}"


def chain_names(report: EvmReport) -> Mapping[int, str]:
    """Chain ID -> name, of the chains that told theirs."""
    return {c["chain_id"]: c["name"] for c in report["chains"] if c["chain_id"] is not None}


def chain_line(chain: ChainBlock) -> ChainLine:
    """A chain of a report, of whatever it could be asked."""
    block, failure = chain["block"], chain["failure"]
    if block is None or failure is not None:
        said = "no block of it could be pinned" if failure is None else f"{failure['sentence']} ({failure['code']})"
        return ChainLine(chain["name"], chain["source"], ok=False, said=said, open=tuple(_left_open(chain)))
    said = f"{block['finality']} block {block['height']:,} of {when(block['time'])}"
    return ChainLine(chain["name"], chain["source"], ok=True, said=said, open=tuple(_left_open(chain)))


def _left_open(chain: ChainBlock) -> Iterator[str]:
    """As `EvmResult.left_open` counts, besides unknown addresses."""
    if chain["block"] is not None and not chain["confirmed"]:
        yield "its block was not confirmed at the end"
    if chain["smart_unanswered"]:
        yield f"{plural(chain['smart_unanswered'], 'possible smart account')} unknown"
    if chain["tokens_unread"]:
        yield f"balances of {', '.join(chain['tokens_unread'])} not read"


def _accounts(report: EvmReport, names: Mapping[str, str]) -> tuple[EvmAccountLine, ...]:
    chains = chain_names(report)
    return tuple(
        EvmAccountLine(
            address=account["address"],
            name=names.get(account["address"]) or names.get(account["address"].lower(), ""),
            places=tuple(place_text(place) for place in account["places"]),
            chains=tuple(on_chains(account, chains)),
            money_only=account["use"] == "dust",
            shown=account["shown"],
            unanswered=tuple(on_chain(chain, chains) for chain in account["unanswered_on"]),
        )
        for account in report["accounts"][:MAX_ROWS]
    )


def place_text(place: PlaceRef) -> str:
    """ "ledger_live #3, m/44'/60'/3'/0/0"."""
    return f"{place_name(place['scheme'], place['index'])}, {place['path']}"


def on_chains(account: AccountBlock, names: Mapping[int, str]) -> Iterator[str]:
    """One line a chain, in the order of their numbers: what stands there, tokens too."""
    facts = {f["chain_id"]: f for f in account["chains"]}
    tokens: dict[int, list[TokenBlock]] = {}
    for token in account["tokens"]:
        tokens.setdefault(token["chain_id"], []).append(token)
    for chain in sorted({*facts, *tokens}):
        said = [*(_facts(facts[chain]) if chain in facts else ()), *map(_token, tokens.get(chain, ()))]
        yield f"{on_chain(chain, names)}: {', '.join(said) or 'an account'}"


def _facts(facts: ChainFactsBlock) -> Iterator[str]:
    if facts["balance"] is not None:
        yield coins(facts["balance"], facts["chain_id"])
    if facts["nonce"]:
        yield plural(facts["nonce"], "transaction")
    if facts["delegate"] is not None:
        yield f"acts by the code of {facts['delegate']}"
    elif facts["kind"] in _KINDS:
        yield _KINDS[facts["kind"]]


def _token(token: TokenBlock) -> str:
    if token["amount"] is None:
        return f"{token['symbol']} not read"
    return f"{units(token['amount'], token['decimals'])} {token['symbol']}"


def _smart_accounts(report: EvmReport) -> tuple[SmartAccountLine, ...]:
    names = chain_names(report)
    return tuple(smart_line(account, names) for account in report["smart_accounts"][:MAX_ROWS])


def smart_line(account: SmartBlock, names: Mapping[int, str]) -> SmartAccountLine:
    """A smart account with its warning, if it needs one."""
    made = account["state"] == "deployed"
    held = [coins(account["balance"], account["chain_id"])] if account["balance"] not in (None, "0") else []
    held += [_token(token) for token in account["tokens"]]
    return SmartAccountLine(
        address=account["address"],
        chain=on_chain(account["chain_id"], names),
        said=f"{account['recipe']}, {_signers(account) if made else 'never made'}",
        owner=account["owner"],
        holds=", ".join(held),
        warning=NEVER_MADE if not made else REPLACED if account["still_owner"] is False else "",
    )


def _signers(account: SmartBlock) -> str:
    if not account["owners"]:
        return "owners not known"
    if account["threshold"] is None:
        return plural(len(account["owners"]), "owner")
    return f"{account['threshold']} of {plural(len(account['owners']), 'owner')} must sign"


def how_far(scheme: SchemeBlock, report: EvmReport) -> str:
    """How far a scheme was searched and what is behind it, in the words of a page: it has no command line."""
    last, name, gap = scheme["last"], scheme["scheme"], report["search"]["gap"]
    if report["search"]["find"] is not None:
        return f"Scheme {name}: " + ("not searched" if last is None else f"compared 0 to {last}")
    if last is None or scheme["stop"] == "not-walked":
        return f"Scheme {name}: not searched to its end. Search again: what was derived and answered is kept."
    searched = f"Scheme {name}: searched 0 to {last}"
    match scheme["stop"]:
        case "gap" if not scheme["unknown"]:
            row = plural(gap, "index", "indices")
            return f"{searched}, until {row} in a row were unused. Searching further looks behind a larger hole."
        case "cap":
            return f"{searched}, the last index that this search asks. Searching further asks beyond it."
        case _:
            return f"{searched}, with answers missing. Ask again for what stayed unknown; then the search goes on."


def on_chain(chain_id: int, names: Mapping[int, str]) -> str:
    """The chain's name in this report."""
    return names.get(chain_id) or f"chain {chain_id}"
