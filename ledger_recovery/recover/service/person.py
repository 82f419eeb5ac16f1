"""[pure] What a run asks a person beyond the device: go on or stop, another Ledger, decline once more?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import Interaction, Silent
from ledger_recovery.recover.policy import StopAdvice


class Person(Interaction, Protocol):
    """The person at the device. All calls come from the event loop; look-ups go on while an answer is awaited."""

    async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
        """The wallet file knows other Ledgers only (fingerprints, 64 hex): go on? Asked before any look-up."""
        ...

    async def go_on(self, identity: IdentityRef, advice: StopAdvice | None) -> bool:
        """Open-ended walk: approve this next index (True), or stop here? `advice` when stopping is suggested."""
        ...

    async def declined(self, identity: IdentityRef) -> bool:
        """The request was declined on the device: ask once more (True), or leave this index unknown?"""
        ...


class Automatic(Silent):
    """A person that always goes on and never insists: for runs with a fixed range or a limit of empty indices."""

    async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
        return True

    async def go_on(self, identity: IdentityRef, advice: StopAdvice | None) -> bool:
        return True

    async def declined(self, identity: IdentityRef) -> bool:
        return False
