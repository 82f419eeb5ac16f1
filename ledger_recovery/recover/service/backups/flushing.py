"""The worker: brings the Box up to date when something is pending, and remembers why it could not.

It never switches backups off, and an unreachable Box is a state here, not an error. One try at a time per link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from ledger_recovery.errors import BoxError, LedgerRecoveryError, WalletBusy
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps, stamp
from ledger_recovery.recover.service.backups.machine import need_link, open_box, reading_state
from ledger_recovery.recover.service.backups.outbox import Outbox
from ledger_recovery.recover.service.backups.results import BackupStatus
from ledger_recovery.recover.service.backups.status import OFF, told_of
from ledger_recovery.recover.service.backups.uploading import Uploader
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.wallet.backup_model import BackupState, Failing, Seen
from ledger_recovery.wallet.store import WalletStore

FIRST_WAIT = 5.0
LONGEST_WAIT = 3600.0
"""Seconds between tries: doubled from the first to the longest, half of each left to chance."""

FULL_DEADLINE = 300.0
"""Seconds that a try may take when somebody waits for it to end."""
POLL = 2.0
SETTLE = 30.0
"""`watch` looks every POLL seconds, and lets a burst of changes go on for at most SETTLE seconds before it uploads."""

BUSY = "another program of yours is uploading right now"


async def flush(settings: Settings, *, deadline: float, deps: BackupDeps | None = None) -> BackupStatus:
    """One try, if something is pending and a try is due: everything up to now in one new generation.

    :param deadline: seconds that it may take; what is under way then goes on with the next try.
    :raises StorageError: the wallet itself cannot be read or written.
    """
    with reading_state(settings) as (store, state):
        if store is None or state.link is None:
            return told_of(state)
        return await step(settings, store, deps or real_backup_deps(), deadline=deadline)


async def now(settings: Settings, *, deadline: float = FULL_DEADLINE, deps: BackupDeps | None = None) -> BackupStatus:
    """Make a backup whether or not something changed, without waiting for the next try.

    :raises InputError: backups are off.
    """
    with reading_state(settings) as (store, state):
        need_link(state)
        if store is None:
            return OFF
        if state.pending is None:
            store.backups().request("asked for")
        return await step(settings, store, deps or real_backup_deps(), deadline=deadline, at_once=True)


async def watch(
    settings: Settings,
    emit: Callable[[BackupStatus], None],
    *,
    deadline: float = FULL_DEADLINE,
    deps: BackupDeps | None = None,
) -> None:
    """Keep the Box up to date until cancelled; each change of the status is told once.

    :raises StorageError: the wallet cannot be read any more.
    """
    deps = deps or real_backup_deps()
    with WalletStore.open(settings.wallet) as store:
        shown: BackupStatus | None = None
        ticket = -1
        while True:
            state = store.backups().state()
            if not _still_changing(state, ticket, deps.now()):
                told = await step(settings, store, deps, deadline=deadline)
                if told != shown:
                    emit(told)
                    shown = told
            ticket = state.pending.ticket if state.pending else -1
            await deps.sleep(POLL)


async def step(
    settings: Settings,
    store: WalletStore,
    deps: BackupDeps,
    *,
    deadline: float,
    at_once: bool = False,
    merged: Seen | None = None,
) -> BackupStatus:
    """One try on an open wallet.

    :param at_once: do not wait for the next try that is due.
    :param merged: a generation that the wallet has just taken in, which the next one may follow.
    """
    room = store.backups()
    state = room.state()
    if state.link is None or state.box is None or state.pending is None:
        return told_of(state)
    if not at_once and not _due(state.failing, deps.now()):
        return told_of(state)
    notes: tuple[str, ...] = ()
    try:
        with Outbox(settings.state_dir, state.link.key_ref).alone():
            notes = await _try(settings, store, deps, state, deadline, merged)
    except WalletBusy:
        return told_of(room.state(), (BUSY,))
    except LedgerRecoveryError as error:
        room.failed(_failing(room.state().failing, error, deps))
    return told_of(room.state(), notes)


async def _try(
    settings: Settings, store: WalletStore, deps: BackupDeps, state: BackupState, deadline: float, merged: Seen | None
) -> tuple[str, ...]:
    link, box = need_link(state), state.box
    if box is None:
        return ()
    try:
        with deps.keys(settings).get(link.key_ref) as record:
            async with asyncio.timeout(deadline), open_box(settings, deps, box) as client:
                uploader = Uploader(settings, store, deps, client, link, record, merged)
                await uploader.run()
                return tuple(uploader.notes)
    except TimeoutError as error:
        raise BoxError(
            f'the Box "{box.name}" did not finish within {deadline:g} seconds', "nothing is lost: it is tried again"
        ) from error


def _failing(before: Failing | None, error: LedgerRecoveryError, deps: BackupDeps) -> Failing:
    attempts = 1 if before is None else before.attempts + 1
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 20))
    wait = longest * (0.5 + deps.chance() / 2)
    at = deps.now()
    return Failing(
        since=stamp(at) if before is None else before.since,
        code=error.code,
        sentence=error.sentence,
        attempts=attempts,
        next_try_at=stamp(at + timedelta(seconds=wait)),
    )


def _due(failing: Failing | None, at: datetime) -> bool:
    """A time that cannot be read, or lies further ahead than any wait (a clock was set back), holds nothing up."""
    if failing is None:
        return True
    next_try = _time(failing.next_try_at)
    return next_try is None or next_try <= at or next_try > at + timedelta(seconds=LONGEST_WAIT + 1)


def _still_changing(state: BackupState, ticket: int, at: datetime) -> bool:
    """Whether a burst of changes seems to go on: the queue grew since the last look, and began a moment ago."""
    if state.pending is None or state.pending.ticket == ticket:
        return False
    since = _time(state.pending.since)
    return since is not None and timedelta(0) <= at - since < timedelta(seconds=SETTLE)


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
