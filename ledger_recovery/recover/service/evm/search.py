"""The search for one address: derivation only, no node is asked. Schemes that need the Ledger once come first."""

from __future__ import annotations

from ledger_recovery.recover.evm.events import AddressFound, EvmEmit, PlacesDerived
from ledger_recovery.recover.evm.model import Place
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.service.evm.deriving import Deriving
from ledger_recovery.recover.service.stopwatch import EvmStage, Stopwatch

AT_ONCE = 100
OF_THE_DEVICE_AT_ONCE = 10
"""Indices between two signs of progress; a Ledger takes half a second for each key that it is asked for."""


async def search(
    policy: EvmPolicy, wanted: bytes, deriving: Deriving, emit: EvmEmit, stopwatch: Stopwatch
) -> tuple[Place | None, dict[str, Stop]]:
    """Where the address (20 bytes) stands, None when it is not below the cap of any scheme; and how far was searched.

    :raises DeviceError, Cancelled: what ended the search early.
    """
    stops: dict[str, Stop] = {}
    for scheme in sorted(policy.schemes, key=lambda s: not s.one_request):
        step = AT_ONCE if scheme.one_request else OF_THE_DEVICE_AT_ONCE
        for first in range(0, policy.cap, step):
            part = range(first, min(first + step, policy.cap))
            with stopwatch.stage(EvmStage.DERIVATION):
                places = await deriving.places(scheme, part)
            if places is None:
                stops[scheme.name] = Stop(StopReason.NOT_WALKED, part.start - 1)
                return None, stops
            emit(PlacesDerived(scheme.name, part.start, part.stop - 1))
            found = next((place for place in places if place.address == wanted), None)
            if found is not None:
                stops[scheme.name] = Stop(StopReason.FOUND, found.index)
                emit(AddressFound(found))
                return found, stops
        stops[scheme.name] = Stop(StopReason.CAP, policy.cap - 1)
    return None, stops
