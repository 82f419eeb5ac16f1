"""What a fault does to a call, as frozen data. [pure]

Four kinds: on the connection, before the answer, on what the node sees of the chain, and on the answer's bytes.
Waiting and closing sockets is done by `service` and `gate`; the rest is done here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from emulator.node.encode import padding
from emulator.node.refusal import Refusal
from emulator.node.view import Generation, View
from emulator.world.derivation import account_address

DEFAULT_TEXTS = {
    "RESOURCE_EXHAUSTED": "Too many concurrent requests.",
    "CANCELLED": "Timeout expired",
    "UNAVAILABLE": "Consensus is not running.",
    "NOT_FOUND": "account or block not found.",
    "INVALID_ARGUMENT": "missing field",
    "UNIMPLEMENTED": "`{method}` is not enabled.",
    "INTERNAL": "Internal error: account or block. Please report this bug.",
}
"""Texts of concordium-node for each status; `{method}` becomes the method's name."""


# ---- On the connection ----


@dataclass(frozen=True)
class Refuse:
    """Nothing listens: connections are refused and open ones are reset."""


@dataclass(frozen=True)
class Mute:
    """Connections are accepted, then silence (the node's connection limit is reached)."""


@dataclass(frozen=True)
class Reset:
    """The connection is reset (TCP RST) when the call arrives."""


# ---- Before the answer ----


@dataclass(frozen=True)
class Delay:
    """The answer comes late.

    :param workers: how many calls are delayed at once; 1 makes it a server that works through a queue
    """

    seconds: float
    workers: int | None = None


@dataclass(frozen=True)
class Hang:
    """No answer ever; only the client ends the call."""


@dataclass(frozen=True)
class Fail:
    """The call ends with a status."""

    status: str
    text: str | None = None

    def refusal(self, method: str) -> Refusal:
        """The refusal for a call of `method`."""
        text = DEFAULT_TEXTS.get(self.status, "") if self.text is None else self.text
        return Refusal(self.status, text.replace("{method}", method))


@dataclass(frozen=True)
class Limits:
    """The node's limits (concordium-node docs/grpc2.md); calls beyond `total` get RESOURCE_EXHAUSTED.

    :param per_connection: further calls on a connection wait
    :param seconds: time until the first reply, then CANCELLED
    """

    per_connection: int = 10
    total: int = 100
    seconds: float = 30.0


# ---- On what the node sees ----


@dataclass(frozen=True)
class Lag:
    """The node is behind: its last final block is old, later credentials are absent, and there is no error."""

    blocks: int

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, lag=view.lag + self.blocks)


@dataclass(frozen=True)
class Forget:
    """The node no longer knows any block hash given before (restored, or rolled to another database)."""

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, epoch=view.epoch + 1)


@dataclass(frozen=True)
class BlockAge:
    """All blocks are older by so many seconds (negative: they lie in the future)."""

    seconds: float

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, age_ms=view.age_ms + round(self.seconds * 1000))


@dataclass(frozen=True)
class ClockOff:
    """The node's clock is ahead by so many seconds."""

    seconds: float

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, clock_ms=view.clock_ms + round(self.seconds * 1000))


@dataclass(frozen=True)
class WrongNetwork:
    """Another genesis; the commitment key is the same on every network."""

    genesis_hash: bytes
    genesis_string: str

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, genesis_hash=self.genesis_hash, genesis_string=self.genesis_string)


@dataclass(frozen=True)
class Hide:
    """Credential IDs or addresses that exist but are not found.

    :param genesis_cred_ids: all credentials of the genesis are not found by ID (concordium-node issue 1008)
    """

    targets: frozenset[bytes]
    lookups: bool = True
    list: bool = True
    genesis_cred_ids: bool = False

    def seen(self, view: View) -> View:
        """The bent view."""
        hide = view.hide | self.targets if self.lookups else view.hide
        listed = view.hide_listed | self.targets if self.list else view.hide_listed
        genesis = view.hide_genesis_cred_ids or self.genesis_cred_ids
        return replace(view, hide=hide, hide_listed=listed, hide_genesis_cred_ids=genesis)


@dataclass(frozen=True)
class ListMore:
    """Addresses in the account list that no look-up finds.

    :param cred_ids: list the address that each of these would have
    """

    addresses: tuple[bytes, ...] = ()
    cred_ids: tuple[bytes, ...] = ()

    def seen(self, view: View) -> View:
        """The bent view."""
        made = tuple(account_address(cred_id) for cred_id in self.cred_ids)
        return replace(view, listed=view.listed + self.addresses + made)


@dataclass(frozen=True)
class Substitute:
    """Asked for one credential ID or address, the node answers for another; so does its list."""

    pairs: Mapping[bytes, bytes]

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, substitutes={**view.substitutes, **self.pairs})


@dataclass(frozen=True)
class Software:
    """Older or newer node software."""

    generation: Generation

    def seen(self, view: View) -> View:
        """The bent view."""
        return replace(view, generation=self.generation)


# ---- On the answer ----


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no message."""

    content: bytes = b"\xff" * 16

    def altered(self, message: bytes) -> bytes:
        """The changed message."""
        return self.content


@dataclass(frozen=True)
class Truncate:
    """Only the first part of each message.

    :param keep: fraction of the bytes that stay
    """

    keep: float = 0.5

    def altered(self, message: bytes) -> bytes:
        """The changed message."""
        return message[: int(len(message) * self.keep)]


@dataclass(frozen=True)
class Oversize:
    """So many bytes more, in a field that a reader would skip."""

    size: int = 5 * 1024 * 1024

    def altered(self, message: bytes) -> bytes:
        """The changed message."""
        return message + padding(self.size)


@dataclass(frozen=True)
class BlockHashHeader:
    """Another `blockhash` in the initial metadata, or none (content None)."""

    content: str | None = None


@dataclass(frozen=True)
class Cut:
    """A stream ends early: with a status, or (None) as if it were whole."""

    after: int
    status: str | None = "UNAVAILABLE"

    def streamed(self, items: Iterator[bytes]) -> Iterator[bytes]:
        """The changed stream."""
        for count, item in enumerate(items):
            if count == self.after:
                break
            yield item
        if self.status is not None:
            raise Fail(self.status, "stream was cut").refusal("")


@dataclass(frozen=True)
class Shuffle:
    """A stream in another order, the same for the same seed."""

    seed: int = 1

    def streamed(self, items: Iterator[bytes]) -> Iterator[bytes]:
        """The changed stream."""
        everything = list(items)
        random.Random(self.seed).shuffle(everything)  # noqa: S311 - an order, not a secret
        yield from everything


@dataclass(frozen=True)
class Duplicate:
    """A stream in which each item comes `times` times."""

    times: int = 2

    def streamed(self, items: Iterator[bytes]) -> Iterator[bytes]:
        """The changed stream."""
        for item in items:
            for _ in range(self.times):
                yield item


ConnectionEffect = Refuse | Mute
ViewEffect = Lag | Forget | BlockAge | ClockOff | WrongNetwork | Hide | ListMore | Substitute | Software
MessageEffect = Garbage | Truncate | Oversize
StreamEffect = Cut | Shuffle | Duplicate
Effect = (
    ConnectionEffect
    | Reset
    | Delay
    | Hang
    | Fail
    | Limits
    | ViewEffect
    | MessageEffect
    | BlockHashHeader
    | StreamEffect
)
