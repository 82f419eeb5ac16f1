"""The command import: a wallet file into the wallet; the person reads the plan before anything is written."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.password import PasswordOptions, VaultOptions, confirmed, known_password, new_password
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.errors import Cancelled

if TYPE_CHECKING:
    from ledger_recovery.recover.service.settings import Settings
    from ledger_recovery.recover.service.wallet_files import FilePlan, ImportResult, SecretBytes

IMPORT_EXAMPLES = """\b
Examples:
  ledger-recovery import wallet-export.json --dry-run
  ledger-recovery import wallet-export.json
  ledger-recovery import backup.concordiumwallet --yes --password-fd 3 3<password-file
Afterwards `recover` finds what the file lacked. Exit status 12: wrong password.
"""


@command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An export file of any Concordium wallet or ours.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show every decision and write nothing.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; take a file that names no network as this wallet's.")
    ] = False,
    *,
    passwords: PasswordOptions,
    vault: VaultOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Bring a wallet file into the wallet.

    Nothing that the wallet holds is lost or replaced; all of the file enters, or nothing does.
    """
    from ledger_recovery.cli import file_views
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    with known_password(passwords.password_fd, "the file") as password:
        plan = wallet_files.plan_file(settings, file, password)
        if dry_run or plan.nothing_new:
            result = wallet_files.ImportResult(plan, 0)
        else:
            trusted = yes or _agreed(plan)
            result = _import(settings, file, password, plan, vault.vault_password_fd, trusted=trusted)
    text = file_views.import_text(result, dry_run=dry_run)
    told = file_views.import_json(str(settings.wallet), str(file), result, dry_run=dry_run)
    return Outcome(text, told, changed=None if dry_run else settings)


def _agreed(plan: FilePlan) -> bool:
    """Whether a file that names no network may be imported all the same: only a person can say.

    :raises Cancelled: the person does not want the import.
    """
    if not speech.interactive():
        return False
    from ledger_recovery.cli import file_views

    sys.stderr.write(file_views.plan_text(plan) + "\n")
    question = "Import this?"
    if plan.network_unproven:
        question = "The file does not name its network. Import it all the same?"
    if not confirmed(question, default=not plan.network_unproven):
        raise Cancelled("nothing was imported: you said no")
    return True


def _import(
    settings: Settings, file: Path, password: SecretBytes, plan: FilePlan, vault_fd: int | None, *, trusted: bool
) -> ImportResult:
    from ledger_recovery.recover.service import wallet_files

    with ExitStack() as stack:
        vault_password = None
        if plan.keys_to_vault:
            vault_password = stack.enter_context(_vault_password(vault_fd, new=plan.new_vault))
        return wallet_files.import_file(settings, file, password, vault_password=vault_password, trust_network=trusted)


def _vault_password(fd: int | None, *, new: bool) -> SecretBytes:
    from ledger_recovery.recover.service import wallet_files

    option = "--vault-password-fd"
    if not new:
        return known_password(fd, "the vault", option)
    sys.stderr.write(f"The file holds private keys; the vault keeps them. Note: {wallet_files.FINAL_WHEN_LOST}.\n")
    return new_password(fd, "the vault", option)
