"""[pure] The states of a device as a table: sentence, action and error of each.

Facts (a file's mode, an app's name) come with the error that found them; the table holds what is always true, with
{app} where the app stands that ought to be open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.device.wire.status import CONCORDIUM
from ledger_recovery.errors import (
    AppExited,
    AppTooOld,
    AppUnknown,
    BadReply,
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    HidLibraryMissing,
    LinkDoubtful,
    NoDevice,
    NoPermission,
    Unplugged,
    WrongApp,
)


@dataclass(frozen=True, slots=True)
class StateText:
    """`error`: what a caller that does not wait gets. `clears`: a person can end the state, so waiting makes sense."""

    sentence: str
    action: str
    error: type[DeviceError] | None
    clears: bool


STATES: Mapping[DeviceState, StateText] = MappingProxyType(
    {
        DeviceState.NO_DEVICE: StateText(
            "no Ledger is connected", "Connect it with a USB cable that carries data, and unlock it.", NoDevice, True
        ),
        DeviceState.NO_PERMISSION: StateText(
            "this user may not use the Ledger", "Run: ledger-recovery doctor --install-udev", NoPermission, True
        ),
        DeviceState.BUSY: StateText(
            "another program uses the Ledger", "Close Ledger Wallet (Ledger Live) and web wallets.", DeviceBusy, True
        ),
        DeviceState.LOCKED: StateText("the Ledger is locked", "Enter its PIN on the device.", DeviceLocked, True),
        DeviceState.DASHBOARD: StateText("no app is open on the Ledger", "Open the {app} app on it.", WrongApp, True),
        DeviceState.WRONG_APP: StateText(
            "another app is open on the Ledger", "Close it and open the {app} app.", WrongApp, True
        ),
        DeviceState.APP_TOO_OLD: StateText(
            "the {app} app is too old", "Update it with Ledger Wallet (Ledger Live).", AppTooOld, False
        ),
        DeviceState.APP_UNKNOWN: StateText(
            "the {app} app's version is not known", "Update this program.", AppUnknown, False
        ),
        DeviceState.READY: StateText("the {app} app is open", "", None, True),
        DeviceState.AWAITING_APPROVAL: StateText(
            "the Ledger waits for you",
            "Compare its screen with what is shown here, then approve or decline.",
            None,
            True,
        ),
        DeviceState.APP_EXITED: StateText(
            "the {app} app closed itself", "Open it again on the Ledger.", AppExited, True
        ),
        DeviceState.POISONED: StateText(
            "the connection to the Ledger was closed because an answer was late or odd",
            "If the Ledger still shows a request, decline it there.",
            LinkDoubtful,
            True,
        ),
    }
)

_STATE_OF: tuple[tuple[type[DeviceError], DeviceState], ...] = (
    (NoPermission, DeviceState.NO_PERMISSION),
    (DeviceBusy, DeviceState.BUSY),
    (DeviceLocked, DeviceState.LOCKED),
    (AppTooOld, DeviceState.APP_TOO_OLD),
    (AppUnknown, DeviceState.APP_UNKNOWN),
    (AppExited, DeviceState.APP_EXITED),
    (WrongApp, DeviceState.WRONG_APP),
    (LinkDoubtful, DeviceState.POISONED),
    (BadReply, DeviceState.POISONED),
    (NoDevice, DeviceState.NO_DEVICE),
    (Unplugged, DeviceState.NO_DEVICE),
    (HidLibraryMissing, DeviceState.NO_DEVICE),
)


def notice_of(state: DeviceState, sentence: str = "", action: str = "", app: str = CONCORDIUM) -> Notice:
    """What a person is told about a state; facts, when given, replace the table's words.

    :param app: name of the app that ought to be open.
    """
    text = STATES[state]
    return Notice(state, sentence or text.sentence.replace("{app}", app), action or text.action.replace("{app}", app))


def state_of(error: DeviceError) -> DeviceState:
    """The state that an error shows; an error without one of its own means that the link is in doubt."""
    for kind, state in _STATE_OF:
        if isinstance(error, kind):
            return state
    return DeviceState.POISONED


def notice_for(error: DeviceError, app: str = CONCORDIUM) -> Notice:
    """What a person is told about an error; `app` as for `notice_of`."""
    return notice_of(state_of(error), error.sentence, error.hint, app)


def error_of(notice: Notice) -> DeviceError:
    """The error for a caller that does not wait for the state to clear.

    :raises ValueError: the state is no obstacle.
    """
    kind = STATES[notice.state].error
    if kind is None:
        raise ValueError(f"{notice.state} is no obstacle")
    return kind(notice.sentence, notice.action)
