"""[pure] Credential IDs of one PRF key: credId(x) = 1/(K + x) * g for the credential counters x = 0..255.

g is the first half of the chain's commitment key, not the curve's standard generator. Source: concordium-base
dodis_yampolskiy_prf/secret.rs. A known answer is computed before the first result is given out, so that a fault in
the arithmetic cannot pass for "no account".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate

from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY, commitment_base
from ledger_recovery.derive.curve import fixed_base, inverse
from ledger_recovery.derive.keygen import GROUP_ORDER, SCALAR_BYTES
from ledger_recovery.derive.schemes import MAX_COUNTER
from ledger_recovery.errors import ArithmeticFault
from ledger_recovery.secret import SecretBytes

BATCH = 25
"""Counters a step of `in_batches`: about 2 ms of computing, short enough for an event loop to take in between."""

# Published in concordium-node-sdk-js packages/sdk/test/ci/HdWallet.test.ts ("Mainnet CredId"), for a public test seed.
_ANSWER_KEY = 0x4ED17D6696A34FA520FDE35590D6886CD28022E257136EC4BBF6D4E3556994F1
_ANSWER_COUNTER = 5
_ANSWER = bytes.fromhex(
    "8a3a87f3f38a7a507d1e85dc02a92b8bcaa859f5cf56accb3c1bc7c40e1789b4933875a38dd4c0646ca3e940a02c42d8"
)


def credential_ids(prf_key: SecretBytes, counters: Sequence[int], g: bytes) -> tuple[bytes | None, ...]:
    """The 48-byte credential ID of each counter, in order; None exactly for a counter x with K + x = 0.

    :param prf_key: 32 bytes big-endian, below the group order r.
    :param counters: each 0..255.
    :param g: 48 bytes, the first half of the chain's commitment key.
    :raises ValueError: a key, counter or g that cannot be used (`PointError` for g); nothing secret is in the text.
    :raises ArithmeticFault: this computer's curve arithmetic gives wrong results.
    """
    for counter in counters:
        if not 0 <= counter <= MAX_COUNTER:
            raise ValueError(f"credential counters run from 0 to {MAX_COUNTER}, not {counter}")
    key = _scalar(prf_key)
    _prove_arithmetic()
    return _compute(key, counters, g)


def in_batches(
    prf_key: SecretBytes, counters: Sequence[int], g: bytes, size: int = BATCH
) -> Iterator[tuple[tuple[int, bytes | None], ...]]:
    """`credential_ids` in steps of `size` (counter, credential ID) pairs, for a caller that must not block for long.

    The key is read at every step: wiping it ends the iteration with a ValueError.
    """
    if size < 1:
        raise ValueError(f"a batch holds at least one counter, not {size}")
    for start in range(0, len(counters), size):
        batch = counters[start : start + size]
        yield tuple(zip(batch, credential_ids(prf_key, batch, g), strict=True))


def _scalar(prf_key: SecretBytes) -> int:
    encoded = prf_key.reveal()
    if len(encoded) != SCALAR_BYTES:
        raise ValueError(f"a PRF key has {SCALAR_BYTES} bytes, this one has {len(encoded)}")
    scalar = int.from_bytes(encoded, "big")
    if scalar >= GROUP_ORDER:
        raise ValueError("the PRF key is not a scalar below the group order r: no Ledger exports such a key")
    return scalar


def _compute(key: int, counters: Sequence[int], g: bytes) -> tuple[bytes | None, ...]:
    sums = [(key + counter) % GROUP_ORDER for counter in counters]
    points = iter(fixed_base(g).multiples(_inverses([value for value in sums if value])))
    return tuple(next(points) if value else None for value in sums)


def _inverses(values: Sequence[int]) -> list[int]:
    """Inverses mod r of non-zero values at the price of one inversion (Montgomery)."""
    if not values:
        return []
    prefixes = list(accumulate(values, lambda product, value: product * value % GROUP_ORDER))
    running = inverse(prefixes[-1])
    inverses = [0] * len(values)
    for place in range(len(values) - 1, 0, -1):
        inverses[place] = running * prefixes[place - 1] % GROUP_ORDER
        running = running * values[place] % GROUP_ORDER
    inverses[0] = running
    return inverses


@cache
def _prove_arithmetic() -> None:
    """Compute a published credential ID, once a process; a failure is not cached."""
    # The neighbours make the inversion a shared one, as in real use.
    counters = (_ANSWER_COUNTER - 1, _ANSWER_COUNTER, _ANSWER_COUNTER + 1)
    if _compute(_ANSWER_KEY, counters, commitment_base(KNOWN_COMMITMENT_KEY))[1] != _ANSWER:
        raise ArithmeticFault(
            "the curve arithmetic fails its self-test: a published credential ID was not reproduced",
            "nothing was concluded from it; reinstall py-arkworks-bls12381, or use another computer",
        )
