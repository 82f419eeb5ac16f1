"""[pure] The chain's errors as errors of this program, translated in this one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chain.errors import ChainError, NodeUnavailable, PointLost
from ledger_recovery.errors import NodeError


def sentence_and_hint(error: ChainError) -> tuple[str, str]:
    """What happened, and what to do: the client's own advice when it gives one ("…; hint: …")."""
    sentence, _, advice = error.detail.partition("; hint: ")
    if error.source and error.source not in sentence:
        sentence = f"{error.source}: {sentence}"
    return sentence, advice or _hint(error)


def node_error(error: ChainError) -> NodeError:
    """The chain error as this program's, with its stable code in brackets."""
    sentence, hint = sentence_and_hint(error)
    return NodeError(f"{sentence} [{error.code}]", hint)


def _hint(error: ChainError) -> str:
    if isinstance(error, NodeUnavailable):
        return "check the network and the --node address, or give another node; nothing was concluded from this"
    if isinstance(error, PointLost):
        return "the node forgot the block of this run; start again with `ledger-recovery recover`"
    return "check --network and --node; an answer that cannot be right is never used"


@contextmanager
def node_errors() -> Iterator[None]:
    """Translate whatever chain error leaves the block."""
    try:
        yield
    except ChainError as error:
        raise node_error(error) from error
