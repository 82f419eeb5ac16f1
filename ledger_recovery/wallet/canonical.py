"""[pure] The key under which an account is stored: aliases of one account have one key.

A Concordium account address is 32 bytes in Base58Check; the last three are free, so that 2^24 texts name one account
(concordium-base id/types.rs). Texts that are no address are kept as they are: old exports hold a credential ID or
nothing in the address of an account that never came on chain.
"""

from __future__ import annotations

from functools import lru_cache

import base58

_MAX_ADDRESS_TEXT = 64
_PAYLOAD_BYTES = 33
_KEY_BYTES = 30
"""The version byte and the first 29 bytes of the address."""
_REMEMBERED = 1 << 17
"""An import asks for each address many times, and decoding is by far its largest cost."""


def canonical_key(address: str) -> str:
    """Hex that all aliases of an account address share, or the text itself if it is not an address."""
    # Bounded first: decoding costs the square of the length, and what is remembered must stay small.
    if len(address) > _MAX_ADDRESS_TEXT or not address.isalnum() or not address.isascii():
        return address
    return _decoded(address)


@lru_cache(maxsize=_REMEMBERED)
def _decoded(address: str) -> str:
    try:
        payload = base58.b58decode_check(address)
    except ValueError:
        return address
    return payload[:_KEY_BYTES].hex() if len(payload) == _PAYLOAD_BYTES else address
