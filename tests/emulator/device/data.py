"""Measurements of the real apps, read from `tests/vectors`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.apps.keys import DEFAULT_PHRASE, Seed
from emulator.device.automation import Automation
from emulator.device.machine import Drawn, Event, Machine, Replied, Setup
from emulator.device.models import MODELS

VECTORS = Path(__file__).parents[2] / "vectors"
TRANSCRIPTS = sorted((VECTORS / "device-transcripts").glob("*.json"))
DEFAULT_SEED = Seed.from_text(DEFAULT_PHRASE)


@dataclass(frozen=True)
class Exchange:
    """One recorded exchange; the last of the screens is the one on which the person decided."""

    what: str
    request: str
    screens: list[list[str]]
    response: str


def measured(name: str, key: str) -> list[dict[str, Any]]:
    """The rows of one file of measurements."""
    rows: list[dict[str, Any]] = json.loads((VECTORS / "device" / f"{name}.json").read_text("utf-8"))[key]
    return rows


def evm_vectors() -> dict[str, Any]:
    """Addresses of public phrases, and what the Ethereum app answered."""
    document: dict[str, Any] = json.loads((VECTORS / "evm" / "ethereum-vectors.json").read_text("utf-8"))
    return document


def transcript(path: Path) -> tuple[str, str, list[Exchange]]:
    """App (catalogue name), model and exchanges of a recording."""
    document = json.loads(path.read_text("utf-8"))
    exchanges = [Exchange(**row) for row in document["exchanges"]]
    return f"concordium-{document['version']}", document["model"], exchanges


def machine(app: str, model: str, *, automation: Automation | None = None, falls_back: bool = False) -> Machine:
    """A started machine with Speculos' default phrase."""
    device = Machine(Setup(MODELS[model], app, DEFAULT_SEED, falls_back=falls_back), automation)
    device.start()
    return device


def screen(device: Machine) -> list[str]:
    """Texts on the screen."""
    return [text.text for text in device.visible]


def replies(events: list[Event]) -> list[str]:
    """Answers among the events, in hex."""
    return [event.payload.hex() for event in events if isinstance(event, Replied)]


def drawn(events: list[Event]) -> list[list[str]]:
    """Texts of the pages drawn."""
    return [[text.text for text in event.texts] for event in events if isinstance(event, Drawn)]
