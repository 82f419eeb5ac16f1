"""[pure] From one state and one event of a run to the next state. Never raises, never grows without bound.

What only the guide knows (questions, files, waiting) is set by the session itself; this file holds what events mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from chain.model import Point
from ledger_recovery.derive.address import AddressError, decode_address, same_account
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import Cell
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.report.build import build_report
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.web import steps
from ledger_recovery.web.grid import concluded, kept_short, with_cells
from ledger_recovery.web.state import (
    MAX_LOG,
    MAX_TEXT,
    MAX_WARNINGS,
    DeviceView,
    GridRow,
    GuideState,
    IndexStage,
    IndexView,
    ListState,
    LogLine,
    NodeView,
)
from ledger_recovery.web.steps import Step
from ledger_recovery.web.summary import summarise

T = TypeVar("T")

_STEP_OF_DEVICE: dict[DeviceState, Step] = {
    DeviceState.NO_DEVICE: steps.CONNECT,
    DeviceState.NO_PERMISSION: steps.CONNECT,
    DeviceState.BUSY: steps.CONNECT,
    DeviceState.LOCKED: steps.UNLOCK,
    DeviceState.DASHBOARD: steps.UNLOCK,
    DeviceState.WRONG_APP: steps.UNLOCK,
    DeviceState.APP_TOO_OLD: steps.UNLOCK,
    DeviceState.APP_UNKNOWN: steps.UNLOCK,
    DeviceState.APP_EXITED: steps.UNLOCK,
    DeviceState.POISONED: steps.UNLOCK,
    DeviceState.AWAITING_APPROVAL: steps.APPROVE,
}
"""Where the person stands when the device says this. READY is no place: the road goes on where it was."""

_DEVICE_STEPS = (steps.CONNECT, steps.UNLOCK)


def reduce(state: GuideState, event: ev.Event, at: float = 0.0) -> GuideState:
    """The state after an event.

    :param at: seconds since the guide began, for the log and for how long a request has been waiting.
    """
    changed = _after(state, event, at)
    return replace(changed, version=state.version + 1)


def logged(state: GuideState, at: float, what: str) -> GuideState:
    """The state with one more line for the diagnosis; the oldest line goes when there are too many."""
    return replace(state, log=(*state.log, LogLine(round(at, 3), clean(what, 120)))[-MAX_LOG:])


def _after(state: GuideState, event: ev.Event, at: float) -> GuideState:
    match event:
        case ev.RunBegan():
            return logged(_begun(state, event), at, f"run {event.kind}")
        case ev.Pinned():
            return logged(_pinned(state, event.point, again=event.again), at, "block pinned")
        case ev.Warned():
            return replace(state, warnings=_added(state.warnings, event.text))
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
            return replace(state, conflicts=tuple(_cut(c) for c in event.conflicts[:MAX_WARNINGS]))
        case ev.StopSuggested() | ev.ChangesApplied():
            return state
        case ev.RunEnded():
            return logged(_ended(state, event), at, f"run ended {event.result.ending.value}")


def _begun(state: GuideState, event: ev.RunBegan) -> GuideState:
    fresh = event.kind == "recover"
    return replace(
        state,
        step=steps.NETWORK,
        search=replace(
            state.search, kind=_cut(event.kind, 20), run_id=_cut(event.run_id, 64), running=True, keys_checked=0
        ),
        node=replace(state.node, network=_cut(event.network, 64), list_state=ListState.OFF, list_count=0),
        indices=() if fresh else state.indices,
        folded=0 if fresh else state.folded,
        warnings=(),
        conflicts=(),
        statement="",
        result=None,
        failure=None,
        question=None,
        busy="",
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
        network=_cut(point.network, 64),
        genesis=point.genesis_hash.hex()[:64],
        block=point.block_hash.hex()[:64],
        height=point.height,
        age=point.age_seconds,
        sources=tuple(_cut(s, 200) for s in point.sources[:8]),
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
                list_source=_cut(event.source, 200),
            )
            return logged(replace(state, node=ready), at, "account list read")
        case ev.ListFailed():
            failed = replace(state.node, list_state=ListState.FAILED)
            text = f"the list of all accounts could not be read: {event.reason}"
            told = replace(state, node=failed, warnings=_added(state.warnings, text))
            return logged(told, at, f"account list failed {event.code}")


def _device(
    state: GuideState,
    event: ev.DeviceNoticed | ev.DeviceReady | ev.ApprovalExpected | ev.ApprovalSettled,
    at: float,
) -> GuideState:
    match event:
        case ev.DeviceNoticed():
            return logged(_noticed(state, event.notice), at, f"device {event.notice.state.value}")
        case ev.DeviceReady():
            info = replace(event.device, path="")
            fingerprint = event.device.fingerprint or state.device.fingerprint
            device = replace(state.device, info=info, fingerprint=_cut(fingerprint, 64))
            what = f"device ready {info.model}, {info.app} {info.app_version}"
            return logged(replace(state, device=device), at, what)
        case ev.ApprovalExpected():
            return logged(_expected(state, event.identity, event.screen, at), at, f"asked {_name(event.identity)}")
        case ev.ApprovalSettled():
            return logged(_settled(state, event), at, f"{'approved' if event.approved else 'not approved'}")


def _noticed(state: GuideState, notice: Notice) -> GuideState:
    told = Notice(notice.state, _cut(notice.sentence), _cut(notice.action))
    device = replace(state.device, state=notice.state, notice=told)
    step = _STEP_OF_DEVICE.get(notice.state)
    if step is None and state.search.running and state.step in _DEVICE_STEPS:
        step = steps.LOOKING_UP
    return replace(state, device=device, step=step or state.step)


def _expected(state: GuideState, identity: IdentityRef | None, screen: ExpectedScreen, at: float) -> GuideState:
    device = replace(state.device, expected=screen, since=at)
    shown = replace(state, device=device, step=steps.APPROVE, asked=state.asked + 1)
    if identity is None:
        return shown
    return _index(shown, identity, lambda index: replace(index, stage=IndexStage.APPROVING))


def _settled(state: GuideState, event: ev.ApprovalSettled) -> GuideState:
    device: DeviceView = replace(state.device, expected=None, since=None)
    step = steps.LOOKING_UP if state.step is steps.APPROVE else state.step
    settled = replace(state, device=device, step=step)
    if not event.approved:
        return replace(settled, declined=state.declined + 1)
    settled = replace(settled, approved=state.approved + 1)
    if event.identity is None:
        return settled
    return _index(settled, event.identity, lambda index: replace(index, stage=IndexStage.ASKING))


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


def _ended(state: GuideState, event: ev.RunEnded) -> GuideState:
    summary = summarise(build_report(event.result))
    return replace(
        state,
        step=steps.RESULT,
        search=replace(state.search, running=False),
        device=replace(state.device, expected=None, since=None),
        question=None,
        statement=_cut(event.statement, 4 * MAX_TEXT),
        result=replace(summary, conflicts=state.conflicts),
        report_name=_cut(event.report_path.replace("\\", "/").rpartition("/")[2], 200),
    )


def _added(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    one = _cut(text)
    return texts if one in texts else (*texts, one)[-MAX_WARNINGS:]


def _name(identity: IdentityRef | None) -> str:
    return "address" if identity is None else str(identity)


def _cut(text: str, limit: int = MAX_TEXT) -> str:
    return clean(text, limit)
