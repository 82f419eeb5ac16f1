"""A client and the answers of a good Box, for tests against `tests.support.box_double`."""

from __future__ import annotations

import hashlib

from ledger_recovery.backup.client import BoxClient, ClientTiming
from ledger_recovery.backup.protocol_replies import About, Generation, Limits
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BoxPairing
from tests.support.box_double import BoxDouble, Reply, reply

BACKUP_ID = "a" * 52
DID = "did:ipid:k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r"
AT = "2026-11-22T10:00:00Z"
NOW = 1_795_000_000
BUNDLE = b"a bundle, as far as the client is concerned"
DIGEST = hashlib.sha256(BUNDLE).hexdigest()
NEWEST = Generation(3, DIGEST, len(BUNDLE), AT, AT)
DEVICE_KEY = bytes(range(32))

QUICK = ClientTiming(connect=5, silence=5, short=10, long=10, attempts=3, first_wait=0, longest_wait=0)
"""For what must succeed or fail at once; nothing waits between tries."""
IMPATIENT = ClientTiming(connect=5, silence=0.2, short=0.6, long=0.6, attempts=1)
"""For a Box that never finishes its answer."""
NO_TLS = ClientTiming(connect=0.2, silence=5, short=10, long=10, attempts=2, first_wait=0, longest_wait=0)
"""For a listener that never begins."""


def pairing(box: BoxDouble, **changed: object) -> BoxPairing:
    fields: dict[str, object] = {
        "url": box.url,
        "name": "attic",
        "pin": box.identity.pin.hex(),
        "certificate": box.identity.der,
        "device_id": "dev-1",
        "key_ref": "ref",
        "paired_at": AT,
    }
    return BoxPairing(**(fields | changed))  # type: ignore[arg-type]  # fields of several types by name


def client(box: BoxDouble, timing: ClientTiming = QUICK, **changed: object) -> BoxClient:
    return BoxClient(pairing(box, **changed), SecretBytes(DEVICE_KEY), timing=timing, clock=lambda: NOW)


def about(box: BoxDouble, **changed: object) -> dict[str, object]:
    told = About("attic", box.identity.pin.hex(), 1, NOW, Limits(2**26, 100, 30, 90, 600)).to_json()
    return told | changed


def bundle(body: bytes = BUNDLE, digest: str = DIGEST) -> Reply:
    return reply(200, body, etag=f'"{digest}"')


def stored(**changed: object) -> dict[str, object]:
    return {"generation": 4, "digest": DIGEST, "stored_at": AT} | changed


def refusal(status: int, code: str, **more: object) -> Reply:
    return reply(status, {"code": code, "sentence": "it says why", **more})
