"""What may be told of a defect of our own: not its text, which nobody checked for secrets."""

from __future__ import annotations

import logging
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from ledger_recovery.errors import LedgerRecoveryError

log = logging.getLogger("ledger_recovery.web")


def kind_of(error: BaseException) -> str:
    """The class of an error and where it arose: "ValueError at grid.py line 20"."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return f"{type(error).__name__} at an unknown place"
    return f"{type(error).__name__} at {Path(trace.tb_frame.f_code.co_filename).name} line {trace.tb_lineno}"


def failure_of(error: BaseException) -> LedgerRecoveryError:
    """The defect as an error that a page can show."""
    return LedgerRecoveryError(f"the program met a defect of its own: {kind_of(error)}", "begin again; nothing is lost")


def logged(error: BaseException) -> LedgerRecoveryError:
    """The same, once it is in the log."""
    log.error("defect: %s", kind_of(error))
    return failure_of(error)


class Quiet:
    """ASGI middleware around all: servers log a defect with its text and its traceback, this one by its kind only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            logged(error)
