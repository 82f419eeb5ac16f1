"""The walk of the service: when it goes on, when it suggests stopping, in which order it asks, and its pipeline."""

from __future__ import annotations

import asyncio

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.errors import (
    ExitStatus,
)
from ledger_recovery.recover.policy import ScanPolicy, StopAdvice
from ledger_recovery.recover.result import Ending
from ledger_recovery.recover.service import Automatic, exit_status
from tests.unit.recover.conftest import Bench


class Listener(Automatic):
    """Stops at the first suggestion, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, StopAdvice | None]] = []

    async def go_on(self, identity: IdentityRef, advice: StopAdvice | None) -> bool:
        self.asked.append((identity.index, advice))
        return advice is None


async def test_an_open_ended_walk_suggests_stopping_after_three_empty_indices(bench: Bench) -> None:
    bench.deploy(1, 0)
    bench.person = listener = Listener()
    result = await bench.recover(ScanPolicy())
    assert [i for i, _ in listener.asked] == [1, 2, 3, 4, 5]
    advice = listener.asked[-1][1]
    assert advice is not None
    assert (advice.empty_in_a_row, advice.accounts_found) == (3, 1)
    assert result.ending is Ending.STOPPED_BY_PERSON
    assert bench.statement.startswith("Complete: identities 0-4")


async def test_an_index_with_unknown_cells_is_never_counted_as_empty(bench: Bench) -> None:
    bench.person = listener = Listener()
    bench.chain.broken = {bench.device.cred_id(1, 0)}
    result = await bench.recover(ScanPolicy(stop_after_empty=None))
    assert [i for i, a in listener.asked if a is not None] == [5]
    assert exit_status(result) is ExitStatus.UNKNOWNS


async def test_a_limit_of_empty_indices_needs_no_person(bench: Bench) -> None:
    bench.deploy(1, 0)
    result = await bench.recover(ScanPolicy(stop_after_empty=2))
    assert result.ending is Ending.EMPTY_LIMIT
    assert [o.identity.index for o in result.outcomes] == [0, 1, 2, 3]


async def test_look_ups_of_an_index_run_while_the_next_is_approved(bench: Bench) -> None:
    """The chain answers index 0 only once index 1 has been approved: without the pipeline this would never end."""
    bench.chain.gate = asyncio.Event()

    def approved(identity: IdentityRef) -> None:
        if identity.index == 1 and bench.chain.gate is not None:
            bench.chain.gate.set()

    bench.device.on_export = approved
    result = await asyncio.wait_for(bench.recover(ScanPolicy(last=1)), timeout=60)
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_providers_are_walked_after_the_legacy_path(bench: Bench) -> None:
    await bench.recover(ScanPolicy(last=1, providers=(3, 0)))
    assert [str(i) for i in bench.device.approved] == [
        "ID #0",
        "ID #1",
        "IDP #3 ID #0",
        "IDP #3 ID #1",
        "IDP #0 ID #0",
        "IDP #0 ID #1",
    ]
