"""A cable pulled at every read and every write of a whole recovery, on virtual USB with the real hidapi.

Each time: a clean message, the device is found again under another path and product number, nothing that was
approved is approved again, and the wallet is in the end the one of an undisturbed run.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from emulator.world import bundled
from emulator.world.expectation import expect
from tests.support.usb.bench import NANO_S_PLUS, NANO_S_PLUS_LATER, Data, Ended, Log
from tests.support.usb.fixtures import Place, comparable

IDENTITIES = [0, 1, 2]
SEEDS = [
    "b312566385d024ded4ff4e265df4eeae515a18453a60a4e5b4271fa1e5be0aa4",
    "15ea1b9e6143e5e2ccea97808c8b0422550542cc73f277aed781e383d0ff6c55",
    "3ff1200e8b681518e0609d7a237f7ee70a4ed61c518f6ee6781aaf9903a4b35d",
]
"""What the app's three exports answer for Speculos' default phrase (measured on app 5.1.3 in Speculos 0.27.1)."""

WORLD = bundled.load("sample")
WANTED = expect(WORLD, WORLD.wallets[0].name)
PARTS = 3
BACK_AT_ONCE_EVERY = 4


@dataclass(frozen=True)
class Disturbed:
    """A recovery during which the cable was pulled once. `resumed`: the run that ended it, if it needed one."""

    first: Ended
    resumed: Ended | None
    log: Log


def recovery(virtual: Place, kind: str, number: int, *, moves: bool) -> tuple[Disturbed, object]:
    """Pull the cable at an operation; whoever is told that no device is there plugs it in again, elsewhere."""
    bus, client, home = virtual.usb.bus, virtual.usb.client, virtual.home()
    bus.clear()
    bus.plug(virtual.ledger.apdu, product_id=NANO_S_PLUS)
    bus.arm(unplug=(kind, number), moves=moves)

    def plug_again(notice: Data | None = None) -> None:
        if (notice is None or notice["state"] == "no-device") and not bus.log().nodes:
            bus.plug(virtual.ledger.apdu, product_id=NANO_S_PLUS_LATER)

    first = client.run("recover", plug_again, **virtual.order(home))
    plug_again()
    resumed = None if first.error is None else client.run("resume", **virtual.order(home))
    return Disturbed(first, resumed, bus.log()), comparable(virtual.wallet(home))


@pytest.fixture(scope="session")
def undisturbed(place: Place) -> tuple[Log, object]:
    disturbed, wallet = recovery(place, "read", -1, moves=False)
    assert disturbed.first.error is None
    return disturbed.log, wallet


def test_a_whole_recovery_over_the_real_hidapi(virtual: Place, undisturbed: tuple[Log, object]) -> None:
    log, _ = undisturbed
    node = virtual.usb.bus.plug(virtual.ledger.apdu)
    listed = virtual.usb.client.run("list").value
    assert [(path, state) for path, _, state in listed] == [(f"hid:{node}", "ready")]
    assert log.exports(whole=True) == IDENTITIES
    assert log.counts["write"] == len(log.requests)
    assert log.counts["read"] == 2 * len(log.requests), "before each question one look for late answers"
    home = virtual.home()
    virtual.usb.client.run("recover", **virtual.order(home))
    wanted = {c.cred_id for c in WANTED.credentials if c.path == "legacy" and c.identity_index in IDENTITIES}
    found = virtual.wallet(home)
    assert {c.cred_id for c in found.credentials} == wanted
    assert {i.key.index for i in found.identities} == {0, 1}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", ["read", "write"])
def test_unplugged_at_every_operation(kind: str, part: int, virtual: Place, undisturbed: tuple[Log, object]) -> None:
    log, wallet = undisturbed
    for number in range(part, log.counts[kind], PARTS):
        disturbed, found = recovery(virtual, kind, number, moves=False)
        at = f"{kind} {number}"
        assert found == wallet, at
        assert_nothing_twice(disturbed, at)
        assert_clean(disturbed, at)
        lost = disturbed.log.exports(whole=False)
        if lost:
            assert disturbed.first.error is not None and disturbed.first.error["class"] == "Unplugged", at
        assert "no-device" in disturbed.first.states or disturbed.first.error is not None, at


@pytest.mark.parametrize("kind", ["read", "write"])
def test_back_at_once_under_another_path(kind: str, virtual: Place, undisturbed: tuple[Log, object]) -> None:
    log, wallet = undisturbed
    for number in range(1, log.counts[kind], BACK_AT_ONCE_EVERY):
        disturbed, found = recovery(virtual, kind, number, moves=True)
        at = f"{kind} {number}"
        assert found == wallet, at
        assert_nothing_twice(disturbed, at)
        assert_clean(disturbed, at)
        if disturbed.first.error is not None:
            assert "it is back" in disturbed.first.error["sentence"], at


def assert_nothing_twice(disturbed: Disturbed, at: str) -> None:
    """Each identity's key was received once; at most the one that was under way was asked for again."""
    assert Counter(disturbed.log.exports(whole=True)) == Counter(IDENTITIES), at
    assert len(disturbed.log.exports(whole=False)) <= 1, at


def assert_clean(disturbed: Disturbed, at: str) -> None:
    """One error of our tree with a sentence and an advice, or none; and no secret in anything that was told."""
    error = disturbed.first.error
    assert disturbed.resumed is None or disturbed.resumed.error is None, at
    if error is not None:
        assert error["class"] == "Unplugged" and error["status"] == 10, at
        assert error["sentence"] and error["hint"], at
    for notice in disturbed.first.notices:
        assert notice["sentence"], at
        assert notice["action"] or notice["state"] == "ready", at
    said = repr(disturbed)
    assert not any(seed in said for seed in SEEDS), at
