"""[pure] Foreign text on its way into a report: bounded, printable, without what a URL may carry beside its host."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ledger_recovery.recover.report.model import MAX_TEXT

_USERINFO = re.compile(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#@]*(?:@[^\s/?#@]*)*@")
_QUERY = re.compile(r"(?P<url>\b[A-Za-z][A-Za-z0-9+.-]*://[^\s?#]*)[?#]\S*")


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """One line of printable characters, at most `limit`; credentials, query and fragment of URLs are cut off.

    Unprintable characters (control, direction marks, lone surrogates) could fake lines on a terminal: shown as "?".
    """
    line = "".join(c if c.isprintable() else " " if c in "\t\n\r" else "?" for c in text[: 4 * limit])
    bare = _QUERY.sub(r"\g<url>", _USERINFO.sub(r"\g<scheme>", line))
    return bare if len(bare) <= limit else bare[: limit - 1] + "…"


def timestamp(moment: datetime) -> str:
    """UTC with seconds: `2026-01-31T09:05:00Z`. A time without a zone is taken as UTC."""
    utc = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
