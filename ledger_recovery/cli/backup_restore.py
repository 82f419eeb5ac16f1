"""The commands backup drill and backup restore: what the words open, compared with the wallet or brought into it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.backup import QUEUED
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.words_input import WordsOptions, known_words
from ledger_recovery.errors import Cancelled

if TYPE_CHECKING:
    from ledger_recovery.recover.service.backups import RestorePlan

Which = Annotated[
    int | None, typer.Option("--generation", metavar="N", min=1, help="This generation; the newest if left out.")
]
DRILL_EXAMPLES = """\b
Examples:
  ledger-recovery backup drill
Exit status 0: the backup equals the wallet. 3: it opens, and differs.
"""
RESTORE_EXAMPLES = """\b
Examples:
  ledger-recovery backup restore --dry-run
  ledger-recovery backup restore
  ledger-recovery backup restore --file /media/stick/copy.lrb
  ledger-recovery backup restore --generation 12 --accept-older
"""


@command("backup-drill")
def drill(generation: Which = None, *, words: WordsOptions, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Rehearse a restore: fetch, open with the words, compare with the wallet; changes nothing."""
    from ledger_recovery.cli import backup_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    with known_words(words.words_fd, "Words of the backup to rehearse") as secret:
        found = run_to_end(backups.drill(settings, secret, generation), kept=QUEUED)
    return Outcome(backup_views.drill_text(found), backup_views.drill_json(found), backup_views.drill_exit(found))


@command("backup-restore")
def restore(
    generation: Which = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A copy on a disk or stick, instead of the Box.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every decision and write nothing.")] = False,
    accept_older: Annotated[
        bool, typer.Option("--accept-older", help="Take a backup older than the newest that this computer has seen.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    words: WordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Bring a backup into the wallet, empty or not.

    Nothing that the wallet holds is lost or replaced; all of the backup enters, or nothing does. Afterwards this
    computer makes backups under the same words.
    """
    from ledger_recovery.cli import backup_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    with known_words(words.words_fd, "Words of the backup to restore") as secret:
        plan = run_to_end(backups.plan_restore(settings, secret, generation=generation, file=file), kept="")
        result = None
        if not dry_run:
            older = _agreed(plan, yes=yes, accept_older=accept_older)
            work = backups.restore(settings, secret, generation=generation, file=file, accept_older=older)
            result = run_to_end(work, kept=QUEUED)
            plan = result.plan
    text = backup_views.restore_text(plan, result, dry_run=dry_run)
    told = backup_views.restore_json(str(settings.wallet), plan, result, dry_run=dry_run)
    return Outcome(text, told, changed=None if dry_run else settings)


def _agreed(plan: RestorePlan, *, yes: bool, accept_older: bool) -> bool:
    """Whether an older backup may be taken; asks the person, if there is one, about it and about the whole plan.

    :raises Cancelled: the person does not want the restore.
    """
    from ledger_recovery.cli import backup_views
    from ledger_recovery.cli.password import confirmed
    from ledger_recovery.cli.questions import say

    asked = speech.interactive() and not yes
    if not asked:
        return accept_older
    say(backup_views.plan_text(plan))
    question = "Restore this?"
    if plan.rolled_back and not accept_older:
        question = "This is older than the newest that this computer has seen. Restore it all the same?"
    if not confirmed(question, default=not plan.rolled_back):
        raise Cancelled("nothing was restored: you said no")
    return plan.rolled_back or accept_older
