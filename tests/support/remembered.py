"""Credential IDs that a process derives once, for `credential_id.in_batches`: a wrong key still gives wrong IDs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from ledger_recovery.derive import credential_id
from ledger_recovery.secret import SecretBytes


@cache
def _ids(key: bytes, counters: tuple[int, ...], g: bytes) -> tuple[tuple[tuple[int, bytes | None], ...], ...]:
    with SecretBytes(key) as secret:
        return tuple(credential_id.in_batches(secret, counters, g))


def remembered_ids(
    prf_key: SecretBytes, counters: Sequence[int], g: bytes
) -> Iterator[tuple[tuple[int, bytes | None], ...]]:
    yield from _ids(prf_key.reveal(), tuple(counters), g)
