"""The person in front of the page: each question of a run becomes the page's question, answered by a form.

What the device says comes to the page as events, so `notice`, `expect` and `settled` are silent here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceInfo, Silent
from ledger_recovery.errors import Cancelled
from ledger_recovery.recover.policy import StopAdvice
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Question, QuestionKind
from ledger_recovery.web.model.steps import Step
from ledger_recovery.web.run.hub import Hub

_ASKED_AT: dict[QuestionKind, Step] = {
    QuestionKind.CHOOSE_DEVICE: steps.CONNECT,
    QuestionKind.OPEN_APP: steps.UNLOCK,
    QuestionKind.SAME_WALLET: steps.SAME_WALLET,
    QuestionKind.BEGIN: steps.NETWORK,
    QuestionKind.GO_ON: steps.STOP_OR_GO_ON,
    QuestionKind.DECLINED: steps.APPROVE,
    QuestionKind.FURTHER: steps.STOP_OR_GO_ON,
}
YES, NO, NONE = "yes", "no", "none"


class WebPerson(Silent):
    """`accepted`: the fingerprint of the Ledger that the person has met and said yes to, "" before.

    `agreed`: the last identity that the person said to go on with, of whichever path; neither it nor one before it on
    the same path is asked about again. `on_agreed`: told when it changes.

    `open_app`: the person pressed "open the app": the next time the program may ask the device to. While a run is on
    (`meeting` False) nothing is offered: the notice says what to open.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._numbers = 0
        self._answer: asyncio.Future[str] | None = None
        self.accepted = ""
        self.agreed: tuple[int, int] | None = None
        self.on_agreed: Callable[[tuple[int, int]], None] | None = None
        self.open_app = False
        self.meeting = False

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        mine = [d for d in devices if self.accepted and d.fingerprint == self.accepted]
        if len(mine) == 1:
            return mine[0]
        listed = tuple(replace(d, path="") for d in devices)
        answer = await self.ask(QuestionKind.CHOOSE_DEVICE, devices=listed)
        if answer == NONE:
            raise Cancelled("no Ledger was chosen", "unplug the others, then begin again")
        return devices[int(answer)]

    async def may_open_app(self, app: str) -> bool:
        """Answers at once, so that the page goes on by itself when the person opens the app by hand."""
        if self.open_app:
            self.open_app = False
            return True
        if self.meeting:
            self._numbers += 1
            self._hub.change(question=Question(self._numbers, QuestionKind.OPEN_APP, app=app))
        return False

    async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
        if fingerprint == self.accepted:
            return True
        self._hub.change(device=replace(self._hub.state.device, fingerprint=fingerprint, known=tuple(known)))
        return await self.ask(QuestionKind.SAME_WALLET) == YES

    async def go_on(self, identity: IdentityRef, advice: StopAdvice | None) -> bool:
        family, index = identity.sort_key
        if self.agreed is not None and family == self.agreed[0] and index <= self.agreed[1]:
            return True
        if await self.ask(QuestionKind.GO_ON, identity=str(identity), advice=advice) != YES:
            return False
        self.agreed = identity.sort_key
        if self.on_agreed is not None:
            self.on_agreed(identity.sort_key)
        return True

    async def declined(self, identity: IdentityRef) -> bool:
        return await self.ask(QuestionKind.DECLINED, identity=str(identity)) == YES

    async def ask(self, kind: QuestionKind, **facts: Any) -> str:
        """Show a question and wait for its answer; a person has all the time there is."""
        self._numbers += 1
        self._answer = asyncio.get_running_loop().create_future()
        self._hub.change(question=Question(self._numbers, kind, **facts), step=_ASKED_AT[kind], failure=None)
        try:
            answer = await self._answer
        finally:
            self._answer = None
            if self._hub.state.question is not None:
                self._hub.change(question=None)
        self._hub.log(f"answered {kind.value} {answer}")
        if kind in (QuestionKind.GO_ON, QuestionKind.DECLINED):
            self._hub.change(step=steps.LOOKING_UP)
        return answer

    def answer(self, number: int, text: str) -> bool:
        """Take an answer; False when that question stands no more (another page was quicker, or the run went on)."""
        question = self._hub.state.question
        if question is None or question.number != number or text not in allowed(question):
            return False
        if question.kind is QuestionKind.OPEN_APP:
            self.open_app = text == YES
            self._hub.change(question=None)
            return True
        if self._answer is None or self._answer.done():
            return False
        self._answer.set_result(text)
        self._hub.change(question=None)
        return True


def allowed(question: Question) -> frozenset[str]:
    """The answers that a question takes."""
    if question.kind is QuestionKind.CHOOSE_DEVICE:
        return frozenset({NONE, *(str(n) for n in range(len(question.devices)))})
    return frozenset({YES, NO})
