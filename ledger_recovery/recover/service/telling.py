"""The driver's Interaction in a run: its calls become events, and its questions go on to the person."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceInfo, ExpectedScreen, Notice
from ledger_recovery.recover.events import ApprovalExpected, ApprovalSettled, DeviceNoticed
from ledger_recovery.recover.service.person import Person

Told = ApprovalExpected | ApprovalSettled | DeviceNoticed


class Telling:
    """`identity`: whose request stands on the device; None for a request of no identity."""

    def __init__(self, person: Person, emit: Callable[[Told], None]) -> None:
        self._person = person
        self._emit = emit
        self.identity: IdentityRef | None = None

    def notice(self, notice: Notice) -> None:
        self._person.notice(notice)
        self._emit(DeviceNoticed(notice))

    def expect(self, screen: ExpectedScreen) -> None:
        self._person.expect(screen)
        self._emit(ApprovalExpected(self.identity, screen))

    def settled(self, approved: bool) -> None:
        self._person.settled(approved)
        self._emit(ApprovalSettled(self.identity, approved))

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        return await self._person.choose(devices)

    async def may_open_app(self, app: str) -> bool:
        return await self._person.may_open_app(app)
