"""For warm processes, which pay once for imports and first uses: forked children, and orders pickled over pipes."""

from __future__ import annotations

import gc
import os
import pickle
import traceback
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from typing import Any, BinaryIO


def forked(do: Callable[[], None]) -> int:
    """A child that ends with 0 when `do` is done, and with 1 and a traceback when it raises; its process number."""
    pid = os.fork()
    if pid == 0:
        try:
            do()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def exit_code(pid: int) -> int:
    """Wait for a child: what it ended with, negative the number of the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def orders(source: BinaryIO) -> Iterator[Any]:
    """What the other side sends, until it closes its end."""
    while True:
        try:
            order = pickle.load(source)  # noqa: S301  # from the test that started this process
        except EOFError:
            return
        yield order


def send(target: BinaryIO, item: object) -> None:
    target.write(pickle.dumps(item))
    target.flush()


class Successor:
    """One child that does things one after the other, for those that need no process of their own.

    The pages that a fork copies cost more than most of what its child does. One that dies has another one after it.
    """

    def __init__(self, do: Callable[[Any], None]) -> None:
        self._do = do
        self._pid = 0

    def code_of(self, order: object) -> int:
        """The exit code that a process of its own would have had."""
        if not self._pid:
            self._begin()
        self._line.send(order)
        try:
            self._line.recv()
        except EOFError:
            return self.end()
        return 0

    def end(self) -> int:
        """No more to do; the child's exit code, 0 if there is none."""
        if not self._pid:
            return 0
        self._line.close()
        pid, self._pid = self._pid, 0
        return exit_code(pid)

    def _begin(self) -> None:
        self._line, theirs = Pipe()

        def work() -> None:
            self._line.close()
            gc.enable()
            while True:
                try:
                    order = theirs.recv()
                except EOFError:
                    return
                self._do(order)
                theirs.send(None)

        self._pid = forked(work)
        theirs.close()
