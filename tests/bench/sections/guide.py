"""The guide in the browser: how soon its first page is there, how soon an event is on it, and what it holds in memory.

Pages are loopback connections of this process; the guide is a process of its own. Each number has its baseline: the
least that the same server and the same kind of stream can do, measured in the same run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tests.bench import children
from tests.bench.effort import Effort
from tests.bench.guide_page import delays, first_page, following
from tests.bench.outcome import Collecting, Outcome
from tests.bench.stats import Series, share, times

NAME: Final = "guide"
TITLE: Final = "the guide: first page, from an event to the page, memory"
PROGRAM: Final = "import sys; from ledger_recovery.cli.main import main; sys.exit(main())"
FIRST_PAGE_SECONDS: Final = 1.0
EVENT_MS: Final = 100.0
GROWTH_MB: Final = 5.0
ROUNDS, EVENTS, QUIET_EVENTS, MEMORY_EVENTS, FOLLOWERS = 7, 1_000, 200, 10_000, 4
QUIET_SECONDS: Final = 0.1
SETTLED: Final = "data-step="


def measure(effort: Effort) -> Outcome:
    into = Collecting(NAME, TITLE)
    _start(into, effort.rounds(ROUNDS))
    bare = _events(into, effort, "bare")
    guide = _events(into, effort, "guide")
    into.notes.append(f"the guide adds {guide - bare:.1f} ms to a bare stream, for an event on a quiet page")
    _memory(into, effort.choose(MEMORY_EVENTS, 100))
    into.notes.append("two states for one page are 40 ms apart at least, so that an event in a row of others waits")
    return into.done()


# --- the first page ---------------------------------------------------------------------------------------------


def _start(into: Collecting, rounds: int) -> None:
    bare = ("-m", "tests.bench.guide_server", "bare")
    guide = ("-c", PROGRAM, "guide", "--no-browser")
    for words in (bare, guide):
        _seconds_to_page(words)  # modules are compiled, as they are after an installation
    walls: dict[str, Series] = {}
    for what, command in {"a bare page of the same server": bare, "the guide's first step": guide}.items():
        found = [_seconds_to_page(command) for _ in range(rounds)]
        walls[what] = Series(tuple(wall for wall, _ in found))
        into.line(f"from the command to {what}", walls[what], "s")
        into.line(f"the same for {what}, processor", Series(tuple(cpu for _, cpu in found)), "s")
    least, ours = walls.values()
    into.at_most("first page", ours.median, FIRST_PAGE_SECONDS, "s")
    into.notes.append(f"the guide's first page takes {times(ours, least):.1f} times a bare one's")


def _seconds_to_page(words: Sequence[str]) -> tuple[float, float]:
    """From the start of the process: on the clock, and of its processor time."""
    began = time.perf_counter()
    with _running(words) as (base, token, process):
        page = first_page(base, token)
        wall, cpu = time.perf_counter() - began, _processor(process.pid)
    if PROGRAM in words and SETTLED not in page:
        raise RuntimeError("this is not the first step")
    return wall, cpu


def _processor(pid: int) -> float:
    """User and system time of a process so far, in seconds; proc(5): fields 14 and 15 of stat."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _running(words: Sequence[str]) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """A server in a home of its own: its address and token as it prints them."""
    with tempfile.TemporaryDirectory() as home:
        own = {"HOME": home, "XDG_DATA_HOME": home, "XDG_STATE_HOME": home, "LEDGER_RECOVERY_STATE_DIR": home}
        process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**children.inherited_environment(), **own},
        )
        try:
            base, token = _address(process.stderr if PROGRAM in words else process.stdout)
            yield base, token, process
        finally:
            process.kill()
            process.communicate()


def _address(said: IO[str] | None) -> tuple[str, str]:
    """:raises ChildFailed: it ended before it listened."""
    for line in said or ():
        words = [word for word in line.replace("#", " ").split() if word]
        place = next((n for n, word in enumerate(words) if word.startswith("http://")), None)
        if place is not None:
            return words[place], words[place + 1]
    raise children.ChildFailed("the server did not start")


# --- events and memory ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Teller:
    """A server that tells events when it is asked to."""

    base: str
    token: str
    process: subprocess.Popen[str]

    def order(self, line: str) -> Any:
        if self.process.stdin is None or self.process.stdout is None:
            raise children.ChildFailed("the server has no line to it")
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise children.ChildFailed(f"the server ended at: {line}")
        return json.loads(answer)


@contextmanager
def teller(kind: str) -> Iterator[Teller]:
    with _running(("-m", "tests.bench.guide_server", kind)) as (base, token, process):
        yield Teller(base, token, process)


def _events(into: Collecting, effort: Effort, kind: str) -> float:
    """Lines for one kind of server; the median of an event on a quiet page, in milliseconds."""
    count, quiet = effort.choose(EVENTS, 5), effort.choose(QUIET_EVENTS, 5)
    with teller(kind) as server, following(server.base, server.token) as page:
        server.order("one")
        alone = server.order(f"apart {quiet} {QUIET_SECONDS}")["at"]
        page.wait_for(alone[-1][0])
        one_by_one = []
        for _ in range(count):
            one_by_one += server.order("one")["at"]
            page.wait_for(one_by_one[-1][0])
        burst = server.order(f"burst {count}")["at"]
        page.wait_for(burst[-1][0])
        found = {
            "on a quiet page": delays(alone, page.seen),
            f"{count:,} one by one, each when the last is shown": delays(one_by_one, page.seen),
            f"{count:,} at once": delays(burst, page.seen),
        }
    for what, values in found.items():
        into.line(f"{kind}: {what}, 50 %", Series.of(share(values, 0.5)), "ms")
        into.line(f"{kind}: {what}, 99 %", Series.of(share(values, 0.99)), "ms")
        if kind == "guide":
            into.at_most(f"{what}, 99 %", share(values, 0.99), EVENT_MS, "ms")
    return share(found["on a quiet page"], 0.5)


def _memory(into: Collecting, count: int) -> None:
    with teller("guide") as server, ExitStack() as pages:
        followers = [pages.enter_context(following(server.base, server.token)) for _ in range(FOLLOWERS)]
        before = server.order(f"memory {max(count // 10, 10)}")["rss_mb"]
        told = server.order(f"memory {count}")
        for page in followers:
            page.wait_for(told["at"][-1][0])
    into.line(f"memory with {FOLLOWERS} pages, before", Series.of(before), "MB")
    into.line(f"memory with {FOLLOWERS} pages, {count:,} events later", Series.of(told["rss_mb"]), "MB")
    into.at_most(f"growth over {count:,} events", max(told["rss_mb"] - before, 0.0), GROWTH_MB, "MB")
