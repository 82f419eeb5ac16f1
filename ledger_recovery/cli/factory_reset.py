"""The command factory-reset: says what it erases, offers a backup first, wants a typed word, then really erases."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.questions import line, say
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.words_input import WordsOptions, known_words
from ledger_recovery.errors import Cancelled, InputError

if TYPE_CHECKING:
    from ledger_recovery.recover.service.backups import ResetPlan
    from ledger_recovery.recover.service.settings import Settings

TYPED = "erase"
"""What has to be typed, or given with --confirm."""

RESET_EXAMPLES = """\b
Examples:
  ledger-recovery factory-reset --dry-run
  ledger-recovery factory-reset
  ledger-recovery factory-reset --on-box       the backups on the Identity Box too; needs the 24 words
The Ledger and what is on chain are not touched: `recover` finds the accounts again.
"""


@command("factory-reset")
def factory_reset(
    on_box: Annotated[
        bool, typer.Option("--on-box", help="Delete the backups on the Identity Box too; asks for the words.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")] = False,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Do not offer a backup first.")] = False,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar=TYPED.upper(), help=f'For programs: the word "{TYPED}".')
    ] = None,
    *,
    words: WordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Erase the wallet and this computer's keys for good.

    Says first what goes, here and on the Box, offers a backup, and wants a typed word.
    """
    from ledger_recovery.cli import backup_key_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    plan = backups.reset_plan(settings)
    if dry_run:
        return Outcome(backup_key_views.reset_plan_text(plan, on_box=on_box), backup_key_views.reset_json(plan, None))
    say(backup_key_views.reset_plan_text(plan, on_box=on_box))
    if not no_backup:
        _offer_backup(settings, plan)
    _typed(confirm)
    with ExitStack() as stack:
        secret = None
        if on_box:
            secret = stack.enter_context(known_words(words.words_fd, "Words of the backup to delete on the Box"))
        result = run_to_end(backups.factory_reset(settings, secret, on_box=on_box), kept="run it again to go on")
    return Outcome(backup_key_views.reset_text(result), backup_key_views.reset_json(plan, result))


def _offer_backup(settings: Settings, plan: ResetPlan) -> None:
    """Save what is queued first, if the person wants it; without backups, say how to keep something.

    :raises Cancelled: the person wanted it and it could not be made.
    """
    from ledger_recovery.cli.password import confirmed
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    if not speech.interactive():
        return
    kind = plan.status.kind
    if kind is backups.BackupKind.SAVED:
        return
    if kind is backups.BackupKind.OFF:
        say("Backups are off. To keep what is here, stop now and run: ledger-recovery export FILE")
        return
    if not confirmed("The newest changes are in no backup. Make one first?", default=True):
        return
    told = run_to_end(backups.now(settings), kept="nothing was erased")
    say(backups.status_line(told))
    if told.kind is not backups.BackupKind.SAVED:
        raise Cancelled("nothing was erased: no backup could be made", "see why, or add --no-backup")


def _typed(given: str | None) -> None:
    """:raises InputError: another word. :raises Cancelled: the person typed something else."""
    if given is not None:
        if given != TYPED:
            raise InputError(f'--confirm takes the word "{TYPED}"', "nothing was erased")
        return
    if line(f'This cannot be undone. Type "{TYPED}" to go on: ', f"--confirm {TYPED}") != TYPED:
        raise Cancelled(f'nothing was erased: what was typed is not "{TYPED}"')
