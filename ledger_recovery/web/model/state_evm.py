"""[pure] What the guide shows of an EVM search: its chains and its schemes. A part of `GuideState`.

Nodes stand here by host and port only: their whole addresses may hold keys and never enter a state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ledger_recovery.web.model.letters import Runs, letters_of

MAX_CHAINS: Final = 20
MAX_SCHEMES: Final = 20
MAX_PLACES: Final = 4_000
"""Indices of a scheme that are shown; the journal and the report have all."""


@dataclass(frozen=True, slots=True)
class ChainView:
    """One chain. `source`: its node as host[:port]. `height` None: no block of it is known yet; `age`: seconds.

    `block`: 64 hex, "" before. `failure`: why nothing can be known of it, "" when it answers.
    `smart`: smart accounts found on it; `smart_unanswered`: addresses of possible ones without an answer.
    """

    source: str
    name: str = ""
    height: int | None = None
    block: str = ""
    age: float | None = None
    finality: str = ""
    failure: str = ""
    smart: int = 0
    smart_unanswered: int = 0


@dataclass(frozen=True, slots=True)
class SchemeView:
    """One derivation scheme ("ledger_live"). `runs`: letters of indices 0, 1, …: D used, A unused on every chain,
    ? unknown, . not answered yet. `derived`: indices 0 to derived - 1 were derived, answered or not. `ended`: the code
    of why its walk is over ("gap"), "" while it goes on.
    """

    scheme: str
    runs: Runs = ()
    derived: int = 0
    ended: str = ""
    complete: bool = False

    def count(self, letter: str) -> int:
        return sum(n for one, n in self.runs if one == letter)

    @property
    def letters(self) -> str:
        return letters_of(self.runs)


@dataclass(frozen=True, slots=True)
class EvmView:
    """`gap`: a scheme's walk ends after so many unused indices in a row. `wanted`: the one address that is searched
    for, "" in a search for all; `found`: where it stands ("ledger_live #3, m/44'/60'/3'/0/0"), "" not yet.

    `nodes`: hosts of the nodes that would be asked. `again`: hosts whose address may hold a key, was therefore not
    kept, and has to be typed again. `show`: addresses are compared on the Ledger at the end. `unconfirmed`: places
    of this search, and of the one that it makes wider, whose address was shown there and not confirmed.
    """

    gap: int = 20
    wanted: str = ""
    found: str = ""
    nodes: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    show: bool = False
    unconfirmed: tuple[str, ...] = ()
    chains: tuple[ChainView, ...] = ()
    schemes: tuple[SchemeView, ...] = field(default=())

    @property
    def used(self) -> int:
        """Used places in the grid; one address may stand under two schemes, so the result may have fewer accounts."""
        return sum(scheme.count("D") for scheme in self.schemes)

    @property
    def unknown(self) -> int:
        return sum(scheme.count("?") for scheme in self.schemes)
