"""[pure] What can go wrong between us and a chain node: three errors, and nothing else leaves the chain package.

Each carries its facts as attributes; none of them ever means "the account does not exist".
"""

from __future__ import annotations


class ChainError(Exception):
    """Base of the three. `source` names the node (host:port), `detail` is one plain sentence.

    `code` is stable and machine-readable, e.g. `UNAVAILABLE`, `TIMEOUT`, `WRONG_NETWORK`, `MISMATCH`.
    """

    def __init__(self, detail: str, *, code: str, source: str = "", tries: int = 1) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.source = source
        self.tries = tries


class NodeUnavailable(ChainError):
    """The node did not answer, or answered that it cannot; retries were tried (`tries`)."""


class BadAnswer(ChainError):
    """The node answered, and the answer cannot be right: other network, other credential, garbled, short."""


class PointLost(ChainError):
    """The node no longer knows the pinned block: pin again and ask everything again, never mix."""
