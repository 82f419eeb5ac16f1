"""A warm process on the virtual bus: runs the real service with the real hidapi, one order after the other.

Started by bench.py with umockdev's library loaded. Orders come in as lines of JSON; what a person would be told, and
how it ended, goes out so.
"""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledger_recovery.derive.paths import account_key_path
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.apps.question import Patience
from ledger_recovery.device.interaction import DeviceInfo, Interaction, Notice
from ledger_recovery.device.session import DeviceSession, SessionOptions, list_devices, open_session
from ledger_recovery.device.transport import base
from ledger_recovery.errors import LedgerRecoveryError
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.service import Automatic, Deps, Settings, device_side, recover, resume
from ledger_recovery.recover.service.deps import real_deps
from tests.support.remembered import remembered_ids
from tests.support.worded_once import worded_once

OPTIONS = SessionOptions(poll=0.01, link_pause=0.005, link_pause_max=0.02, exit_grace=0.03)
"""Quick: a device of the virtual bus is there at once, or not at all."""

REST_SECONDS = 0.2
"""In place of 5 seconds: nothing comes late by chance here."""

Order = dict[str, Any]


def tell(what: str, content: object) -> None:
    sys.stdout.write(json.dumps({what: content}) + "\n")
    sys.stdout.flush()


class Told(Automatic):
    """A person who says aloud what she is told, and takes the device whose path she was given."""

    def __init__(self, chosen: str) -> None:
        self._chosen = chosen

    def notice(self, notice: Notice) -> None:
        tell("notice", {"state": notice.state, "sentence": notice.sentence, "action": notice.action})

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        tell("choice", [[device.path, device.fingerprint[:8], device.state] for device in devices])
        return next(device for device in devices if device.path == self._chosen)


class Program:
    """One order: the options and the person that it names, and what it asks for."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._person = Told(order.get("choose", ""))
        seconds = order.get("answer_seconds")
        limits = {Patience.SYSTEM: seconds, Patience.APP: seconds, Patience.PERSON: None}
        self._options = OPTIONS if seconds is None else replace(OPTIONS, answer=limits)
        if order.get("at_once"):
            self._options = replace(self._options, wait_for_person=False)

    def run(self) -> Coroutine[Any, Any, object]:
        verbs = {"recover": self._recover, "resume": self._resume, "ask": self._ask, "list": self._list}
        return verbs[self._order["verb"]]()

    async def _recover(self) -> object:
        policy = ScanPolicy(last=2, mode=Mode.DIRECT)
        await recover(self._settings(), policy, self._person, lambda event: None, deps=self._deps())
        return None

    async def _resume(self) -> object:
        await resume(self._settings(), self._person, lambda event: None, deps=self._deps())
        return None

    async def _ask(self) -> object:
        """One question after the other, whatever becomes of the one before: keys in hex, or errors."""
        outcomes: list[object] = []
        async with await self._session(self._order.get("device"), self._person, self._order.get("pinned")) as session:
            for what, index in self._order["questions"]:
                try:
                    outcomes.append(await _answer(session, what, index))
                except LedgerRecoveryError as error:
                    outcomes.append(as_data(error))
        return outcomes

    async def _list(self) -> object:
        return [[device.path, device.fingerprint, device.state] for device in await list_devices(options=OPTIONS)]

    def _settings(self) -> Settings:
        home, order = Path(self._order["home"]), self._order
        return Settings(
            wallet=home / "wallet.sqlite",
            state_dir=home / "state",
            network=order["network"],
            genesis=order.get("genesis"),
            nodes=(f"http://{order['node']}",),
            device=order.get("device"),
        )

    def _deps(self) -> Deps:
        async def open_device(settings: Settings, interaction: Interaction, pinned: str | None) -> DeviceSession:
            return await self._session(settings.device, interaction, pinned)

        return replace(real_deps(), open_device=open_device)

    async def _session(self, path: str | None, interaction: Interaction, pinned: str | None) -> DeviceSession:
        return await open_session(path, interaction, pinned_fingerprint=pinned, options=self._options)


async def _answer(session: DeviceSession, what: str, index: int) -> str:
    if what == "export":
        with await session.export_prf_seed(index) as seed:
            return seed.reveal().hex()
    return (await session.prove_public_key(account_key_path(IdentityRef(index), 0))).hex()


def as_data(error: LedgerRecoveryError) -> Order:
    return {
        "class": type(error).__name__,
        "code": error.code,
        "status": int(error.exit_status),
        "sentence": error.sentence,
        "hint": error.hint,
    }


def obey(order: Order) -> Order:
    """How it ended: `value`, or `error` of our tree, or `defect`: the traceback of anything else."""
    try:
        return {"value": asyncio.run(Program(order).run())}
    except LedgerRecoveryError as error:
        return {"error": as_data(error)}
    except BaseException:
        return {"defect": traceback.format_exc()}


def main() -> None:
    with (
        patch.object(device_side, "in_batches", remembered_ids),
        patch.object(base, "REST_SECONDS", REST_SECONDS),
        worded_once(),
    ):
        tell("ready", True)
        for line in sys.stdin:
            tell("ended", obey(json.loads(line)))


if __name__ == "__main__":
    main()
