"""The commands box pair and box unpair: which Identity Box this computer's wallet uses.

The pairing link holds a one-time secret, so it is typed or read from a descriptor or a picture, never an argument.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli import output as speech
from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.questions import agree, line, say
from ledger_recovery.cli.settings_for import wallet_settings
from ledger_recovery.cli.terminal import printable
from ledger_recovery.errors import Cancelled, InputError

if TYPE_CHECKING:
    from ledger_recovery.recover.service.backups import BoxLook, BoxPairing, PairingCode, PairingOffer
    from ledger_recovery.recover.service.settings import Settings

UNTOUCHED = "nothing was paired; the pairing link may be used up by now"
PAIR_EXAMPLES = """\b
Examples:
  ledger-recovery box pair                             asks for the link
  ledger-recovery box pair --picture qr.png            a photo or screenshot of the QR code
  ledger-recovery box pair --url https://box.lan:8519  asks for the 25 typed characters
The Box shows all three with: ledger-recovery box offer
"""


@command("box-pair")
def pair(
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Read the QR code from this picture.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="The Box's address, for a typed code.")
    ] = None,
    offer_fd: Annotated[
        int | None,
        typer.Option("--offer-fd", metavar="N", help="Read the link or code from this descriptor: one line."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; also when this switches Boxes.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Pair this wallet with an Identity Box.

    Shows the Box's name and the fingerprint of its key before the one-time secret is sent to it.
    """
    from ledger_recovery.cli import box_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    offer = _offer(picture, url, offer_fd)
    look = run_to_end(backups.look_at_box(settings, offer, url=url), kept=UNTOUCHED)
    _agree(settings, look, yes=yes)
    found: BoxPairing = run_to_end(backups.pair(settings, offer, url=url), kept=UNTOUCHED)
    return Outcome(box_views.paired_text(found), box_views.paired_json(found), changed=settings)


@command("box-unpair")
def unpair(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Forget the Identity Box, and let it forget this computer. The backups on it stay."""
    from ledger_recovery.cli import box_views
    from ledger_recovery.cli.running import run_to_end
    from ledger_recovery.recover.service import backups

    settings = wallet_settings(place, output)
    agree("Forget the Identity Box? Nothing is saved until one is paired again.", yes=yes, what="forgets the Box")
    result = run_to_end(backups.unpair(settings), kept="")
    return Outcome(box_views.unpaired_text(result), box_views.unpaired_json(result))


def _offer(picture: Path | None, url: str | None, fd: int | None) -> PairingOffer | PairingCode:
    from ledger_recovery.recover.service import backups

    if picture is not None and (url is not None or fd is not None):
        raise InputError("--picture holds the whole offer", "leave out --url and --offer-fd")
    if picture is not None:
        return backups.read_qr(picture)
    if fd is not None:
        from ledger_recovery.cli.password import known_password

        with known_password(fd, "", "--offer-fd") as text:
            return backups.read_offer(text.reveal().decode("utf-8", "replace"), url=url)
    prompt = "Pairing link (ledger-recovery box offer shows it): " if url is None else "The 25 characters: "
    return backups.read_offer(line(prompt, "--offer-fd N or --picture FILE"), url=url)


def _agree(settings: Settings, look: BoxLook, *, yes: bool) -> None:
    """Show which Box answers, and ask; a Box that takes the place of another one is never taken silently.

    :raises InputError: it switches Boxes, and nobody can be asked.
    :raises Cancelled: the person said no.
    """
    from ledger_recovery.cli.password import confirmed
    from ledger_recovery.recover.service import backups

    now = backups.current_box(settings)
    say(f"Identity Box: {printable(look.name)}\nfingerprint:  {backups.fingerprint(look.pin.hex())}")
    if now is not None and now.pin != look.pin.hex():
        say(f"This wallet is paired with another Box: {printable(now.name)} at {printable(now.url)}.")
        agree(
            "Switch to the new one? Backups on the other one stay there, and no new ones go to it.",
            yes=yes,
            what="switches from one Identity Box to another",
        )
    elif speech.interactive() and not yes and not confirmed("Is it the fingerprint that the Box shows?", default=True):
        raise Cancelled("nothing was paired: you said no", "another Box may stand between: look at its address")
