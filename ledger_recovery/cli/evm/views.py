"""[pure] EVM accounts as the command line shows them, as text and as JSON rows: of a run, and of the wallet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chain.evm.account import EvmAccount, Kind
from chain.evm.smart_model import SmartAccount
from ledger_recovery.cli.sentences import counted
from ledger_recovery.cli.tables import Column, table
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.recover.events import Json
from ledger_recovery.recover.evm.events import place_json
from ledger_recovery.recover.evm.model import AddressOutcome, Holding, Use
from ledger_recovery.recover.evm.result import EvmResult

NATIVE_DECIMALS = 18
_ACCOUNTS = (Column("account"), Column("address"), Column("chain"), Column("balance", right=True), Column("remarks"))
_SMART = (Column("smart account"), Column("address"), Column("chain"), Column("balance", right=True), Column("remarks"))
_DEPLOYED = "deployed"
_NOTHING_BUT_TOKENS = EvmAccount(Kind.EOA, 0, 0, 0)
"""Tokens leave no trace at the address that holds them."""


def units(amount: int, decimals: int = NATIVE_DECIMALS) -> str:
    """An amount in the smallest unit as a number of whole ones: "1.5", "1,200"."""
    whole, part = divmod(amount, 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole:,}.{digits}" if digits else f"{whole:,}"


def account_table(result: EvmResult, width: int) -> str:
    """One row for each chain on which an address of ours is used; "" for none."""
    names = chain_names(result)
    rows = [row for outcome in in_order(result) for row in _account_rows(result, outcome, names)]
    return table(_ACCOUNTS, rows, width, long=1) if rows else ""


def smart_table(result: EvmResult, width: int) -> str:
    names = chain_names(result)
    rows = [
        [
            f"{account.recipe}, salt {account.salt}",
            checksum(account.address),
            names.get(chain, str(chain)),
            units(account.account.balance),
            "; ".join(_smart_remarks(account) + _tokens(result, account.address, chain)),
        ]
        for chain, account in result.smart
    ]
    return table(_SMART, rows, width, long=1) if rows else ""


def in_order(result: EvmResult) -> tuple[AddressOutcome, ...]:
    """The used addresses, by scheme as they were searched and by index."""
    order = {scheme.name: number for number, scheme in enumerate(result.policy.schemes)}
    places = sorted(result.places, key=lambda place: (order.get(place.scheme, len(order)), place.index))
    addresses = dict.fromkeys(place.address for place in places)
    found = (result.outcomes.get(address) for address in addresses)
    return tuple(outcome for outcome in found if outcome is not None and outcome.use.used)


def chain_names(result: EvmResult) -> Mapping[int, str]:
    return {chain.chain_id: chain.name for chain in result.chains if chain.chain_id is not None}


def account_json(result: EvmResult, outcome: AddressOutcome) -> dict[str, Json]:
    return {
        "address": checksum(outcome.address),
        "use": outcome.use.value,
        "places": [place_json(place) for place in result.places_of(outcome.address)],
        "chains": [_chain_json(chain, account) for chain, account in sorted(outcome.accounts.items())],
        "tokens": [_holding_json(held) for held in result.holdings.get(outcome.address, ()) if held.amount != 0],
        "unanswered": list[Json](sorted(chain for chain in outcome.unanswered if chain > 0)),
    }


def smart_json(result: EvmResult, chain: int, account: SmartAccount) -> dict[str, Json]:
    held = [h for h in result.holdings.get(account.address, ()) if h.chain_id == chain and h.amount != 0]
    return {
        "address": checksum(account.address),
        "chain_id": chain,
        "presence": account.presence.value,
        "recipe": account.recipe,
        "owner": checksum(account.owner),
        "salt": str(account.salt),
        "owners": [checksum(owner) for owner in account.owners],
        "threshold": account.threshold,
        "still_owner": account.still_owner,
        "balance": str(account.account.balance),
        "tokens": [_holding_json(holding) for holding in held],
    }


def _account_rows(result: EvmResult, outcome: AddressOutcome, names: Mapping[int, str]) -> Iterable[list[str]]:
    own = " = ".join(f"{place.scheme} #{place.index}" for place in result.places_of(outcome.address))
    for chain in sorted({*outcome.accounts, *outcome.tokens_on}):
        account = outcome.accounts.get(chain) or _NOTHING_BUT_TOKENS
        remarks = [*_remarks(outcome, account), *_tokens(result, outcome.address, chain)]
        row = [own, checksum(outcome.address), names.get(chain, str(chain)), units(account.balance), "; ".join(remarks)]
        yield row
    if not outcome.accounts and not outcome.tokens_on:
        yield [own, checksum(outcome.address), "", "0", "owns a smart account"]


def _remarks(outcome: AddressOutcome, account: EvmAccount) -> list[str]:
    sent = "transactions unknown" if account.nonce is None else counted(account.nonce, "transaction")
    kinds = {
        Kind.DELEGATED: "" if account.delegate is None else f"delegated to {checksum(account.delegate)}",
        Kind.CONTRACT: "a contract",
        Kind.CODE_UNREAD: "its code could not be read",
    }
    only = "money only, anybody can have sent it" if outcome.use is Use.DUST else ""
    silent = f"unknown on {counted(len(outcome.unanswered), 'chain')}" if outcome.unanswered else ""
    return [part for part in (sent, kinds.get(account.kind, ""), only, silent) if part]


def _smart_remarks(account: SmartAccount) -> list[str]:
    if account.presence.value != _DEPLOYED:
        return ["money lies there, the account was never made"]
    owners = {True: "you are an owner", False: "you are no longer an owner", None: ""}[account.still_owner]
    of = f"{account.threshold} of {len(account.owners)} must sign" if account.threshold and account.owners else ""
    return [part for part in (owners, of) if part]


def _tokens(result: EvmResult, address: bytes, chain: int) -> list[str]:
    held = [h for h in result.holdings.get(address, ()) if h.chain_id == chain and h.amount != 0]
    return [f"{'unknown' if h.amount is None else units(h.amount, h.decimals)} {h.symbol}" for h in held]


def _chain_json(chain: int, account: EvmAccount) -> Json:
    return {
        "chain_id": chain,
        "kind": account.kind.value,
        "nonce": account.nonce,
        "balance": str(account.balance),
        "code_size": account.code_size,
        "delegate": None if account.delegate is None else checksum(account.delegate),
    }


def _holding_json(held: Holding) -> Json:
    amount = None if held.amount is None else str(held.amount)
    token = checksum(held.token)
    return {
        "chain_id": held.chain_id,
        "token": token,
        "symbol": held.symbol,
        "decimals": held.decimals,
        "amount": amount,
    }


def hidden_note(result: EvmResult) -> Sequence[str]:
    """How many unused places stand between used ones."""
    count = len(result.placeholders)
    if not count:
        return ()
    return (f"{counted(count, 'place')} between used ones are unused; the wallet keeps them as placeholders",)
