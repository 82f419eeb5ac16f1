"""[pure] EVM accounts and smart accounts of a file, by address; what belongs to an account is merged with it.

A place leads to one address for ever: one that the wallet has otherwise is told and left out. Facts of a block give
way only to those of a later block; a person's name only replaces a machine-made one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from ledger_recovery.files.merge.draft import Draft, quoted
from ledger_recovery.files.merge.plan import Kind, Outcome
from ledger_recovery.wallet.changes import Change
from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    AddEvmSmartAccount,
    NameEvmAccount,
    RefreshEvmHolding,
    RefreshEvmSighting,
    UseEvmAccount,
)
from ledger_recovery.wallet.evm_checks import (
    account_row_problem,
    holding_row_problem,
    place_row_problem,
    sighting_row_problem,
    smart_row_problem,
)
from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmHoldingRow,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSmartRow,
    EvmSnapshot,
    is_made_name,
)
from ledger_recovery.wallet.names import is_blank

_Row = TypeVar("_Row", EvmPlaceRow, EvmSightingRow, EvmHoldingRow)


def merge_evm(draft: Draft, known: EvmSnapshot, offered: EvmSnapshot) -> None:
    """Decide on every EVM account and smart account of a file."""
    merge = _EvmMerge(draft, known, offered)
    for account in offered.accounts:
        merge.account(account)
    for smart in offered.smart_accounts:
        merge.smart(smart)


class _EvmMerge:
    """One file's EVM rows against the wallet as those before leave it."""

    def __init__(self, draft: Draft, known: EvmSnapshot, offered: EvmSnapshot) -> None:
        self._draft = draft
        self._offered_places = _by_address(offered.places)
        self._offered_sightings = _by_address(offered.sightings)
        self._offered_holdings = _by_address(offered.holdings)
        self._accounts = {row.address: row for row in known.accounts}
        self._places = {row.key: row for row in known.places}
        self._places_of = dict(known.places_of())
        self._smart = {row.address for row in known.smart_accounts}
        self._sighted = {row.key: row.block_height for row in known.sightings}
        self._held = {row.key: row.block_height for row in known.holdings}

    def account(self, row: EvmAccountRow) -> None:
        problem = account_row_problem(row)
        if problem is not None:
            self._draft.leave_out(Kind.EVM_ACCOUNT, quoted(row.name), problem)
            return
        known = self._accounts.get(row.address)
        changes: list[Change] = []
        taken: list[str] = []
        if known is None:
            self._accounts[row.address] = row
            changes.append(AddEvmAccount(row))
        else:
            self._join(known, row, changes, taken)
        places = self._new_places(row.address)
        facts = self._newer_facts(row.address)
        if places:
            taken.append("further places taken")
        if facts:
            taken.append("newer facts of the chain taken")
        self._decide(Kind.EVM_ACCOUNT, row.address, known is None, f"as {quoted(row.name)}", taken)
        self._draft.changes += [*changes, *places, *facts]

    def smart(self, row: EvmSmartRow) -> None:
        problem = smart_row_problem(row)
        if problem is not None:
            self._draft.leave_out(Kind.SMART_ACCOUNT, quoted(row.address), problem)
            return
        new = row.address not in self._smart
        self._smart.add(row.address)
        facts = self._newer_facts(row.address)
        taken = ["newer facts of the chain taken"] if facts else []
        self._decide(Kind.SMART_ACCOUNT, row.address, new, f"a {row.recipe}", taken)
        self._draft.changes += [*([AddEvmSmartAccount(row)] if new else []), *facts]

    def _decide(self, kind: Kind, subject: str, new: bool, what: str, taken: list[str]) -> None:
        if new:
            self._draft.decide(kind, subject, Outcome.ADDED, what)
        elif taken:
            self._draft.decide(kind, subject, Outcome.MERGED, "; ".join(taken))
        else:
            self._draft.decide(kind, subject, Outcome.KNOWN, "nothing new")

    def _join(self, known: EvmAccountRow, row: EvmAccountRow, changes: list[Change], taken: list[str]) -> None:
        name, placeholder = known.name, known.placeholder
        if placeholder and not row.placeholder:
            placeholder = False
            changes.append(UseEvmAccount(row.address))
            taken.append("it is used, and was a placeholder")
        if self._gives_way(name, row):
            changes.append(NameEvmAccount(row.address, name, row.name))
            taken.append(f"name {quoted(row.name)} replaces the machine-made {quoted(name)}")
            name = row.name
        self._accounts[row.address] = EvmAccountRow(row.address, name, placeholder)

    def _gives_way(self, name: str, row: EvmAccountRow) -> bool:
        ours = self._places_of.get(row.address, ())
        made_of_theirs = is_made_name(row.name, (*ours, *self._offered_places[row.address]))
        return is_made_name(name, ours) and not made_of_theirs and not is_blank(row.name)

    def _new_places(self, address: str) -> list[Change]:
        changes: list[Change] = []
        for row in self._offered_places[address]:
            problem = place_row_problem(row)
            known = self._places.get(row.key)
            subject = f"{row.scheme} #{row.index} of Ledger {row.fingerprint[:8]}…"
            if problem is not None:
                self._draft.leave_out(Kind.EVM_ACCOUNT, subject, problem)
            elif known is None:
                self._places[row.key] = row
                self._places_of[address] = (*self._places_of.get(address, ()), row)
                changes.append(AddEvmPlace(row))
            elif known.address != address:
                problem = "the wallet has another address at this place"
                sentence = f"{problem}, which one Ledger cannot produce; your own version stays"
                self._draft.tell("evm-place", Kind.EVM_ACCOUNT, subject, sentence)
                self._draft.leave_out(Kind.EVM_ACCOUNT, subject, problem)
        return changes

    def _newer_facts(self, address: str) -> list[Change]:
        changes: list[Change] = []
        for seen in self._offered_sightings[address]:
            if seen.block_height > self._sighted.get(seen.key, -1) and sighting_row_problem(seen) is None:
                self._sighted[seen.key] = seen.block_height
                changes.append(RefreshEvmSighting(seen))
        for held in self._offered_holdings[address]:
            if held.block_height > self._held.get(held.key, -1) and holding_row_problem(held) is None:
                self._held[held.key] = held.block_height
                changes.append(RefreshEvmHolding(held))
        return changes


def _by_address(rows: Iterable[_Row]) -> defaultdict[str, list[_Row]]:
    found: defaultdict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.address].append(row)
    return found
