"""[pure] What the events that runs of both families have mean for the page: device, requests on it, warnings, the end.

Texts of events are foreign: they are cleaned and cut here, before they enter the state.
"""

from __future__ import annotations

from dataclasses import replace

from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import MAX_LOG, MAX_TEXT, MAX_WARNINGS, DeviceView, GuideState, LogLine
from ledger_recovery.web.model.steps import Step

DeviceEvent = ev.DeviceNoticed | ev.DeviceReady | ev.ApprovalExpected | ev.ApprovalSettled

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


def logged(state: GuideState, at: float, what: str) -> GuideState:
    """The state with one more line for the diagnosis; the oldest line goes when there are too many."""
    return replace(state, log=(*state.log, LogLine(round(at, 3), clean(what, 120)))[-MAX_LOG:])


def begun(state: GuideState, event: ev.RunBegan, at: float) -> GuideState:
    """A run began: what the run before it said is gone."""
    run = replace(state.search, kind=cut(event.kind, 20), run_id=cut(event.run_id, 64), running=True, keys_checked=0)
    fresh = replace(
        state,
        search=run,
        warnings=(),
        conflicts=(),
        statement="",
        result=None,
        failure=None,
        question=None,
        busy="",
    )
    return logged(fresh, at, f"run {event.kind}")


def ended(state: GuideState, statement: str, report_path: str, ending: str, at: float) -> GuideState:
    """A run ended; its result is set by the family. Of the report's path only the file's name is kept."""
    over = replace(
        state,
        step=steps.RESULT,
        search=replace(state.search, running=False),
        device=replace(state.device, expected=None, since=None),
        question=None,
        statement=cut(statement, 4 * MAX_TEXT),
        report_name=cut(report_path.replace("\\", "/").rpartition("/")[2], 200),
    )
    return logged(over, at, f"run ended {ending}")


def warned(state: GuideState, text: str) -> GuideState:
    """Each warning once; the oldest go when there are too many."""
    one = cut(text)
    return state if one in state.warnings else replace(state, warnings=(*state.warnings, one)[-MAX_WARNINGS:])


def planned(state: GuideState, event: ev.ChangesPlanned) -> GuideState:
    return replace(state, conflicts=tuple(cut(c) for c in event.conflicts[:MAX_WARNINGS]))


def device_told(state: GuideState, event: DeviceEvent, at: float) -> GuideState:
    """What the device, or a request on it, means; identities are the family's own business."""
    match event:
        case ev.DeviceNoticed():
            noticed = _noticed(state, event.notice)
            same = noticed.device.state is state.device.state
            return noticed if same else logged(noticed, at, f"device {event.notice.state.value}")
        case ev.DeviceReady():
            info = replace(event.device, path="")
            fingerprint = event.device.fingerprint or state.device.fingerprint
            known = replace(state, device=replace(state.device, info=info, fingerprint=cut(fingerprint, 64)))
            what = _name_of(info)
            same = state.device.info is not None and _name_of(state.device.info) == what
            return known if same else logged(known, at, f"device ready {what}")
        case ev.ApprovalExpected():
            name = "address" if event.identity is None else str(event.identity)
            return logged(_expected(state, event.screen, at), at, f"asked {name}")
        case ev.ApprovalSettled():
            return logged(_settled(state, event.approved), at, "approved" if event.approved else "not approved")


def _name_of(info: DeviceInfo) -> str:
    return f"{info.model}, {info.app} {info.app_version}"


def cut(text: str, limit: int = MAX_TEXT) -> str:
    return clean(text, limit)


def _noticed(state: GuideState, notice: Notice) -> GuideState:
    told = Notice(notice.state, cut(notice.sentence), cut(notice.action))
    device = replace(state.device, state=notice.state, notice=told)
    step = _STEP_OF_DEVICE.get(notice.state)
    if step is None and state.search.running and state.step in _DEVICE_STEPS:
        step = steps.LOOKING_UP
    return replace(state, device=device, step=step or state.step)


def _expected(state: GuideState, screen: ExpectedScreen, at: float) -> GuideState:
    device = replace(state.device, expected=screen, since=at)
    return replace(state, device=device, step=steps.APPROVE, asked=state.asked + 1)


def _settled(state: GuideState, approved: bool) -> GuideState:
    device: DeviceView = replace(state.device, expected=None, since=None)
    step = steps.LOOKING_UP if state.step is steps.APPROVE else state.step
    return replace(
        state,
        device=device,
        step=step,
        approved=state.approved + (1 if approved else 0),
        declined=state.declined + (0 if approved else 1),
    )
