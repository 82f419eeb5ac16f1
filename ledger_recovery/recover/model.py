"""[pure] Cells: what a scan knows of each (identity, key scheme, counter), with three values and the evidence.

The one rule of this file: nothing but a positive answer makes a cell DEPLOYED or ABSENT; the default is UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

from chain.concordium.account import CredentialSighting
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme


@unique
class CellState(Enum):
    DEPLOYED = "deployed"
    ABSENT = "absent"
    UNKNOWN = "unknown"

    @property
    def letter(self) -> str:
        """D, A or ?: shown with the colour, never the colour alone."""
        return "?" if self is CellState.UNKNOWN else self.value[0].upper()


@unique
class Basis(Enum):
    """What an answer rests on.

    DIRECT: the credential ID was looked up at the pinned block. LIST: only the account list was consulted, which shows
    first credentials of accounts and cannot see later ones. BOTH: both, and they agree. NONE: nothing answered.
    """

    DIRECT = "direct"
    LIST = "list"
    BOTH = "both"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CellKey:
    identity: IdentityRef
    scheme: KeyScheme
    counter: int

    @property
    def sort_key(self) -> tuple[tuple[int, int], str, int]:
        return (self.identity.sort_key, self.scheme.value, self.counter)

    def __str__(self) -> str:
        return f"{self.identity} {self.scheme.value} #{self.counter}"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One source contradicts another about a cell; both statements in words."""

    source: str
    said: str
    other: str
    other_said: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One answered or unanswered question.

    `cred_id`: 48 bytes; None only for the counter with PRF key + counter = 0, which has no credential ID.
    `sighting`: set exactly when DEPLOYED. `reason`: set exactly when UNKNOWN (a stable code, then words).
    """

    key: CellKey
    cred_id: bytes | None
    state: CellState = CellState.UNKNOWN
    basis: Basis = Basis.NONE
    sources: tuple[str, ...] = ()
    tries: int = 0
    sighting: CredentialSighting | None = None
    reason_code: str = ""
    reason: str = ""
    disagreements: tuple[Disagreement, ...] = ()

    def __post_init__(self) -> None:
        if (self.state is CellState.DEPLOYED) != (self.sighting is not None):
            raise ValueError("a cell is DEPLOYED exactly when it carries a sighting")
        if self.state is CellState.UNKNOWN and self.basis is not Basis.NONE:
            raise ValueError("an UNKNOWN cell rests on nothing")
        if self.state is not CellState.UNKNOWN and self.basis is Basis.NONE:
            raise ValueError("an answered cell says what it rests on")


@unique
class IndexStatus(Enum):
    """How far an identity index got.

    SCANNED: credential IDs are known and asked. DECLINED: the person pressed Decline; SKIPPED: never asked.
    DECLINED and SKIPPED indices are unknown as a whole and count as used when the next free index is named.
    """

    SCANNED = "scanned"
    DECLINED = "declined"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """All cells of one identity index, sorted by (scheme, counter), and what was concluded of it.

    A cell that is not listed was not asked; `asked` is what the completeness statement counts.
    """

    identity: IdentityRef
    status: IndexStatus
    cells: tuple[Cell, ...] = ()

    @property
    def deployed(self) -> tuple[Cell, ...]:
        return tuple(c for c in self.cells if c.state is CellState.DEPLOYED)

    @property
    def unknown(self) -> tuple[Cell, ...]:
        return tuple(c for c in self.cells if c.state is CellState.UNKNOWN)

    @property
    def empty(self) -> bool:
        """Scanned, every cell answered, nothing found. An index with UNKNOWN cells is never empty."""
        return (
            self.status is IndexStatus.SCANNED
            and bool(self.cells)
            and all(c.state is CellState.ABSENT for c in self.cells)
        )

    @property
    def used(self) -> bool:
        return any(c.state is CellState.DEPLOYED for c in self.cells)
