"""What one node's silence means for those who wait for it: when it counts as down, and for how long nobody asks it.

Without this every question to a dead node would cost its own 15 s. Knows no gRPC, waits for nothing.
"""

from __future__ import annotations

import math

from chain.errors import ChainError, NodeUnavailable


class Outage:
    """Times are monotonic seconds. `silence`: a node that answered nothing for so long, and fails, is down."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._last_answer = -math.inf
        self._since = -math.inf
        self._until = -math.inf
        self._error: ChainError | None = None

    def answered(self, now: float) -> None:
        """The node said something, if only "not found": it is up."""
        self._last_answer, self._error = now, None

    def failed(self, error: ChainError, started: float, now: float) -> None:
        """A question that began at `started` failed as questions to a dead node do.

        One among many that are answered says nothing of the node. Down it is when nobody was answered meanwhile. Then
        it is left alone for as long as it took to find out: a refused connection is tried again soon, a hanging one is
        not waited for at every step.
        """
        if self._last_answer < started or now - self._last_answer >= self._silence:
            self._since, self._until, self._error = now, now + (now - started), error

    def found_since(self, started: float) -> bool:
        """Whether the node was found down after that time: a question that began then need not try again."""
        return self._error is not None and started <= self._since

    def refusal(self, queued: float, now: float) -> ChainError | None:
        """The error for a question that has waited since `queued` for its turn, None if it may be asked."""
        if self._error is None or (queued > self._since and now >= self._until):
            return None
        return NodeUnavailable(self._error.detail, code=self._error.code, source=self._error.source, tries=0)
