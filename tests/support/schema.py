"""The reference JSON Schema validator, for tests that compare with it. (It ships no types, hence the late import.)"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any


def reference_problems(value: object, schema: Mapping[str, object]) -> list[str]:
    return [str(error.message) for error in _validator(json.dumps(schema)).iter_errors(value)]


@cache
def _validator(schema: str) -> Any:
    validator: Any = importlib.import_module("jsonschema").Draft202012Validator
    validator.check_schema(json.loads(schema))
    return validator(json.loads(schema))
