"""Try one question again as the retry table says, within its time. Waits only through the injected timing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type

from chain.concordium.retry import RetryPolicy, Row, StatusError, classify
from chain.concordium.timing import Timing

R = TypeVar("R")

NOT_FOUND: Final = "NOT_FOUND"


class Attempts:
    """The tries of one question. `started` (monotonic seconds) and `tries` can be read after it failed."""

    def __init__(self, policy: RetryPolicy, timing: Timing, hopeless: Callable[[float], bool]) -> None:
        """`hopeless`: whether a question that began at that monotonic second need not be tried again."""
        self.tries = 0
        self.started = timing.monotonic()
        self._policy = policy
        self._timing = timing
        self._hopeless = hopeless

    async def run(self, once: Callable[[float], Awaitable[R]]) -> R | None:
        """Call `once` with the seconds that this try may take; None when the node said "not found".

        :raises StatusError: the last one, when the table or the time allows no further try.
        """

        failed: StatusError | None = None

        async def attempt() -> R | None:
            nonlocal failed
            if failed is not None:
                error, failed = failed, None
                raise error
            self.tries += 1
            try:
                return await once(min(self._policy.per_try, self._left()))
            except StatusError as error:
                if error.status != NOT_FOUND:
                    raise
                return None

        # Nearly every question is answered at once; what tenacity sets up for it costs as much as asking it.
        try:
            return await attempt()
        except StatusError as first:
            failed = first
        retrying = AsyncRetrying(
            sleep=self._timing.sleep,
            retry=retry_if_exception_type(StatusError),
            stop=self._enough,
            wait=lambda _: self._policy.delay(self.tries, self._timing.jitter()),
            reraise=True,
        )
        value: R | None = await retrying(attempt)
        return value

    def _left(self) -> float:
        return self.started + self._policy.total - self._timing.monotonic()

    def _enough(self, state: RetryCallState) -> bool:
        spent = self._left() - state.upcoming_sleep < self._policy.shortest_try
        return spent or self.tries >= _row(state).tries or self._hopeless(self.started)


def _row(state: RetryCallState) -> Row:
    error = state.outcome.exception() if state.outcome is not None else None
    return classify(error.status, error.text) if isinstance(error, StatusError) else classify("", "")
