"""[pure] Result blocks of an EVM report: accounts, smart accounts, placeholders, and what stayed unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chain.evm.account import EvmAccount
from chain.evm.smart_model import SmartAccount
from chain.model import Presence, Sighting, Unanswered
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.schemes import path_text
from ledger_recovery.recover.evm.model import AddressOutcome, Place
from ledger_recovery.recover.evm.reconcile import nonce_of, threshold_of
from ledger_recovery.recover.evm.report.model import (
    AbsentAt,
    AccountBlock,
    ChainFactsBlock,
    PlaceholderBlock,
    PlaceRef,
    SmartBlock,
    TokenBlock,
    UnknownBlock,
)
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.wallet.evm_checks import MAX_SCHEME

_U64_MAX = 2**64 - 1
_NOT_ASKED = ("NOT_ASKED", "no chain was asked about it")


def place_ref(place: Place) -> PlaceRef:
    return PlaceRef(scheme=clean(place.scheme, MAX_SCHEME), index=place.index, path=path_text(place.path))


def account_blocks(result: EvmResult) -> list[AccountBlock]:
    """Every used address, by its first place."""
    refs = _refs(result)
    shown = frozenset(result.shown)
    return [_account(outcome, refs, result, shown) for outcome in _in_order(result.used, result)]


def smart_blocks(result: EvmResult) -> list[SmartBlock]:
    """Every smart account once a chain and owner, by chain and address."""
    found = sorted(result.smart, key=lambda pair: (pair[0], pair[1].address, pair[1].owner))
    return [_smart(chain_id, account, result) for chain_id, account in found]


def placeholder_blocks(result: EvmResult) -> list[PlaceholderBlock]:
    """Every skipped place, with the blocks at which its address was absent."""
    return [
        PlaceholderBlock(
            **place_ref(place), address=checksum(place.address), absent_at=_absent_at(result, place.address)
        )
        for place in sorted(result.placeholders, key=_scheme_order(result))
    ]


def unknown_blocks(result: EvmResult) -> list[UnknownBlock]:
    """Every address and chain without an answer. A number below 1 stands for a chain whose node never told its ID."""
    refs = _refs(result)
    return [block for outcome in _in_order(result.unknown, result) for block in _unknown(outcome, refs)]


def _account(
    outcome: AddressOutcome, refs: dict[bytes, list[PlaceRef]], result: EvmResult, shown: frozenset[bytes]
) -> AccountBlock:
    said = {chain: answer for chain, answer in outcome.answers.items() if isinstance(answer, Sighting)}
    return AccountBlock(
        address=checksum(outcome.address),
        places=refs.get(outcome.address, []),
        use=outcome.use.value,
        shown=outcome.address in shown,
        chains=[_facts(chain, account) for chain, account in sorted(outcome.accounts.items())],
        absent_on=sorted(c for c, a in said.items() if a.presence is Presence.ABSENT and c not in outcome.tokens_on),
        unanswered_on=sorted(chain for chain in outcome.unanswered if chain > 0),
        tokens=_tokens(result, outcome.address),
    )


def _facts(chain_id: int, account: EvmAccount) -> ChainFactsBlock:
    return ChainFactsBlock(
        chain_id=chain_id,
        kind=account.kind.value,
        nonce=nonce_of(account),
        balance=str(account.balance),
        code_size=min(account.code_size, _U64_MAX),  # a node may claim more, and the report must still be made
        delegate=None if account.delegate is None else checksum(account.delegate),
    )


def _tokens(result: EvmResult, address: bytes, only: int | None = None) -> list[TokenBlock]:
    """What an address holds, and what could not be read; tokens that it has none of are left out."""
    held = (h for h in result.holdings.get(address, ()) if h.amount != 0 and only in (None, h.chain_id))
    return [
        TokenBlock(
            chain_id=h.chain_id,
            token=checksum(h.token),
            symbol=clean(h.symbol, 64),
            decimals=h.decimals,
            amount=None if h.amount is None else str(h.amount),
        )
        for h in sorted(held, key=lambda h: (h.chain_id, h.symbol, h.token))
    ]


def _smart(chain_id: int, account: SmartAccount, result: EvmResult) -> SmartBlock:
    return SmartBlock(
        chain_id=chain_id,
        address=checksum(account.address),
        state=account.presence.value,
        recipe=clean(account.recipe, 64),
        owner=checksum(account.owner),
        salt=str(account.salt),
        first_owners=[checksum(owner) for owner in account.first_owners],
        owners=[checksum(owner) for owner in account.owners],
        threshold=threshold_of(account),
        still_owner=account.still_owner,
        nonce=nonce_of(account.account),
        balance=str(account.account.balance),
        tokens=_tokens(result, account.address, only=chain_id),
    )


def _absent_at(result: EvmResult, address: bytes) -> list[AbsentAt]:
    outcome = result.outcomes.get(address)
    heights = {chain.chain_id: chain.point.height for chain in result.chains if chain.point is not None}
    answers = {} if outcome is None else outcome.answers
    return [
        AbsentAt(chain_id=chain, height=heights[chain])
        for chain, answer in sorted(answers.items(), key=lambda pair: pair[0])
        if isinstance(answer, Sighting) and answer.presence is Presence.ABSENT and chain in heights
    ]


def _unknown(outcome: AddressOutcome, refs: dict[bytes, list[PlaceRef]]) -> Iterator[UnknownBlock]:
    address, places = checksum(outcome.address), refs.get(outcome.address, [])
    if not outcome.answers:
        code, reason = _NOT_ASKED
        yield UnknownBlock(address=address, places=places, chain_id=None, reason_code=code, reason=reason, tries=0)
    for chain, answer in sorted(outcome.answers.items(), key=lambda pair: pair[0]):
        if isinstance(answer, Unanswered):
            yield UnknownBlock(
                address=address,
                places=places,
                chain_id=chain if chain > 0 else None,
                reason_code=clean(answer.error.code, 64),
                reason=clean(answer.error.detail),
                tries=max(0, answer.tries),
            )


def _refs(result: EvmResult) -> dict[bytes, list[PlaceRef]]:
    """The places of every address, in the order of the search."""
    found: dict[bytes, list[PlaceRef]] = {}
    for place in sorted(result.places, key=_scheme_order(result)):
        found.setdefault(place.address, []).append(place_ref(place))
    return found


def _in_order(outcomes: tuple[AddressOutcome, ...], result: EvmResult) -> list[AddressOutcome]:
    key = _scheme_order(result)
    ranks = {p.address: rank for rank, p in reversed(list(enumerate(sorted(result.places, key=key))))}
    return sorted(outcomes, key=lambda outcome: (ranks.get(outcome.address, len(ranks)), outcome.address))


def _scheme_order(result: EvmResult) -> Callable[[Place], tuple[int, str, int]]:
    """Schemes as the policy lists them, indices upwards."""
    listed = {scheme.name: number for number, scheme in enumerate(result.policy.schemes)}
    return lambda place: (listed.get(place.scheme, len(listed)), place.scheme, place.index)
