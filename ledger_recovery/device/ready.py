"""[io] From whatever state the device is in to "the right app of a known format on the right Ledger is open".

Walks the table of states.py: each state is told once and polled until it clears. A link in doubt is made anew a
bounded number of times; a person has no limit. Every walk ends with app, version and fingerprint read over one link.

Why no late answer survives that: a device answers in the order of the questions. The app is asked for as often as
answers may be outstanding. If all answers name an app, then those still to come do too, and one of them shows itself
in place of the wallet's key, which it cannot be mistaken for. So that key means that nothing is outstanding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential

from ledger_recovery.device.apps.dashboard import OpenApp, app_and_version, open_app
from ledger_recovery.device.apps.profile import App, AppProfile
from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.device.means import Means
from ledger_recovery.device.states import error_of, notice_for, notice_of
from ledger_recovery.device.telling import unless_cancelled
from ledger_recovery.device.thread import CancelFlag
from ledger_recovery.errors import (
    AppTooOld,
    AppUnknown,
    BadReply,
    Declined,
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    LinkDoubtful,
    NoDevice,
    NoPermission,
    OtherDevice,
    Unplugged,
    WrongApp,
)

_CLEARS = (NoDevice, NoPermission, DeviceBusy, DeviceLocked, WrongApp, Unplugged)
"""A person, or time, ends these."""

LINK_TROUBLE = (LinkDoubtful, BadReply)
"""A new link ends these."""


@dataclass(frozen=True, slots=True)
class Ready(Generic[App]):
    """The open app and the wallet it belongs to (64 hex digits, as the app's profile reads them)."""

    app: App
    fingerprint: str


@dataclass(slots=True)
class _Walk:
    """What one walk remembers: whether the app was offered, and until when silence is no trouble."""

    pinned: str
    cancel: CancelFlag
    offered: bool = False
    on_dashboard: Notice | None = None
    quiet_until: float = float("-inf")


class Readiness(Generic[App]):
    """Makes a connection ready, as often as it is asked to."""

    def __init__(self, profile: AppProfile[App], means: Means) -> None:
        self._profile = profile
        self._means = means
        self._connection = means.connection
        self._tell = means.teller.tell

    async def reach(self, pinned: str, cancel: CancelFlag) -> Ready[App]:
        """Walk until ready.

        :param pinned: the fingerprint that the device must have, or "".
        :raises OtherDevice: only another Ledger is connected.
        :raises AppTooOld, AppUnknown, HidLibraryMissing: waiting does not help.
        :raises LinkDoubtful, BadReply: the link stayed in doubt.
        :raises Cancelled: `cancel` was set.
        :raises DeviceError: any state, when the options say not to wait.
        """
        walk = _Walk(pinned, cancel)
        self._connection.forget_passed_over()

        async def pause(seconds: float) -> None:
            await self._means.clock.wait(seconds, cancel.event)
            cancel.check()

        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._means.options.link_attempts),
            wait=wait_exponential(multiplier=self._means.options.link_pause, max=self._means.options.link_pause_max),
            retry=retry_if_exception_type(LINK_TROUBLE),
            before_sleep=self._tell_trouble,
            sleep=pause,
            reraise=True,
        )
        ready: Ready[App] = await retrying(self._until_ready, walk)
        self._tell(notice_of(DeviceState.READY, f"{ready.app} is open"))
        return ready

    async def _until_ready(self, walk: _Walk) -> Ready[App]:
        while True:
            walk.cancel.check()
            outcome = await self._step(walk)
            if isinstance(outcome, Ready):
                return outcome
            if self._means.clock.now() >= walk.quiet_until and outcome is not None:
                self._tell(outcome)
                if not self._means.options.wait_for_person:
                    raise error_of(outcome)
            await self._means.clock.wait(self._means.options.poll, walk.cancel.event)

    async def _step(self, walk: _Walk) -> Ready[App] | Notice | None:
        """Look once: ready, an obstacle to tell, or None for "look again"."""
        try:
            await self._connection.connect(walk.cancel)
            app = await self._which_app(walk.cancel)
            if app.is_dashboard:
                return await self._on_dashboard(app, walk)
            walk.offered = False
            identity = self._profile.identify(app)
            fingerprint = await self._connection.ask(self._profile.fingerprint(identity), walk.cancel)
            self._connection.settled()
        except (AppTooOld, AppUnknown) as error:
            self._tell(notice_for(error, self._profile.name))
            raise
        except _CLEARS as error:
            return notice_for(error, self._profile.name)
        return await self._same_wallet(Ready(identity, fingerprint), walk)

    async def _which_app(self, cancel: CancelFlag) -> OpenApp:
        """The open app, asked for often enough to outlast all answers that earlier questions are owed."""
        for _ in range(self._connection.owed - 1):
            await self._connection.ask(app_and_version(), cancel)
        return await self._connection.ask(app_and_version(), cancel)

    async def _same_wallet(self, ready: Ready[App], walk: _Walk) -> Ready[App] | None:
        if walk.pinned in ("", ready.fingerprint):
            return ready
        if await self._connection.pass_over(walk.cancel):
            return None
        raise OtherDevice(
            f"the connected Ledger has the wallet {ready.fingerprint[:8]}, this run began with {walk.pinned[:8]}",
            "Connect the Ledger of this run, with the same recovery phrase and passphrase, or begin a new run.",
        )

    async def _on_dashboard(self, app: OpenApp, walk: _Walk) -> Notice | None:
        if walk.offered or not self._means.options.wait_for_person:
            return walk.on_dashboard or self._dashboard()
        walk.offered = True
        walk.on_dashboard = self._dashboard(f"the Ledger shows its dashboard (system {app.version})")
        self._tell(walk.on_dashboard)
        if not await unless_cancelled(self._means.interaction.may_open_app(self._profile.name), walk.cancel):
            return walk.on_dashboard
        return await self._open_app(walk)

    async def _open_app(self, walk: _Walk) -> Notice | None:
        """Ask the dashboard to open the app; the device then comes back under another path."""
        name = self._profile.name
        self._tell(self._dashboard(f"the Ledger asks whether to open {name}", f"Approve opening {name} on it."))
        try:
            await self._connection.ask(open_app(name), walk.cancel)
        except (Declined, WrongApp) as error:
            walk.on_dashboard = self._dashboard(error.sentence, "" if isinstance(error, Declined) else error.hint)
            return walk.on_dashboard
        except Unplugged:
            pass  # it may re-enumerate before its answer was read
        await self._connection.drop(walk.cancel)
        walk.on_dashboard = self._dashboard()
        walk.quiet_until = self._means.clock.now() + self._means.options.exit_grace
        return None

    def _dashboard(self, sentence: str = "", action: str = "") -> Notice:
        return notice_of(DeviceState.DASHBOARD, sentence, action, self._profile.name)

    def _tell_trouble(self, retry: RetryCallState) -> None:
        error = None if retry.outcome is None else retry.outcome.exception()
        if isinstance(error, DeviceError):
            self._tell(notice_of(DeviceState.POISONED, error.sentence))
