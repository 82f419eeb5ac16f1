"""[pure] From one state and one event of a Concordium run to the next state. Never raises, never grows without bound.

What only the guide knows (questions, files, waiting) is set by the session itself; this file holds what events mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chain.model import Point
from ledger_recovery.derive.address import AddressError, decode_address, same_account
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import Cell
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.report.build import build_report
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.grid import concluded, kept_short, with_cells
from ledger_recovery.web.model.reducing_shared import (
    DeviceEvent,
    begun,
    cut,
    device_told,
    ended,
    logged,
    planned,
    warned,
)
from ledger_recovery.web.model.state import GridRow, GuideState, IndexStage, IndexView, ListState, NodeView
from ledger_recovery.web.model.summary import summarise


def reduce(state: GuideState, event: ev.Event, at: float = 0.0) -> GuideState:
    """The state after an event.

    :param at: seconds since the guide began, for the log and for how long a request has been waiting.
    """
    changed = _after(state, event, at)
    return replace(changed, version=state.version + 1)


def _after(state: GuideState, event: ev.Event, at: float) -> GuideState:
    match event:
        case ev.RunBegan():
            return _begun(state, event, at)
        case ev.Pinned():
            return logged(_pinned(state, event.point, again=event.again), at, "block pinned")
        case ev.Warned():
            return warned(state, event.text)
        case ev.ListProgress() | ev.ListReady() | ev.ListFailed():
            return _list(state, event, at)
        case ev.DeviceNoticed() | ev.DeviceReady() | ev.ApprovalExpected() | ev.ApprovalSettled():
            return _device(state, event, at)
        case ev.CellsAnswered():
            return _cells(state, event.identity, event.cells)
        case ev.IndexConcluded():
            outcome = event.outcome
            known = _sought(state, outcome.cells)
            return _index(known, outcome.identity, lambda index: concluded(index, outcome))
        case ev.KeyChecked():
            search = replace(state.search, keys_checked=state.search.keys_checked + 1)
            return replace(state, search=search)
        case ev.ChangesPlanned():
            return planned(state, event)
        case ev.StopSuggested() | ev.ChangesApplied():
            return state
        case ev.RunEnded():
            return _ended(state, event, at)


def _begun(state: GuideState, event: ev.RunBegan, at: float) -> GuideState:
    fresh = event.kind == "recover"
    return replace(
        begun(state, event, at),
        step=steps.NETWORK,
        node=replace(state.node, network=cut(event.network, 64), list_state=ListState.OFF, list_count=0),
        indices=() if fresh else state.indices,
        folded=0 if fresh else state.folded,
    )


def _pinned(state: GuideState, point: Point, *, again: bool) -> GuideState:
    node = block_seen(state.node, point)
    reads_list = state.search.mode != Mode.DIRECT.value
    node = replace(
        node,
        repins=node.repins + (1 if again else 0),
        list_state=ListState.READING if reads_list else ListState.OFF,
        list_count=0,
    )
    return replace(state, node=node, step=steps.LOOKING_UP if state.step is steps.NETWORK else state.step)


def block_seen(node: NodeView, point: Point) -> NodeView:
    """The view of the node with the facts of a block."""
    return replace(
        node,
        network=cut(point.network, 64),
        genesis=point.genesis_hash.hex()[:64],
        block=point.block_hash.hex()[:64],
        height=point.height,
        age=point.age_seconds,
        sources=tuple(cut(s, 200) for s in point.sources[:8]),
    )


def _list(state: GuideState, event: ev.ListProgress | ev.ListReady | ev.ListFailed, at: float) -> GuideState:
    match event:
        case ev.ListProgress():
            return replace(state, node=replace(state.node, list_state=ListState.READING, list_count=event.count))
        case ev.ListReady():
            ready = replace(
                state.node,
                list_state=ListState.READY,
                list_count=event.count,
                list_source=cut(event.source, 200),
            )
            return logged(replace(state, node=ready), at, "account list read")
        case ev.ListFailed():
            failed = replace(state.node, list_state=ListState.FAILED)
            text = f"the list of all accounts could not be read: {event.reason}"
            told = warned(replace(state, node=failed), text)
            return logged(told, at, f"account list failed {event.code}")


def _device(state: GuideState, event: DeviceEvent, at: float) -> GuideState:
    told = device_told(state, event, at)
    match event:
        case ev.ApprovalExpected(identity=IdentityRef() as identity):
            return _index(told, identity, lambda index: replace(index, stage=IndexStage.APPROVING))
        case ev.ApprovalSettled(identity=IdentityRef() as identity, approved=True):
            return _index(told, identity, lambda index: replace(index, stage=IndexStage.ASKING))
    return told


def _cells(state: GuideState, identity: IdentityRef, cells: tuple[Cell, ...]) -> GuideState:
    return _index(_sought(state, cells), identity, lambda index: with_cells(index, cells))


def _index(state: GuideState, identity: IdentityRef, change: Callable[[IndexView], IndexView]) -> GuideState:
    """The state with one index changed; a new one takes its place in the order of the walk."""
    place = next((i for i, x in enumerate(state.indices) if _is(x, identity)), None)
    if place is not None:
        indices = (*state.indices[:place], change(state.indices[place]), *state.indices[place + 1 :])
        return replace(state, indices=indices)
    rows = tuple(GridRow(scheme.value, ()) for scheme in identity.schemes)
    new = change(IndexView(str(identity), identity.index, identity.provider, IndexStage.ASKING, rows))
    ordered = sorted((*state.indices, new), key=_order)
    indices, gone = kept_short(tuple(ordered))
    return replace(state, indices=indices, folded=state.folded + gone)


def _is(index: IndexView, identity: IdentityRef) -> bool:
    return (index.index, index.provider) == (identity.index, identity.provider)


def _order(index: IndexView) -> tuple[int, int]:
    return (-1 if index.provider is None else index.provider, index.index)


def _sought(state: GuideState, cells: tuple[Cell, ...]) -> GuideState:
    """Whether the account that the person looks for is among these."""
    if not state.sought.address or state.sought.found:
        return state
    try:
        wanted = decode_address(state.sought.address)
    except AddressError:
        return state
    for cell in cells:
        if cell.sighting is not None and same_account(cell.sighting.account.address, wanted):
            where = f"{cell.key.identity}, credential {cell.key.counter}"
            return replace(state, sought=replace(state.sought, found=where))
    return state


def _ended(state: GuideState, event: ev.RunEnded, at: float) -> GuideState:
    summary = summarise(build_report(event.result))
    over = ended(state, event.statement, event.report_path, event.result.ending.value, at)
    return replace(over, result=replace(summary, conflicts=state.conflicts))
