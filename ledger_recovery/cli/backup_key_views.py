"""What becomes of backup keys and words, as the command line tells it: enable, disable, rotate, factory reset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger_recovery.cli.backup_views import status_json
from ledger_recovery.cli.terminal import printable

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.backups import (
        DisableResult,
        EnableResult,
        ResetPlan,
        ResetResult,
        RotateResult,
    )


def enable_text(result: EnableResult, kit: Path | None) -> str:
    lines = ["backups are on", printable(result.key_place)]
    if result.merge_first is not None:
        lines.append(
            f"generation {result.merge_first} is on the Box already: run `ledger-recovery backup restore` first"
        )
    if kit is not None:
        lines.append(f"page to print: {kit}")
    return "\n".join([*lines, f"backup: {printable(result.status.sentence)}"])


def enable_json(result: EnableResult, kit: Path | None) -> dict[str, Json]:
    return {
        "backup_id": result.backup_id,
        "key_place": result.key_place,
        "merge_first": result.merge_first,
        "kit": None if kit is None else str(kit),
        "status": status_json(result.status),
    }


def disable_text(result: DisableResult) -> str:
    return printable(result.sentence)


def disable_json(result: DisableResult) -> dict[str, Json]:
    return {
        "backup_id": result.backup_id,
        "keys_were": result.keys_were,
        "kept_on_box": result.kept_on_box,
        "sentence": result.sentence,
    }


def rotate_text(result: RotateResult) -> str:
    return f"{printable(result.sentence)}\nbackup: {printable(result.status.sentence)}"


def rotate_json(result: RotateResult) -> dict[str, Json]:
    return {
        "backup_id": result.backup_id,
        "old_removed": result.old_removed,
        "delete_after": result.delete_after,
        "sentence": result.sentence,
        "status": status_json(result.status),
    }


# --- factory reset ----------------------------------------------------------------------------------------------


def reset_plan_text(plan: ResetPlan, *, on_box: bool) -> str:
    lines = ["This erases, on this computer:", *(f"  {printable(text)}" for text in plan.here)]
    if on_box:
        lines += ["and on the Identity Box:", *(f"  {printable(text)}" for text in plan.on_box)]
    elif plan.on_box:
        lines += ["It leaves, on the Identity Box (see --on-box):", *(f"  {printable(text)}" for text in plan.on_box)]
    lines += [f"It does not touch: {printable(text)}" for text in plan.stays]
    return "\n".join([*lines, f"backup: {printable(plan.status.sentence)}"])


def reset_text(result: ResetResult) -> str:
    lines = [f"erased: {path}" for path in result.erased]
    lines += [f"deleted, and looked for again: {printable(place)}" for place in result.keys_deleted]
    lines.append(
        "backups on the Identity Box: deleted" if result.box_deleted else "backups on the Identity Box: as before"
    )
    return "\n".join([*lines, *(f"note: {printable(note)}" for note in result.notes)])


def reset_json(plan: ResetPlan, result: ResetResult | None) -> dict[str, Json]:
    """`result` None: a dry run."""
    return {
        "here": list(plan.here),
        "on_box": list(plan.on_box),
        "stays": list(plan.stays),
        "done": result is not None,
        "erased": [] if result is None else [str(path) for path in result.erased],
        "keys_deleted": [] if result is None else list(result.keys_deleted),
        "box_deleted": result is not None and result.box_deleted,
        "notes": [] if result is None else list(result.notes),
    }
