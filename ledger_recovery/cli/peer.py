"""The commands of peers, which are other people's decentralized identifiers under your own names: add, remove, list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.did import NameArgument
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json

PEER_EXAMPLES = """\b
Examples:
  ledger-recovery peer add anna did:ipid:k51qzi5u…
  ledger-recovery peer list
"""


@command("peer-add")
def add(
    name: NameArgument,
    did: Annotated[str, typer.Argument(help="The identifier: did:ipid:…", show_default=False)],
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Add somebody's identifier."""
    from ledger_recovery.cli import contact_views
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    row = backups.peer_add(settings, name, did)
    return Outcome(f"added: {row.did}", {"peer": contact_views.peer_json(row)}, changed=settings)


@command("peer-remove")
def remove(name: NameArgument, *, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Take one out."""
    from ledger_recovery.cli import contact_views
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    row = backups.peer_remove(settings, name)
    return Outcome(f"removed: {row.did}", {"peer": contact_views.peer_json(row)}, changed=settings)


@command("peer-list")
def list_(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """List them by name."""
    from ledger_recovery.cli import contact_views
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    rows = backups.peer_list(settings) if settings.wallet.exists() else ()
    result: dict[str, Json] = {"wallet": str(settings.wallet), "peers": [contact_views.peer_json(row) for row in rows]}
    return Outcome(contact_views.peer_table(rows, speech.width()), result)
