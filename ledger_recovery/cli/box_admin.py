"""The commands of a Box's keeper beside `box serve`: check, gc, extract, load, devices, revoke."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.box_serve import BoxOptions, box_directory
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions
from ledger_recovery.errors import ExitStatus

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json

EXTRACT_EXAMPLES = """\b
Examples:
  ledger-recovery box extract BACKUP-ID /media/stick
The copy restores on any Box (box load) or without one (backup restore --file). Its owner's kit has the ID.
"""


@command("box-check")
def check(
    read_data: Annotated[bool, typer.Option("--read-data", help="Read every byte, too.")] = False,
    *,
    box: BoxOptions,
    output: OutputOptions,
) -> Outcome:
    """Compare the Box's database with its files. Exit status 16 when something is missing or altered."""
    from ledger_recovery.box.check import check as look

    found = look(box_directory(box), read_data=read_data)
    depth = "every byte was read" if read_data else "sizes only; --read-data reads every byte"
    lines = [
        f"{found.backups:,} backups, {found.generations:,} generations, {found.size:,} bytes ({depth})",
        *(f"problem: {problem}" for problem in found.problems),
        "sound" if found.sound else f"{len(found.problems)} problems",
    ]
    if found.orphans:
        lines.append(f"{found.orphans:,} files that nothing names; `box gc` removes them")
    result: dict[str, Json] = {
        "sound": found.sound,
        "problems": list(found.problems),
        "backups": found.backups,
        "generations": found.generations,
        "blobs": found.blobs,
        "size": found.size,
        "orphans": found.orphans,
        "read_data": found.read_data,
    }
    return Outcome("\n".join(lines), result, ExitStatus.COMPLETE if found.sound else ExitStatus.STORAGE)


@command("box-gc")
def gc(*, box: BoxOptions, output: OutputOptions) -> Outcome:
    """Drop what retention and retired backups let go; never the newest whole generation of a backup."""
    from ledger_recovery.box import admin

    done = admin.gc(box_directory(box))
    return Outcome(
        f"dropped: {done.backups:,} backups, {done.generations:,} generations, {done.blobs:,} files",
        {"backups": done.backups, "generations": done.generations, "blobs": done.blobs},
    )


@command("box-extract")
def extract(
    backup_id: Annotated[str, typer.Argument(help="The backup's ID, 52 characters.", show_default=False)],
    directory: Annotated[Path, typer.Argument(help="Where the copy goes.", show_default=False)],
    *,
    box: BoxOptions,
    output: OutputOptions,
) -> Outcome:
    """Copy one backup's newest generation, with its DID keys, into one file."""
    from ledger_recovery.box import admin

    copies = admin.extract(box_directory(box), backup_id, directory)
    text = "\n".join(f"written and read back: {c.path} (generation {c.generation}, {c.size:,} bytes)" for c in copies)
    rows: list[Json] = [{"file": str(c.path), "generation": c.generation, "size": c.size} for c in copies]
    return Outcome(text, {"backup_id": backup_id, "copies": rows})


@command("box-load")
def load(
    file: Annotated[Path, typer.Argument(help="A copy that `box extract` wrote.", show_default=False)],
    *,
    box: BoxOptions,
    output: OutputOptions,
) -> Outcome:
    """Take a copy into this Box, so that its owner can restore from here."""
    from ledger_recovery.box import admin

    done = admin.load(box_directory(box), file)
    text = f"generation {done.generation} of {done.backup_id}: {'taken' if done.new else 'was here already'}"
    return Outcome(text, {"backup_id": done.backup_id, "generation": done.generation, "new": done.new})


@command("box-devices")
def devices(*, box: BoxOptions, output: OutputOptions) -> Outcome:
    """List the computers that are paired with this Box."""
    from ledger_recovery.box import admin
    from ledger_recovery.cli.tables import Column, table

    found = admin.devices(box_directory(box))
    rows: list[Json] = [{"id": d.id, "paired_at": d.paired_at, "backups": d.backups} for d in found]
    columns = (Column("computer"), Column("paired at"), Column("backups", right=True))
    cells = [[d.id, d.paired_at, str(d.backups)] for d in found]
    return Outcome(table(columns, cells, speech.width()) if found else "no computer is paired", {"devices": rows})


@command("box-revoke")
def revoke(
    device: Annotated[str, typer.Argument(help="Its name in `box devices`.", show_default=False)],
    *,
    box: BoxOptions,
    output: OutputOptions,
) -> Outcome:
    """Take a computer's access away; the backups that it made stay."""
    from ledger_recovery.box import admin

    admin.revoke(box_directory(box), device)
    return Outcome("that computer has no access any more", {"device": device})
