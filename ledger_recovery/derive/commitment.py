"""[pure] The chain's commitment key: g then h, whose first half is the base of every credential ID.

Mainnet and testnet have the same one (concordium-misc-tools company-id-gui, resources/*/cryptographic-parameters.json);
it is a hash of the first 1000 digits of pi, which a test repeats. Other chains may have another.
"""

from __future__ import annotations

from ledger_recovery.derive.curve import POINT_BYTES, PointError, decode_point

KNOWN_COMMITMENT_KEY = bytes.fromhex(
    "b14cbfe44a02c6b1f78711176d5f437295367aa4f2a8c2551ee10d25a03adc69d61a332a058971919dad7312e1fc94c5"
    "a8d45e64b6f917c540eee16c970c3d4b7f3caf48a7746284878e2ace21c82ea44bf84609834625be1f309988ac523fac"
)
"""96 bytes: what a node of mainnet or testnet must answer as its on-chain commitment key."""


def commitment_base(commitment_key: bytes) -> bytes:
    """g, the first 48 of the 96 bytes, after both halves have been checked as points.

    :raises PointError: wrong length, or a half that is not a usable point.
    """
    if len(commitment_key) != 2 * POINT_BYTES:
        raise PointError(f"a commitment key has {2 * POINT_BYTES} bytes, this one has {len(commitment_key)}")
    g, h = commitment_key[:POINT_BYTES], commitment_key[POINT_BYTES:]
    decode_point(g)
    decode_point(h)
    return g
