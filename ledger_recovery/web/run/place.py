"""[io] Where a guided recovery stood, beside the wallet file: so that closing, reloading and killing lose nothing.

Step, choices and the run's number only. Neither an address of an account, a credential, fingerprint or password is
written here, nor a node's URL that may hold a key (`Road.kept`); what was found is in the journal and the report. A
file that cannot be read means beginning at the start, never an error.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ledger_recovery.recover.evm.policy import MAX_GAP
from ledger_recovery.recover.policy import Mode
from ledger_recovery.web.model.state_evm import MAX_CHAINS
from ledger_recovery.web.model.steps import START, STEPS, step_of
from ledger_recovery.web.run.actions import KINDS, EvmWish, Plan

VERSION: Final = 1
MAX_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """`code`: of the step. `run_id`: of the run whose result was shown last, "" before. `plan`: None at the start."""

    code: str = START.code
    run_id: str = ""
    helper: bool = False
    family: str = "concordium"
    plan: Plan | None = field(default=None)


def place_file(wallet: Path) -> Path:
    """Beside the wallet, as the journal is."""
    return wallet.with_name(wallet.name + ".guide.json")


def read_place(wallet: Path) -> Place:
    """Where the guide stood; the start when there is no such file, or none that can be used."""
    try:
        with place_file(wallet).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return _place(json.loads(data)) if len(data) <= MAX_BYTES else Place()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError):
        return Place()


def write_place(wallet: Path, place: Place) -> bool:
    """Write it whole or not at all, mode 0600; False when that is not possible (a full or read-only disk)."""
    target = place_file(wallet)
    data = json.dumps({"version": VERSION, **_written(place)}, ensure_ascii=True).encode("ascii")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".guide-", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        return False
    return True


def forget_place(wallet: Path) -> None:
    """Begin at the start next time."""
    with suppress(OSError):
        place_file(wallet).unlink(missing_ok=True)


def _written(place: Place) -> dict[str, Any]:
    """Without the fields that hold addresses, whoever filled them."""
    fields = asdict(place)
    if fields["plan"] is not None:
        for name in ("find", "owners"):
            del fields["plan"]["evm"][name]
    return fields


def _place(found: dict[str, Any]) -> Place:
    if found["version"] != VERSION or step_of(str(found["code"])) not in STEPS:
        return Place()
    plan = found["plan"]
    return Place(
        code=str(found["code"]),
        run_id=_name(found["run_id"]),
        helper=found["helper"] is True,
        family="evm" if found["family"] == "evm" else "concordium",
        plan=None if plan is None else _plan(plan),
    )


def _plan(found: dict[str, Any]) -> Plan:
    plan = Plan(
        kind=str(found["kind"]),
        run_id=_name(found["run_id"]),
        mode=Mode(found["mode"]).value,
        deep=found["deep"] is True,
        providers=tuple(int(n) for n in found["providers"][:20]),
        nodes=tuple(str(n)[:300] for n in found["nodes"][:MAX_CHAINS]),
        again=tuple(str(n)[:300] for n in found.get("again", ())[:MAX_CHAINS]),
        begun=found["begun"] is True,
        agreed=_agreed(found.get("agreed")),
        untold=found.get("untold") is True,
        evm=_wish(found.get("evm", {})),
    )
    if plan.kind not in KINDS:
        raise ValueError("no such kind of run")
    return plan


def _agreed(found: Any) -> tuple[int, int] | None:
    if found is None:
        return None
    provider, index = found
    return int(provider), int(index)


def _wish(found: dict[str, Any]) -> EvmWish:
    """Addresses are not read either: no guide of ours writes them."""
    gap = found.get("gap")
    if gap is not None and not 1 <= int(gap) <= MAX_GAP:
        raise ValueError("no such gap")
    return EvmWish(
        gap=None if gap is None else int(gap), show=found.get("show") is True, base=_name(found.get("base", ""))
    )


def _name(text: object) -> str:
    """A run's name: it becomes part of a pattern for file names."""
    found = str(text)
    if found and not (found.isascii() and found.isalnum() and len(found) <= 64):
        raise ValueError("no name of a run")
    return found
