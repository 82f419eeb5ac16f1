"""[pure] What an import would do: every item of the file with its decision, the changes, and what a person must know.

Nothing in a plan is secret.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum, unique

from ledger_recovery.wallet.changes import Change


@unique
class Kind(StrEnum):
    NETWORK = "network"
    LEDGER = "Ledger"
    IDENTITY = "identity"
    ACCOUNT = "account"
    CREDENTIAL = "credential"
    EXTERNAL_CREDENTIAL = "co-holder credential"
    ADDRESS_BOOK = "address book entry"
    EVM_ACCOUNT = "EVM account"
    SMART_ACCOUNT = "smart account"


@unique
class Outcome(StrEnum):
    """ADDED: new to the wallet. MERGED: known, and something of it was taken. KNOWN: nothing to take. LEFT_OUT: not
    taken at all, because it cannot be or because it contradicts the wallet."""

    ADDED = "added"
    MERGED = "merged"
    KNOWN = "already there"
    LEFT_OUT = "left out"


class OutcomeCounts(ABC):
    """How many items of a plan had each outcome."""

    __slots__ = ()

    @abstractmethod
    def outcomes(self) -> Iterable[Outcome]:
        """The outcome of each item."""

    @property
    def added(self) -> int:
        return self._count(Outcome.ADDED)

    @property
    def merged(self) -> int:
        return self._count(Outcome.MERGED)

    @property
    def known(self) -> int:
        return self._count(Outcome.KNOWN)

    @property
    def left_out(self) -> int:
        return self._count(Outcome.LEFT_OUT)

    def _count(self, outcome: Outcome) -> int:
        return sum(1 for one in self.outcomes() if one is outcome)


@dataclass(frozen=True, slots=True)
class Decision:
    """One item of the file. `subject`: what it is called or its address; `reason`: why it was decided so."""

    kind: Kind
    subject: str
    outcome: Outcome
    reason: str

    def describe(self) -> str:
        return f"{self.kind} {self.subject}: {self.outcome}; {self.reason}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that file and wallet tell differently, or that a person should know. `code` is stable.

    The wallet's own version stays; `sentence` says what to do about it.
    """

    code: str
    kind: Kind
    subject: str
    sentence: str

    def describe(self) -> str:
        return f"{self.kind} {self.subject}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """`changes`: to be applied from first to last, in one transaction; empty when the file brings nothing new.

    `decisions`: in the file's order, table by table. `network_unproven`: the file names no network, so nothing shows
    that it belongs to the wallet's; ask the person before applying.
    """

    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]
    conflicts: tuple[Conflict, ...]
    network_unproven: bool = False

    @property
    def nothing_new(self) -> bool:
        return not self.changes
