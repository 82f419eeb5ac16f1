"""Own identifiers and peers as the command line tells them, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger_recovery.cli.tables import Column, table
from ledger_recovery.cli.terminal import printable

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.backups import (
        ContactDecision,
        DidDeleted,
        DidRow,
        IdboxPlan,
        IdboxResult,
        PeerRow,
    )


def did_json(row: DidRow) -> dict[str, Json]:
    return {"name": row.name, "did": row.did, "created": row.created, "document": json.loads(row.document)}


def did_table(rows: Sequence[DidRow], width: int) -> str:
    if not rows:
        return "no identifiers; make one with: ledger-recovery did create NAME"
    columns = (Column("name"), Column("identifier"), Column("created"))
    return table(columns, [[row.name, row.did, row.created] for row in rows], width, long=1)


def did_text(row: DidRow) -> str:
    document = json.dumps(json.loads(row.document), indent=2, ensure_ascii=True)
    return f"{printable(row.name)}\n{row.did}\ncreated {printable(row.created)}\n{document}"


def deleted_text(gone: DidDeleted) -> str:
    lines = [f"deleted here: {gone.row.did}"]
    lines.append("its keys on the Identity Box are deleted" if gone.keys_deleted else "its keys are still on the Box")
    return "\n".join([*lines, *([f"note: {printable(gone.note)}"] if gone.note else [])])


def deleted_json(gone: DidDeleted) -> dict[str, Json]:
    return {"did": did_json(gone.row), "keys_deleted": gone.keys_deleted, "note": gone.note}


def peer_json(row: PeerRow) -> dict[str, Json]:
    return {"name": row.name, "did": row.did, "added": row.added}


def peer_table(rows: Sequence[PeerRow], width: int) -> str:
    if not rows:
        return "no peers; add one with: ledger-recovery peer add NAME DID"
    columns = (Column("name"), Column("identifier"), Column("added"))
    return table(columns, [[row.name, row.did, row.added] for row in rows], width, long=1)


def contact_text(decision: ContactDecision) -> str:
    """What becomes of one identifier or peer of a backup."""
    name = printable(decision.name)
    if decision.kept_as != decision.name:
        name += f" (here: {printable(decision.kept_as)})"
    return f"{decision.kind} {name}: {decision.outcome}, {printable(decision.reason)}"


def contact_json(decision: ContactDecision) -> dict[str, Json]:
    return {
        "name": decision.name,
        "did": decision.did,
        "outcome": str(decision.outcome),
        "kept_as": decision.kept_as,
        "reason": decision.reason,
    }


def idbox_plan_text(plan: IdboxPlan) -> str:
    lines = ["A backup of the original Identity Box."]
    lines += [f"  {contact_text(decision)}" for decision in (*plan.dids, *plan.peers)]
    lines += [f"warning: its keys cannot move: {printable(did)}" for did in plan.left_out]
    return "\n".join([*lines, *(f"note: {printable(note)}" for note in plan.notes)])


def idbox_text(plan: IdboxPlan, result: IdboxResult | None, *, dry_run: bool) -> str:
    if result is not None:
        end = f"imported: {result.applied} new; the Identity Box took the keys of {len(result.dids_restored)}"
    elif dry_run:
        end = "nothing was written (dry run)"
    else:
        end = "nothing new: the wallet holds all of it already"
    return f"{idbox_plan_text(plan)}\n{end}"


def idbox_json(
    wallet: str, path: str, plan: IdboxPlan, result: IdboxResult | None, *, dry_run: bool
) -> dict[str, Json]:
    return {
        "wallet": wallet,
        "path": path,
        "dry_run": dry_run,
        "applied": 0 if result is None else result.applied,
        "dids": [contact_json(decision) for decision in plan.dids],
        "peers": [contact_json(decision) for decision in plan.peers],
        "left_out": list(plan.left_out),
        "notes": list(plan.notes),
        "dids_restored": [] if result is None else list(result.dids_restored),
        "dids_known": [] if result is None else list(result.dids_known),
    }
