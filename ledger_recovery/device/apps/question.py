"""[pure] A question to an app: the request, who may take how long to answer it, and how the answer reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Generic, Protocol, TypeVar

from ledger_recovery.device.wire.apdu import CommandApdu, ResponseApdu
from ledger_recovery.device.wire.status import Meaning, error_for
from ledger_recovery.errors import BadReply, Declined, LinkDoubtful

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@unique
class Patience(Enum):
    """Who answers: the system at once, the app after deriving a key, or a person, who has no time limit."""

    SYSTEM = "system"
    APP = "app"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Question(Generic[T_co]):
    """One request.

    `what`: an infinitive for messages, "export the PRF key of ID #3". `app`: name of the app that is asked, which
    decides what its status words mean. `parse`: answer data to value; raises BadReply. `advice`: what to do next about
    a refusal, where the question knows better than the table of status words.
    """

    what: str
    app: str
    command: CommandApdu
    parse: Callable[[bytes], T_co]
    patience: Patience
    advice: Mapping[Meaning, str] = field(default_factory=dict)

    def read(self, response: ResponseApdu) -> T_co:
        """The value in an answer.

        :raises Declined, DeviceLocked, DeviceBusy, WrongApp, PathRefused: the status word says so.
        :raises LinkDoubtful: "declined", though no person was asked: a late answer to an earlier question.
        :raises BadReply: any other status word, or data that break the layout.
        """
        error = error_for(self.app, response.sw, self.what, self.advice)
        if isinstance(error, Declined) and self.patience is not Patience.PERSON:
            raise LinkDoubtful("the Ledger sent a late answer to an earlier request", "The connection is made anew.")
        if error is not None:
            raise error
        return self.parse(response.data)


class Ask(Protocol):
    """Puts a question and returns its value: what an app class is given to speak with."""

    def __call__(self, question: Question[T]) -> T: ...


def exactly(length: int, what: str) -> Callable[[bytes], bytes]:
    """A parser that takes `length` bytes and nothing else.

    :param what: the answer, for the message: "a public key".
    """

    def parse(data: bytes) -> bytes:
        if len(data) != length:
            raise BadReply(
                f"the Ledger answered with {len(data)} bytes where {what} has {length}",
                "Close and open the app on the Ledger, then try again.",
            )
        return data

    return parse


def nothing(data: bytes) -> None:
    """A parser for answers that consist of a status word.

    :raises BadReply: there are data.
    """
    exactly(0, "the answer")(data)
