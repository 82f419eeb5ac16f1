"""[pure] What an Identity Box answers (HTTP interface, version 1), as frozen values with their JSON in both directions.

Reading is strict about every field that is known and passes over fields that are not, so that a newer Box may tell
more. Texts that the Box words itself come out bounded and harmless to a terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Self

from ledger_recovery.backup.ids import MAX_GENERATION
from ledger_recovery.backup.protocol import BACKUP_ID, DEVICE_ID, DID, MAX_DIDS
from ledger_recovery.backup.protocol_json import HEX_32, TIMESTAMP, mapping, mappings, number, text, texts, worded

MAX_GENERATIONS: Final = 10_000
"""Generations in one answer; a Box announces how many it keeps."""
# Codes of refusals that a client treats in a way of their own.
NO_SUCH_BACKUP: Final = "no-such-backup"
CONFLICT: Final = "conflict"
DID_KEY_MISSING: Final = "did-key-missing"
PAIRING_REFUSED: Final = "pairing-refused"
UNAUTHORISED: Final = "unauthorised"
TOO_LARGE: Final = "too-large"
TOO_MANY: Final = "too-many"
FULL: Final = "full"


@dataclass(frozen=True, slots=True)
class _Reply:
    """An answer whose JSON is its fields under their own names."""

    def to_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Limits(_Reply):
    """What a Box takes and keeps. `generations_kept` and `retention_days`: of each backup."""

    max_bundle_bytes: int
    max_dids: int
    generations_kept: int
    retention_days: int
    requests_per_minute: int

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        """:raises BadMessage: a field is missing or wrong; so do all `from_json` of this file."""
        return cls(
            number(fields, "max_bundle_bytes", least=1),
            number(fields, "max_dids"),
            number(fields, "generations_kept", least=1),
            number(fields, "retention_days"),
            number(fields, "requests_per_minute", least=1),
        )


@dataclass(frozen=True, slots=True)
class About(_Reply):
    """GET /v1/about. `pin`: 64 hex; `version`: of this interface; `time`: the Box's clock, unix seconds."""

    name: str
    pin: str
    version: int
    time: int
    limits: Limits

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(
            worded(fields, "name"),
            text(fields, "pin", HEX_32),
            number(fields, "version", least=1),
            number(fields, "time"),
            Limits.from_json(mapping(fields, "limits")),
        )


@dataclass(frozen=True, slots=True)
class Paired(_Reply):
    """201 of POST /v1/pair: how the Box calls this machine from now on, and its own name."""

    device_id: str
    name: str

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(text(fields, "device_id", DEVICE_ID), worded(fields, "name"))


@dataclass(frozen=True, slots=True)
class Generation(_Reply):
    """One stored bundle. `digest`: 64 hex; `size`: bytes; `created` by the machine, `stored_at` by the Box, UTC."""

    generation: int
    digest: str
    size: int
    created: str
    stored_at: str

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(
            _generation(fields),
            text(fields, "digest", HEX_32),
            number(fields, "size"),
            text(fields, "created", TIMESTAMP),
            text(fields, "stored_at", TIMESTAMP),
        )


@dataclass(frozen=True, slots=True)
class Head(_Reply):
    """GET of a backup: the newest generation (None before the first) and all that are kept, oldest first."""

    newest: Generation | None
    generations: tuple[Generation, ...] = ()

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        kept = mappings(fields, "generations", most=MAX_GENERATIONS)
        return cls(_newest(fields), tuple(Generation.from_json(one) for one in kept))


@dataclass(frozen=True, slots=True)
class Joined(_Reply):
    """Answer to a certificate: this machine may upload to the backup from now on. `newest`: None before the first."""

    backup_id: str
    newest: Generation | None

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(text(fields, "backup_id", BACKUP_ID), _newest(fields))


@dataclass(frozen=True, slots=True)
class Stored(_Reply):
    """201 of PUT: this bundle is on the Box's disk."""

    generation: int
    digest: str
    stored_at: str

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(_generation(fields), text(fields, "digest", HEX_32), text(fields, "stored_at", TIMESTAMP))


@dataclass(frozen=True, slots=True)
class Retired(_Reply):
    """Answer to retire: the Box deletes the backup at this time (UTC)."""

    delete_after: str

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(text(fields, "delete_after", TIMESTAMP))


@dataclass(frozen=True, slots=True)
class DidReply(_Reply):
    """One DID that the Box keeps the keys of. `document`: the DID document, not yet checked against its name."""

    did: str
    document: dict[str, object]

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(text(fields, "did", DID), mapping(fields, "document"))


@dataclass(frozen=True, slots=True)
class DidList(_Reply):
    """GET of a backup's DIDs."""

    dids: tuple[DidReply, ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(tuple(DidReply.from_json(one) for one in mappings(fields, "dids", most=MAX_DIDS)))


@dataclass(frozen=True, slots=True)
class DidsRestored(_Reply):
    """Which DIDs the Box took over, and which it had already."""

    restored: tuple[str, ...]
    known: tuple[str, ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(texts(fields, "restored", DID, most=MAX_DIDS), texts(fields, "known", DID, most=MAX_DIDS))


@dataclass(frozen=True, slots=True)
class Published(_Reply):
    """Answer to publish: whether the Box published (False: publishing is off there), and a sentence about it."""

    published: bool
    sentence: str

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(fields.get("published") is True, worded(fields, "sentence"))


@dataclass(frozen=True, slots=True)
class Refusal(_Reply):
    """Any answer of status 400 and above. `newest`: of a conflict; `names`: DIDs whose keys are missing; `time`: the
    Box's clock where a request's time was wrong, else None."""

    code: str
    sentence: str
    newest: Generation | None = None
    names: tuple[str, ...] = field(default=())
    time: int | None = None

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        return cls(
            worded(fields, "code")[:40],
            worded(fields, "sentence"),
            _newest(fields),
            texts(fields, "names", DID, most=MAX_DIDS) if "names" in fields else (),
            number(fields, "time") if "time" in fields else None,
        )

    def to_json(self) -> dict[str, object]:
        told: dict[str, object] = {"code": self.code, "sentence": self.sentence}
        if self.newest is not None or self.code == CONFLICT:
            told["newest"] = None if self.newest is None else self.newest.to_json()
        if self.names:
            told["names"] = list(self.names)
        if self.time is not None:
            told["time"] = self.time
        return told


def _generation(fields: Mapping[str, object]) -> int:
    return number(fields, "generation", least=1, most=MAX_GENERATION)


def _newest(fields: Mapping[str, object]) -> Generation | None:
    return None if fields.get("newest") is None else Generation.from_json(mapping(fields, "newest"))
