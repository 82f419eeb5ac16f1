"""[pure] One sentence for each event of a run: the words of `--plain`, and of the live display's lines that stay."""

from __future__ import annotations

from collections.abc import Iterable

from ledger_recovery.cli.grid import spans
from ledger_recovery.cli.picture import model_name, sentence
from ledger_recovery.cli.terminal import printable
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import Cell, CellState, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import StopAdvice
from ledger_recovery.wallet.model import KeyStatus

KEY_SENTENCES = {
    KeyStatus.CAN_SIGN: "this Ledger can sign",
    KeyStatus.PARTLY: "this Ledger holds one of its keys, and more must sign",
    KeyStatus.KEYS_CHANGED: "its keys were changed, this Ledger cannot sign with this credential",
    KeyStatus.NOT_CHECKED: "the keys were not checked",
}


def told(event: ev.Event) -> tuple[str, ...]:
    """The lines that tell an event; () for what moves a counter (ListProgress) or stands in the closing text."""
    match event:
        case ev.RunBegan():
            return (f"{event.kind} {printable(event.run_id, 40)} on {printable(event.network, 40)}",)
        case ev.Pinned():
            return (_pinned(event),)
        case ev.Warned():
            return (f"warning: {printable(event.text)}",)
        case ev.ListReady():
            origin = "from the cache" if event.cached else f"from {printable(event.source, 80)}"
            return (f"account list: {event.count:,} accounts {origin}",)
        case ev.ListFailed():
            return (f"account list: not available ({printable(event.reason)})",)
        case _:
            return _told_of_device(event)


def _told_of_device(event: ev.Event) -> tuple[str, ...]:
    match event:
        case ev.DeviceNoticed() if event.notice.state is DeviceState.AWAITING_APPROVAL:
            return ()  # ApprovalExpected says it, with the screens
        case ev.DeviceNoticed():
            return (notice(event.notice),)
        case ev.DeviceReady():
            return (f"Ledger ready: {device(event.device)}",)
        case ev.ApprovalExpected():
            return (f"{_subject(event.identity)}: {sentence(event.screen)}",)
        case ev.ApprovalSettled():
            said = "approved" if event.approved else "declined"
            return (f"{_subject(event.identity)}: {said} on the Ledger",)
        case ev.CellsAnswered():
            return tuple(_cells(event.identity, event.cells))
        case ev.IndexConcluded():
            return (concluded(event.outcome),)
        case _:
            return _told_of_wallet(event)


def _told_of_wallet(event: ev.Event) -> tuple[str, ...]:
    match event:
        case ev.StopSuggested():
            return (advice(event.advice),)
        case ev.KeyChecked():
            return (f"account {printable(event.address, 64)}: {KEY_SENTENCES[event.status]}",)
        case ev.ChangesPlanned():
            return tuple(f"conflict: {printable(line)}" for line in event.conflicts)
        case ev.ChangesApplied():
            return (f"wallet: {counted(event.rows, 'row')} written",)
        case _:
            return ()


def notice(said: Notice) -> str:
    stop = "" if said.sentence.endswith((".", "?", "!")) else "."
    return printable(f"device: {said.sentence}{f'{stop} {said.action}' if said.action else ''}")


def device(info: DeviceInfo) -> str:
    app = f"{printable(info.app, 40)} {printable(info.app_version, 20)}".strip() or info.state.value
    mark = f", fingerprint {info.fingerprint[:8]}…" if info.fingerprint else ""
    return f"{model_name(info.model)}, {app}{mark}{', emulated' if info.emulated else ''}"


def advice(given: StopAdvice) -> str:
    """What a stop rests on, in facts."""
    empty = (
        f"the last {given.empty_in_a_row} identity indices" if given.empty_in_a_row > 1 else "the last identity index"
    )
    verb = "are" if given.empty_in_a_row > 1 else "is"
    found = counted(given.accounts_found, "account")
    return f"{empty} {verb} empty: {printable(given.basis)}; {found} found before; stopping here is reasonable"


def concluded(outcome: IndexOutcome) -> str:
    """What an identity index came to."""
    if outcome.status is IndexStatus.DECLINED:
        return f"{outcome.identity}: declined, stays unknown as a whole"
    if outcome.status is IndexStatus.SKIPPED:
        return f"{outcome.identity}: not asked, stays unknown as a whole"
    if outcome.empty:
        return f"{outcome.identity}: empty"
    parts = [counted(len(outcome.deployed), "credential") if outcome.deployed else "no credential"]
    if outcome.unknown:
        parts.append(f"{counted(len(outcome.unknown), 'cell')} unknown: this index is not known to be complete")
    return f"{outcome.identity}: {', '.join(parts)}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _subject(identity: IdentityRef | None) -> str:
    return "request" if identity is None else str(identity)


def _pinned(event: ev.Pinned) -> str:
    point = event.point
    block = f"block {point.height:,} ({point.block_hash.hex()[:8]}…, {point.age_seconds:.0f} s old)"
    nodes = ", ".join(printable(s, 80) for s in point.sources)
    again = "the node lost the earlier block, everything is asked again at " if event.again else "pinned "
    return f"{again}{block} of {printable(point.network, 40)}, known to {nodes}"


def _cells(identity: IdentityRef, cells: Iterable[Cell]) -> Iterable[str]:
    """One line a key scheme: which counters are deployed, absent, unknown, and why unknown."""
    every = tuple(cells)
    for scheme in identity.schemes:
        mine = [c for c in every if c.key.scheme is scheme]
        if mine:
            yield f"{identity} v{scheme.keygen_version}: {_counters(mine)}"


def _counters(cells: list[Cell]) -> str:
    parts = []
    for state in (CellState.DEPLOYED, CellState.ABSENT, CellState.UNKNOWN):
        numbers = [c.key.counter for c in cells if c.state is state]
        if numbers:
            parts.append(f"{state.value} {spans(numbers)}")
    reasons = dict.fromkeys(printable(c.reason, 160) for c in cells if c.state is CellState.UNKNOWN and c.reason)
    because = f" ({'; '.join(list(reasons)[:3])})" if reasons else ""
    differing = sum(1 for c in cells if c.disagreements)
    disagree = f"; sources disagree on {counted(differing, 'cell')}" if differing else ""
    return ", ".join(parts) + because + disagree
