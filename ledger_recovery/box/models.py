"""The shapes of bodies for the OpenAPI document only; the readers and writers are in `backup.protocol_*`.

A test holds that both sides of every shape agree.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

DIGEST = r"^[0-9a-f]{64}$"
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
BACKUP_ID = r"^[a-z2-7]{52}$"
DID = r"^did:ipid:[A-Za-z0-9]{40,80}$"
# The last character of base64url holds bits that no encoder sets.
KEY = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"
SIGNATURE = r"^[A-Za-z0-9_-]{85}[AQgw]$"
MOST = 2**53 - 1

Digest = Annotated[str, Field(pattern=DIGEST, description="SHA-256 in hex")]
Time = Annotated[str, Field(pattern=TIME, description="UTC")]
Number = Annotated[int, Field(ge=0, le=MOST)]
Did = Annotated[str, Field(pattern=DID)]
Key = Annotated[str, Field(pattern=KEY, description="32 bytes, base64url without padding")]


class Shape(BaseModel):
    """Nothing but what is written down."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Every answer of status 400 and above; further fields depend on the code."""

    code: str
    sentence: str


class Late(Problem):
    """401: compare your clock."""

    time: Annotated[int, Field(description="the Box's clock, Unix seconds")]


class AnnouncedLimits(Shape):
    max_bundle_bytes: Number
    max_dids: Number
    generations_kept: Number
    retention_days: Annotated[int, Field(ge=0, description="0: generations are never dropped for their age")]
    requests_per_minute: Number


class About(Shape):
    name: str
    pin: Annotated[str, Field(pattern=DIGEST, description="SHA-256 of the Box's public key (SPKI)")]
    version: Number
    time: Number
    limits: AnnouncedLimits


class PairBody(Shape):
    token: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{22}|[0-9A-HJKMNP-TV-Z]{12})$")]
    device_public: Key


class Paired(Shape):
    device_id: str
    name: str


class CertificateBody(Shape):
    """The owner's statement that a machine may upload."""

    version: Annotated[int, Field(ge=1, le=1)]
    backup_id: Annotated[str, Field(pattern=BACKUP_ID)]
    owner_public: Key
    upload_public: Key
    device_public: Key
    did_recipient: Annotated[str, Field(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
    issued_at: Time
    signature: Annotated[str, Field(pattern=SIGNATURE)]


class Generation(Shape):
    generation: Annotated[int, Field(ge=1, le=MOST)]
    digest: Digest
    size: Number
    created: str
    stored_at: Time


class Conflict(Problem):
    """412: what is newest."""

    newest: Generation | None


class MissingKeys(Problem):
    """409: the DIDs whose keys the Box lacks; absent when the backup was retired."""

    names: list[str] = []


class Joined(Shape):
    backup_id: Annotated[str, Field(pattern=BACKUP_ID)]
    newest: Generation | None


class Head(Shape):
    newest: Generation | None
    generations: list[Generation]


class Stored(Shape):
    generation: Annotated[int, Field(ge=1, le=MOST)]
    digest: Digest
    stored_at: Time


class RetireBody(Shape):
    days: Annotated[int, Field(ge=0, le=3650)]


class Retired(Shape):
    delete_after: Time


class DidReply(Shape):
    did: Did
    document: dict[str, Any]


class DidList(Shape):
    dids: list[DidReply]


class RestoreDidsBody(Shape):
    keys: Annotated[list[dict[str, Any]], Field(max_length=100)]
    documents: Annotated[list[dict[str, Any]], Field(max_length=100)]


class DidsRestored(Shape):
    restored: list[str]
    known: list[str]


class Published(Shape):
    published: bool
    sentence: str


class Nothing(Shape):
    """An empty object, or no body at all."""


class Health(Shape):
    status: str
