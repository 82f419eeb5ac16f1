"""[pure] What a computer sends to an Identity Box (HTTP interface, version 1), as frozen values with their JSON.

Reading is strict: a field that is not known is refused. Certificates have their own file; bundles travel as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from ledger_recovery.backup.protocol import KEY_BYTES, MAX_DIDS, decode, encode
from ledger_recovery.backup.protocol_json import mappings, number, only, text

MAX_REQUEST_BYTES: Final = 1024 * 1024
"""Of every request body but a bundle's."""
MAX_RETIRE_DAYS: Final = 3650

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}|[0-9A-HJKMNP-TV-Z]{12}")
"""Of a link (base64url of 16 bytes) or of a typed code (12 characters of Crockford's base32)."""
_PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class PairRequest:
    """POST /v1/pair. `token`: one-time, secret; `device_public`: the machine's Ed25519 key, 32 bytes."""

    token: str = field(repr=False)
    device_public: bytes

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        """:raises BadMessage: a field is missing, wrong or unknown; so do all `from_json` of this file."""
        only(fields, "token", "device_public")
        return cls(text(fields, "token", TOKEN), decode(text(fields, "device_public", _PUBLIC_KEY), KEY_BYTES))

    def to_json(self) -> dict[str, object]:
        return {"token": self.token, "device_public": encode(self.device_public)}


@dataclass(frozen=True, slots=True)
class RetireRequest:
    """POST retire: delete this backup after `days` days; needs the owner's proof."""

    days: int

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        only(fields, "days")
        return cls(number(fields, "days", most=MAX_RETIRE_DAYS))

    def to_json(self) -> dict[str, object]:
        return {"days": self.days}


@dataclass(frozen=True, slots=True)
class RestoreDids:
    """POST restore: DIDs with their private keys and documents, each an object of `did_keys` and `did_document`."""

    keys: tuple[dict[str, object], ...] = field(repr=False)
    documents: tuple[dict[str, object], ...]

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> Self:
        only(fields, "keys", "documents")
        return cls(mappings(fields, "keys", most=MAX_DIDS), mappings(fields, "documents", most=MAX_DIDS))

    def to_json(self) -> dict[str, object]:
        return {"keys": list(self.keys), "documents": list(self.documents)}
