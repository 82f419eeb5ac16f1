"""[pure] The cache file of one block's account list: encode and decode, and nothing else.

Layout (integers big-endian): magic 8, genesis hash 32, block hash 32, length of the source's name 2, that name in
UTF-8, count 8, the addresses of 32 bytes each in rising order, SHA-256 of everything before 32. The hash finds damage;
it is no protection from someone who may write the file.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import Final

from chain.concordium.address_set import ADDRESS_SIZE, AddressSet, rising
from chain.model import AccountList

MAGIC: Final = b"CCDLIST\x01"
HASH_SIZE: Final = 32
# A hundred times the chain's 105 000 accounts: 320 MB on disk and, while it is read, a little more in memory.
MAX_ADDRESSES: Final = 10_000_000
MAX_SOURCE_SIZE: Final = 300
_HEAD: Final = struct.Struct(">8s32s32sH")
_COUNT: Final = struct.Struct(">Q")
MAX_FILE_SIZE: Final = (
    _HEAD.size + MAX_SOURCE_SIZE + _COUNT.size + MAX_ADDRESSES * ADDRESS_SIZE + hashlib.sha256().digest_size
)


class Unusable(ValueError):
    """The bytes are not the list of that block: damaged, cut, of another block, or of another format."""


def encode(genesis_hash: bytes, block_hash: bytes, source: str, addresses: Iterable[bytes]) -> bytes:
    """The file's bytes. The same addresses in any order give the same bytes."""
    packed = AddressSet.of(addresses).packed
    name = source.encode()[:MAX_SOURCE_SIZE]
    head = _HEAD.pack(MAGIC, genesis_hash, block_hash, len(name)) + name + _COUNT.pack(len(packed) // ADDRESS_SIZE)
    digest = hashlib.sha256(head)
    digest.update(packed)
    return b"".join((head, packed, digest.digest()))


def decode(raw: bytes, genesis_hash: bytes, block_hash: bytes) -> AccountList:
    """Read the file of exactly that block.

    :raises Unusable: anything else, with the reason.
    """
    # A view, because a copy of a long list is felt.
    body, stated = memoryview(raw)[:-HASH_SIZE], raw[-HASH_SIZE:]
    if len(body) < _HEAD.size or hashlib.sha256(body).digest() != stated:
        raise Unusable("damaged or cut")
    magic, genesis, block, name_size = _HEAD.unpack_from(body)
    if magic != MAGIC:
        raise Unusable("another format")
    if (genesis, block) != (genesis_hash, block_hash):
        raise Unusable("of another block")
    start = _HEAD.size + name_size + _COUNT.size
    if name_size > MAX_SOURCE_SIZE or len(body) < start:
        raise Unusable("cut within the head")
    (count,) = _COUNT.unpack_from(body, start - _COUNT.size)
    if count > MAX_ADDRESSES or len(body) != start + count * ADDRESS_SIZE:
        raise Unusable("not as long as its count says")
    packed = bytes(body[start:])
    if not rising(packed):
        raise Unusable("addresses doubled or out of order")
    name = bytes(body[_HEAD.size : _HEAD.size + name_size]).decode(errors="replace")
    return AccountList(AddressSet(packed), name, cached=True)
