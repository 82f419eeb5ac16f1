"""[pure] From one state and one event to the next state, whichever family the run is of."""

from __future__ import annotations

from ledger_recovery.recover.events import Event
from ledger_recovery.recover.evm.events import EvmEvent
from ledger_recovery.web.model.reducing_concordium import reduce
from ledger_recovery.web.model.reducing_evm import reduce_evm
from ledger_recovery.web.model.state import Family, GuideState


def after(state: GuideState, event: Event | EvmEvent, at: float) -> GuideState:
    """The state after an event of a run of the chosen family; one of the other family changes nothing.

    :param at: seconds since the guide began.
    """
    if state.family is Family.EVM and isinstance(event, EvmEvent):
        return reduce_evm(state, event, at)
    return reduce(state, event, at) if isinstance(event, Event) else state
