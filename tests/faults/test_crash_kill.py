"""kill -9 at 500 points of recoveries, of resumed ones and of retries: nothing confirmed is lost or asked again.

The points are random but the same in each run: after the n-th event, at the n-th call or return of any function, or
before, within or after the n-th call that changes a file. What lies on the disk then is met by the next start as it is.
"""

from __future__ import annotations

import os
import random
import signal
from dataclasses import dataclass, field

import pytest

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.report import read_report, verify_report
from tests.support.crash.bench import Bench
from tests.support.crash.disk import KILLING
from tests.support.crash.machine import Found, ended, look, notes
from tests.support.crash.orders import Disturbance, Steps
from tests.support.crash.whole import assert_part_of, at_no_block, told_cells
from tests.support.crash.world import Home, Order

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs fork and SIGKILL")

SEEDS = 10
KILLS_OF_A_SEED = 50
MOST_KILLS_OF_A_LIFE = 12
STEPS_OF_A_RUN = {
    Mode.DIRECT: {Steps.EVENTS: 27, Steps.CALLS: 310_000, Steps.DISK: 565},
    Mode.THOROUGH: {Steps.EVENTS: 39, Steps.CALLS: 960_000, Steps.DISK: 690},
}
"""About so many steps has an undisturbed run; a point beyond the end only means that nobody was killed."""

PART_OF_A_RUN = {"recover": 1.0, "resume": 0.6, "retry": 0.25}
"""The other verbs have less to do: their points are drawn from this part."""


@dataclass
class Tally:
    kills: int = 0
    again: int = 0
    by_steps: dict[Steps, int] = field(default_factory=dict)

    def killed(self, verb: str, disturbance: Disturbance) -> None:
        self.kills += 1
        self.again += verb != "recover"
        self.by_steps[disturbance.steps] = self.by_steps.get(disturbance.steps, 0) + 1


@dataclass
class Life:
    """One recovery that is killed again and again, until it is through."""

    bench: Bench
    home: Home
    chance: random.Random
    tally: Tally
    most_kills: int
    lost: bool
    mode: Mode
    block: int = 1
    starts: int = 0

    def live(self) -> None:
        before = look(self.home)
        while (verb := next_verb(before)) is not None:
            before = self._start(verb, before)
        self._compare(before)

    def _start(self, verb: str, before: Found) -> Found:
        self.lost = self.lost and verb != "retry"
        if verb != "recover" and self.chance.random() < 0.15:
            self.block += 1  # the node has forgotten the block of the run
        self.starts += 1
        order = Order(verb, self.starts, self.mode, self.block, self.lost)
        disturbance = self._disturbance(verb)
        code = self.bench.machine.start(self.home, order, disturbance)
        fresh = notes(self.home)
        after = look(self.home)
        if code == -signal.SIGKILL and disturbance is not None:
            self.tally.killed(verb, disturbance)
            self.most_kills -= 1
        else:
            assert code == 0, f"the program ended with {code}"
            told = ended(self.home)
            assert told.result is not None, told.error
        assert_nothing_lost(before, after, fresh)
        if after.wallet is not None:
            assert_part_of(after.wallet, self.bench.undisturbed(self._order(1)).wallet)
        return after

    def _order(self, block: int) -> Order:
        return Order("recover", mode=self.mode, block=block)

    def _disturbance(self, verb: str) -> Disturbance | None:
        if not self.most_kills:
            return None
        disk = [] if self.bench.why_no_disk else [Steps.DISK] * 4
        steps = self.chance.choice([Steps.EVENTS, Steps.CALLS, *disk])
        reach = round(STEPS_OF_A_RUN[self.mode][steps] * PART_OF_A_RUN[verb])
        return Disturbance(steps, self.chance.randrange(reach), self.chance.choice(KILLING))

    def _compare(self, found: Found) -> None:
        """The end is that of an undisturbed run, whichever start reached it."""
        wanted = self.bench.undisturbed(self._order(self.block))
        assert found.wallet is not None and found.run is not None
        # Facts of an account that are the same at a later block keep the height at which they were first read.
        same = (lambda wallet: wallet) if self.block == 1 else at_no_block
        assert same(found.wallet) == same(wanted.wallet)
        assert (found.run.statement, found.run.key_checks) == (wanted.statement, wanted.result.key_checks)
        assert found.run.ending == wanted.result.ending.value
        if self.home.ending.exists():
            result = ended(self.home).result
            assert result is not None
            wanted.assert_same(result)
        for path in self.home.settings.reports.glob("*.json"):
            verify_report(read_report(path))


def next_verb(found: Found) -> str | None:
    """What the person starts next; None when nothing is left to do."""
    if found.run is None:
        return "recover"
    if found.unfinished:
        return "resume"
    return "retry" if found.run.unknown else None


def assert_nothing_lost(before: Found, after: Found, fresh: list[object]) -> None:
    """:param fresh: what the start between the two told."""
    assert after.problems == ()
    approvals = {n for n in fresh if isinstance(n, IdentityRef)}
    assert not approvals & before.approved, "asked for an approval that it had"
    if after.run is None:
        assert before.run is None and not told_cells(fresh)
        return
    if not (after.run.ending and not after.run.unknown):  # else all is in the wallet, and the IDs were dropped
        assert before.approved <= after.approved
        stored = after.answers
        assert told_cells(fresh) <= stored.keys(), "told as durable, and not there"
        if before.run is not None and before.run.point == after.run.point:
            kept = before.answers
            assert all(stored[key] == answer for key, answer in kept.items())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_killed_at_random_points_nothing_confirmed_is_lost(bench: Bench, seed: int) -> None:
    chance, tally = random.Random(seed), Tally()
    while tally.kills < KILLS_OF_A_SEED:
        home = bench.made_home()
        most = min(chance.randint(1, MOST_KILLS_OF_A_LIFE), KILLS_OF_A_SEED - tally.kills)
        mode = chance.choice([Mode.THOROUGH, *[Mode.DIRECT] * 3])
        Life(bench, home, chance, tally, most, chance.random() < 0.25, mode).live()
        bench.drop(home)
    assert tally.kills == KILLS_OF_A_SEED
    assert tally.again * 5 >= tally.kills, "too few were killed while recovering from an earlier kill"
    assert len(tally.by_steps) == (2 if bench.why_no_disk else 3)
