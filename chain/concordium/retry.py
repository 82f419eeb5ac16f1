"""[pure] What each failure of a node means, how often it is tried again, and how long a question may take in all.

One table, read by the channel and by nobody else. Rows follow how concordium-node answers when it is busy, restricted
or broken (src/grpc2.rs, src/consensus_ffi/helpers.rs, docs/grpc2.md). NOT_FOUND is no failure and is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_TEXT: Final = 200


class StatusError(Exception):
    """A gRPC status other than OK: its name, e.g. `UNAVAILABLE`, and the text that came with it (already cleaned)."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of failure.

    `fragment`: lower-case text that must occur in the status text; empty matches any. `tries`: questions in all.
    `outage`: the node may be gone altogether, so those who queue behind this question need not wait for it too.
    `garbled`: it was an answer, and an unusable one (BadAnswer instead of NodeUnavailable).
    """

    status: str
    fragment: str
    code: str
    tries: int
    meaning: str
    hint: str
    outage: bool = False
    garbled: bool = False


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds. A question takes at most `total`, each try at most `per_try`, and pauses grow from `pause`, doubled."""

    per_try: float = 5.0
    total: float = 15.0
    pause: float = 0.2
    longest_pause: float = 2.0
    # Below this a further try is not worth its while.
    shortest_try: float = 0.25

    def delay(self, tries: int, jitter: float) -> float:
        """The pause after that many tries; `jitter` in 0..1 spreads it over the upper half, so that callers part."""
        full = min(self.longest_pause, self.pause * 2.0 ** min(tries - 1, 16))
        return full * (0.5 + 0.5 * jitter)


_CHECK_ADDRESS = "check the address and the network connection, or choose another node"
_OTHER_NODE = "choose another node"

_LATER = "try again later, or choose another node"

TABLE: Final = (
    # The two TLS cases come to us as UNAVAILABLE; only the text of the C library tells them from a dead node.
    Row("UNAVAILABLE", "certificate", "TLS", 2, "the node's certificate was not accepted",
        "give the certificate file that belongs to this node", outage=True),
    Row("UNAVAILABLE", "handshake", "TLS", 2, "the encrypted connection could not be set up",
        "write http:// for a node without TLS", outage=True),
    Row("UNAVAILABLE", "", "UNAVAILABLE", 3, "the node cannot be reached", _CHECK_ADDRESS, outage=True),
    Row("DEADLINE_EXCEEDED", "", "TIMEOUT", 3, "the node did not answer in time", _CHECK_ADDRESS, outage=True),
    # The node's own time limit, or ours seen through the node: it is CANCELLED there, not DEADLINE_EXCEEDED.
    Row("CANCELLED", "", "TIMEOUT", 3, "the node gave the question up", _LATER, outage=True),
    # Raised on our side of the wire; the node uses the same status for overload.
    Row("RESOURCE_EXHAUSTED", "larger than max", "TOO_LARGE", 1, "the answer is larger than any real one",
        _OTHER_NODE, garbled=True),
    Row("RESOURCE_EXHAUSTED", "", "OVERLOADED", 6, "the node has too many questions at once", _LATER),
    Row("INTERNAL", "", "INTERNAL", 2, "the node failed inside", _LATER),
    Row("UNKNOWN", "", "UNKNOWN", 2, "the node failed in a way it did not name", _OTHER_NODE),
    Row("ABORTED", "", "ABORTED", 2, "the node broke the question off", _LATER),
    Row("UNIMPLEMENTED", "", "NOT_ENABLED", 1, "the node does not offer this query",
        "its operator may have disabled it, or this is no Concordium node; " + _OTHER_NODE),
    Row("INVALID_ARGUMENT", "", "REFUSED", 1, "the node refused the form of the question", _OTHER_NODE, garbled=True),
    Row("UNAUTHENTICATED", "", "FORBIDDEN", 1, "the node wants credentials", _OTHER_NODE),
    Row("PERMISSION_DENIED", "", "FORBIDDEN", 1, "the node does not let us ask", _OTHER_NODE),
)  # fmt: skip
ANYTHING_ELSE: Final = Row("", "", "UNEXPECTED", 1, "the node answered with an unexpected status", _OTHER_NODE)


def classify(status: str, text: str) -> Row:
    """The first row whose status and text fragment fit."""
    lowered = text.lower()
    for row in TABLE:
        if row.status == status and row.fragment in lowered:
            return row
    return ANYTHING_ELSE


def clean_text(text: str) -> str:
    """A node's text, safe to show: one line, printable characters only, at most 200 of them."""
    shown = "".join(character if character.isprintable() else " " for character in text[: MAX_TEXT * 4])
    shown = " ".join(shown.split())
    return shown if len(shown) <= MAX_TEXT else shown[: MAX_TEXT - 1] + "…"
