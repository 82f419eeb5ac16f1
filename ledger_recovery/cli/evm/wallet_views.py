"""[pure] What the wallet holds of EVM chains, as text and as JSON rows; no device and no node is asked."""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.cli.evm.views import units
from ledger_recovery.cli.sentences import counted
from ledger_recovery.cli.tables import Column, table
from ledger_recovery.cli.terminal import printable
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.recover.events import Json
from ledger_recovery.recover.evm.journal_codec import EvmRunRecord
from ledger_recovery.wallet.evm_model import EvmHoldingRow, EvmKind, EvmPlaceRow, EvmSightingRow, EvmSnapshot

_ACCOUNTS = (Column("name"), Column("address"), Column("places"), Column("chain", right=True), Column("holds"))
_RUNS = (Column("run"), Column("began (UTC)"), Column("state"), Column("addresses", right=True), Column("unknown"))


def wallet_text(snapshot: EvmSnapshot, width: int) -> str:
    """Accounts and smart accounts, one row a chain on which there is something; placeholders are counted."""
    places = snapshot.places_of()
    rows = [
        row
        for account in snapshot.accounts
        if not account.placeholder
        for row in _rows(snapshot, account.name, account.address, _place_names(places.get(account.address, ())))
    ]
    for smart in snapshot.smart_accounts:
        rows += _rows(snapshot, smart.recipe, smart.address, f"salt {smart.salt} of {_shown(smart.owner)[:8]}…")
    kept = sum(account.placeholder for account in snapshot.accounts)
    parts = [table(_ACCOUNTS, rows, width, long=1) if rows else "no EVM accounts"]
    if kept:
        parts.append(f"{counted(kept, 'placeholder')}: unused places below the highest used one of their scheme")
    return "\n\n".join(parts)


def wallet_json(snapshot: EvmSnapshot, where: str) -> Json:
    places = snapshot.places_of()
    accounts: list[Json] = [
        {
            "address": _shown(account.address),
            "name": account.name,
            "placeholder": account.placeholder,
            "places": [_place_json(place) for place in places.get(account.address, ())],
            "chains": [_sighting_json(row) for row in _sightings(snapshot, account.address)],
            "tokens": [_holding_json(row) for row in _holdings(snapshot, account.address)],
        }
        for account in snapshot.accounts
    ]
    smart: list[Json] = [
        {
            "address": _shown(row.address),
            "recipe": row.recipe,
            "owner": _shown(row.owner),
            "salt": row.salt,
            "chains": [_sighting_json(sighting) for sighting in _sightings(snapshot, row.address)],
            "tokens": [_holding_json(holding) for holding in _holdings(snapshot, row.address)],
        }
        for row in snapshot.smart_accounts
    ]
    return {"wallet": where, "accounts": accounts, "smart_accounts": smart}


def runs_text(runs: Sequence[EvmRunRecord], shown: int, width: int) -> str:
    """The EVM runs of the journal, newest first; "" when there was none."""
    if not runs:
        return ""
    rows = [
        [r.run_id, f"{r.started:%Y-%m-%d %H:%M}", r.ending or "unfinished", str(r.derived), str(r.unknown)]
        for r in runs[:shown]
    ]
    parts = [f"EVM runs:\n{table(_RUNS, rows, width)}"]
    if runs[0].statement:
        parts.append(f"last EVM run: {printable(runs[0].statement, 2000)}")
    unfinished = next((run for run in runs if not run.ending), None)
    unknown = next((run for run in runs if run.unknown), None)
    if unfinished is not None:
        parts.append(f"EVM run {unfinished.run_id} is unfinished; continue with: ledger-recovery resume")
    if unknown is not None:
        parts.append(f"EVM run {unknown.run_id} left something unknown; ask again with: ledger-recovery retry")
    return "\n\n".join(parts)


def run_record_json(run: EvmRunRecord) -> Json:
    return {
        "run_id": run.run_id,
        "started": run.started.isoformat(),
        "fingerprint": run.fingerprint,
        "ending": run.ending,
        "derived": run.derived,
        "unknown": run.unknown,
        "statement": run.statement,
    }


def _rows(snapshot: EvmSnapshot, name: str, address: str, places: str) -> list[list[str]]:
    rows = []
    for row in _sightings(snapshot, address):
        held = [h for h in _holdings(snapshot, address) if h.chain_id == row.chain_id and h.amount != "0"]
        if row.kind is not EvmKind.ABSENT or held:
            tokens = "".join(f", {units(int(h.amount), h.decimals)} {h.symbol}" for h in held)
            rows.append([name, _shown(address), places, str(row.chain_id), units(int(row.balance)) + tokens])
    return rows or [[name, _shown(address), places, "", ""]]


def _place_names(places: Sequence[EvmPlaceRow]) -> str:
    return " = ".join(f"{place.scheme} #{place.index}" for place in places)


def _sightings(snapshot: EvmSnapshot, address: str) -> list[EvmSightingRow]:
    return [row for row in snapshot.sightings if row.address == address]


def _holdings(snapshot: EvmSnapshot, address: str) -> list[EvmHoldingRow]:
    return [row for row in snapshot.holdings if row.address == address]


def _place_json(place: EvmPlaceRow) -> Json:
    return {"fingerprint": place.fingerprint, "scheme": place.scheme, "index": place.index, "path": place.path}


def _sighting_json(row: EvmSightingRow) -> Json:
    return {
        "chain_id": row.chain_id,
        "block_height": row.block_height,
        "kind": row.kind.value,
        "nonce": row.nonce,
        "balance": row.balance,
        "delegate": None if row.delegate is None else _shown(row.delegate),
        "owners": [_shown(owner) for owner in row.owners.split()],
        "threshold": row.threshold,
    }


def _holding_json(row: EvmHoldingRow) -> Json:
    return {
        "chain_id": row.chain_id,
        "token": _shown(row.token),
        "symbol": row.symbol,
        "decimals": row.decimals,
        "amount": row.amount,
        "block_height": row.block_height,
    }


def _shown(address: str) -> str:
    """As people write it; the wallet keeps lower case."""
    return checksum(bytes.fromhex(address.removeprefix("0x")))
