"""Programs that start in milliseconds: children of one warm process that has imported everything. `python -m` of this
file is that process.

A child gets the three standard streams, the environment and the working directory of the one who asked, runs the
program's real `main` with its arguments, and ends as a process does. Imports are all that it does not do itself: the
tests of the start (tests/emulator/device/test_cli.py, tests/emulator/node/test_process.py, …) start real processes.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import pickle
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, NoReturn, Protocol

ROOT = Path(__file__).parents[2]
_MAX_ORDER = 2**20
_LENGTH = 4
_STREAMS = 3


class Process(Protocol):
    """What tests use of a running program; a `subprocess.Popen[str]` is one."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    returncode: int | None

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """The exit code, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """:raises subprocess.TimeoutExpired: it runs on."""

    def send_signal(self, sig: int) -> None:
        """Nothing when it has ended."""

    def terminate(self) -> None:
        """SIGTERM."""

    def kill(self) -> None:
        """SIGKILL."""


@dataclass(frozen=True)
class _Order:
    program: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    directory: str


class Child:
    """A `Process` whose parent is the warm process. `line` tells its number and, in the end, its exit code."""

    def __init__(self, line: socket.socket, command: Sequence[str], stdin: IO[str], stdout: IO[str]) -> None:
        self.stdin: IO[str] | None = stdin
        self.stdout: IO[str] | None = stdout
        self.returncode: int | None = None
        self._line = line
        self._command = tuple(command)
        self._pid = _number(line)

    @property
    def pid(self) -> int:
        return self._pid

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = _number(self._line)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self._command, timeout or 0.0) from None
            self._line.close()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Its ends of the streams."""
        for stream in (self.stdin, self.stdout):
            if stream is not None:
                stream.close()


def start_emulator(arguments: Sequence[str], stderr: int) -> Child:
    """`python -m emulator ARGUMENTS`, with pipes to its standard input and from its standard output."""
    their_input, our_output = os.pipe()
    our_input, their_output = os.pipe()
    stdin, stdout = os.fdopen(our_output, "w", encoding="utf-8"), os.fdopen(our_input, encoding="utf-8")
    order = _Order("emulator", tuple(arguments), dict(os.environ), str(Path.cwd()))
    try:
        line = _warm(os.getpid()).begin(order, (their_input, their_output, stderr))
        return Child(line, ("emulator", *arguments), stdin, stdout)
    finally:
        os.close(their_input)
        os.close(their_output)


@cache
def _warm(owner: int) -> _Warm:
    """The warm process of this one; `owner`: our own number, so that a forked child has another."""
    warm = _Warm()
    atexit.register(warm.close)
    return warm


class _Warm:
    """Our end of the warm process."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm_programs", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )

    def begin(self, order: _Order, streams: Sequence[int]) -> socket.socket:
        """Start a child; the line on which its number and its exit code come."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        content = pickle.dumps(order)
        with theirs:
            socket.send_fds(self._orders, [len(content).to_bytes(_LENGTH, "big")], [*streams, theirs.fileno()])
            self._orders.sendall(content)
        return ours

    def close(self) -> None:
        """No more orders; children that still run are not ours to end."""
        self._orders.close()
        self._process.wait()


def _number(line: socket.socket) -> int:
    said = line.recv(_LENGTH)
    if len(said) != _LENGTH:
        raise RuntimeError("the warm process ended")
    return int.from_bytes(said, "big", signed=True)


# --- the warm process ----------------------------------------------------------------------------------------------


def _emulator(arguments: Sequence[str]) -> int:
    from emulator.__main__ import main

    return main(arguments)


_PROGRAMS: dict[str, Callable[[Sequence[str]], int]] = {"emulator": _emulator}
_IMPORTED = (
    "emulator.device.cli",
    "emulator.node.cli",
    "emulator.evm.cli",
    "emulator.__main__",
    "importlib.readers",  # the rest is what they would import when they serve
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.h11_impl",
)


class _Nursery:
    """Forks a child an order and tells the one who asked how it ended."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._lines: dict[int, socket.socket] = {}
        self._woken, waking = socket.socketpair()
        self._waking = waking
        waking.setblocking(False)
        self._woken.setblocking(False)

    def serve(self) -> None:
        """Until the other side has closed its end."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno())
        with selectors.DefaultSelector() as selector:
            selector.register(self._orders, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    self._woken.recv(4096)
                    self._reap()
                if self._orders in ready and not self._fork_next():
                    return

    def _fork_next(self) -> bool:
        head, descriptors, _, _ = socket.recv_fds(self._orders, _LENGTH, _STREAMS + 1, socket.MSG_WAITALL)
        if not head:
            return False
        length = int.from_bytes(head, "big")
        if length > _MAX_ORDER:
            raise ValueError("an order of this length is no order")
        order = pickle.loads(self._orders.recv(length, socket.MSG_WAITALL))  # noqa: S301  # from the test's process
        *streams, line = descriptors
        pid = os.fork()
        if pid == 0:
            self._become(order, streams, line)
        self._lines[pid] = socket.socket(fileno=line)
        self._lines[pid].sendall(pid.to_bytes(_LENGTH, "big"))
        for descriptor in streams:
            os.close(descriptor)
        return True

    def _become(self, order: _Order, streams: Sequence[int], line: int) -> NoReturn:
        """In the child: be the program."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mine in (self._orders, self._woken, self._waking, *self._lines.values()):
            mine.close()
        os.close(line)
        for target, descriptor in enumerate(streams):
            os.dup2(descriptor, target)
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(order.environment)
        os.chdir(order.directory)
        gc.enable()
        sys.argv = [order.program, *order.arguments]
        sys.exit(_PROGRAMS[order.program](order.arguments))

    def _reap(self) -> None:
        while self._lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._lines.pop(pid) as line, suppress(BrokenPipeError):
                line.sendall(os.waitstatus_to_exitcode(status).to_bytes(_LENGTH, "big", signed=True))


def main() -> None:
    """Import everything, then obey orders."""
    for module in _IMPORTED:
        importlib.import_module(module)
    gc.collect()
    gc.disable()  # a look through the shared memory would copy it into every child
    gc.freeze()
    _Nursery(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
