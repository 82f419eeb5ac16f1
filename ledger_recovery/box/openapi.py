"""How routes are described: request bodies, refusals, headers and paths, in the words of OpenAPI.

Bodies are parsed by the protocol's own strict readers after the signature was checked; FastAPI only describes them.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import FastAPI, Path, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel

from ledger_recovery.box import models

BackupPath = Annotated[str, Path(json_schema_extra={"pattern": models.BACKUP_ID}, description="the backup's ID")]
GenerationPath = Annotated[
    str, Path(json_schema_extra={"pattern": r"^[1-9][0-9]{0,14}$"}, description="the generation's number, from 1")
]
DidPath = Annotated[str, Path(json_schema_extra={"pattern": models.DID}, description="a DID")]

SIGNED: Final = Security(
    APIKeyHeader(
        name="Authorization",
        scheme_name="LRBox",
        auto_error=False,
        description='LRBox device="…", time="…", nonce="…", signature="…": Ed25519 by the device key over method, '
        "target, body digest, If-Match, Idempotency-Key, X-Box-Dids, owner key, the Box's pin, time and nonce.",
    )
)

BUNDLE_TYPE: Final = "application/octet-stream"
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
_ALWAYS: Final = (408, 429, 500, 503)
_SIGNED_ALWAYS: Final = (400, 401, 413)
_SHAPES: Final[dict[int, type[BaseModel]]] = {401: models.Late, 409: models.MissingKeys, 412: models.Conflict}

Responses = dict[int | str, dict[str, Any]]


def open_answers(*statuses: int) -> Responses:
    """The refusals of a route that asks for no signature."""
    return {status: _refusal(status) for status in sorted({*statuses, *_ALWAYS})}


def _refusal(status: int) -> dict[str, Any]:
    # A reference, not a model: FastAPI would build a validator for each of some 200 answers at every start.
    schema = {"$ref": f"#/components/schemas/{_SHAPES.get(status, models.Problem).__name__}"}
    return {"description": _SENTENCES[status], "content": {"application/json": {"schema": schema}}}


def signed_answers(*statuses: int) -> Responses:
    """The refusals of a signed route."""
    return open_answers(*statuses, *_SIGNED_ALWAYS)


def json_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Describes a JSON body that the route reads itself."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema}}}}


def header(name: str, pattern: str, description: str, *, required: bool = True) -> dict[str, Any]:
    """Describes a header that the route reads itself."""
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
    }


OWNER_PROOF: Final = header(
    "Owner-Proof", r"^[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{86}$", "owner key and its signature over the same request"
)


def complete(app: FastAPI) -> dict[str, Any]:
    """The document without FastAPI's own validation errors, which this app never sends."""
    document: dict[str, Any] = FastAPI.openapi(app)
    for operations in document["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            if "HTTPValidationError" in str(answers.get("422")):
                del answers["422"]
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    refusals: tuple[type[BaseModel], ...] = (models.Problem, *_SHAPES.values())
    for model in refusals:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    return document
