"""[io] The one state of the guide, and everybody who follows it: pages get the newest state, never a backlog.

A follower that is slow skips states; what is kept for it is one event, however many changes happen meanwhile. The
reducers are loaded with the first event: they bring all of recovery and its reports, and the first page needs neither.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ledger_recovery.web.model.state import GuideState

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Event
    from ledger_recovery.recover.evm.events import EvmEvent

MAX_FOLLOWERS: Final = 16
"""Pages open at once; more are refused."""

QUIET_SECONDS: Final = 15.0
"""A follower hears something at least so often, so that a page that went away is noticed."""

PAUSE_SECONDS: Final = 0.04
"""Between two states for one page: changes that come closer together are one change to the eye."""


class TooManyPages(Exception):
    """More pages follow than anybody can look at."""


class Hub:
    """:param clock: seconds that never go back."""

    def __init__(self, state: GuideState | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._state = state or GuideState()
        self._clock = clock
        self._began = clock()
        self._last_seen = clock()
        self._followers: set[asyncio.Event] = set()
        self.on_change: Callable[[GuideState, GuideState], None] | None = None

    @property
    def state(self) -> GuideState:
        return self._state

    @property
    def followers(self) -> int:
        return len(self._followers)

    @property
    def idle_seconds(self) -> float:
        """How long no page has been open and none has asked for anything."""
        return 0.0 if self._followers else self._clock() - self._last_seen

    def seen(self) -> None:
        """A page asked for something."""
        self._last_seen = self._clock()

    def tell(self, event: Event | EvmEvent) -> None:
        """An event of a run of the chosen family happened."""
        from ledger_recovery.web.model.reducing import after

        self._publish(after(self._state, event, self._at()))

    def change(self, **changes: Any) -> None:
        """What only the guide knows changed; names are fields of GuideState."""
        self._publish(replace(self._state, **changes, version=self._state.version + 1))

    def log(self, what: str) -> None:
        """Keep a line for the diagnosis, without telling anybody now."""
        from ledger_recovery.web.model.reducing_shared import logged

        self._state = logged(self._state, self._at(), what)

    async def follow(self, seen: int = -1) -> AsyncGenerator[GuideState | None, None]:
        """The newest state whenever it is another than `seen` or the last one given; None when all is quiet.

        :raises TooManyPages: nobody more can follow.
        """
        with self._following() as news:
            while True:
                if self._state.version == seen:
                    try:
                        await asyncio.wait_for(news.wait(), QUIET_SECONDS)
                    except TimeoutError:
                        yield None
                        continue
                news.clear()
                state = self._state
                seen = state.version
                yield state
                if state.ended:
                    return
                await asyncio.sleep(PAUSE_SECONDS)

    @contextmanager
    def _following(self) -> Iterator[asyncio.Event]:
        if len(self._followers) >= MAX_FOLLOWERS:
            raise TooManyPages
        news = asyncio.Event()
        self._followers.add(news)
        try:
            yield news
        finally:
            self._followers.discard(news)
            self.seen()

    def _publish(self, state: GuideState) -> None:
        before, self._state = self._state, state
        if self.on_change is not None:
            self.on_change(before, state)
        for news in self._followers:
            news.set()

    def _at(self) -> float:
        return self._clock() - self._began
