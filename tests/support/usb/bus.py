"""The virtual USB bus: Ledgers as umockdev devices, their answers from emulated devices, faults at chosen operations.

Runs under `umockdev-wrapper` with the system's Python, whose `gi` the tests' own environment lacks; so it uses the
standard library and GObject only, and frames by its own code. Orders come in as lines of JSON, answers go out so.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections import deque
from importlib import import_module
from pathlib import Path
from typing import Any

import_module("gi").require_version("UMockdev", "1.0")
GLib: Any = import_module("gi.repository.GLib")
UMockdev: Any = import_module("gi.repository.UMockdev")

REPORT = 64
FIRST, NEXT = REPORT - 7, REPORT - 5
HEAD = b"\x01\x01\x05"
ANSWER_SECONDS = 10
HOLD_MS = 5
"""How long a read waits when nothing comes: umockdev has no poll, so that hidapi asks again at once."""

DESCRIPTOR = bytes.fromhex("06a0ff0901a1010903150026ff00750895408108" + "0904150026ff00750895409108c0")
HIDIOCGRDESCSIZE, HIDIOCGRDESC, HIDIOCGRAWINFO = 0x80044801, 0x90044802, 0x80084803


def frames_of(answer: bytes) -> list[bytes]:
    """An answer as reports: channel, tag, sequence number, first the length; padded with zeros."""
    stream = len(answer).to_bytes(2, "big") + answer
    pieces = [stream[: FIRST + 2], *(stream[at : at + NEXT] for at in range(FIRST + 2, len(stream), NEXT))]
    return [(HEAD + number.to_bytes(2, "big") + piece).ljust(REPORT, b"\0") for number, piece in enumerate(pieces)]


class Request:
    """Collects the reports of one request."""

    def __init__(self) -> None:
        self._data = b""
        self._reports = 0

    def feed(self, report: bytes) -> bytes | None:
        """The whole request once it is complete."""
        if len(report) != REPORT or report[:5] != HEAD + self._reports.to_bytes(2, "big"):
            raise ValueError(f"the client wrote an odd report: {report[:8].hex()}... of {len(report)} bytes")
        self._reports += 1
        self._data += report[5:]
        length = int.from_bytes(self._data[:2], "big")
        return self._data[2 : 2 + length] if len(self._data) >= 2 + length else None


class Behind:
    """The emulated device behind a node, on its raw APDU port. None answers when it closed the connection."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._place = (host, int(port))
        self._socket: socket.socket | None = None

    def ask(self, apdu: bytes) -> bytes | None:
        if self._socket is None:
            self._socket = socket.create_connection(self._place, timeout=ANSWER_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(len(apdu).to_bytes(4, "big") + apdu)
        head = self._exactly(4)
        answer = None if head is None else self._exactly(int.from_bytes(head, "big") + 2)
        if answer is None:
            self.close()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exactly(self, size: int) -> bytes | None:
        data = b""
        while self._socket is not None and len(data) < size:
            chunk = self._socket.recv(size - len(data))
            if not chunk:
                return None
            data += chunk
        return data


class Plan:
    """What goes wrong, and when. All counts begin when the plan is armed, and run over all devices.

    `unplug`: ["read" or "write", number]; `moves`: the device is back at once, under another path; `edits`: {"e005:1":
    edits of the reports that answer the second request that begins so}, see `edited`. `requests`: [hex, whether all
    reports of its answer were read].
    """

    def __init__(
        self,
        unplug: tuple[str, int] | None = None,
        moves: bool = False,
        edits: dict[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        self._unplug = tuple(unplug) if unplug else None
        self.moves = moves
        self._edits = edits or {}
        self.counts = {"read": 0, "write": 0}
        self.requests: list[list[Any]] = []

    def pulls_at(self, kind: str) -> bool:
        number = self.counts[kind]
        self.counts[kind] += 1
        return self._unplug == (kind, number)

    def answered(self, request: bytes, frames: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        """The reports to send now, and those that come only after the next request."""
        head = request[:2].hex()
        number = sum(earlier.startswith(head) for earlier, _ in self.requests)
        edits = self._edits.get(f"{head}:{number}", [])
        self.requests.append([request.hex(), False])
        return edited(frames, edits)


def edited(frames: list[bytes], edits: list[dict[str, Any]]) -> tuple[list[bytes], list[bytes]]:
    """Damage reports. `at` is the report's number.

    patch: bytes `hex` from `offset`; resize: to `size`; drop; repeat; insert: a report `hex` of `size`
    before `at`; swap: with the following one; hold: this and all later ones come late; lose: these never come.
    """
    now, late = list(frames), list[bytes]()
    for edit in edits:
        at = edit.get("at", 0)
        match edit["do"]:
            case "patch":
                data, offset = bytes.fromhex(edit["hex"]), edit["offset"]
                now[at] = now[at][:offset] + data + now[at][offset + len(data) :]
            case "resize":
                now[at] = now[at][: edit["size"]].ljust(edit["size"], b"\xa5")
            case "drop":
                del now[at]
            case "repeat":
                now.insert(at, now[at])
            case "insert":
                now.insert(at, bytes.fromhex(edit["hex"]).ljust(edit.get("size", REPORT), b"\0"))
            case "swap":
                now[at], now[at + 1] = now[at + 1], now[at]
            case "hold":
                now, late = now[:at], now[at:]
            case "lose":
                now = now[:at]
            case unknown:
                raise ValueError(f"no such edit: {unknown}")
    return now, late


def nothing_yet(client: Any) -> bool:
    """As a timer's end: the read found nothing."""
    client.complete(-1, errno.EAGAIN)
    return False


class Ledger(UMockdev.IoctlBase):  # type: ignore[misc]  # made by introspection, without types
    """One plugged-in device: its reports, and what the kernel tells of it."""

    def __init__(self, bus: Bus, number: int, product_id: int, address: str) -> None:
        super().__init__()
        self._bus = bus
        self.number = number
        self.product_id = product_id
        self.address = address
        self.behind = Behind(address)
        self.present = True
        self._request = Request()
        self._queue: deque[bytes] = deque()
        self._late: list[bytes] = []
        self._due = False

    def do_handle_ioctl(self, client: Any) -> bool:
        size = len(DESCRIPTOR).to_bytes(4, "little")
        raw_info = (3).to_bytes(4, "little") + (0x2C97).to_bytes(2, "little") + self.product_id.to_bytes(2, "little")
        answers = {HIDIOCGRDESCSIZE: size, HIDIOCGRDESC: size + DESCRIPTOR, HIDIOCGRAWINFO: raw_info}
        answer = answers.get(client.get_request())
        if answer is None:
            return False
        room = {HIDIOCGRDESC: 4 + 4096}.get(client.get_request(), len(answer))
        client.get_arg().resolve(0, room).update(0, answer)
        client.complete(0, 0)
        return True

    def do_handle_write(self, client: Any) -> bool:
        data = bytes(client.get_arg().retrieve())
        if self._gone("write", client):
            return True
        whole = self._request.feed(data[1:])  # hidapi's first byte is the report number
        if whole is not None:
            self._request = Request()
            self._take(whole)
        client.complete(len(data), 0)
        return True

    def do_handle_read(self, client: Any) -> bool:
        if self._gone("read", client):
            return True
        if self._queue:
            report = self._queue.popleft()[:REPORT]  # the kernel cuts a report to what is asked for
            if not self._queue and not self._late and self._bus.plan.requests:
                self._bus.plan.requests[-1][1] = True
                self._due = False
            client.get_arg().update(0, report)
            client.complete(len(report), 0)
        elif self._due:
            GLib.timeout_add(HOLD_MS, nothing_yet, client)
        else:
            client.complete(-1, errno.EAGAIN)
        return True

    def _take(self, request: bytes) -> None:
        answer = self.behind.ask(request)
        self._queue.extend(self._late)
        self._late.clear()
        if answer is None:  # the app opened or closed: the device leaves, and comes back under another name
            self._bus.plan.requests.append([request.hex(), False])
            self._bus.move(self)
            return
        self._due = True
        now, self._late = self._bus.plan.answered(request, frames_of(answer))
        self._queue.extend(now)

    def _gone(self, kind: str, client: Any) -> bool:
        if self.present and self._bus.plan.pulls_at(kind):
            (self._bus.move if self._bus.plan.moves else self._bus.pull)(self)
        if not self.present:
            client.complete(-1, errno.ENODEV)
        return not self.present


class Bus:
    """The testbed and the devices in it."""

    def __init__(self) -> None:
        self._testbed = UMockdev.Testbed.new()
        self.root = Path(self._testbed.get_root_dir())
        self.plan = Plan()
        self._plugged: dict[int, Ledger] = {}
        self._places: dict[int, str] = {}

    def plug(self, number: int, product_id: int, address: str, mode: int = 0o666) -> None:
        """A device behind /dev/hidraw<number>, with all that sysfs tells of one."""
        bed, pid = self._testbed, f"{product_id:04x}"
        usb = bed.add_device(
            "usb",
            f"1-{number + 1}",
            None,
            ["idVendor", "2c97", "idProduct", pid, "product", "Nano S Plus", "serial", "0001"],
            ["DEVTYPE", "usb_device", "PRODUCT", f"2c97/{pid}/201"],
        )
        interface = bed.add_device(
            "usb",
            f"1-{number + 1}:1.0",
            usb,
            ["bInterfaceNumber", "00", "bInterfaceClass", "03"],
            ["DEVTYPE", "usb_interface"],
        )
        names = ["HID_ID", f"0003:00002C97:0000{pid.upper()}", "HID_NAME", "Ledger Nano S Plus", "HID_UNIQ", "0001"]
        hid = bed.add_device("hid", f"0003:2C97:{pid.upper()}.{number + 1:04X}", interface, [], names)
        bed.set_attribute_binary(hid, "report_descriptor", DESCRIPTOR)
        node = f"/dev/hidraw{number}"
        raw = bed.add_device(
            "hidraw",
            f"hidraw{number}",
            hid,
            ["dev", f"241:{number}"],
            ["DEVNAME", node, "MAJOR", "241", "MINOR", str(number)],
        )
        (self.root / raw.lstrip("/") / "device").symlink_to("..")
        self._node(number).touch()
        self.mode(number, mode)
        ledger = Ledger(self, number, product_id, address)
        bed.attach_ioctl(node, ledger)
        self._plugged[number], self._places[number] = ledger, usb

    def mode(self, number: int, mode: int) -> None:
        """The node's access bits; the sticky bit tells umockdev that the file stands for a device."""
        self._node(number).chmod(0o1000 | mode)

    def pull(self, ledger: Ledger) -> None:
        """The cable is out: whoever holds the node meets ENODEV, whoever looks finds nothing."""
        if not ledger.present:
            return
        ledger.present = False
        ledger.behind.close()
        del self._plugged[ledger.number]
        self._node(ledger.number).unlink()
        self._testbed.remove_device(self._places.pop(ledger.number))
        # the node's old handles must still be answered, so its handler is only detached with the next turn
        GLib.idle_add(self._detach, f"/dev/hidraw{ledger.number}")

    def _detach(self, node: str) -> bool:
        self._testbed.detach_ioctl(node)
        return False  # once is enough

    def unplug(self, number: int) -> None:
        """Pull a device by its node's number."""
        self.pull(self._plugged[number])

    def move(self, ledger: Ledger) -> None:
        """Leave, and come back under the next number and another product number."""
        self.pull(ledger)
        self.plug(ledger.number + 1, ledger.product_id ^ 0x0004, ledger.address)

    def clear(self) -> None:
        """Pull everything, forget the plan."""
        for ledger in list(self._plugged.values()):
            self.pull(ledger)
        self.plan = Plan()

    def arm(self, **plan: Any) -> None:
        """Begin to count, and let this go wrong."""
        self.plan = Plan(**plan)

    def log(self) -> dict[str, Any]:
        """Since the last `arm`: numbers of reads and writes, the requests, the nodes there are now."""
        return {"counts": self.plan.counts, "requests": self.plan.requests, "nodes": sorted(self._plugged)}

    def _node(self, number: int) -> Path:
        return self.root / "dev" / f"hidraw{number}"


def main() -> None:
    """Obey orders {"do": NAME, arguments} until the input ends."""
    bus, loop = Bus(), GLib.MainLoop()
    verbs = {verb.__name__: verb for verb in (bus.plug, bus.unplug, bus.mode, bus.clear, bus.arm, bus.log)}

    def tell(answer: object) -> None:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

    def order(source: object, condition: object) -> bool:
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        arguments = json.loads(line)
        tell(verbs[arguments.pop("do")](**arguments))
        return True

    GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, order)
    tell({"root": str(bus.root), "pid": os.getpid()})
    loop.run()


if __name__ == "__main__":
    main()
