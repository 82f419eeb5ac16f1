"""[pure] The diagnosis as text that can be passed on: states, codes, versions, counts and times.

It is made from named fields only. No address, credential ID, account name, fingerprint, file place or host stands in
it: texts that came from outside are taken by their codes, never by their words.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Iterable, Iterator

import ledger_recovery
from ledger_recovery.derive.evm.schemes import STANDARD
from ledger_recovery.web.model.state import Family, GuideState, IndexView, LogLine
from ledger_recovery.web.model.state_evm import ChainView, EvmView, SchemeView

MOST_INDICES = 60
_SCHEMES = frozenset(scheme.name for scheme in STANDARD)
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
        *_searched(state),
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
    yield from _nodes(state.evm) if state.family is Family.EVM else _node(state)
    yield "search", f"{state.search.kind or 'none'}, {_mode(state)}, {'running' if state.search.running else 'idle'}"
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


def _nodes(view: EvmView) -> Iterator[tuple[str, str]]:
    yield "nodes", f"{len(view.nodes)}, {len(view.again)} to be typed again"


def _mode(state: GuideState) -> str:
    if state.family is not Family.EVM:
        return state.search.mode
    what = "one address" if state.evm.wanted else "all"
    return f"{what}, gap {state.evm.gap}{', compare at the end' if state.evm.show else ''}"


def _searched(state: GuideState) -> list[str]:
    if state.family is not Family.EVM:
        return _titled("Identities", (_index(i) for i in state.indices[-MOST_INDICES:]))
    return [
        *_titled("Chains", (_chain(number, chain) for number, chain in enumerate(state.evm.chains, 1))),
        *_titled("Schemes", (_scheme(scheme) for scheme in state.evm.schemes)),
    ]


def _chain(number: int, chain: ChainView) -> str:
    """By its place in the list: a name may be the host's, and the reason of a failure names it."""
    if chain.failure:
        return f"chain {number}: no answers"
    age = "" if chain.age is None else f", {chain.age:.0f} s old"
    block = "no block yet" if chain.height is None else f"{_safe(chain.finality)} height {chain.height}{age}"
    smart = f"; smart accounts {chain.smart}, {chain.smart_unanswered} unknown"
    return f"chain {number}: {block}{smart}"


def _scheme(scheme: SchemeView) -> str:
    """Letters are counted; a person's own path is not told."""
    name = scheme.scheme if scheme.scheme in _SCHEMES else "own path"
    return f"{name}: derived {scheme.derived}; {_letters(scheme.runs)}; {_safe(scheme.ended) or 'goes on'}"


def _failure(state: GuideState) -> str:
    failure = state.failure
    if failure is None:
        return "none"
    again = "waits for the person" if failure.again_in is None else f"tried again within {failure.again_in:g} s"
    return f"{failure.code}, {again}"


def _index(index: IndexView) -> str:
    """Letters are counted, and counters of finds left out: they would tell which accounts a person has."""
    return f"{index.label}: {index.stage.value}; {_letters(run for row in index.rows for run in row.runs)}"


def _letters(runs: Iterable[tuple[str, int]]) -> str:
    counted: Counter[str] = Counter()
    for letter, count in runs:
        counted[letter] += count
    return ", ".join(f"{letter} {counted[letter]}" for letter in "DA?" if counted[letter]) or "no cells"


def _line(line: LogLine) -> str:
    return f"{line.at:>9.3f}  {_safe(line.what)}"


def _titled(title: str, lines: Iterator[str]) -> list[str]:
    rows = [f"  {line}" for line in lines]
    return ["", title, *rows] if rows else []


def _safe(text: str) -> str:
    """Only plain characters, and nothing that has the form of an identifier or a host."""
    bare = _HOST.sub("(host)", _LONG.sub("(hidden)", text))
    return bare if _KNOWN.fullmatch(bare) else "".join(c if _KNOWN.fullmatch(c) else "?" for c in bare[:160])
