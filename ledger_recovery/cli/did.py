"""The commands of the person's own decentralized identifiers: create, list, show, delete, publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.terminal import printable

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json

NameArgument = Annotated[str, typer.Argument(help="Your name for it.", show_default=False)]
KEPT = "what was done is kept; see: ledger-recovery did list"
DID_EXAMPLES = """\b
Examples:
  ledger-recovery did create work
  ledger-recovery did list
  ledger-recovery did show work
The Identity Box makes and holds the private keys; they are saved, encrypted, with your backup.
"""


@command("did-create")
def create(name: NameArgument, *, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Let the Identity Box make a new identifier."""
    from ledger_recovery.cli import contact_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    row = run_to_end(backups.did_create(settings, name), kept=KEPT)
    return Outcome(f"created: {row.did}", {"did": contact_views.did_json(row)}, changed=settings)


@command("did-list")
def list_(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """List your identifiers."""
    from ledger_recovery.cli import contact_views
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    rows = backups.did_list(settings) if settings.wallet.exists() else ()
    result: dict[str, Json] = {"wallet": str(settings.wallet), "dids": [contact_views.did_json(row) for row in rows]}
    return Outcome(contact_views.did_table(rows, speech.width()), result)


@command("did-show")
def show(name: NameArgument, *, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Show one with its document, which is public."""
    from ledger_recovery.cli import contact_views
    from ledger_recovery.recover.service import backups

    row = backups.did_show(wallet_settings(place, output), name)
    return Outcome(contact_views.did_text(row), {"did": contact_views.did_json(row)})


@command("did-delete")
def delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Delete one here, and its keys on the Identity Box.

    Older backups still hold it until the Box drops them.
    """
    from ledger_recovery.cli import contact_views
    from ledger_recovery.cli.questions import agree
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    row = backups.did_show(settings, name)
    agree(f"Delete {row.did} and its private keys?", yes=yes, what="deletes the private keys of a DID")
    gone = run_to_end(backups.did_delete(settings, name), kept=KEPT)
    return Outcome(contact_views.deleted_text(gone), contact_views.deleted_json(gone), changed=settings)


@command("did-publish")
def publish(name: NameArgument, *, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Ask the Identity Box to publish its document, if that Box publishes at all."""
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    said = run_to_end(backups.did_publish(wallet_settings(place, output), name), kept=KEPT)
    return Outcome(printable(said), {"name": name, "sentence": said})
