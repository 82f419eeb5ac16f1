"""[pure] Which app a session speaks to: how it is recognised, and the question whose answer tells wallets apart.

What a session does about locks, unplugged cables and late answers is the same for every app and lies elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.question import Question


class Recognised(Protocol):
    """An open app that a session may speak to; its `str` is name and version."""

    @property
    def name(self) -> str:
        """As the device reports it."""
        ...

    @property
    def version(self) -> str:
        """As the device reports it."""
        ...


App = TypeVar("App", bound=Recognised)


@dataclass(frozen=True, slots=True)
class AppProfile(Generic[App]):
    """The right app of a session.

    `name`: what the dashboard is asked to open, and what a person is told to open. `identify`: raises WrongApp,
    AppTooOld or AppUnknown. `fingerprint`: asks the identified app for the wallet's 64 hex digits, silently; no
    answer about the open app may read as its answer.
    """

    name: str
    identify: Callable[[OpenApp], App]
    fingerprint: Callable[[App], Question[str]]

    def wallet_question(self, app: OpenApp) -> Question[str]:
        """The fingerprint's question to the open app; errors as of `identify`."""
        return self.fingerprint(self.identify(app))
