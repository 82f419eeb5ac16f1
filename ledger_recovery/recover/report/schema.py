"""[pure] The published JSON schemas of reports, by their names, and the check of a document against its own.

The schemas are package data: constants that are loaded like code, not input.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ledger_recovery.recover.report.json_schema import Schema, first_problem
from ledger_recovery.recover.report.model import SCHEMA_NAME, SCHEMA_VERSION

EVM_SCHEMA_NAME = "ledger-recovery/evm-report"
EVM_SCHEMA_VERSION = 1

VERSIONS = {SCHEMA_NAME: SCHEMA_VERSION, EVM_SCHEMA_NAME: EVM_SCHEMA_VERSION}
"""Schema -> the newest version of it that this program knows."""

_FILES = {SCHEMA_NAME: "report.schema.json", EVM_SCHEMA_NAME: "evm-report.schema.json"}


@cache
def report_schema(name: str = SCHEMA_NAME) -> Schema:
    """The schema of a kind of report, without the envelope that holds its signature."""
    text = files("ledger_recovery.recover.report").joinpath(_FILES[name]).read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def shape_problem(report: object) -> str | None:
    """Where and how a report breaks the schema that it names first, or None when it fits."""
    name = report.get("schema") if isinstance(report, Mapping) else None
    return first_problem(report, report_schema(name if isinstance(name, str) and name in _FILES else SCHEMA_NAME))
