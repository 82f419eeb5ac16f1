"""One chain of an EVM run: its block, and what is known of every address at that one block.

A lost block is pinned anew a few times, and then everything that was answered is asked again: answers of two blocks
never stand together. A chain that stays silent is left alone for the rest of the run, with every address unknown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chain.errors import ChainError, NodeUnavailable, PointLost
from chain.evm.account import Token
from chain.evm.client import EvmChain, EvmView
from chain.evm.networks import EvmNetwork
from chain.evm.smart_accounts import find_smart_accounts
from chain.evm.smart_model import SmartAccount, SmartFindings
from chain.model import Point, Sighting, Unanswered
from ledger_recovery.recover.events import Pinned, Warned
from ledger_recovery.recover.evm.events import ChainFailed, EvmEmit, SmartAccountsLooked
from ledger_recovery.recover.evm.model import Answer, Holding
from ledger_recovery.recover.evm.result import ChainFacts

MAX_REPINS = 3
"""A node that keeps losing blocks is not worth a fourth try."""

MOST_NOTES = 20
NOT_ASKED = "NOT_ASKED"
OLD_SECONDS = 3600.0
"""Finality takes a quarter of an hour on most chains; a newest block that is older than this is worth a word."""

OnPoint = Callable[[int, str, Point], None]
OnAnswers = Callable[[int, Collection[Answer]], None]


@dataclass(slots=True)
class _Known:
    """What one block said. `owners`: those whose smart accounts were looked for."""

    answers: dict[bytes, Answer] = field(default_factory=dict)
    owners: dict[bytes, None] = field(default_factory=dict)
    smart: list[SmartFindings] = field(default_factory=list)
    holdings: dict[bytes, tuple[Holding, ...]] = field(default_factory=dict)

    def unread(self) -> tuple[str, ...]:
        """Tokens of which some balance is not known."""
        of_addresses = [held.symbol for holdings in self.holdings.values() for held in holdings if held.amount is None]
        of_smart = [symbol for findings in self.smart for symbol in findings.unread]
        return tuple(dict.fromkeys([*of_addresses, *of_smart]))


class ChainSide:
    """`key`: the chain's ID, or a negative number of its own for a node that never told one."""

    def __init__(self, client: EvmChain, key: int, emit: EvmEmit, on_point: OnPoint, on_answers: OnAnswers) -> None:
        self._client = client
        self._emit = emit
        self._on_point = on_point
        self._on_answers = on_answers
        self._view: EvmView | None = None
        self._known = _Known()
        self._dead: ChainError | None = None
        self._notes: list[str] = []
        self.key = key
        self.network: EvmNetwork | None = None
        self.confirmed = False
        self.repins = 0
        self._resets = 0

    @property
    def label(self) -> str:
        """Of the node: host and port, never the URL."""
        return self._client.sources[0]

    @property
    def name(self) -> str:
        return self.label if self.network is None else self.network.name

    @property
    def alive(self) -> bool:
        return self._dead is None

    @property
    def why_not(self) -> str:
        """Why it is not alive, one sentence; "" while it is."""
        return "" if self._dead is None else self._dead.detail

    async def identify(self) -> None:
        """Ask which chain this is; a node that does not say is given up for this run."""
        try:
            self.network = await self._client.network()
            self.key = self.network.chain_id
        except ChainError as error:
            self._give_up(error)

    async def pin(self, at: bytes | None = None, answers: Mapping[bytes, Answer] | None = None) -> None:
        """Pin the newest block; or `at` (32 bytes) again if the node still knows it, and `answers` of it still hold."""
        if self._view is not None or self._dead is not None:
            return
        try:
            try:
                view = await self._client.pin(at)
            except PointLost:
                view = await self._client.pin()
        except ChainError as error:
            self._give_up(error)
            return
        same = at is not None and view.point.block_hash == at
        if same and answers:
            self._known.answers |= {a: answer for a, answer in answers.items() if isinstance(answer, Sighting)}
        self._take(view, again=at is not None and not same)

    async def look(self, addresses: Iterable[bytes]) -> None:
        """Make every address of these known here, or unanswered."""
        missing = [a for a in dict.fromkeys(addresses) if a not in self._known.answers]
        if missing:
            self._known.answers |= {a: self._silence(a) for a in missing}
            await self._at_one_block(lambda view: self._ask(view, missing))

    async def look_for_smart_accounts(self, owners: Iterable[bytes], named: Sequence[bytes]) -> None:
        """Look for smart accounts of the owners that were not looked for yet."""
        new = [owner for owner in dict.fromkeys(owners) if owner not in self._known.owners]
        if new:
            await self._at_one_block(lambda view: self._ask_smart(view, new, named))

    async def look_for_tokens(self, addresses: Iterable[bytes]) -> None:
        """Read the balances of the network's tokens, of addresses that were not read yet."""
        new = [a for a in dict.fromkeys(addresses) if a not in self._known.holdings]
        if new and self.network is not None and self.network.tokens:
            await self._at_one_block(lambda view: self._ask_tokens(view, new))

    async def confirm(self) -> bool:
        """Prove that answers and block stand; False when one does not: what rests on the answers is to be redone."""
        before = self.state
        await self._at_one_block(self._confirm)
        return self.state == before

    @property
    def state(self) -> tuple[int, bool]:
        """Another one than before means that answers were forgotten, and smart accounts and tokens with them."""
        return (self._resets, self.alive)

    def answer(self, address: bytes) -> Answer | None:
        return self._known.answers.get(address)

    @property
    def smart(self) -> tuple[SmartAccount, ...]:
        return tuple(account for findings in self._known.smart for account in findings.found)

    @property
    def holdings(self) -> Mapping[bytes, tuple[Holding, ...]]:
        return self._known.holdings

    def facts(self) -> ChainFacts:
        found = self._known.smart
        return ChainFacts(
            chain_id=None if self.network is None else self.network.chain_id,
            name=self.name,
            source=self.label,
            point=None if self._view is None else self._view.point,
            way="" if self._view is None else self._view.way,
            why="" if self._view is None else self._view.why,
            confirmed=self.confirmed,
            smart_asked=sum(findings.asked for findings in found),
            smart_unanswered=sum(len(findings.unanswered) for findings in found),
            tokens_unread=self._known.unread(),
            notes=tuple(self._notes[:MOST_NOTES]),
            repins=self.repins,
            failure=None if self._dead is None else (self._dead.code, self._dead.detail),
        )

    async def close(self) -> None:
        await self._client.close()

    async def _at_one_block(self, work: Callable[[EvmView], Awaitable[None]]) -> None:
        """Do some work; whenever its block is lost, pin another, ask for all addresses again, and do it once more.

        Smart accounts and tokens are forgotten with the block: the run asks for them until nothing is missing.
        """
        while self._view is not None and self._dead is None:
            try:
                await work(self._view)
                return
            except PointLost as error:
                await self._repin(error)
            except ChainError as error:
                self._give_up(error)

    async def _repin(self, lost: PointLost) -> None:
        wanted = self._forget()
        if self.repins >= MAX_REPINS:
            self._give_up(lost)
            return
        try:
            view = await self._client.pin()
        except ChainError as error:
            self._give_up(error)
            return
        self.repins += 1
        self._take(view, again=True)
        await self._at_one_block(lambda view: self._ask(view, wanted))

    def _forget(self) -> list[bytes]:
        """Everything answered so far; gives the addresses, which are unknown now."""
        wanted = list(self._known.answers)
        self._known = _Known(answers={address: self._silence(address) for address in wanted})
        self._resets += 1
        return wanted

    def _take(self, view: EvmView, *, again: bool) -> None:
        self._view = view
        self.confirmed = False
        self._on_point(self.key, self.label, view.point)
        self._emit(Pinned(view.point, again))
        if view.point.age_seconds > OLD_SECONDS:
            age = timedelta(minutes=round(view.point.age_seconds / 60))
            told = f"the block at which {self.name} is asked is {str(age)[:-3]} hours old: later uses are not seen"
            self._emit(Warned(told))

    async def _ask(self, view: EvmView, addresses: Sequence[bytes]) -> None:
        answers: dict[bytes, Answer] = {answer.handle: answer async for answer in view.look(addresses)}
        self._known.answers |= answers
        self._on_answers(self.key, answers.values())
        silent = [a for a in answers.values() if isinstance(a, Unanswered)]
        if answers and len(silent) == len(answers):
            # Each further question would take as long as these did, and bring as much.
            self._give_up(silent[0].error)

    async def _ask_smart(self, view: EvmView, owners: Sequence[bytes], named: Sequence[bytes]) -> None:
        findings = await find_smart_accounts(view, owners, named)
        self._known.owners |= dict.fromkeys(owners)
        self._known.smart.append(findings)
        for note in findings.notes:
            self._note(note)
        self._emit(
            SmartAccountsLooked(self.name, len(owners), findings.asked, len(findings.found), len(findings.unanswered))
        )

    async def _ask_tokens(self, view: EvmView, addresses: Sequence[bytes]) -> None:
        found: dict[bytes, tuple[Holding, ...]] = dict.fromkeys(addresses, ())
        for token in view.network.tokens:
            amounts = await self._balances(view, token, addresses)
            if amounts is None:
                self._note(f"no contract stands at the address given for {token.symbol}, so nobody holds any of it")
                continue
            for address in addresses:
                holding = Holding(self.key, token.address, token.symbol, token.decimals, amounts.get(address))
                found[address] = (*found[address], holding)
        self._known.holdings |= found

    async def _balances(
        self, view: EvmView, token: Token, addresses: Sequence[bytes]
    ) -> Mapping[bytes, int | None] | None:
        """As of the view; an error is told, and leaves the amounts unknown."""
        try:
            return await view.balances(token, addresses)
        except PointLost:
            raise
        except ChainError as error:
            self._emit(Warned(f"the balances of {token.symbol} on {self.name} are not known: {error.detail}"))
            return dict.fromkeys(addresses)

    def _note(self, note: str) -> None:
        if note not in self._notes:
            self._notes.append(note)

    async def _confirm(self, view: EvmView) -> None:
        sightings = {a: said for a, said in self._known.answers.items() if isinstance(said, Sighting)}
        try:
            if await view.contradicts(sightings):
                self._emit(Warned(f"{self.name} answered otherwise when asked plainly: all of it is asked again so"))
                await self._ask(view, self._forget())
                return
            await view.confirm()
        except PointLost:
            raise
        except ChainError as error:
            self._emit(Warned(f"the block of {self.name} could not be confirmed: {error.detail}"))
            return
        self.confirmed = True

    def _give_up(self, error: ChainError) -> None:
        self._dead = error
        self.confirmed = False
        unasked = [a for a, said in self._known.answers.items() if _not_asked(said)]
        self._known.answers |= {address: Unanswered(address, error) for address in unasked}
        name = "" if self.network is None else self.network.name
        self._emit(ChainFailed(self.label, error.code, error.detail, name))
        self._emit(
            Warned(f"{self.name} gives no answers in this run, so every address is unknown there: {error.detail}")
        )

    def _silence(self, address: bytes) -> Unanswered:
        """Until it is answered: a chain that is given up leaves it so."""
        return Unanswered(address, self._dead or NodeUnavailable("it was not asked", code=NOT_ASKED))


def _not_asked(answer: Answer) -> bool:
    return isinstance(answer, Unanswered) and answer.error.code == NOT_ASKED
