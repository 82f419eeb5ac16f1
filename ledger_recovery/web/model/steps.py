"""[pure] The numbered steps of a guided recovery. Number and code stand on every page, for the person who helps.

The codes are stable: sheets, telephone calls and reports of trouble refer to them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """`number`: 0 to 10. `code`: what a person reads out ("R5"). `sheet`: name of the helper's sheet for it."""

    number: int
    code: str
    title: str
    sheet: str


START = Step(0, "R0", "Start", "start")
CONNECT = Step(1, "R1", "Connect your Ledger", "connect")
UNLOCK = Step(2, "R2", "Unlock it and open the app", "unlock")
SAME_WALLET = Step(3, "R3", "Is this the right Ledger?", "same-wallet")
NETWORK = Step(4, "R4", "Network and node", "network")
APPROVE = Step(5, "R5", "Approve on your Ledger", "approve")
LOOKING_UP = Step(6, "R6", "Looking up", "looking-up")
STOP_OR_GO_ON = Step(7, "R7", "Stop or go on?", "stop-or-go-on")
RESULT = Step(8, "R8", "Result", "result")
SAVE = Step(9, "R9", "Save", "save")
FINISH = Step(10, "R10", "Finish", "finish")

STEPS = (
    START,
    CONNECT,
    UNLOCK,
    SAME_WALLET,
    NETWORK,
    APPROVE,
    LOOKING_UP,
    STOP_OR_GO_ON,
    RESULT,
    SAVE,
    FINISH,
)

FILE = Step(0, "R0-F", "Read a wallet file", "file")
BOX = Step(0, "R0-B", "Restore from an Identity Box", "box")
SIDE_STEPS = (FILE, BOX)
"""Pages beside the road: they begin at the start and lead back to it."""

_BY_CODE = {step.code: step for step in (*STEPS, *SIDE_STEPS)}


def step_of(code: str) -> Step | None:
    """The step of a code, None for a code that no step has."""
    return _BY_CODE.get(code)
