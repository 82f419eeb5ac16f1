"""Whether an answer is one that the Box may give: announced in the OpenAPI document, of its shape, telling nothing."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import Any

from tests.faults.box_fuzz.world import Answer, Raw, World

UNROUTED = frozenset({400, 404, 405})
"""400: framed in two ways, which is refused before anything else is looked at."""
JSON = b"application/json"
Validator = Any
"""jsonschema's, which ships no types."""
REFUSALS = 400
DEFECT = 500
ALWAYS_THERE = {
    b"cache-control": b"no-store",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
}


class Offence(AssertionError):
    """An answer that must not be, with the request that got it."""

    def __init__(self, why: str, raw: Raw, answer: Answer) -> None:
        shown = f"{raw.method} {raw.target[:300]!r} {raw.headers!r} body {raw.body[:300]!r}"
        super().__init__(f"{why}: {answer.status} {answer.body[:500]!r} to {shown}")


class Judge:
    """:param world: whose document and whose files are looked at."""

    def __init__(self, world: World) -> None:
        self._world = world
        document = world.app.openapi()
        self._announced = {
            (method.upper(), path): {int(s): _of_answer(document, answer) for s, answer in said["responses"].items()}
            for path, operations in document["paths"].items()
            for method, said in operations.items()
        }
        self._problem = _validator({"$ref": "#/components/schemas/Problem"}, document)

    def check(self, raw: Raw, answer: Answer) -> None:
        """:raises Offence: the Box may not answer this."""
        if answer.status == DEFECT:
            raise Offence("a defect", raw, answer)
        if any(answer.header(name) != value for name, value in ALWAYS_THERE.items()):
            raise Offence("a header is missing", raw, answer)
        announced = self._announced.get((raw.method, answer.template or ""))
        if announced is None:
            self._unannounced(raw, answer)
        elif answer.status not in announced:
            raise Offence("a status that is not announced", raw, answer)
        elif raw.method != "HEAD" and announced[answer.status] is not None:
            self._shape(announced[answer.status], raw, answer)
        if any(secret in answer.body for secret in (b"Traceback", b"/box.", b"sqlite")):
            raise Offence("the answer tells about the Box's insides", raw, answer)

    def check_victim(self, raw: Raw, answer: Answer) -> None:
        """:raises Offence: something of Alice's is not as it was."""
        if self._world.hers() != self._world.victim:
            raise Offence("somebody else's backup was changed", raw, answer)

    def _unannounced(self, raw: Raw, answer: Answer) -> None:
        """Pages for people, the document itself, and what fits no route."""
        if answer.status in UNROUTED and raw.method != "HEAD":
            self._shape(self._problem, raw, answer)
        elif answer.status >= REFUSALS and answer.status not in UNROUTED:
            raise Offence("a refusal outside of all routes", raw, answer)

    def _shape(self, validator: Validator | None, raw: Raw, answer: Answer) -> None:
        if validator is None:
            return
        if not answer.header(b"content-type").startswith(JSON):
            raise Offence("not JSON", raw, answer)
        problem = next(validator.iter_errors(json.loads(answer.body)), None)
        if problem is not None:
            raise Offence(f"another shape than announced ({problem.message})", raw, answer)


def _of_answer(document: Mapping[str, Any], answer: Mapping[str, Any]) -> Validator | None:
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else _validator(schema, document)


def _validator(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Validator:
    jsonschema: Any = importlib.import_module("jsonschema")
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})
