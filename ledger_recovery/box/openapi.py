"""The OpenAPI document: FastAPI writes it from the Box's routes and from what `described` says of them.

Loaded when somebody asks for the document, because FastAPI and pydantic take longer to load than all the rest of a Box.
Requests never come here: endpoints read them with the protocol's own strict readers, after the signature was checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import getdoc
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from ledger_recovery.box import models
from ledger_recovery.box.described import OPERATIONS, PARAMETERS, REFUSAL_SHAPES, Operation, answers
from ledger_recovery.box.routing import BoxRoute

_SCHEME: Final = "LRBox"
_SIGNED: Final = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": 'LRBox device="…", time="…", nonce="…", signature="…": Ed25519 by the device key over method, '
    "target, body digest, If-Match, Idempotency-Key, X-Box-Dids, owner key, the Box's pin, time and nonce.",
}
_IN_PATH: Final = re.compile(r"{(\w+)}")
_REF: Final = "#/components/schemas/{model}"


def document(routes: Iterable[BoxRoute]) -> dict[str, Any]:
    """The document of all routes that are not pages.

    :raises KeyError: a route that is not described.
    """
    app = FastAPI(title="Identity Box", version="1", description="Keeps encrypted backups that it cannot read.")
    for route in routes:
        if route.described:
            _add(app, route, OPERATIONS[route.method, route.path])
    written: dict[str, Any] = app.openapi()
    components = written.setdefault("components", {})
    components["securitySchemes"] = {_SCHEME: _SIGNED}
    schemas = components.setdefault("schemas", {})
    shapes: tuple[type[BaseModel], ...] = (models.Problem, *REFUSAL_SHAPES.values())
    for model in shapes:
        schema = _schema(model)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    return written


def _add(app: FastAPI, route: BoxRoute, told: Operation) -> None:
    extra: dict[str, Any] = {}
    parameters = [*(PARAMETERS[name] for name in _IN_PATH.findall(route.path)), *told.headers]
    if parameters:
        extra["parameters"] = parameters
    if told.signed:
        extra["security"] = [{_SCHEME: []}]
    if told.body is not None:
        extra["requestBody"] = {"required": told.body_needed, "content": {told.body_type: {"schema": _body(told.body)}}}
    app.add_api_route(
        route.path,
        _nothing,
        methods=[route.method],
        name=route.endpoint.__name__,
        description=getdoc(route.endpoint),
        tags=[told.tag],
        status_code=told.status,
        response_model=told.answer,
        response_class=JSONResponse if told.answer is not None else told.answer_class,
        responses=answers(told),
        openapi_extra=extra,
    )


def _body(shape: type[BaseModel] | dict[str, Any]) -> dict[str, Any]:
    return _schema(shape) if isinstance(shape, type) else shape


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(ref_template=_REF)


async def _nothing() -> None:
    """Stands for every endpoint: FastAPI describes and is never asked."""
