"""The command backup import-idbox: a backup of the original Identity Box into the wallet and onto the paired Box."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.backup import QUEUED
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.password import confirmed, optional_password
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.words_input import WordsOptions, reference_words
from ledger_recovery.errors import Cancelled

if TYPE_CHECKING:
    from ledger_recovery.recover.service.backups import IdboxPlan

IDBOX_EXAMPLES = """\b
Examples:
  ledger-recovery backup import-idbox /media/old-box --dry-run
  ledger-recovery backup import-idbox /media/old-box
  ledger-recovery backup import-idbox backup --peers-only
The words of such a backup are 24 too; this program's own backups are restored with `backup restore`.
"""


@command("backup-import-idbox")
def import_idbox(
    path: Annotated[Path, typer.Argument(help="The old Box's folder, or its backup file alone.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every decision and write nothing.")] = False,
    peers_only: Annotated[
        bool, typer.Option("--peers-only", help="Leave the own identifiers out; needs no Box.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    box_password_fd: Annotated[
        int | None,
        typer.Option("--box-password-fd", metavar="N", help="Read the old Box's password from this descriptor."),
    ] = None,
    *,
    words: WordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Take over a backup of the original Identity Box.

    Its identities become DIDs, whose keys the paired Box gets, and its address book becomes peers.
    """
    from ledger_recovery.cli import contact_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    text = reference_words(words.words_fd, "Words of the old Identity Box backup")
    with ExitStack() as stack:
        password = optional_password(box_password_fd, "the old Box's keys")
        if password is not None:
            stack.enter_context(password)
        plan = backups.plan_idbox(settings, text, path, password)
        result = None
        if not dry_run and not plan.nothing_new:
            _agreed(plan, yes=yes)
            work = backups.import_idbox(settings, text, path, password, peers_only=peers_only)
            result = run_to_end(work, kept=QUEUED)
    told = contact_views.idbox_json(str(settings.wallet), str(path), plan, result, dry_run=dry_run)
    shown = contact_views.idbox_text(plan, result, dry_run=dry_run)
    return Outcome(shown, told, changed=None if dry_run else settings)


def _agreed(plan: IdboxPlan, *, yes: bool) -> None:
    """:raises Cancelled: the person does not want the import."""
    if yes or not speech.interactive():
        return
    from ledger_recovery.cli import contact_views

    sys.stderr.write(contact_views.idbox_plan_text(plan) + "\n")
    if not confirmed("Import this?", default=True):
        raise Cancelled("nothing was imported: you said no")
