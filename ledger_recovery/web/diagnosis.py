"""[pure] The diagnosis as text that can be passed on: states, codes, versions, counts and times.

It is made from named fields only. No address, credential ID, account name, fingerprint, file place or host stands in
it: texts that came from outside are taken by their codes, never by their words.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Iterator

import ledger_recovery
from ledger_recovery.web.state import GuideState, IndexView, LogLine

MOST_INDICES = 60
_KNOWN = re.compile(r"[A-Za-z0-9 #:.,/_+()'-]{1,160}")
_LONG = re.compile(r"[0-9A-Za-z]{24,}")
"""Addresses have 50 characters, fingerprints 64, IDs 96; no word of ours is that long."""
_HOST = re.compile(r"\b(?:https?|tcp|hid)[:/]\S+|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b")


def diagnosis_text(state: GuideState) -> str:
    """The whole text, ending with a newline."""
    lines = [
        "LEDGER RECOVERY DIAGNOSIS (no addresses, no credential IDs, no secrets)",
        "",
        *(f"{name + ':':<14}{_safe(value)}" for name, value in _head(state)),
        *_titled("Identities", (_index(i) for i in state.indices[-MOST_INDICES:])),
        *_titled("Log (seconds since the guide began)", (_line(line) for line in state.log)),
    ]
    return "\n".join(lines) + "\n"


def _head(state: GuideState) -> Iterator[tuple[str, str]]:
    yield "program", ledger_recovery.__version__
    yield "system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    yield "step", f"{state.step.code} {state.step.title}"
    yield "family", state.family.value
    yield "helper", "yes" if state.helper else "no"
    yield from _device(state)
    yield from _node(state)
    yield (
        "search",
        f"{state.search.kind or 'none'}, {state.search.mode}, {'running' if state.search.running else 'idle'}",
    )
    yield "requests", f"asked {state.asked}, approved {state.approved}, declined {state.declined}"
    yield "cells", f"deployed {state.deployed}, unknown {state.unknown}, keys checked {state.search.keys_checked}"
    yield "question", "none" if state.question is None else state.question.kind.value
    yield "failure", "none" if state.failure is None else _failure(state)
    yield "remarks", f"{len(state.warnings)} warnings, {len(state.conflicts)} conflicts"
    yield "backup", state.backup.kind
    if state.result is not None:
        yield "result", f"{'complete' if state.result.complete else 'not complete'}, unknown {state.result.unknown}"


def _device(state: GuideState) -> Iterator[tuple[str, str]]:
    device = state.device
    yield "device", "not seen" if device.state is None else device.state.value
    if device.info is not None:
        emulated = " (emulated)" if device.info.emulated else ""
        yield "model", f"{device.info.model}{emulated}"
        yield "app", f"{device.info.app} {device.info.app_version}"
    if device.expected is not None:
        yield "screen", f"{len(device.expected.pages)} pages expected"


def _node(state: GuideState) -> Iterator[tuple[str, str]]:
    node = state.node
    yield "network", node.network or "not chosen"
    if node.height is not None:
        age = "" if node.age is None else f", {node.age:.1f} s old"
        yield "block", f"height {node.height}{age}, pinned again {node.repins} times, {len(node.sources)} nodes"
    yield "account list", f"{node.list_state.value}, {node.list_count}"


def _failure(state: GuideState) -> str:
    failure = state.failure
    if failure is None:
        return "none"
    again = "waits for the person" if failure.again_in is None else f"tried again within {failure.again_in:g} s"
    return f"{failure.code}, {again}"


def _index(index: IndexView) -> str:
    """Letters are counted, and counters of finds left out: they would tell which accounts a person has."""
    counted: Counter[str] = Counter()
    for row in index.rows:
        for letter, count in row.runs:
            counted[letter] += count
    cells = ", ".join(f"{letter} {counted[letter]}" for letter in "DA?" if counted[letter]) or "no cells"
    return f"{index.label}: {index.stage.value}; {cells}"


def _line(line: LogLine) -> str:
    return f"{line.at:>9.3f}  {_safe(line.what)}"


def _titled(title: str, lines: Iterator[str]) -> list[str]:
    rows = [f"  {line}" for line in lines]
    return ["", title, *rows] if rows else []


def _safe(text: str) -> str:
    """Only plain characters, and nothing that has the form of an identifier or a host."""
    bare = _HOST.sub("(host)", _LONG.sub("(hidden)", text))
    return bare if _KNOWN.fullmatch(bare) else "".join(c if _KNOWN.fullmatch(c) else "?" for c in bare[:160])
