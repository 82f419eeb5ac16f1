"""[pure] The small interface behind which DID documents are published; off by default, nothing else depends on it.

Names are computed offline, so a DID exists and is backed up whether it was ever published or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ledger_recovery.errors import BoxError
from ledger_recovery.secret import SecretBytes


@dataclass(frozen=True)
class PublishOrder:
    """One document to publish under one name.

    :param name: canonical IPNS name, "k…".
    :param name_key: libp2p private-key message of the name's key.
    :param document: DAG-CBOR. :param cid: of the document, which the publisher must confirm.
    """

    name: str
    name_key: SecretBytes = field(repr=False)
    document: bytes
    cid: str


class PublishFailed(BoxError):
    """The publisher is off, did not answer, or answered something else than it was told."""

    code = "publish-failed"


class Publisher(Protocol):
    """Stores a document and points its name at it; publishing again is harmless."""

    async def publish(self, order: PublishOrder) -> None:
        """:raises PublishFailed: it is not known to be published."""


class NoPublisher:
    """The default: says that publishing is off."""

    async def publish(self, order: PublishOrder) -> None:
        raise PublishFailed(
            f"this Box publishes no DIDs, so {order.name} stays private",
            "Start the Box with a Kubo address to publish.",
        )
