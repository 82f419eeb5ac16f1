"""How long each stage of a run took, for the report: people's time told apart from the machine's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum, unique


@unique
class Stage(StrEnum):
    """PIN: network, block, parameters. APPROVALS: from each request to the answer given on the device.
    DERIVATION: credential IDs. KEY_CHECKS: silent public keys. TAIL: from the last approval to the last answer."""

    PIN = "pin"
    APPROVALS = "approvals"
    DERIVATION = "derivation"
    KEY_CHECKS = "key-checks"
    TAIL = "after-last-approval"


@unique
class EvmStage(StrEnum):
    """DERIVATION: addresses, from the Ledger. LOOK_UPS, SMART_ACCOUNTS, TOKENS: answers of all chains together."""

    DERIVATION = "derivation"
    LOOK_UPS = "look-ups"
    SMART_ACCOUNTS = "smart-accounts"
    TOKENS = "tokens"
    CONFIRM = "confirm"


class Stopwatch:
    """Adds up seconds by stage. `clock`: a monotonic one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seconds: dict[StrEnum, float] = {}
        self._approved: float | None = None

    @contextmanager
    def stage(self, stage: StrEnum) -> Iterator[None]:
        began = self._clock()
        try:
            yield
        finally:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + self._clock() - began

    def approved(self) -> None:
        """The person has just given an approval; the last one begins the tail."""
        self._approved = self._clock()

    def answered(self) -> None:
        """The last look-up was answered; without an approval in this run there is no tail."""
        if self._approved is not None:
            self._seconds[Stage.TAIL] = self._clock() - self._approved

    def milliseconds(self) -> Mapping[str, int]:
        return {stage.value: round(seconds * 1000) for stage, seconds in self._seconds.items()}
