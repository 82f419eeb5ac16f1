"""[pure] The published JSON schema of reports, and the check of a document against it.

The schema is package data: a constant that is loaded like code, not input.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from ledger_recovery.recover.report.json_schema import Schema, first_problem


@cache
def report_schema() -> Schema:
    """The schema of the report itself, without the envelope that holds its signature."""
    text = files("ledger_recovery.recover.report").joinpath("report.schema.json").read_text("utf-8")
    schema: Schema = json.loads(text)
    return schema


def shape_problem(report: object) -> str | None:
    """Where and how a report breaks the schema first, or None when it fits."""
    return first_problem(report, report_schema())
