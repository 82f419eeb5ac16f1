"""The commands box serve and box offer: run an Identity Box, and let one more computer pair with it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions

if TYPE_CHECKING:
    from ledger_recovery.box.publisher import Publisher

SERVE_EXAMPLES = """\b
Examples:
  ledger-recovery box serve                                         for this computer only
  ledger-recovery box serve --host 0.0.0.0 --public-host box.lan    for the others too
Ends with Ctrl-C or SIGTERM.
"""
OFFER_EXAMPLES = """\b
Examples:
  ledger-recovery box offer
Each offer pairs one computer, once, within ten minutes.
"""


@dataclass(frozen=True, slots=True)
class BoxOptions:
    """Which Box of this computer."""

    dir: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Everything of the Box; default: box in the data directory."),
    ] = None


@command("box-serve")
def serve(
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="Shown to people who pair.")] = "Identity Box",
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Listen here.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")] = 8519,
    public_host: Annotated[
        str | None, typer.Option("--public-host", metavar="NAME", help="How other computers reach it.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=1, help="Newest generations kept of each backup (30).")
    ] = None,
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--keep-days", metavar="N", min=0, help="Drop older generations after N days; 0 (default): never."
        ),
    ] = None,
    metrics_open: Annotated[
        bool, typer.Option("--metrics-open", help="Answer /metrics to every address, not to this computer only.")
    ] = False,
    kubo: Annotated[
        str | None,
        typer.Option(
            "--kubo", metavar="URL", help="Publish DIDs through this Kubo RPC; without it nothing is published."
        ),
    ] = None,
    *,
    box: BoxOptions,
    output: OutputOptions,
) -> Outcome:
    """Run an Identity Box: it keeps backups that it cannot read.

    Shows a pairing offer as QR code, link and typed code. Its key is made at the first start.
    """
    from ledger_recovery.box.config import BoxConfig, BoxLimits
    from ledger_recovery.box.serve import serve as run

    given = {"generations_kept": keep, "retention_days": keep_days}
    limits = BoxLimits(**{limit: number for limit, number in given.items() if number is not None})
    config = BoxConfig(box_directory(box), name, host, port, public_host, metrics_open, limits)
    run(config, out=sys.stderr, publisher=_publisher(kubo))
    return Outcome("the Box has stopped", {"dir": str(config.directory)})


@command("box-offer")
def offer(
    minutes: Annotated[int, typer.Option("--minutes", metavar="N", min=1, max=1440, help="Until it expires.")] = 10,
    *,
    box: BoxOptions,
    output: OutputOptions,
) -> Outcome:
    """Make a new pairing offer, also while the Box runs."""
    import io

    from ledger_recovery.box import admin
    from ledger_recovery.box.offering import write_offer

    made = admin.offer(box_directory(box), seconds=60 * minutes)
    text = io.StringIO()
    write_offer(made, text)
    return Outcome(
        text.getvalue().strip("\n"),
        {
            "name": made.name,
            "url": made.url,
            "fingerprint": made.fingerprint.replace(" ", ""),
            "link": made.link,
            "code": made.code,
            "expires": made.expires,
        },
    )


def box_directory(box: BoxOptions) -> Path:
    """The directory that was given, or the one of this user."""
    if box.dir is not None:
        return box.dir.expanduser()
    from ledger_recovery.cli.config import platform_directories

    return platform_directories().data / "box"


def _publisher(url: str | None) -> Publisher | None:
    if url is None:
        return None
    from ledger_recovery.box.kubo import KuboPublisher

    return KuboPublisher(url)
