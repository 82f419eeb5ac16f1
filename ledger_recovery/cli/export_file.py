"""The command export: the wallet as an encrypted file of our own or of Concordium's wallets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.password import PasswordOptions, VaultOptions, known_password, new_password
from ledger_recovery.cli.settings_for import wallet_settings

if TYPE_CHECKING:
    from ledger_recovery.recover.service.wallet_files import FileFormat

FORMATS = ("own", "desktop", "mobile-android", "mobile-ios")
EXPORT_EXAMPLES = """\b
Examples:
  ledger-recovery export wallet.lrx
  ledger-recovery export --format desktop wallet-export.json
  ledger-recovery export wallet.lrx --replace --password-fd 3 3<password-file
Formats: own (the default: authenticated, all of the wallet), desktop (Concordium Desktop Wallet),
mobile-android and mobile-ios (only what came from a Mobile Wallet file).
"""


@command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="own, desktop, mobile-android or mobile-ios.")
    ] = "own",
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a file that is there, once the new one is verified.")
    ] = False,
    without_vault: Annotated[
        bool, typer.Option("--without-vault", help="Leave the private keys in the vault out of our own format.")
    ] = False,
    *,
    passwords: PasswordOptions,
    vault: VaultOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Write the wallet to an encrypted file.

    The file is read back and decrypted before it gets its name; one that is there is not touched before.
    """
    from ledger_recovery.cli import file_views
    from ledger_recovery.recover.service import wallet_files

    kind = _format(format)
    settings = wallet_settings(place, output)
    needs_vault = wallet_files.check_export(settings, file, kind, replace=replace)
    if kind is not wallet_files.FileFormat.OWN:
        sys.stderr.write(f"warning: {wallet_files.WEAK_FORMAT}\n")
    with new_password(passwords.password_fd, "the file") as password:
        if needs_vault and not (without_vault and kind is wallet_files.FileFormat.OWN):
            with known_password(vault.vault_password_fd, "the vault", "--vault-password-fd") as opening:
                result = wallet_files.export_file(
                    settings, file, kind, password, replace=replace, vault_password=opening
                )
        else:
            result = wallet_files.export_file(settings, file, kind, password, replace=replace)
    return Outcome(file_views.export_text(result), file_views.export_json(result))


def _format(name: str) -> FileFormat:
    from ledger_recovery.errors import InputError
    from ledger_recovery.recover.service.wallet_files import FileFormat

    try:
        return FileFormat(name)
    except ValueError:
        raise InputError(f'there is no file format "{name}"', f"--format takes {', '.join(FORMATS)}") from None
