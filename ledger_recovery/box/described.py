"""What each route takes and answers, in the words of OpenAPI; `openapi` makes the document of it.

A test holds that every route is described here, and another that the Box answers as described.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from ledger_recovery.box import models
from ledger_recovery.box.routes_backups import BUNDLE_TYPE

JSON: Final = "application/json"
_BINARY: Final = {"type": "string", "format": "binary"}
_SENTENCES: Final = {
    400: "malformed",
    401: "not signed by a device of this Box, repeated, or clocks differ",
    403: "not allowed",
    404: "not here, or not for this device: the same answer",
    408: "took too long",
    409: "DID keys are missing here, or the backup was retired",
    412: "another generation is newest",
    413: "the body is too large",
    422: "understood, but it cannot be right",
    428: "If-Match is missing",
    429: "too many requests; see Retry-After",
    500: "a defect of the Box",
    503: "busy, or the disk failed; see Retry-After",
    507: "full",
}
_ALWAYS: Final = (400, 408, 429, 500, 503)
_SIGNED_ALWAYS: Final = (401, 413)
REFUSAL_SHAPES: Final[Mapping[int, type[BaseModel]]] = {
    401: models.Late,
    409: models.MissingKeys,
    412: models.Conflict,
}
"""Refusals that tell more than a code and a sentence."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    :param answer: of success: a shape, or None for no body or one that `also` describes.
    :param refused: statuses besides those that every route has.
    """

    tag: str
    answer: type[BaseModel] | None = None
    status: int = 200
    refused: tuple[int, ...] = ()
    signed: bool = True
    body: type[BaseModel] | dict[str, Any] | None = None
    body_type: str = JSON
    body_needed: bool = True
    headers: tuple[dict[str, Any], ...] = ()
    also: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    answer_class: type[Response] = Response


def answers(told: Operation) -> dict[int | str, dict[str, Any]]:
    """All answers but plain success."""
    refused = sorted({*told.refused, *_ALWAYS, *(_SIGNED_ALWAYS if told.signed else ())})
    found: dict[int | str, dict[str, Any]] = dict(told.also.items())
    return found | {status: _refusal(status) for status in refused}


def _refusal(status: int) -> dict[str, Any]:
    # A reference, not a model: FastAPI would build a validator for each of some 200 answers.
    schema = {"$ref": f"#/components/schemas/{REFUSAL_SHAPES.get(status, models.Problem).__name__}"}
    return {"description": _SENTENCES[status], "content": {JSON: {"schema": schema}}}


def _parameter(name: str, where: str, pattern: str, description: str, *, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": where, "required": required, "description": description, "schema": schema}


PARAMETERS: Final = {
    "backup_id": _parameter("backup_id", "path", models.BACKUP_ID, "the backup's ID"),
    "generation": _parameter("generation", "path", r"^[1-9][0-9]{0,14}$", "the generation's number, from 1"),
    "did": _parameter("did", "path", models.DID, "a DID"),
}
_PROOF: Final = (
    _parameter(
        "Owner-Proof",
        "header",
        r"^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{86}$",
        "owner key and its signature over the same request",
    ),
)
_PUT: Final = (
    _parameter("If-Match", "header", r'^("[0-9a-f]{64}"|none)$', "digest of the generation before, in quotes, or none"),
    _parameter("Idempotency-Key", "header", r"^[A-Za-z0-9_-]{16,64}$", "the same for every try of one upload"),
    _parameter(
        "X-Box-Dids",
        "header",
        r"^[A-Za-z0-9:,]{0,8192}$",
        "the DIDs that the bundle names, by commas",
        required=False,
    ),
)
_BACKUP, _DIDS = "/v1/backups/{backup_id}", "/v1/backups/{backup_id}/dids"
_GENERATION = f"{_BACKUP}/generations/{{generation}}"

OPERATIONS: Final[Mapping[tuple[str, str], Operation]] = {
    ("GET", "/v1/about"): Operation("about", models.About, signed=False),
    ("POST", "/v1/pair"): Operation(
        "devices", models.Paired, 201, refused=(403, 413, 507), signed=False, body=models.PairBody
    ),
    ("DELETE", "/v1/devices/self"): Operation("devices", status=204),
    ("GET", "/healthz"): Operation("watching", models.Health, signed=False),
    ("GET", "/metrics"): Operation("watching", refused=(404,), signed=False, answer_class=PlainTextResponse),
    ("POST", _BACKUP): Operation(
        "backups",
        models.Joined,
        201,
        refused=(422, 507),
        body=models.CertificateBody,
        also={200: {"model": models.Joined, "description": "it was here; joined"}},
    ),
    ("POST", f"{_BACKUP}/certificates"): Operation(
        "backups", models.Joined, refused=(404, 422, 507), body=models.CertificateBody
    ),
    ("GET", _BACKUP): Operation("backups", models.Head, refused=(404,)),
    ("HEAD", _BACKUP): Operation("backups", refused=(404,)),
    ("GET", _GENERATION): Operation(
        "backups", refused=(404,), also={200: {"content": {BUNDLE_TYPE: {"schema": _BINARY}}}}
    ),
    ("GET", f"{_GENERATION}/part"): Operation(
        "backups", refused=(404,), also={200: {"content": {JSON: {"schema": {"type": "object"}}}}}
    ),
    ("PUT", _GENERATION): Operation(
        "backups",
        models.Stored,
        201,
        refused=(404, 409, 412, 422, 428, 507),
        body=_BINARY,
        body_type=BUNDLE_TYPE,
        headers=_PUT,
    ),
    ("DELETE", _BACKUP): Operation("backups", status=204, refused=(403, 404), headers=_PROOF),
    ("DELETE", _GENERATION): Operation("backups", status=204, refused=(403, 404), headers=_PROOF),
    ("POST", f"{_BACKUP}/retire"): Operation(
        "backups", models.Retired, refused=(403, 404), body=models.RetireBody, headers=_PROOF
    ),
    ("POST", _DIDS): Operation(
        "dids", models.DidReply, 201, refused=(404, 507), body=models.Nothing, body_needed=False
    ),
    ("GET", _DIDS): Operation("dids", models.DidList, refused=(404,)),
    ("POST", f"{_DIDS}/restore"): Operation(
        "dids", models.DidsRestored, refused=(404, 422, 507), body=models.RestoreDidsBody
    ),
    ("GET", f"{_DIDS}/{{did}}"): Operation("dids", models.DidReply, refused=(404,)),
    ("DELETE", f"{_DIDS}/{{did}}"): Operation("dids", status=204, refused=(404,)),
    ("POST", f"{_DIDS}/{{did}}/publish"): Operation(
        "dids", models.Published, refused=(404,), body=models.Nothing, body_needed=False
    ),
}
