"""[pure] One sentence for each event of an EVM run: the words of `--plain`, and of the display's lines that stay."""

from __future__ import annotations

from ledger_recovery.cli import sentences
from ledger_recovery.cli.grid import spans
from ledger_recovery.cli.sentences import counted
from ledger_recovery.cli.terminal import printable
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.schemes import path_text
from ledger_recovery.recover.evm import events as ev
from ledger_recovery.recover.evm.model import Place, Use
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.report.ranges import plural

WORDS = {Use.ACTIVE: "used", Use.DUST: "money only", Use.UNUSED: "unused", Use.UNKNOWN: "unknown"}
LETTERS = {Use.ACTIVE: "D", Use.DUST: "D", Use.UNUSED: "A", Use.UNKNOWN: "?"}


def told(event: ev.EvmEvent) -> tuple[str, ...]:
    """The lines that tell an event; () for what stands in the closing text."""
    match event:
        case ev.ChainFailed():
            return (f"chain of {printable(event.source, 80)}: not searched ({printable(event.reason)})",)
        case ev.PlacesDerived():
            return (f"{printable(event.scheme, 60)}: addresses {event.first} to {event.last} are derived",)
        case ev.PlacesAnswered():
            return (f"{printable(event.scheme, 60)}: {_uses(event)}",)
        case ev.SchemeEnded():
            return (f"{printable(event.scheme, 60)}: {stopped(event.stop)}",)
        case ev.SmartAccountsLooked():
            return (_smart(event),)
        case ev.AddressFound():
            return (f"found: {place_text(event.place)}",)
        case ev.AddressShown():
            said = "confirmed" if event.confirmed else "NOT confirmed"
            return (f"{said} on the Ledger: {place_text(event.place)}",)
        case ev.EvmRunEnded():
            return ()
        case _:
            return sentences.told(event)


def stopped(stop: Stop) -> str:
    """Why the walk of a scheme is over."""
    open_ = f", {spans(stop.unknown)} unknown" if stop.unknown else ""
    match stop.reason:
        case StopReason.GAP:
            return f"searched to index {stop.last}, the last ones in a row are unused{open_}"
        case StopReason.CAP:
            return f"ended at index {stop.last}, the highest that was to be asked for{open_}"
        case StopReason.UNANSWERED:
            return f"given up at index {stop.last} for want of answers{open_}"
        case StopReason.FOUND:
            return f"found at index {stop.last}"
        case StopReason.NOT_WALKED:
            return f"not searched past index {stop.last}" if stop.last >= 0 else "not searched"


def addresses(count: int) -> str:
    return plural(count, "address", "addresses")


def place_text(place: Place) -> str:
    return f"{checksum(place.address)} at {printable(place.scheme, 60)} #{place.index}, {path_text(place.path)}"


def _uses(event: ev.PlacesAnswered) -> str:
    parts = []
    for use, word in WORDS.items():
        indices = [index for index, found in event.uses if found is use]
        if indices:
            parts.append(f"{word} {spans(indices)}")
    return ", ".join(parts)


def _smart(event: ev.SmartAccountsLooked) -> str:
    found = counted(event.found, "smart account") if event.found else "no smart account"
    silent = f", {addresses(event.unanswered)} without an answer" if event.unanswered else ""
    return f"{printable(event.chain, 60)}: {found} of {counted(event.owners, 'owner')}{silent}"
