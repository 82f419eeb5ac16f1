"""The virtual bus and its client from a test: Ledgers are plugged in and pulled out, programs run on them."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

BUS = Path(__file__).with_name("bus.py")
PYTHON = "/usr/bin/python3"
PRELOAD = "libumockdev-preload.so.0"
ANSWER_SECONDS = 60
EXPORT = 0x05
"""INS of EXPORT_PRIVATE_KEY (app-concordium doc/export_private_key.md)."""

NANO_S_PLUS, NANO_S_PLUS_LATER = 0x5011, 0x5015

Data = dict[str, Any]


@cache
def why_no_bus() -> str:
    """What is missing for a virtual bus; "" when it can be made."""
    if not sys.platform.startswith("linux"):
        return "umockdev exists for Linux only"
    if shutil.which("umockdev-wrapper") is None:
        return "umockdev is missing (Debian: apt-get install umockdev gir1.2-umockdev-1.0 python3-gi)"
    check = "import gi; gi.require_version('UMockdev', '1.0'); from gi.repository import UMockdev"
    found = subprocess.run([PYTHON, "-c", check], check=False, capture_output=True)
    return "" if found.returncode == 0 else "the system's Python has no gi.repository.UMockdev"


@dataclass(frozen=True)
class Ended:
    """How an order ended: `value`, or `error` (class, code, sentence, hint); and what was told meanwhile."""

    value: Any
    error: Data | None
    notices: tuple[Data, ...]
    choices: tuple[Any, ...]

    @property
    def states(self) -> list[str]:
        return [notice["state"] for notice in self.notices]


@dataclass(frozen=True)
class Log:
    """`counts`: of "read" and "write". `requests`: each with whether its whole answer was read. `nodes`: there now."""

    counts: Mapping[str, int]
    requests: tuple[tuple[bytes, bool], ...]
    nodes: tuple[str, ...]

    def exports(self, *, whole: bool) -> list[int]:
        """Identity indices of the exports whose answers were read whole, or were not."""
        return [int.from_bytes(r[-4:], "big") for r, read in self.requests if r[1] == EXPORT and read is whole]


class Lines:
    """A child process that is given lines of JSON and answers with lines of JSON; an answer is awaited with a bound."""

    def __init__(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment
        )
        self._heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def tell(self, message: Data) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(message) + "\n")
        self._child.stdin.flush()

    def hear(self) -> Any:
        line = self._heard.get(timeout=ANSWER_SECONDS)
        assert line, f"{self._child.args!r} ended with {self._child.wait(ANSWER_SECONDS)}"
        return json.loads(line)

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join(ANSWER_SECONDS)

    def _listen(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as stdout:
            for line in stdout:
                self._heard.put(line)
        self._heard.put("")


class VirtualBus:
    """The devices. See bus.py for what can be ordered and what can go wrong."""

    def __init__(self) -> None:
        self._process = Lines(["umockdev-wrapper", PYTHON, "-I", str(BUS)])
        self.root = Path(self._process.hear()["root"])
        self._next = 0

    def plug(self, address: str, *, product_id: int = NANO_S_PLUS, mode: int = 0o666) -> str:
        """Plug a device in, always under a path that was never used before.

        :param address: HOST:PORT of the emulated device's raw APDU port
        :returns: its node
        """
        number, self._next = self._next, self._next + 10  # in between lie the paths that an app's opening leads to
        self._order("plug", number=number, product_id=product_id, address=address, mode=mode)
        return f"/dev/hidraw{number}"

    def unplug(self, node: str) -> None:
        self._order("unplug", number=_number(node))

    def set_mode(self, node: str, mode: int) -> None:
        self._order("mode", number=_number(node), mode=mode)

    def arm(
        self,
        *,
        unplug: tuple[str, int] | None = None,
        moves: bool = False,
        edits: Mapping[str, Sequence[Data]] | None = None,
    ) -> None:
        """Begin to count operations and requests from 0, and say what goes wrong at which (see `Plan` in bus.py)."""
        self._order("arm", unplug=unplug, moves=moves, edits=edits or {})

    def log(self) -> Log:
        """What happened since `arm`."""
        log = self._order("log")
        requests = tuple((bytes.fromhex(request), whole) for request, whole in log["requests"])
        return Log(log["counts"], requests, tuple(f"/dev/hidraw{number}" for number in log["nodes"]))

    def clear(self) -> None:
        """Pull everything out, forget all faults."""
        self._order("clear")

    def close(self) -> None:
        self._process.close()

    def _order(self, do: str, **arguments: Any) -> Any:
        self._process.tell({"do": do, **arguments})
        return self._process.hear()


def _number(node: str) -> int:
    return int(node.removeprefix("/dev/hidraw"))


def _nothing(notice: Data) -> None:
    return None


@dataclass
class Client:
    """The program. Root's power over file modes is taken from it, so that a node can be closed to it."""

    root: Path
    _process: Lines = field(init=False, repr=False)

    def __post_init__(self) -> None:
        environment = os.environ | {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(self.root)}
        weak = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
        command = [sys.executable, "-m", "tests.support.usb.client"]
        self._process = Lines(command if os.geteuid() else [*weak, *command], environment)
        self._process.hear()

    def run(self, verb: str, on_notice: Callable[[Data], None] = _nothing, **order: Any) -> Ended:
        """Have an order carried out; any end but a value or an error of our tree fails the test.

        :param on_notice: called with each notice while the program runs on
        """
        notices: list[Data] = []
        choices: list[Any] = []
        self._process.tell({"verb": verb, **order})
        while True:
            match self._process.hear():
                case {"notice": notice}:
                    notices.append(notice)
                    on_notice(notice)
                case {"choice": devices}:
                    choices.append(devices)
                case {"ended": {"defect": traceback}}:
                    raise AssertionError(traceback)
                case {"ended": ended}:
                    return Ended(ended.get("value"), ended.get("error"), tuple(notices), tuple(choices))

    def close(self) -> None:
        self._process.close()


@dataclass(frozen=True)
class UsbBench:
    bus: VirtualBus
    client: Client


@contextmanager
def usb_bench() -> Iterator[UsbBench]:
    """A bus without devices, and a client on it."""
    with ExitStack() as stack:
        bus = VirtualBus()
        stack.callback(bus.close)
        client = Client(bus.root)
        stack.callback(client.close)
        yield UsbBench(bus, client)
