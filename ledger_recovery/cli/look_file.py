"""The commands inspect and verify: what a wallet file holds, and what it lacks of the wallet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.password import PasswordOptions, known_password, optional_password
from ledger_recovery.cli.settings_for import wallet_settings

FileArgument = Annotated[Path, typer.Argument(help="The wallet file.", show_default=False)]
INSPECT_EXAMPLES = """\b
Examples:
  ledger-recovery inspect wallet-export.json
  ledger-recovery inspect wallet.lrx --json --password-fd 3 3<password-file
"""
VERIFY_EXAMPLES = """\b
Examples:
  ledger-recovery verify wallet.lrx
Exit status 0: sound, and lacks nothing of the wallet. 3: sound, but not all of the wallet is in it.
"""


@command("inspect")
def inspect(file: FileArgument, *, passwords: PasswordOptions, output: OutputOptions) -> Outcome:
    """Tell what a wallet file is and what is in it.

    Without a password: its kind and protection. With it: names and addresses; of private keys only that they are there.
    """
    from ledger_recovery.cli import file_views
    from ledger_recovery.recover.service import wallet_files

    found = wallet_files.inspect_file(file, None)
    password = optional_password(passwords.password_fd, "the file")
    if password is not None:
        with password:
            found = wallet_files.inspect_file(file, password)
    return Outcome(file_views.inspection_text(found), file_views.inspection_json(found))


@command("verify")
def verify(file: FileArgument, *, passwords: PasswordOptions, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Check a backup: decrypt it, check what is in it, and compare it with the wallet."""
    from ledger_recovery.cli import file_views
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    with known_password(passwords.password_fd, "the file") as password:
        found = wallet_files.verify_file(settings, file, password)
    return Outcome(
        file_views.verification_text(found), file_views.verification_json(str(file), found), file_views.verdict(found)
    )
