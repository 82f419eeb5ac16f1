"""[pure] From one state and one event of an EVM run to the next state. Never raises, never grows without bound.

As `reducing`, with whose states it shares what both families have. Nodes are told of by the labels of the events only.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from chain.model import Point
from ledger_recovery.derive.evm.schemes import path_text
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.evm import events as evm
from ledger_recovery.recover.evm.model import Place, Use
from ledger_recovery.recover.evm.report import build_evm_report
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.letters import with_letters
from ledger_recovery.web.model.reducing_shared import begun, cut, device_told, ended, logged, planned, warned
from ledger_recovery.web.model.state import GuideState
from ledger_recovery.web.model.state_evm import MAX_CHAINS, MAX_PLACES, MAX_SCHEMES, ChainView, EvmView, SchemeView
from ledger_recovery.web.model.summary_evm import summarise_evm

_LETTERS = {Use.ACTIVE: "D", Use.DUST: "D", Use.UNUSED: "A", Use.UNKNOWN: "?"}


def reduce_evm(state: GuideState, event: evm.EvmEvent, at: float = 0.0) -> GuideState:
    """The state after an event of an EVM run.

    :param at: seconds since the guide began, for the log and for how long a request has been waiting.
    """
    changed = _after(state, event, at)
    return replace(changed, version=state.version + 1)


def chain_seen(view: EvmView, point: Point) -> EvmView:
    """The view with the facts of a chain's block; a failure that was told before is over."""
    source = cut(point.sources[0] if point.sources else "", 200)
    name = cut(point.network, 64)
    place = _place_of(view.chains, source, name)
    known = view.chains[place] if place is not None else ChainView(source)
    seen = replace(
        known,
        name=name,
        height=point.height,
        block=point.block_hash.hex()[:64],
        age=point.age_seconds,
        finality=point.finality.value,
        failure="",
    )
    return _with_chain(view, place, seen)


def chain_failed(view: EvmView, source: str, name: str, reason: str) -> EvmView:
    """The view with a chain of which nothing can be known. `name`: "" when its node never told it."""
    source, name = cut(source, 200), cut(name, 64)
    place = _place_of(view.chains, source, name)
    known = view.chains[place] if place is not None else ChainView(source, name)
    return _with_chain(view, place, replace(known, failure=cut(reason) or "no answer"))


def _after(state: GuideState, event: evm.EvmEvent, at: float) -> GuideState:
    match event:
        case ev.Warned():
            return warned(state, event.text)
        case ev.DeviceNoticed() | ev.DeviceReady() | ev.ApprovalExpected() | ev.ApprovalSettled():
            return device_told(state, event, at)
        case ev.ChangesPlanned():
            return planned(state, event)
        case ev.ChangesApplied():
            return state
        case ev.RunBegan():
            fresh = event.kind == "recover" or event.run_id != state.search.run_id
            return replace(begun(state, event, at), step=steps.LOOKING_UP, evm=_searched_anew(state.evm, fresh=fresh))
        case ev.Pinned():
            seen = replace(state, evm=_pinned(state.evm, event))
            return logged(seen, at, "block lost, another pinned" if event.again else "block pinned")
        case evm.ChainFailed():
            failed = chain_failed(state.evm, event.source, event.chain, event.reason)
            return logged(replace(state, evm=failed), at, f"chain failed {event.code}")
        case evm.AddressShown():
            told = logged(state, at, f"address {'confirmed' if event.confirmed else 'not confirmed'}")
            return replace(told, evm=_compared(state.evm, event))
        case evm.EvmRunEnded():
            return _ended(state, event, at)
        case _:
            return replace(state, evm=_walked(state.evm, event))


def _walked(
    view: EvmView,
    event: evm.PlacesDerived | evm.PlacesAnswered | evm.SchemeEnded | evm.SmartAccountsLooked | evm.AddressFound,
) -> EvmView:
    match event:
        case evm.PlacesDerived(scheme, _, last):
            one = _scheme(view, scheme)
            return _with_scheme(view, replace(one, derived=max(one.derived, min(last + 1, MAX_PLACES))))
        case evm.PlacesAnswered(scheme, uses):
            one = _scheme(view, scheme)
            letters = {index: _LETTERS[use] for index, use in uses if 0 <= index < MAX_PLACES}
            runs = with_letters(one.runs, letters)
            return _with_scheme(view, replace(one, runs=runs, derived=max(one.derived, sum(n for _, n in runs))))
        case evm.SchemeEnded(scheme, stop, _):
            over = replace(_scheme(view, scheme), ended=stop.reason.value, complete=stop.complete)
            return _with_scheme(view, over)
        case evm.SmartAccountsLooked():
            return _smart_accounts(view, event)
        case evm.AddressFound():
            return replace(view, found=_where(event.place))


def _compared(view: EvmView, event: evm.AddressShown) -> EvmView:
    """An address that the person cancelled may have differed: that is told until it is confirmed."""
    place = _where(event.place)
    others = tuple(one for one in view.unconfirmed if one != place)
    return replace(view, unconfirmed=others if event.confirmed else (*others, place)[-MAX_SCHEMES:])


def _searched_anew(view: EvmView, *, fresh: bool) -> EvmView:
    """What a beginning run shows: its chains are asked anew; of the same run, the grid stays until it is told again."""
    chains = tuple(ChainView(chain.source, chain.name) for chain in view.chains)
    schemes = () if fresh else tuple(replace(scheme, ended="", complete=False) for scheme in view.schemes)
    return replace(view, found="", chains=chains, schemes=schemes)


def _pinned(view: EvmView, event: ev.Pinned) -> EvmView:
    """With a lost block goes everything that it said; smart accounts are looked for again."""
    seen = chain_seen(view, event.point)
    if not event.again:
        return seen
    place = _place_of(seen.chains, cut(event.point.sources[0] if event.point.sources else "", 200), event.point.network)
    return seen if place is None else _with_chain(seen, place, replace(seen.chains[place], smart=0, smart_unanswered=0))


def _smart_accounts(view: EvmView, event: evm.SmartAccountsLooked) -> EvmView:
    name = cut(event.chain, 64)
    place = next((n for n, chain in enumerate(view.chains) if chain.name == name), None)
    if place is None:
        return view
    chain = view.chains[place]
    more = replace(chain, smart=chain.smart + event.found, smart_unanswered=chain.smart_unanswered + event.unanswered)
    return _with_chain(view, place, more)


def _place_of(chains: tuple[ChainView, ...], source: str, name: str) -> int | None:
    """Which view is meant. Several chains may stand behind one host, and then only the name tells them apart.

    A chain without a name is the one that was not heard of yet; where several were not, it is none of them.
    """
    there = [n for n, chain in enumerate(chains) if chain.source == source]
    named = [n for n in there if name and chains[n].name == name]
    unheard = [n for n in there if chains[n].height is None and not chains[n].failure]
    nameless = [n for n in unheard if not chains[n].name]
    if named or nameless:
        return (named or nameless)[0]
    return unheard[0] if not name and len(unheard) == 1 else None


def _with_chain(view: EvmView, place: int | None, chain: ChainView) -> EvmView:
    if place is None:
        return replace(view, chains=(*view.chains, chain)[:MAX_CHAINS])
    return replace(view, chains=(*view.chains[:place], chain, *view.chains[place + 1 :]))


def _scheme(view: EvmView, name: str) -> SchemeView:
    wanted = cut(name, 64)
    return next((one for one in view.schemes if one.scheme == wanted), SchemeView(wanted))


def _with_scheme(view: EvmView, scheme: SchemeView) -> EvmView:
    known = [one.scheme for one in view.schemes]
    if scheme.scheme not in known:
        return replace(view, schemes=(*view.schemes, scheme)[:MAX_SCHEMES])
    return replace(view, schemes=tuple(scheme if one.scheme == scheme.scheme else one for one in view.schemes))


def _where(place: Place) -> str:
    return cut(f"{place.scheme} #{place.index}, {path_text(place.path)}", 200)


def _ended(state: GuideState, event: evm.EvmRunEnded, at: float) -> GuideState:
    summary = summarise_evm(build_evm_report(event.result), {})
    over = ended(state, event.statement, event.report_path, event.result.ending.value, at)
    view = replace(state.evm, chains=_as_reported(state.evm.chains, event.result))
    return replace(over, evm=view, result=replace(summary, conflicts=state.conflicts))


def _as_reported(chains: tuple[ChainView, ...], result: EvmResult) -> tuple[ChainView, ...]:
    """Smart accounts as the result counts them: what was looked for twice is no second one."""
    said = {facts.name: facts for facts in result.chains}
    found = Counter(chain_id for chain_id, _ in result.smart)
    return tuple(
        replace(chain, smart=found[facts.chain_id or 0], smart_unanswered=facts.smart_unanswered) if facts else chain
        for chain, facts in ((chain, said.get(chain.name)) for chain in chains)
    )
