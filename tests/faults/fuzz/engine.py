"""Runs hostile conversations through decoders: a value, or an error of the decoder's one tree; nothing else, and soon.

A decoder that breaks its promise stops the run with the input in hex. "Soon" is counted in processor time of this
process, so that a busy machine changes nothing.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from types import FrameType

from tests.faults.fuzz.mutation import Conversation, damaged

MAX_CPU_SECONDS = 5.0
"""For one input. The slowest take a few hundredths; an endless loop takes for ever."""

Drive = Callable[[Conversation], bool]


class BrokenPromise(AssertionError):
    """A decoder gave a value that it must not give."""


class Hang(BaseException):
    """One input took more than `MAX_CPU_SECONDS`; no `except Exception` under test may swallow it."""


class Offence(AssertionError):
    """An input that a decoder mishandles, with all that is needed to repeat it."""

    def __init__(self, target: str, number: int, frames: Conversation, error: BaseException) -> None:
        self.frames = frames
        shown = " ".join(frame.hex() or "-" for frame in frames)
        super().__init__(f"{target}, input {number}: {type(error).__name__}: {str(error)[:200]}\nframes: {shown}")


@dataclass(frozen=True, slots=True)
class Target:
    """One decoder. `drive`: feeds it a conversation; True for a value, False for "need more"; raises one of `errors`,
    or BrokenPromise. `tokens`: words of its format. `repair`: makes what depends on the content fit again (lengths,
    checksums), for every second input. `share`: how many of the inputs, relative to the other targets.
    """

    name: str
    valid: tuple[Conversation, ...]
    drive: Drive
    errors: tuple[type[Exception], ...]
    tokens: tuple[bytes, ...] = ()
    repair: Callable[[Conversation, Random], Conversation] | None = None
    share: int = 10


@dataclass(slots=True)
class Tally:
    """What became of the inputs of one target; `frames` were fed in all."""

    inputs: int = 0
    frames: int = 0
    values: int = 0
    refused: int = 0
    open: int = 0


@dataclass(slots=True)
class Fuzzer:
    """Feeds the targets in turns. `seed` and the number of an input name it: `input_of` makes it again."""

    targets: Sequence[Target]
    seed: int
    tallies: dict[str, Tally] = field(default_factory=dict)
    _turns: tuple[Target, ...] = ()

    def __post_init__(self) -> None:
        self.tallies = {target.name: Tally() for target in self.targets}
        turns = [target for target in self.targets for _ in range(target.share)]
        Random(self.seed).shuffle(turns)
        self._turns = tuple(turns)

    def check_valid(self) -> None:
        """Every undamaged conversation gives a value; else the damaged ones would prove little."""
        for target in self.targets:
            for frames in target.valid:
                if not target.drive(frames):
                    raise Offence(target.name, -1, frames, BrokenPromise("a valid conversation gives no value"))

    def input_of(self, number: int) -> tuple[Target, Conversation]:
        target = self._turns[number % len(self._turns)]
        random = Random(self.seed * 1_000_003 + number)
        frames = damaged(target.valid, target.tokens, random)
        if target.repair is not None and random.random() < 0.5:
            frames = target.repair(frames, random)
        return target, frames

    def run(self, numbers: range, enough: Callable[[], bool] = lambda: False) -> int:
        """Feed the inputs of these numbers; how many were fed before `enough`.

        :raises Offence: the first input that is mishandled.
        """
        with _watchdog() as rearm:
            for number in numbers:
                if number % 256 == 0 and enough():
                    return number - numbers.start
                target, frames = self.input_of(number)
                rearm()
                try:
                    self._feed(target, frames)
                except (Exception, Hang) as error:
                    raise Offence(target.name, number, frames, error) from error
        return len(numbers)

    def _feed(self, target: Target, frames: Conversation) -> None:
        tally = self.tallies[target.name]
        tally.inputs += 1
        tally.frames += len(frames)
        try:
            whole = target.drive(frames)
        except target.errors:
            tally.refused += 1
        else:
            tally.values += whole
            tally.open += not whole


@contextmanager
def _watchdog() -> Iterator[Callable[[], None]]:
    """Ends an input that takes too long; the callable begins the time of the next one."""

    def bark(signum: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {MAX_CPU_SECONDS} s of processor time")

    before = signal.signal(signal.SIGVTALRM, bark)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_VIRTUAL, MAX_CPU_SECONDS) and None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
