"""[pure] Remembers keyed digests of the exported keys of a run, never the keys.

Two identities giving one key mean that app and command format do not fit together (a 4.x app asked in the 5.x form
answers identity 0 for every index below 256); one identity giving two keys means that the wallet changed.
"""

from __future__ import annotations

import hmac

from ledger_recovery.device.apps.concordium import Form, Target
from ledger_recovery.errors import OtherDevice, RepeatedKey
from ledger_recovery.secret import SecretBytes


class KeysSeen:
    """:param digest_key: at least 16 random bytes of this process, so that a digest says nothing to anyone else."""

    def __init__(self, digest_key: bytes) -> None:
        if len(digest_key) < 16:
            raise ValueError("the digest key needs at least 16 bytes")
        self._digest_key = digest_key
        self._target_of: dict[bytes, tuple[Target, Form]] = {}
        self._digest_of: dict[tuple[Target, Form], bytes] = {}

    def record(self, target: Target, form: Form, secret: SecretBytes) -> None:
        """Note a key of an identity.

        :raises RepeatedKey: another identity of this run gave the same key.
        :raises OtherDevice: this identity gave another key before.
        """
        digest = hmac.digest(self._digest_key, secret.reveal(), "sha256")
        earlier, _ = self._target_of.setdefault(digest, (target, form))
        if earlier != target:
            raise RepeatedKey(
                f"the Ledger gave the same key for {target} as for {earlier}",
                "Stop: nothing found in this run can be trusted. Update the Concordium app and this program.",
            )
        if self._digest_of.setdefault((target, form), digest) != digest:
            raise OtherDevice(
                f"the Ledger gave another key for {target} than before",
                "Check that the same Ledger with the same recovery phrase is connected, then begin again.",
            )
