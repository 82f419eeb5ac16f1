"""The look-ups of one identity index: ask, journal, tell; again at another block when the pinned one is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chain.concordium.account import CredentialSighting
from chain.errors import BadAnswer, ChainError, PointLost
from chain.model import Sighting, Unanswered
from ledger_recovery.derive.address import account_address
from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.recover.events import CellsAnswered, Emit
from ledger_recovery.recover.journal import BY_ADDRESS, DIRECT, Journal
from ledger_recovery.recover.model import CellKey, IndexOutcome
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.scan import (
    Answer,
    Evidence,
    IndexKeys,
    address_questions,
    cell,
    conclude,
    direct_questions,
    list_matches,
)
from ledger_recovery.recover.service.pinned import PinnedChain, View

FLUSH_EVERY = 25
"""Answers that share one durable write."""

Ask = Callable[[Sequence[bytes]], AsyncIterator[Sighting[CredentialSighting] | Unanswered]]


@dataclass(slots=True)
class IndexWork:
    """One index on its way. `known`: highest counter per scheme in the wallet. `generation`: block of its evidence."""

    keys: IndexKeys
    evidence: Evidence = field(default_factory=Evidence)
    known: Mapping[KeyScheme, int] = field(default_factory=dict)
    generation: int = 0


class Lookups:
    """Answers indices of one run through one pinned chain into one journal."""

    def __init__(self, run_id: str, policy: ScanPolicy, pinned: PinnedChain, journal: Journal, emit: Emit) -> None:
        self._run_id = run_id
        self._policy = policy
        self._pinned = pinned
        self._journal = journal
        self._emit = emit

    async def answer(self, work: IndexWork) -> IndexOutcome:
        """Ask until every planned cell has been asked at one block.

        :raises NodeError: the block was lost too often.
        :raises StorageError: an answer could not be made durable.
        """
        while True:
            generation, view = self._pinned.current
            if work.generation != generation:
                work.evidence, work.generation = Evidence(), generation
            try:
                await self._ask_directly(work, view)
                if self._policy.mode.uses_list:
                    await self._consult_list(work)
                    await self._ask_directly(work, view)
                    await self._ask_addresses(work, view)
            except PointLost:
                await self._pinned.lost(generation)
                continue
            if generation == self._pinned.generation:
                return conclude(work.keys, self._policy, work.evidence, work.known)

    async def _ask_directly(self, work: IndexWork, view: View) -> None:
        while due := direct_questions(work.keys, self._policy, work.evidence, work.known):
            handles = {work.keys.cred_id(k): k for k in due}
            await self._ask(work, view.look, handles, work.evidence.direct, DIRECT)

    async def _ask_addresses(self, work: IndexWork, view: View) -> None:
        if due := address_questions(work.keys, self._policy, work.evidence):
            handles = {account_address(work.keys.cred_id(k)): k for k in due}
            await self._ask(work, view.look_by_address, handles, work.evidence.by_address, BY_ADDRESS)

    async def _consult_list(self, work: IndexWork) -> None:
        if work.evidence.listed is not None:
            return
        try:
            found = await self._pinned.account_list(work.generation)
        except PointLost:
            raise
        except ChainError as error:
            reason = f"the account list could not be read: {error.detail}"
            work.evidence.list_error = (error.code, reason)
        else:
            work.evidence.listed = list_matches(work.keys, found.addresses)
            work.evidence.list_source = found.source
        self._journal.store_listing(self._run_id, work.keys.identity, work.evidence)

    async def _ask(
        self, work: IndexWork, ask: Ask, handles: Mapping[bytes, CellKey], into: dict[CellKey, Answer], kind: str
    ) -> None:
        """Put the questions; whatever is not answered is recorded as open, so that nothing can be lost silently."""
        fresh: dict[CellKey, Answer] = {}
        open_handles = dict(handles)
        error: ChainError = BadAnswer("the node client gave no answer to this question", code="NO_ANSWER")
        try:
            async for answer in ask(tuple(handles)):
                key = open_handles.pop(answer.handle, None)
                if key is None:
                    continue
                fresh[key] = answer
                if len(fresh) >= FLUSH_EVERY:
                    fresh = self._flush(work, fresh, into, kind)
        except PointLost:
            raise
        except ChainError as failed:
            error = failed
        fresh |= {key: Unanswered(handle, error, error.tries) for handle, key in open_handles.items()}
        self._flush(work, fresh, into, kind)

    def _flush(
        self, work: IndexWork, fresh: dict[CellKey, Answer], into: dict[CellKey, Answer], kind: str
    ) -> dict[CellKey, Answer]:
        self._journal.store_answers(self._run_id, kind, fresh)
        into.update(fresh)
        cells = tuple(cell(k, work.keys, work.evidence) for k in sorted(fresh, key=lambda k: k.sort_key))
        self._emit(CellsAnswered(work.keys.identity, cells))
        return {}
