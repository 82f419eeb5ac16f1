"""How a run ends, of whichever chain family: work, close, report; only then is what ended it early raised."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from ledger_recovery.errors import Cancelled, LedgerRecoveryError
from ledger_recovery.recover.events import Warned
from ledger_recovery.recover.result import Ending

RESUME = "what was confirmed is kept; go on with: ledger-recovery resume"

Result = TypeVar("Result")


async def to_its_end(
    work: Callable[[], Awaitable[Ending]],
    close: Callable[[], Awaitable[None]],
    finish: Callable[[Ending, LedgerRecoveryError | None], Result],
) -> Result:
    """Do the work, close everything, and make the result of however far it came.

    :raises LedgerRecoveryError, CancelledError: what ended the work early, after the result was made.
    """
    ending = Ending.FAILED
    failure: LedgerRecoveryError | None = None
    stopped: asyncio.CancelledError | None = None
    try:
        ending = await work()
    except asyncio.CancelledError as error:
        ending, failure, stopped = Ending.CANCELLED, Cancelled("the run was stopped", RESUME), error
    except Cancelled as error:
        ending, failure = Ending.CANCELLED, error
    except LedgerRecoveryError as error:
        failure = error
    finally:
        await close()
    result = finish(ending, failure)
    if stopped is not None:
        raise stopped
    if failure is not None:
        raise failure
    return result


def unfinished(started: datetime) -> Warned:
    """Told by a new run when an earlier one could be resumed instead."""
    at = started.strftime("%Y-%m-%d %H:%M UTC")
    return Warned(f"an earlier run ({at}) was not finished; `ledger-recovery resume` would go on with it")
