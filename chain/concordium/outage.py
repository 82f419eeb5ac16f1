"""What one node's silence means for those who wait for it: when it counts as down, and how long that is believed.

Without this every question to a dead node would cost its own 15 s. With it those who wait are told together, the next
question is given one short try, and if that fails as well nobody asks for a while. Knows no gRPC, waits for nothing.
"""

from __future__ import annotations

import math

from chain.errors import ChainError, NodeUnavailable


class Outage:
    """Times are monotonic seconds. `silence`: a node that answered nothing for so long, and fails, is down."""

    def __init__(self, silence: float) -> None:
        self._silence = silence
        self._last_answer = -math.inf
        self._error: ChainError | None = None
        # Of the outage: when it was first found, when it was last confirmed, until when it is believed.
        self._found = self._since = self._until = -math.inf
        self._rest = 0.0
        self._sure = False

    def answered(self, now: float) -> None:
        """The node said something, if only "not found": it is up."""
        self._last_answer, self._error = now, None

    def failed(self, error: ChainError, started: float, now: float) -> None:
        """A question that began at `started` failed as questions to a dead node do.

        One among many that are answered says nothing of the node. Down it is when nobody was answered meanwhile. That
        can still be the fault of this one question; when the next one fails too it is sure.
        """
        if self._last_answer >= started and now - self._last_answer < self._silence:
            return
        spent = now - started
        if self._error is None or started >= self._until:
            # A node that fails at once costs nothing to be asked again.
            self._rest = spent if spent >= self._silence else 0.0
            self._sure, self._found, self._until = False, now, now + self._rest
        elif started >= self._found:
            self._sure, self._until = True, now + self._rest
        self._since, self._error = now, error

    def found_since(self, started: float) -> bool:
        """Whether the node was found down after that time: a question that began then need not try again."""
        return self._error is not None and started < self._since

    def doubted(self, now: float) -> bool:
        """Whether the next question decides: it gets one try."""
        return self._error is not None and not self._sure and now < self._until

    def refusal(self, queued: float, now: float) -> ChainError | None:
        """The error for a question that has waited since `queued` for its turn, None if it may be asked."""
        if self._error is None or (queued >= self._since and not (self._sure and now < self._until)):
            return None
        return NodeUnavailable(self._error.detail, code=self._error.code, source=self._error.source, tries=0)
