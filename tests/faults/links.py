"""A session over a disturbed link to an emulated device that approves by itself, and what it may give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ledger_recovery.device.session import SessionOptions, open_session
from ledger_recovery.device.transport import base, speculos_rest
from ledger_recovery.errors import LedgerRecoveryError
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.link_proxy import Play, proxy
from tests.unit.device.fakes import Audience

SEED_1 = "15ea1b9e6143e5e2ccea97808c8b0422550542cc73f277aed781e383d0ff6c55"
SEED_2 = "3ff1200e8b681518e0609d7a237f7ee70a4ed61c518f6ee6781aaf9903a4b35d"
PUBLIC_KEY = "87e16c8269270b1c75b930224df456d2927b80c760ffa77e57dbd738f6399492"
"""Exports of identities 1 and 2, and the key at `PATH`, for Speculos' default phrase (measured on app 5.1.3)."""

PATH = (1105, 0, 0, 0, 0, 2, 0, 0)
REST_SECONDS = 0.2
_defaults = SessionOptions()
QUICK = SessionOptions(
    poll=0.02,
    link_pause=0.01,
    link_pause_max=0.05,
    exit_grace=0.1,
    answer={patience: None if limit is None else 0.5 for patience, limit in _defaults.answer.items()},
)

EXPORT, SILENT = "e005:0", "e001:1"
"""The first export; the first public key after the wallet's fingerprint."""

Outcome = str | LedgerRecoveryError


@dataclass(frozen=True)
class Asked:
    """Keys in hex or errors, by question; the requests that reached the device; what a person was told."""

    outcomes: tuple[Outcome, ...]
    heads: tuple[str, ...]
    audience: Audience


async def ask(device: EmulatedDevice, play: Play, at: str, *questions: int | None, http: bool = False) -> Asked:
    """Export these identities (None: the public key at `PATH`) while one answer is played in another way."""
    audience = Audience()
    target = device.api.removeprefix("http://") if http else device.apdu
    with proxy(target, {at: play}, http=http) as (between, address):
        path = f"http://{address}" if http else f"tcp:{address}"
        async with await open_session(path, audience, options=QUICK) as session:
            outcomes: list[Outcome] = []
            for index in questions:
                try:
                    if index is None:
                        outcomes.append((await session.public_key(PATH)).hex())
                    else:
                        outcomes.append((await session.export_prf_seed(index)).reveal().hex())
                except LedgerRecoveryError as error:
                    outcomes.append(error)
    return Asked(tuple(outcomes), tuple(between.heads), audience)


def assert_clean(error: Outcome, kind: type[LedgerRecoveryError]) -> None:
    """This error of our tree, with a sentence and an advice, and no key in it."""
    assert type(error) is kind
    assert isinstance(error, kind)
    assert error.sentence and error.hint
    assert SEED_1 not in error.sentence + error.hint


@pytest.fixture(scope="session")
def device() -> Iterator[EmulatedDevice]:
    with emulated_device(automation="approve") as device:
        yield device


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A half answer is given up sooner: nothing comes late by chance here."""
    monkeypatch.setattr(base, "REST_SECONDS", REST_SECONDS)
    monkeypatch.setattr(speculos_rest, "SCREEN_SECONDS", REST_SECONDS)
