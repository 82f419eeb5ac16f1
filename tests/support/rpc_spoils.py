"""What a node may do to the answers of a batch, for the proxy of `rpc_proxy`: each takes question and answer."""

from __future__ import annotations

import random
from typing import Any

from tests.support.rpc_proxy import Spoil


def of_batches(change: Spoil) -> Spoil:
    return lambda question, answer: change(question, answer) if isinstance(answer, list) else answer


def drop(question: Any, answer: Any) -> Any:
    """One element is missing: web3 by itself would shift all that follow."""
    return [a for a in answer if a["id"] != question[len(question) // 3]["id"]]


def error_element(question: Any, answer: Any) -> Any:
    bad = question[len(question) // 2]["id"]
    error = {"code": -32000, "message": "internal failure"}
    return [{"jsonrpc": "2.0", "id": a["id"], "error": error} if a["id"] == bad else a for a in answer]


def reorder(question: Any, answer: Any) -> Any:
    return random.Random(7).sample(answer, len(answer))


def doubled(question: Any, answer: Any) -> Any:
    """Two answers to the first question; the second one lies."""
    return [*answer, {**answer[0], "result": "0x0"}]


def foreign_ids(question: Any, answer: Any) -> Any:
    return [{**a, "id": a["id"] + 1_000_000} for a in answer]
