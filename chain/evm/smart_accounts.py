"""Look for smart accounts of owners at one block: Safes by their recipes, others by asking their factories.

Salts count up from 0 and the walk goes on until `gap` of them in a row are unused. What is not answered is told; it
counts neither as used nor as unused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice, permutations
from typing import Final

from chain.errors import ChainError
from chain.evm.abi import AbiError
from chain.evm.account import EvmAccount, Kind
from chain.evm.client import REVERTED, EvmView
from chain.evm.factories import FACTORIES, Factory, address_call, read_account_address
from chain.evm.safe import (
    OWNERS_CALL,
    RECIPES,
    THRESHOLD_CALL,
    SafeCandidate,
    read_owners,
    read_threshold,
    safe_candidates,
)
from chain.evm.smart_model import SmartAccount, SmartFindings
from chain.model import Presence, Sighting, Unanswered

GAP: Final = 5
MAX_SALT: Final = 200
MAX_NAMED: Final = 3
"""Co-owners that a person may name: their order matters, and every order of each choice of them is tried."""
AT_ONCE: Final = 6_000
"""Candidates that are held and asked for together: three co-owners make 7,000 of each address of ours."""
TURN: Final = 500
"""Candidates computed before others get a turn: some 13 ms of hashing."""

Answers = Mapping[bytes, Sighting[EvmAccount] | Unanswered]


@dataclass(slots=True)
class _Group:
    """One owner under one rule: salts below `asked` were asked, those up to `end` will be.

    `factory` None: the Safe recipes, for the first owners given.
    """

    owner: bytes
    first_owners: tuple[bytes, ...]
    end: int
    factory: Factory | None = None
    asked: int = 0

    @property
    def salts(self) -> range:
        return range(self.asked, min(self.end, MAX_SALT))


_Candidate = tuple[_Group, SafeCandidate]


@dataclass(slots=True)
class _Walked:
    """What a walk has so far."""

    found: dict[bytes, SmartAccount] = field(default_factory=dict)
    unanswered: dict[bytes, Unanswered] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    asked: int = 0
    unread: dict[str, None] = field(default_factory=dict)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def findings(self) -> SmartFindings:
        return SmartFindings(
            found=tuple(self.found.values()),
            unanswered=tuple(self.unanswered.values()),
            notes=tuple(self.notes),
            asked=self.asked,
            unread=tuple(self.unread),
        )


async def find_smart_accounts(
    view: EvmView, owners: Sequence[bytes], named: Sequence[bytes] = (), gap: int = GAP
) -> SmartFindings:
    """Every smart account that one of the owners (20 bytes each) alone, or with the named co-owners, leads to.

    All owners are asked together, so that a round costs a few requests whatever their number.

    :raises PointLost: the block is gone; all must be asked again at another.
    """
    walked = _Walked()
    groups = [_Group(owner, first, gap) for owner in owners for first in _owner_sets(owner, named)]
    factories = await _deployed_factories(view, walked)
    groups += [_Group(owner, (owner,), gap, factory) for factory in factories for owner in owners]
    while active := [group for group in groups if group.salts]:
        await _round(view, active, gap, walked)
    await _read_safes(view, walked)
    return walked.findings()


def _owner_sets(owner: bytes, named: Sequence[bytes]) -> list[tuple[bytes, ...]]:
    others = [n for n in dict.fromkeys(named) if n != owner][:MAX_NAMED]
    chosen = (some for count in range(len(others) + 1) for some in combinations(others, count))
    return [order for some in chosen for order in permutations((owner, *some))]


async def _round(view: EvmView, groups: Sequence[_Group], gap: int, walked: _Walked) -> None:
    """Ask the next salts of every group; a hit moves its group's end on."""
    of_factories = await _of_factories(view, [group for group in groups if group.factory is not None], walked)
    safes = [(group, group.salts) for group in groups if group.factory is None]
    for group in groups:
        group.asked = group.salts.stop
    candidates = _in_turn(safes, of_factories)
    while part := await _part(candidates):
        answers = await _looked(view, [c.address for _, c in part], walked)
        holders = await _token_holders(view, answers, walked)
        for group, candidate in part:
            if _take(walked, group.owner, candidate, answers[candidate.address], candidate.address in holders):
                group.end = max(group.end, candidate.salt + 1 + gap)
                if group.end > MAX_SALT:
                    walked.note(f"{candidate.recipe}: salts beyond {MAX_SALT - 1} were not searched")


def _in_turn(safes: Sequence[tuple[_Group, range]], of_factories: Sequence[_Candidate]) -> Iterator[_Candidate]:
    """The Safes of each group at its salts, computed when they are wanted; then those that factories told."""
    for group, salts in safes:
        for safe in safe_candidates([group.first_owners], salts, RECIPES):
            yield group, safe
    yield from of_factories


async def _part(candidates: Iterator[_Candidate]) -> list[_Candidate]:
    """The next ones, computed in turns with whatever else goes on; none when there are no more."""
    part: list[_Candidate] = []
    for _ in range(AT_ONCE // TURN):
        part += islice(candidates, TURN)
        await asyncio.sleep(0)
    return part


async def _of_factories(view: EvmView, groups: Sequence[_Group], walked: _Walked) -> list[_Candidate]:
    asked = [(group, group.factory, salt) for group in groups if group.factory for salt in group.salts]
    answers = await view.try_calls([(factory.address, address_call(g.owner, salt)) for g, factory, salt in asked])
    candidates = []
    for (group, factory, salt), answer in zip(asked, answers, strict=True):
        if isinstance(answer, ChainError) and answer.code != REVERTED:
            # Which address it would have told nobody knows: the owner and the salt stand for it.
            walked.unanswered[factory.address + group.owner + bytes([salt])] = Unanswered(factory.address, answer)
            continue
        try:
            if isinstance(answer, ChainError):
                raise AbiError(answer.detail)
            address = read_account_address(answer)
        except AbiError as error:
            walked.note(f"{factory.name} tells no address for some owners: {error}")
        else:
            candidates.append((group, SafeCandidate(address, factory.name, (group.owner,), 1, salt)))
    return candidates


async def _deployed_factories(view: EvmView, walked: _Walked) -> list[Factory]:
    answers = await _looked(view, [factory.address for factory in FACTORIES], walked)
    return [factory for factory in FACTORIES if _has_code(answers[factory.address])]


async def _read_safes(view: EvmView, walked: _Walked) -> None:
    """Present owners and threshold of every Safe that was found with code."""
    safes = [s for s in walked.found.values() if s.presence is Presence.DEPLOYED and s.recipe.startswith("Safe")]
    answers = await view.try_calls([(s.address, call) for s in safes for call in (OWNERS_CALL, THRESHOLD_CALL)])
    for at, safe in enumerate(safes):
        owners, threshold = answers[2 * at], answers[2 * at + 1]
        try:
            if isinstance(owners, ChainError) or isinstance(threshold, ChainError):
                raise AbiError("the node did not answer")
            read = replace(safe, owners=read_owners(owners), threshold=read_threshold(threshold))
            walked.found[safe.address] = read
        except AbiError as error:
            walked.note(f"the owners of the {safe.recipe} at 0x{safe.address.hex()} are not known: {error}")


async def _looked(view: EvmView, addresses: Sequence[bytes], walked: _Walked) -> Answers:
    answers = {answer.handle: answer async for answer in view.look(addresses)}
    walked.asked += len(answers)
    walked.unanswered |= {a: answer for a, answer in answers.items() if isinstance(answer, Unanswered)}
    return answers


async def _token_holders(view: EvmView, answers: Answers, walked: _Walked) -> frozenset[bytes]:
    """Which of the addresses that seem empty hold a token of the network: money at an account that was never made."""
    empty = [a for a, answer in answers.items() if isinstance(answer, Sighting) and answer.detail is None]
    holders: set[bytes] = set()
    for token in view.network.tokens if empty else ():
        amounts = await view.balances(token, empty) or {}
        holders |= {address for address, amount in amounts.items() if amount}
        if None in amounts.values():
            walked.unread[token.symbol] = None
    return frozenset(holders)


def _take(
    walked: _Walked, owner: bytes, candidate: SafeCandidate, answer: Sighting[EvmAccount] | Unanswered, holds: bool
) -> bool:
    """Keep what exists or `holds` a token; whether it does."""
    if isinstance(answer, Unanswered):
        return False
    account = answer.detail or (EvmAccount(Kind.EOA, 0, 0, 0) if holds else None)
    if account is None:
        return False
    presence = Presence.DEPLOYED if account.code_size else Presence.FUNDED
    walked.found.setdefault(
        candidate.address,
        SmartAccount(
            address=candidate.address,
            presence=presence,
            recipe=candidate.recipe,
            owner=owner,
            salt=candidate.salt,
            first_owners=candidate.owners,
            account=account,
        ),
    )
    return True


def _has_code(answer: Sighting[EvmAccount] | Unanswered) -> bool:
    return isinstance(answer, Sighting) and answer.detail is not None and bool(answer.detail.code_size)
