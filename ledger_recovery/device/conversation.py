"""[io] One conversation with one app of one Ledger: what is the same whichever app it is.

One operation at a time; `cancel` ends the one under way at once. After any doubt the link is made anew and app, version
and wallet are read again before the next question. Silent questions are then repeated by themselves; a request that a
person answers is repeated only when it certainly never reached the app.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Generic, Self, TypeVar

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    retry_if_not_exception_type,
    stop_after_attempt,
    wait_none,
)

from ledger_recovery.device.apps.dashboard import app_and_version
from ledger_recovery.device.apps.profile import App, AppProfile
from ledger_recovery.device.apps.question import Question
from ledger_recovery.device.clock import Clock, SystemClock
from ledger_recovery.device.connection import Connection
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Interaction
from ledger_recovery.device.listing import info_of, select
from ledger_recovery.device.loss import explain_loss
from ledger_recovery.device.means import Means
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.ready import Readiness, Ready
from ledger_recovery.device.states import notice_of
from ledger_recovery.device.telling import Teller
from ledger_recovery.device.thread import CancelFlag, DeviceThread
from ledger_recovery.device.transport.discover import Bus, SystemBus
from ledger_recovery.errors import (
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    InputError,
    LinkDoubtful,
    PathRefused,
    Unplugged,
    WrongApp,
)

T = TypeVar("T")
Session = TypeVar("Session")
MakeSession = Callable[[AppProfile[App], Means, str], Session]

_NEVER_ASKED = (LinkDoubtful, DeviceLocked, DeviceBusy, WrongApp)
"""With a request that a person answers, these mean that the app did not take it: without a time limit a link becomes
doubtful only before the request is sent."""

_ASK_AGAIN = (*_NEVER_ASKED, Unplugged)
_JOIN_SECONDS = 2.0
_FINGERPRINT = re.compile("[0-9a-f]{64}")


async def begin(
    make: MakeSession[App, Session],
    profile: AppProfile[App],
    device_path: str | None,
    interaction: Interaction,
    *,
    pinned_fingerprint: str | None,
    clock: Clock | None,
    bus: Bus | None,
    options: SessionOptions,
) -> Session:
    """Choose the device of a run and make a session with it; the session's `ready` then walks it to the right app.

    :param device_path: see `transport.paths`; None or "hid:" for the USB device, chosen by the person among several.
    :param pinned_fingerprint: the wallet (64 hex digits, as the profile reads it) that the device must have.
    :raises InputError: `device_path` is not a device path, or the fingerprint is none.
    :raises HidLibraryMissing: USB devices cannot be listed.
    :raises NoDevice: none is connected and the options say not to wait.
    :raises Cancelled: the person chose none.
    """
    clock = clock or SystemClock()
    bus = bus or SystemBus(clock.now)
    pinned = _fingerprint(pinned_fingerprint or "")
    teller = Teller(interaction)
    thread = DeviceThread()
    try:
        found = await select(device_path, pinned, interaction, teller, bus, clock, options, thread, profile)
    except BaseException:
        thread.close()
        raise
    connection = Connection(found, bus, clock, options, thread)
    return make(profile, Means(connection, interaction, teller, clock, options, thread), pinned)


class Conversation(Generic[App]):
    """The base of the sessions. Methods may be called from several tasks; they take turns."""

    def __init__(self, profile: AppProfile[App], means: Means, pinned: str) -> None:
        self._means = means
        self._connection = means.connection
        self._pinned = pinned
        self._readiness = Readiness(profile, means)
        self._ready: Ready[App] | None = None
        self._turn = asyncio.Lock()
        self._under_way: set[CancelFlag] = set()
        self._closed = False

    @property
    def info(self) -> DeviceInfo:
        """The device as it is known now; app and fingerprint are "" until `ready` was reached."""
        app = self._ready.app if self._ready else None
        return info_of(
            self._connection.found,
            app.name if app else "",
            app.version if app else "",
            self._pinned,
            self._means.teller.state,
        )

    async def ready(self) -> App:
        """Wait until the right app is open on the device of this run, and say which it is.

        :raises OtherDevice, AppTooOld, AppUnknown, HidLibraryMissing: waiting does not help.
        :raises LinkDoubtful, BadReply: the link stayed in doubt.
        :raises Cancelled: `cancel` was called.
        """
        async with self._operation() as cancel:
            return (await self._reach(cancel)).app

    async def fingerprint(self) -> str:
        """The wallet's 64 hex digits, read over the present link; silent.

        :raises DeviceError, Cancelled: as `ready`.
        """
        async with self._operation() as cancel:
            return (await self._reach(cancel)).fingerprint

    def cancel(self) -> None:
        """End the operations that are under way or wait for their turn: they raise `Cancelled`.

        Called from the event loop. A prompt that the device shows stays there: the person declines it.
        """
        for cancel in self._under_way:
            cancel.set()

    async def close(self) -> None:
        """End everything and let go of the device; may be called again."""
        if self._closed:
            return
        self._closed = True
        self.cancel()
        async with self._turn:
            await self._connection.drop(CancelFlag())
        self._means.thread.close()
        self._means.thread.join(_JOIN_SECONDS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def _operation(self) -> AsyncIterator[CancelFlag]:
        """Wait for a turn; each operation has a flag of its own, so that cancelling one task ends no other."""
        cancel = CancelFlag()
        self._under_way.add(cancel)
        try:
            async with self._turn:
                cancel.check()
                if self._closed:
                    raise LinkDoubtful("the session with the Ledger is closed", "Begin a new one.")
                yield cancel
        finally:
            self._under_way.discard(cancel)

    async def _reach(self, cancel: CancelFlag) -> Ready[App]:
        """Ready, told by the device just now: a link that broke while idle is made anew before a person is asked."""
        if self._ready is None or not await self._still_there(self._ready, cancel):
            self._ready = None
            self._ready = await self._readiness.reach(self._pinned, cancel)
            self._pinned = self._ready.fingerprint
        return self._ready

    async def _still_there(self, ready: Ready[App], cancel: CancelFlag) -> bool:
        if not self._connection.is_open or not self._connection.lasting:
            return False
        try:
            app = await self._connection.ask(app_and_version(), cancel)
        except DeviceError:
            return False  # the walk that follows meets the same obstacle and tells it
        return (app.name, app.version) == (ready.app.name, ready.app.version)

    async def _silent(self, question_for: Callable[[Ready[App]], Question[T]]) -> T:
        """Put a question that nobody has to approve."""
        async with self._operation() as cancel:
            return await self._repeatedly(lambda ready: self._ask(question_for(ready), cancel), _ASK_AGAIN, cancel)

    async def _with_person(
        self,
        question_for: Callable[[Ready[App]], Question[T]],
        screen_for: Callable[[Ready[App]], ExpectedScreen],
        cancel: CancelFlag,
    ) -> T:
        """Put a question that a person approves, after foretelling what the device shows."""

        async def attempt(ready: Ready[App]) -> T:
            question = question_for(ready)
            asks = f"the Ledger asks whether to {question.what}"
            self._means.interaction.expect(screen_for(ready))
            self._means.teller.tell(notice_of(DeviceState.AWAITING_APPROVAL, asks))
            approved = False
            try:
                value = await self._ask(question, cancel)
                approved = True
                return value
            finally:
                self._means.interaction.settled(approved)
                self._means.teller.forget()

        return await self._repeatedly(attempt, _NEVER_ASKED, cancel)

    async def _repeatedly(
        self, ask: Callable[[Ready[App]], Awaitable[T]], again: tuple[type[Exception], ...], cancel: CancelFlag
    ) -> T:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._means.options.link_attempts),
            wait=wait_none(),  # each attempt begins with `_reach`, which waits by its own policy and is not repeated
            retry=retry_if_exception_type(again) & retry_if_not_exception_type(PathRefused),
            reraise=True,
        )
        async for attempt in retrying:
            ready = await self._reach(cancel)
            with attempt:
                return await ask(ready)
        raise LinkDoubtful("the Ledger was not asked")  # not reached: the last attempt raises its own error

    async def _ask(self, question: Question[T], cancel: CancelFlag) -> T:
        try:
            return await self._connection.ask(question, cancel)
        except Unplugged as lost:
            self._ready = None
            raise await explain_loss(lost, question, self._means, cancel) from None
        except PathRefused:
            raise  # the right app, and it took the question
        except (DeviceLocked, DeviceBusy, WrongApp):
            self._ready = None
            raise


def _fingerprint(text: str) -> str:
    if text and _FINGERPRINT.fullmatch(text.lower()) is None:
        raise InputError("the fingerprint to expect is not 64 hex digits", "Copy it from `ledger-recovery devices`.")
    return text.lower()
