"""The commands backup enable, status, now, watch, list and verify: what runs by itself, and how it stands."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.words_input import (
    NEW_WORDS_FD,
    WORDS_FD,
    NewWordsOptions,
    WordsOptions,
    hand_over_new_words,
    known_words,
    require_a_way,
)
from ledger_recovery.errors import InputError, LedgerRecoveryError

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.backups import BackupStatus, EnableResult
    from ledger_recovery.recover.service.settings import Settings

NOTHING = "nothing was changed; run the command again"
QUEUED = "what changed stays queued; continue with: ledger-recovery backup now"
NOW_SECONDS = 120.0
"""How long `backup now` works on one backup at most."""
JOIN_TITLE = "Words of the backup that this computer joins"
NEW_TITLE = "The 24 words of your new backup"
ENABLE_EXAMPLES = """\b
Examples:
  ledger-recovery backup enable                       new words, shown once and asked back
  ledger-recovery backup enable --print-kit kit.html  and a page to print
  ledger-recovery backup enable --join                words that you have already, from another computer
Pair with an Identity Box first: ledger-recovery box pair
"""
WATCH_EXAMPLES = """\b
Examples:
  ledger-recovery backup watch
Ends with Ctrl-C. Without it each command that changes the wallet saves by itself.
"""

PrintKit = Annotated[
    Path | None, typer.Option("--print-kit", metavar="FILE", help="Write a page to print (HTML), mode 0600.")
]
WordsOnKit = Annotated[
    bool, typer.Option("--words-on-kit", help="Print the words on the page; else it has lines to write them on.")
]


@command("backup-enable")
def enable(
    join: Annotated[bool, typer.Option("--join", help="Use words that you have; --words-fd does too.")] = False,
    print_kit: PrintKit = None,
    words_on_kit: WordsOnKit = False,
    *,
    words: WordsOptions,
    fresh: NewWordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Turn automatic backups on.

    Shows 24 new words once and asks three of them back; they are the only way to read a backup. From then on every
    change of the wallet is saved on the Identity Box by itself. This computer cannot read what it saves.
    """
    from ledger_recovery.cli.new_file import require_new

    settings = wallet_settings(place, output)
    if words_on_kit and print_kit is None:
        raise InputError("--words-on-kit goes with --print-kit", "name the file of the page: --print-kit kit.html")
    if print_kit is not None:
        require_new(print_kit)
    if join or words.words_fd is not None:
        require_a_way(words.words_fd, WORDS_FD)
        return _join(settings, words.words_fd, print_kit, words_on_kit=words_on_kit)
    require_a_way(fresh.new_words_fd, NEW_WORDS_FD)
    return _enable_new(settings, fresh.new_words_fd, print_kit, words_on_kit=words_on_kit)


def _enable_new(settings: Settings, fd: int | None, kit: Path | None, *, words_on_kit: bool) -> Outcome:
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    with ExitStack() as stack:
        new = stack.enter_context(backups.prepare_enable(settings))
        run_to_end(backups.reach_box(settings), kept=NOTHING)
        hand_over_new_words(new.words, fd, NEW_TITLE)
        result = run_to_end(backups.enable(settings, new), kept=QUEUED)
        return _enabled(settings, result, kit, new.words if words_on_kit else None)


def _join(settings: Settings, fd: int | None, kit: Path | None, *, words_on_kit: bool) -> Outcome:
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    with known_words(fd, JOIN_TITLE) as secret:
        result = run_to_end(backups.enable_with_words(settings, secret), kept=QUEUED)
        return _enabled(settings, result, kit, backups.words_of(secret) if words_on_kit else None)


def _enabled(settings: Settings, result: EnableResult, kit: Path | None, words: tuple[str, ...] | None) -> Outcome:
    """Backups are on; a page that cannot be written changes nothing about that, and can be written later."""
    from ledger_recovery.cli import backup_key_views, backup_views
    from ledger_recovery.cli.new_file import write_new
    from ledger_recovery.recover.service import backups

    failure: LedgerRecoveryError | None = None
    if kit is not None:
        try:
            write_new(kit, backups.kit(settings, words).encode("utf-8"))
        except LedgerRecoveryError as error:
            failure, kit = error, None
    text, told = backup_key_views.enable_text(result, kit), backup_key_views.enable_json(result, kit)
    status = backup_views.status_exit(result.status) if failure is None else failure.exit_status
    return Outcome(text, told, status, failure)


@command("backup-status")
def status(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Tell how the backup stands: off, saved, pending, failing or in conflict. The Box is not asked.

    Exit status 19 while it is failing or in conflict.
    """
    from ledger_recovery.recover.service import backups

    return _told(backups.status(wallet_settings(place, output)))


@command("backup-now")
def now(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Save now what is queued, without waiting for the next try."""
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    return _told(run_to_end(backups.now(settings), kept=QUEUED))


@command("backup-watch")
def watch(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Keep saving what other commands and programs change, until Ctrl-C."""
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.errors import Cancelled
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)

    def emit(told: BackupStatus) -> None:
        sys.stderr.write(f"{backups.status_line(told)}\n")
        sys.stderr.flush()

    try:
        run_to_end(backups.watch(settings, emit), kept=QUEUED)
    except Cancelled:
        sys.stderr.write("stopped watching; changes stay queued\n")
    return _told(backups.status(settings))


@command("backup-list")
def list_(
    ask: Annotated[
        bool, typer.Option("--ask-words", help="List the backups of words, on a computer that makes none under them.")
    ] = False,
    *,
    words: WordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """List the generations that the Identity Box has."""
    from ledger_recovery.cli import backup_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    with ExitStack() as stack:
        secret = None
        if ask or words.words_fd is not None:
            secret = stack.enter_context(known_words(words.words_fd, "Words of the backup to list"))
        found = run_to_end(backups.list_generations(settings, secret), kept=QUEUED)
    rows: list[Json] = [backup_views.generation_json(g) for g in found]
    return Outcome(backup_views.generations_text(found, speech.width()), {"generations": rows})


@command("backup-verify")
def verify(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Fetch the newest backup and check digest, order and signatures; needs no words.

    Only `backup drill` shows that your words open it.
    """
    from ledger_recovery.cli import backup_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    found = run_to_end(backups.verify(wallet_settings(place, output)), kept=QUEUED)
    return Outcome(backup_views.verify_text(found), backup_views.verify_json(found))


def _told(status: BackupStatus) -> Outcome:
    from ledger_recovery.cli import backup_views

    return Outcome(
        backup_views.status_text(status), {"status": backup_views.status_json(status)}, backup_views.status_exit(status)
    )
