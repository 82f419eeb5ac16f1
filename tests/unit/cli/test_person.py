"""The person at the terminal, and nobody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from ledger_recovery.cli.person import Nobody, Showing, TerminalPerson
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.errors import Cancelled, InputError
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.policy import StopAdvice
from tests.support import cli_service as scripted

SECOND = replace(scripted.DEVICE, path="hid:2", model="flex", fingerprint="cd" * 32)
ADVICE = StopAdvice(3, 1, "the node says so")


class Log:
    """A renderer that writes down what happens to it."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def on(self, event: ev.Event) -> None:
        self.said.append(event)

    def screen(self, lines: tuple[str, ...], pressed: str) -> None:
        self.said.append(lines)

    def pause(self) -> None:
        self.said.append("pause")

    def resume(self) -> None:
        self.said.append("resume")

    def close(self) -> None:
        self.said.append("close")


def _person(*answers: str) -> tuple[TerminalPerson, list[str], Log]:
    left, asked, log = list(answers), [], Log()

    async def ask(question: str) -> str:
        log.said.append("asked")
        asked.append(question)
        return left.pop(0)

    return TerminalPerson(ask, log), asked, log


async def test_one_of_several_ledgers_is_chosen_never_guessed() -> None:
    person, asked, _ = _person("", "3", "two", "2")
    assert await person.choose((scripted.DEVICE, SECOND)) is SECOND
    assert "1  Ledger Nano S Plus, Concordium 5.1.3, fingerprint abababab…" in asked[0]
    assert "2  Ledger Flex" in asked[0]
    assert len(asked) == 4


async def test_none_of_them_can_be_chosen_too() -> None:
    person, _, _ = _person("q")
    with pytest.raises(Cancelled):
        await person.choose((scripted.DEVICE, SECOND))


Question = Callable[[TerminalPerson], Awaitable[bool]]
QUESTIONS: dict[str, tuple[Question, bool]] = {
    "open app": (lambda p: p.may_open_app("Concordium"), True),
    "other wallet": (lambda p: p.other_wallet("ab" * 32, ["cd" * 32]), False),
    "go on": (lambda p: p.go_on(IdentityRef(3), None), True),
    "go on, stop suggested": (lambda p: p.go_on(IdentityRef(3), ADVICE), False),
    "declined": (lambda p: p.declined(IdentityRef(3)), False),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_yes_and_no_and_what_return_means(name: str) -> None:
    question, default = QUESTIONS[name]
    for answer, meaning in (("y", True), ("YES", True), ("n", False), ("", default)):
        person, asked, log = _person("what?", answer)
        assert await question(person) is meaning
        assert asked[1] == "Please type y or n: "
        assert log.said == ["pause", "asked", "resume"] * 2


async def test_a_suggested_stop_is_asked_with_its_reasons() -> None:
    person, asked, _ = _person("n")
    await person.go_on(IdentityRef(3), ADVICE)
    assert asked[0].startswith("The last 3 identity indices are empty: the node says so;")
    assert "Search ID #3 too? [y/N]" in asked[0]


async def test_the_display_comes_back_when_the_question_is_broken_off() -> None:
    log = Log()

    async def ask(question: str) -> str:
        raise Cancelled("the input ended")

    with pytest.raises(Cancelled):
        await TerminalPerson(ask, log).declined(IdentityRef(0))
    assert log.said == ["pause", "resume"]


async def test_nobody_goes_on_within_the_policy() -> None:
    nobody = Nobody(named_by_fingerprint=False)
    assert await nobody.go_on(IdentityRef(0), ADVICE)
    assert not await nobody.declined(IdentityRef(0))
    assert await nobody.may_open_app("Concordium")


async def test_nobody_does_not_pick_a_ledger_or_another_wallet() -> None:
    nobody = Nobody(named_by_fingerprint=False)
    with pytest.raises(InputError, match="several Ledgers"):
        await nobody.choose((scripted.DEVICE, SECOND))
    with pytest.raises(InputError, match="never used with this wallet") as caught:
        await nobody.other_wallet("ab" * 32, ["cd" * 32])
    assert "--fingerprint abababababababab" in caught.value.hint
    assert await Nobody(named_by_fingerprint=True).other_wallet("ab" * 32, ["cd" * 32])


async def test_what_the_device_shows_is_drawn_where_a_command_is_no_run() -> None:
    log = Log()
    showing = Showing(Nobody(named_by_fingerprint=False), log)
    showing.expect(scripted.SCREEN)
    showing.settled(True)
    assert log.said == [ev.ApprovalExpected(None, scripted.SCREEN), ev.ApprovalSettled(None, True)]
