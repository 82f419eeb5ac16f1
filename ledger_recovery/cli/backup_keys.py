"""The commands backup disable, rotate, kit and age-key: what becomes of keys and words."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from ledger_recovery.cli.backup import NEW_TITLE, NOTHING, QUEUED, WordsOnKit
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.words_input import (
    NEW_WORDS_FD,
    NewWordsOptions,
    WordsOptions,
    hand_over_new_words,
    known_words,
    require_a_way,
)
from ledger_recovery.errors import InputError

NewFile = Annotated[Path, typer.Argument(help="The file to write; it must not exist.", show_default=False)]
ROTATE_EXAMPLES = """\b
Examples:
  ledger-recovery backup rotate --delete-old
  ledger-recovery backup rotate --keep-days 30
  ledger-recovery backup rotate --finish --delete-old   the old backups, when the Box was away at the first try
"""
AGE_KEY_EXAMPLES = """\b
Examples:
  ledger-recovery backup age-key key.txt
  tail -c +4097 bundle > bundle.age
  age -d -i key.txt bundle.age > content
Delete key.txt afterwards: it opens every backup of these words.
"""


@command("backup-disable")
def disable(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Turn automatic backups off and delete this computer's backup keys.

    What is on the Identity Box stays there and can be restored with the words.
    """
    from ledger_recovery.cli import backup_key_views
    from ledger_recovery.cli.questions import agree
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    agree(
        "Turn backups off? What changes from now on is saved nowhere.",
        yes=yes,
        what="turns backups off",
    )
    result = run_to_end(backups.disable(settings), kept="")
    return Outcome(backup_key_views.disable_text(result), backup_key_views.disable_json(result))


@command("backup-rotate")
def rotate(
    delete_old: Annotated[
        bool, typer.Option("--delete-old", help="Delete the backups of the old words at once.")
    ] = False,
    keep_days: Annotated[
        int | None,
        typer.Option("--keep-days", metavar="N", min=1, max=3650, help="Let the Box delete them after N days."),
    ] = None,
    finish: Annotated[
        bool, typer.Option("--finish", help="No new words: end the backups of words that were replaced before.")
    ] = False,
    *,
    words: WordsOptions,
    fresh: NewWordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Take new words: a new backup under new keys, and an end for the old one.

    Who knows the old words can read backups made until now, wherever a copy of them is; not those made from now on.
    """
    from ledger_recovery.cli import backup_key_views, backup_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    if delete_old == (keep_days is not None):
        raise InputError(
            "say what becomes of the backups of the old words", "either --delete-old, or --keep-days N with a number"
        )
    settings = wallet_settings(place, output)
    if not finish:
        require_a_way(fresh.new_words_fd, NEW_WORDS_FD)
    with ExitStack() as stack:
        old = stack.enter_context(known_words(words.words_fd, "The old words, which are to be replaced"))
        if finish:
            work = backups.finish_rotation(settings, old, keep_days=keep_days)
        else:
            new = stack.enter_context(backups.prepare_rotate(settings))
            run_to_end(backups.reach_box(settings), kept=NOTHING)
            hand_over_new_words(new.words, fresh.new_words_fd, NEW_TITLE)
            work = backups.rotate(settings, old, new, keep_days=keep_days)
        result = run_to_end(work, kept=QUEUED)
    return Outcome(
        backup_key_views.rotate_text(result),
        backup_key_views.rotate_json(result),
        backup_views.status_exit(result.status),
    )


@command("backup-kit")
def kit(
    file: NewFile,
    words_on_kit: WordsOnKit = False,
    *,
    words: WordsOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Write a page to print (HTML): Box, fingerprint, date, how to restore, and lines for the 24 words."""
    from ledger_recovery.cli.new_file import require_new, write_new
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    require_new(file)
    held = None
    if words_on_kit or words.words_fd is not None:
        with known_words(words.words_fd, "Words to print on the page") as secret:
            held = backups.words_of(secret)
    write_new(file, backups.kit(settings, held).encode("utf-8"))
    end = "the words are on it: delete the file once it is printed" if held else "write the words on it by hand"
    return Outcome(f"written: {file}; {end}", {"file": str(file), "with_words": held is not None})


@command("backup-age-key")
def age_key(file: NewFile, *, words: WordsOptions, output: OutputOptions) -> Outcome:
    """Write the key with which the `age` tool opens the bundles of these words, without this program."""
    from ledger_recovery.cli.new_file import require_new, write_new
    from ledger_recovery.recover.service import backups

    require_new(file)
    with known_words(words.words_fd, "Words of the backup to open with age") as secret, backups.age_key(secret) as key:
        write_new(file, key.reveal() + b"\n")
    return Outcome(f"written: {file}; it opens every backup of these words, so delete it soon", {"file": str(file)})
