"""What a person meets at the USB port, on virtual USB with the real hidapi: a closed or held node, two Ledgers,
another Ledger after a replug, and a Ledger that moves to another path whenever an app opens or ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files

from tests.faults.test_usb_unplug import SEEDS
from tests.support.device import emulated_device
from tests.support.usb.bench import NANO_S_PLUS_LATER, PRELOAD, Data, Ended
from tests.support.usb.fixtures import Place, comparable

FINGERPRINT = "3859554fbb05a7db3e840f8fd3a1b62670616d42f3f0a77ec3859d75e4b0496d"
OTHER_SEED = "hex:" + "07" * 64
APPROVE = json.loads(files("emulator.device").joinpath("automation/approve.json").read_text())
HOLDER = """
import os, sys
node = os.open(sys.argv[1], os.O_RDWR)
print("held", flush=True)
sys.stdin.read()
"""


def export(virtual: Place, node: str, on_notice: Callable[[Data], None], **order: object) -> Ended:
    return virtual.usb.client.run("ask", on_notice, device=f"hid:{node}", questions=[("export", 1)], **order)


def test_a_node_without_permission(virtual: Place) -> None:
    """Told with mode, owner and the way to mend it; once mended, it goes on by itself."""
    bus = virtual.usb.bus
    node = bus.plug(virtual.ledger.apdu, mode=0)

    def mended(notice: Data) -> None:
        if notice["state"] == "no-permission":
            bus.set_mode(node, 0o600)

    ended = export(virtual, node, mended)
    assert ended.value == [SEEDS[1]]
    told = ended.notices[0]
    assert told["state"] == "no-permission"
    assert f"{node} (mode " in told["sentence"] and "--------" in told["sentence"] and "owner" in told["sentence"]
    assert "doctor --install-udev" in told["action"]


def test_whoever_does_not_wait_is_told_that_the_node_is_closed(virtual: Place) -> None:
    node = virtual.usb.bus.plug(virtual.ledger.apdu, mode=0)
    (error,) = export(virtual, node, lambda notice: None, at_once=True).value
    assert (error["class"], error["code"]) == ("NoPermission", "no-permission")
    assert error["hint"]
    assert virtual.usb.client.run("list").value == [[f"hid:{node}", "", "no-permission"]]


def test_a_node_that_another_program_holds(virtual: Place) -> None:
    """Named with its process number; nothing is asked of the device meanwhile, and no answer is stolen from it."""
    bus = virtual.usb.bus
    node = bus.plug(virtual.ledger.apdu)
    bus.arm()
    environment = os.environ | {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(bus.root)}
    command = [sys.executable, "-c", HOLDER, node]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        pid = holder.pid
        asked: list[object] = []

        def leaves(notice: Data) -> None:
            if notice["state"] == "device-busy" and holder.poll() is None:
                asked.extend(bus.log().requests)
                holder.communicate()

        ended = export(virtual, node, leaves)
    assert ended.states[0] == "device-busy"
    assert f"(pid {pid})" in ended.notices[0]["sentence"] and ended.notices[0]["action"]
    assert asked == []
    assert ended.value == [SEEDS[1]]


def test_two_ledgers_the_person_chooses(virtual: Place) -> None:
    bus, client = virtual.usb.bus, virtual.usb.client
    with emulated_device(seed=OTHER_SEED, automation="approve") as other:
        first, second = bus.plug(other.apdu), bus.plug(virtual.ledger.apdu)
        ended = client.run("ask", questions=[("export", 1)], choose=f"hid:{second}")
        pinned = client.run("ask", questions=[("export", 1)], pinned=FINGERPRINT)
    ((one, two),) = ended.choices
    assert (one[0], two[:2]) == (f"hid:{first}", [f"hid:{second}", FINGERPRINT[:8]])
    assert one[1] not in ("", FINGERPRINT[:8])
    assert ended.value == [SEEDS[1]]
    assert pinned.choices == ()
    assert pinned.value == [SEEDS[1]]


def test_the_other_of_two_is_left_when_the_chosen_one_moves(virtual: Place) -> None:
    """Same model, same product number, first in the list: only the wallet tells it from the Ledger of the run."""
    bus, client = virtual.usb.bus, virtual.usb.client
    with emulated_device(seed=OTHER_SEED, automation="approve") as other:
        node = bus.plug(virtual.ledger.apdu)
        bus.arm(unplug=("write", 3))  # before the second export, when it is asked whether the app is still open

        def replug(notice: Data) -> None:
            if notice["state"] == "no-device" and not bus.log().nodes:
                bus.plug(other.apdu)
                bus.plug(virtual.ledger.apdu, product_id=NANO_S_PLUS_LATER)

        questions = [("export", 1), ("export", 2)]
        ended = client.run("ask", replug, device=f"hid:{node}", questions=questions)
    assert ended.value == [SEEDS[1], SEEDS[2]]


def test_another_ledger_after_a_replug(virtual: Place) -> None:
    """Refused before any prompt; the run goes on with the right one, and its wallet holds nothing of the other."""
    bus, client, home = virtual.usb.bus, virtual.usb.client, virtual.home()
    undisturbed = virtual.home()
    bus.plug(virtual.ledger.apdu)
    client.run("recover", **virtual.order(undisturbed))
    bus.arm(unplug=("write", 7))  # before the second export
    with emulated_device(seed=OTHER_SEED, automation="approve") as other:

        def replug(notice: Data) -> None:
            if notice["state"] == "no-device" and not bus.log().nodes:
                bus.plug(other.apdu)

        ended = client.run("recover", replug, **virtual.order(home))
        assert ended.error is not None
        assert (ended.error["class"], ended.error["status"]) == ("OtherDevice", 17)
        assert FINGERPRINT[:8] in ended.error["sentence"] and ended.error["hint"]
        refused = client.run("resume", **virtual.order(home))
        assert refused.error is not None and refused.error["class"] == "OtherDevice"
        assert bus.log().exports(whole=True) == [0]
        bus.clear()
    bus.plug(virtual.ledger.apdu)
    bus.arm()
    assert client.run("resume", **virtual.order(home)).error is None
    assert bus.log().exports(whole=True) == [1, 2]
    assert comparable(virtual.wallet(home)) == comparable(virtual.wallet(undisturbed))


def test_from_a_locked_dashboard_through_the_paths_that_the_app_moves_it_to(virtual: Place) -> None:
    """A whole recovery: opening the app takes the device to another path and product number, as real ones do."""
    bus, client, home = virtual.usb.bus, virtual.usb.client, virtual.home()
    with emulated_device(app="dashboard", locked=True, automation="approve") as ledger:
        node = bus.plug(ledger.apdu)

        def unlocked(notice: Data) -> None:
            if notice["state"] == "locked":
                ledger.unlock()

        ended = client.run("recover", unlocked, **virtual.order(home))
        assert ended.error is None
        assert bus.log().nodes != (node,)
    assert ended.states[0] == "locked"
    assert "dashboard" in ended.states
    assert virtual.wallet(home).wallets[0].fingerprint == FINGERPRINT


def test_an_app_that_ends_under_an_export_is_told_from_a_pulled_cable(virtual: Place) -> None:
    bus, client = virtual.usb.bus, virtual.usb.client
    with emulated_device(automation="approve", after_exit="dashboard") as ledger:
        node = bus.plug(ledger.apdu)
        ledger.set_automation({"version": 1, "rules": []})

        def ends(notice: Data) -> None:
            if notice["state"] == "awaiting-approval" and not left:
                left.append(notice)
                ledger.wait_for_prompt()
                ledger.open_app("dashboard")
                ledger.set_automation(APPROVE)

        left: list[Data] = []
        ended = client.run("ask", ends, device=f"hid:{node}", questions=[("export", 1), ("export", 1)])
    error, key = ended.value
    assert error["class"] == "AppExited"
    assert key == SEEDS[1]
