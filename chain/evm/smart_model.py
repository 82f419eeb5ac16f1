"""[pure] Smart accounts that a key owns, as found at one block."""

from __future__ import annotations

from dataclasses import dataclass

from chain.evm.account import EvmAccount
from chain.model import Presence, Unanswered


@dataclass(frozen=True, slots=True)
class SmartAccount:
    """A contract account whose address follows from an owner and a salt.

    `presence`: DEPLOYED, or FUNDED: something lies at the address, and the account was never made.
    `account`: all zero where only a token of the network lies at the address.
    `owner`: the key of ours that led to it; `first_owners`: all of its making. `owners` and `threshold`: as the chain
    says now, () and None when it is no Safe, is not deployed, or could not be read.
    """

    address: bytes
    presence: Presence
    recipe: str
    owner: bytes
    salt: int
    first_owners: tuple[bytes, ...]
    account: EvmAccount
    owners: tuple[bytes, ...] = ()
    threshold: int | None = None

    @property
    def still_owner(self) -> bool | None:
        """Whether `owner` is an owner now; None when that is not known."""
        return self.owner in self.owners if self.owners else None


@dataclass(frozen=True, slots=True)
class SmartFindings:
    """`unanswered`: what could not be asked, by address, or by the factory that did not tell one. `asked`: addresses.

    `notes`: what could not be read, a sentence each. `unread`: symbols of tokens that could not be read of all.
    """

    found: tuple[SmartAccount, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    notes: tuple[str, ...] = ()
    asked: int = 0
    unread: tuple[str, ...] = ()
