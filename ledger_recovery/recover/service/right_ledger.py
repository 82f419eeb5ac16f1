"""Whether the connected Ledger is the one that a run means; asked before anything about its accounts leaves here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger_recovery.device.apps.profile import Recognised
from ledger_recovery.device.interaction import DeviceInfo
from ledger_recovery.errors import Cancelled, OtherDevice
from ledger_recovery.recover.events import DeviceReady, Warned
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.service.person import Person


class ReadySession(Protocol):
    """A session whose `ready` was reached."""

    @property
    def info(self) -> DeviceInfo: ...

    async def fingerprint(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Meant:
    """The Ledger that is meant. `expected`: hex that its fingerprint begins with, None for any.

    `known`: fingerprints that the wallet file holds already. `kind`: what its fingerprint is called. `assured`: what
    certainly has not happened yet, said with a refusal.
    """

    expected: str | None
    known: Sequence[str]
    kind: str
    assured: str


async def require_meant(
    session: ReadySession,
    app: Recognised,
    meant: Meant,
    person: Person,
    emit: Callable[[DeviceReady | Warned], None],
    *,
    wire_format: str = "",
) -> DeviceFacts:
    """Tell who the Ledger is, and give its facts for report and journal.

    :raises OtherDevice: it is not the one that was expected.
    :raises Cancelled: the person says that this is not the Ledger meant.
    :raises DeviceError: the driver's.
    """
    fingerprint = await session.fingerprint()
    wanted = (meant.expected or "").lower()
    if not fingerprint.startswith(wanted):
        raise OtherDevice(
            f"this Ledger has the {meant.kind} {fingerprint[:8]}…, not {wanted[:8]}…",
            f"connect the other Ledger, or check its recovery phrase and passphrase; {meant.assured}",
        )
    if meant.known and fingerprint not in meant.known and not await person.other_wallet(fingerprint, meant.known):
        raise Cancelled(
            f"this Ledger is not the one that the wallet file knows; {meant.assured}",
            "check the recovery phrase and the passphrase of the Ledger, or give another --wallet file",
        )
    info = session.info
    emit(DeviceReady(info))
    if info.emulated:
        emit(Warned("the device is an emulator: no real Ledger was asked"))
    return DeviceFacts(
        model=info.model,
        app=app.name,
        app_version=app.version,
        wire_format=wire_format,
        transport=info.path.partition(":")[0],
        emulated=info.emulated,
        fingerprint=fingerprint,
    )
