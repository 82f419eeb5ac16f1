"""A run that was ended after its last approval: resumed, it compares the signing keys that were not compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch

import pytest

from ledger_recovery.errors import DeviceError, NodeError, Unplugged
from ledger_recovery.recover import events as ev
from ledger_recovery.wallet.model import KeyStatus
from tests.support.memory_chain import MemoryView, unavailable
from tests.unit.recover.conftest import Bench


@asynccontextmanager
async def ended_after_the_last_answer(bench: Bench) -> AsyncIterator[None]:
    with patch.object(MemoryView, "confirm", side_effect=unavailable()), pytest.raises(NodeError):
        await bench.recover()
    assert [c.key_status for c in bench.wallet().credentials] == [KeyStatus.NOT_CHECKED]
    approved = list(bench.device.approved)
    yield
    assert bench.device.approved == approved, "comparing keys needs no approval"


async def test_a_resumed_run_compares_the_keys_that_the_first_start_did_not(bench: Bench) -> None:
    bench.deploy(2, 0)
    async with ended_after_the_last_answer(bench):
        await bench.resume()
    assert [c.key_status for c in bench.wallet().credentials] == [KeyStatus.CAN_SIGN]
    assert bench.opened == [None, bench.device.fingerprint], "it must be the same Ledger"
    assert bench.waited == [True, False], "nobody is made to wait for a Ledger that is not needed"


async def test_without_its_ledger_a_resumed_run_ends_and_says_what_was_not_compared(bench: Bench) -> None:
    bench.deploy(2, 0)
    async with ended_after_the_last_answer(bench):
        with patch("tests.support.fake_device.FakeSession.ready", side_effect=unplugged()):
            result = await bench.resume()
    assert [c.key_status for c in bench.wallet().credentials] == [KeyStatus.NOT_CHECKED]
    assert any("signing keys could not be compared" in w for w in result.warnings)
    assert isinstance(bench.events[-1], ev.RunEnded)


async def test_a_resumed_run_with_nothing_to_compare_needs_no_ledger(bench: Bench) -> None:
    with patch.object(MemoryView, "confirm", side_effect=unavailable()), pytest.raises(NodeError):
        await bench.recover()
    await bench.resume()
    assert len(bench.opened) == 1


def unplugged() -> DeviceError:
    return Unplugged("the Ledger is gone", "connect it again")
