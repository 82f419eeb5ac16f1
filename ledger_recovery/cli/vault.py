"""The commands of the vault, which keeps private keys that came in a file: status, change-password, forget."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.password import PasswordOptions, confirmed, known_password, new_password
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.errors import Cancelled, InputError

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json

VAULT_EXAMPLES = """\b
Examples:
  ledger-recovery vault status
  ledger-recovery vault change-password
  ledger-recovery vault forget --yes
"""


@command("vault-status")
def status(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Tell what the vault holds; needs no password."""
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    held = wallet_files.vault_status(settings) if settings.wallet.exists() else wallet_files.VaultStatus(False)
    items: list[Json] = [{"purpose": e.purpose, "name": e.name, "size": e.size} for e in held.entries]
    lines = [f"{entry.purpose} {entry.name}" for entry in held.entries]
    text = "\n".join([f"vault: {len(lines)} items, encrypted", *lines]) if held.exists else "no vault: none is needed"
    return Outcome(text, {"wallet": str(settings.wallet), "exists": held.exists, "items": items})


@command("vault-change-password")
def change_password(
    new_password_fd: Annotated[
        int | None,
        typer.Option("--new-password-fd", metavar="N", help="Read the new password from this descriptor: one line."),
    ] = None,
    *,
    passwords: PasswordOptions,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Put the vault under another password."""
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    if not wallet_files.vault_status(settings).exists:
        raise InputError("this wallet has no vault", "nothing is missing; Ledger accounts need no vault")
    sys.stderr.write(f"Note: {wallet_files.FINAL_WHEN_LOST}.\n")
    with (
        known_password(passwords.password_fd, "the vault") as old,
        new_password(new_password_fd, "the vault", "--new-password-fd") as new,
    ):
        wallet_files.change_vault_password(settings, old, new)
    told: Json = {"wallet": str(settings.wallet), "changed": True}
    return Outcome("the vault has its new password", told, changed=settings)


@command("vault-forget")
def forget(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Delete the vault and every private key in it.

    Accounts of a Ledger do not depend on it. What came from a phone must be imported from its file again.
    """
    from ledger_recovery.recover.service import wallet_files

    settings = wallet_settings(place, output)
    held = wallet_files.vault_status(settings)
    if held.entries and not yes:
        if not speech.interactive():
            raise InputError("this deletes private keys for good", "export them first; then add --yes")
        question = f"Delete {len(held.entries)} items of private keys for good? No recovery brings them back."
        if not confirmed(question, default=False):
            raise Cancelled("the vault was left as it is: you said no")
    count = wallet_files.forget_vault(settings)
    told: Json = {"wallet": str(settings.wallet), "forgotten": count}
    return Outcome(f"the vault is gone, with {count} items", told, changed=settings)
