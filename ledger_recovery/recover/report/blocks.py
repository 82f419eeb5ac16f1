"""[pure] The blocks that the reports of all chain families have, made of what their results have alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ledger_recovery.recover.report.clean import clean, timestamp
from ledger_recovery.recover.report.model import Failure, Head, NamedText, Timing, Wallet
from ledger_recovery.recover.result import DeviceFacts

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def head(run_id: str, finished: datetime, tool_version: str) -> Head:
    """Of a report that is not redacted yet."""
    return Head(
        report_id=clean(run_id, 64),
        created=timestamp(finished),
        tool_version=clean(tool_version, 64),
        redaction="full",
    )


def failure_block(failure: tuple[str, str] | None) -> Failure | None:
    """:param failure: (code, sentence) of what ended something early."""
    return None if failure is None else Failure(code=clean(failure[0], 64), sentence=clean(failure[1]))


def environment_block(environment: Mapping[str, str]) -> list[NamedText]:
    return [NamedText(name=clean(k, 64), value=clean(v)) for k, v in sorted(environment.items())]


def timings_block(timings_ms: Mapping[str, int]) -> list[Timing]:
    return [Timing(name=clean(k, 64), milliseconds=max(0, v)) for k, v in sorted(timings_ms.items())]


def wallet_block(device: DeviceFacts | None) -> Wallet:
    known = device is not None and _FINGERPRINT.fullmatch(device.fingerprint)
    return Wallet(fingerprint=device.fingerprint if device is not None and known else None)


def change_kind(name: str) -> str:
    """AddAccount -> add-account."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
