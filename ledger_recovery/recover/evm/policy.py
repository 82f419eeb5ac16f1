"""[pure] What an EVM run searches and when a scheme's walk ends. The rules are named because the report tells them."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.derive.evm.schemes import MAX_INDEX, STANDARD, Scheme

GAP = 20
MAX_GAP = 1_000
CAP = 1_000
DUST_REACH = 200
PATIENCE = 100


@dataclass(frozen=True, slots=True)
class EvmPolicy:
    """One search.

    `gap`: a scheme's walk ends after so many unused indices in a row. `cap`: no index at or beyond it is asked.
    `dust_reach`: money alone, which anybody can send, carries the walk no further than this past the last real use.
    `patience`: indices without an answer in a row after which a scheme is given up, incomplete.
    `find`: an address (20 bytes) to search for; the walk ends when it is found. `co_owners`: of Safes (20 bytes each).
    """

    schemes: tuple[Scheme, ...] = STANDARD
    gap: int = GAP
    cap: int = CAP
    dust_reach: int = DUST_REACH
    patience: int = PATIENCE
    smart_accounts: bool = True
    co_owners: tuple[bytes, ...] = ()
    find: bytes | None = None

    def __post_init__(self) -> None:
        if not self.schemes:
            raise ValueError("nothing to search: no derivation scheme is chosen")
        if len({scheme.name for scheme in self.schemes}) != len(self.schemes):
            raise ValueError("a derivation scheme is chosen twice")
        if not 1 <= self.gap <= MAX_GAP:
            raise ValueError(f"the gap must be 1 to {MAX_GAP}")
        if not self.gap <= self.cap <= MAX_INDEX + 1:
            raise ValueError(f"the cap must be at least the gap ({self.gap}), and at most {MAX_INDEX + 1}")
        if self.dust_reach < self.gap or self.patience < 1:
            raise ValueError("the reach of dust must not be below the gap, and patience is at least 1")
