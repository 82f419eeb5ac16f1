"""[io] Signed headers of requests to an Identity Box: the device's signature, and the owner's where it is needed.

The Box's clock counts: after an answer that tells it, later requests are dated by it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping

from ledger_recovery.backup import protocol
from ledger_recovery.backup.protocol import OwnerSigner, RequestFacts
from ledger_recovery.secret import SecretBytes


class DeviceSigner:
    """Signs as one device of one Box.

    :param pin: 64 hex.
    :param device_key: Ed25519 seed, 32 bytes; stays the caller's to wipe.
    :param clock: unix seconds.
    :param draw: so many random bytes.
    """

    def __init__(
        self,
        device_id: str,
        pin: str,
        device_key: SecretBytes,
        *,
        clock: Callable[[], float] = time.time,
        draw: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._device_id = device_id
        self._pin = pin
        self._key = device_key
        self._clock = clock
        self._draw = draw
        self._ahead = 0

    def take_time(self, box_time: int | None) -> bool:
        """Learn the Box's clock from a refusal; whether another try with it may do better."""
        if box_time is None:
            return False
        ahead = box_time - int(self._clock())
        helps = abs(ahead - self._ahead) >= protocol.CLOCK_WINDOW // 2
        self._ahead = ahead if helps else self._ahead
        return helps

    def headers(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], owner: OwnerSigner | None
    ) -> dict[str, str]:
        """All headers of one sending of a request: those given, and the signatures over them with a fresh nonce."""
        facts = RequestFacts(
            method,
            target,
            hashlib.sha256(body).hexdigest(),
            self._pin,
            int(self._clock()) + self._ahead,
            protocol.encode(self._draw(protocol.NONCE_BYTES)),
            if_match=headers.get(protocol.IF_MATCH, ""),
            idempotency_key=headers.get(protocol.IDEMPOTENCY_KEY, ""),
            dids=headers.get(protocol.BOX_DIDS, ""),
            owner_public=protocol.encode(owner.owner_public) if owner else "",
        )
        signed = {**headers, protocol.AUTHORIZATION: protocol.authorization(facts, self._device_id, self._key)}
        if owner is not None:
            signed[protocol.OWNER_PROOF] = protocol.owner_proof(facts, owner)
        return signed
