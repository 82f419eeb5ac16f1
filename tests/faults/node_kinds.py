"""The ways in which a node fails to answer, by name, and what this program promises about the time each may cost.

`NOT_FOUND` is not among them: it is an answer, and a false one is a lie (test_node_lies.py).
"""

from __future__ import annotations

from collections.abc import Iterable

import grpc

from emulator.node.effects import (
    BlockHashHeader,
    Effect,
    Fail,
    Garbage,
    Hang,
    Oversize,
    Reset,
    Truncate,
)

ANSWERS = ("OK", "NOT_FOUND")
STATUSES: dict[str, Effect] = {s.name: Fail(s.name) for s in grpc.StatusCode if s.name not in ANSWERS}

SILENT: dict[str, Effect] = {
    "hang": Hang(),
    "reset": Reset(),
    "TLS: certificate refused": Fail("UNAVAILABLE", "Ssl handshake failed: CERTIFICATE_VERIFY_FAILED"),
    "TLS: no TLS there": Fail("UNAVAILABLE", "Ssl handshake failed: WRONG_VERSION_NUMBER"),
}
GARBLED: dict[str, Effect] = {
    "garbage": Garbage(),
    "half of the answer": Truncate(0.5),
    "all but its end": Truncate(0.99),
    "nothing of it": Truncate(0.0),
    "oversized": Oversize(),
    "another block": BlockHashHeader("ab" * 32),
    "a rubbish header": BlockHashHeader("nonsense"),
}
KINDS: dict[str, Effect] = {**STATUSES, **SILENT, **GARBLED}

DEAD = frozenset({*SILENT, "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})
"""What a node that is gone looks like; a busy or broken one answers, if only that it cannot."""

PASSING = frozenset({*SILENT, "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "RESOURCE_EXHAUSTED"}) | {
    "INTERNAL",
    "UNKNOWN",
    "ABORTED",
}
"""What is tried again, so that a single one is not noticed at all."""

QUESTION_SECONDS = 15.0
# A node that is gone costs one question, and one more try to be sure of it.
GONE_SECONDS = QUESTION_SECONDS + 5.0
IN_FLIGHT = 10
LIST_SECONDS = 600.0
# Answers of the double take 10 ms; a whole undisturbed scan takes less than this.
SLACK = 1.0


def bound(questions: int, nodes: int = 1, *, uses_list: bool = True) -> float:
    """The longest that a scan of one index may wait for nodes, whatever they do, in seconds.

    Every question to a node ends within 15 s, ten are in flight; each node may take 10 minutes over its account list.
    """
    waves = -(-questions // IN_FLIGHT)
    return nodes * (QUESTION_SECONDS * waves + (LIST_SECONDS if uses_list else 0.0)) + SLACK


def rotated(names: Iterable[str], position: int, count: int) -> list[str]:
    """`count` of the names, others at each position, all of them over a few positions."""
    ordered = sorted(names)
    return [ordered[(position * count + step) % len(ordered)] for step in range(count)]
