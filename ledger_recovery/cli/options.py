"""The options that commands share, declared once: groups of typer options as frozen dataclasses.

A command takes a group as one parameter; `command.py` unfolds it into single options. An option left out is None, so
that the environment and the settings file can speak after it (config.py). No option takes a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How a command speaks, and where its settings lie."""

    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout at the end.")] = False
    plain: Annotated[
        bool | None,
        typer.Option("--plain/--no-plain", help="One line an event; no colour, no redrawing.", show_default=False),
    ] = None
    debug: Annotated[
        bool, typer.Option("--debug", help="Log what happens (never a secret); show where a defect arose.")
    ] = False
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Read the settings from this TOML file.")
    ] = None


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """Which wallet, which network, which nodes."""

    wallet: Annotated[Path | None, typer.Option("--wallet", metavar="FILE", help="The wallet file.")] = None
    network: Annotated[
        str | None, typer.Option("--network", metavar="NAME", help="mainnet (the default), testnet or custom.")
    ] = None
    node: Annotated[
        list[str] | None,
        typer.Option(
            "--node", metavar="URL", help="A node to ask. Given twice, each absence is confirmed by a second node."
        ),
    ] = None
    genesis: Annotated[
        str | None, typer.Option("--genesis", metavar="HEX", help="Genesis block hash of a custom network.")
    ] = None
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="PEM file to trust for TLS.")
    ] = None
    max_block_age: Annotated[
        float | None,
        typer.Option("--max-block-age", metavar="SECONDS", help="Refuse a finalized block older than this (300)."),
    ] = None
    connections: Annotated[
        int | None, typer.Option("--connections", metavar="N", help="Connections to each node, 1 to 8 (4).")
    ] = None


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    """Which Ledger."""

    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="PATH",
            help="hid:…, tcp:HOST:PORT, http://HOST:PORT or replay:FILE; else a connected Ledger.",
        ),
    ] = None
    fingerprint: Annotated[
        str | None,
        typer.Option(
            "--fingerprint", metavar="HEX", help="Refuse a Ledger whose fingerprint does not begin so (8+ digits)."
        ),
    ] = None
    allow_format: Annotated[
        str | None,
        typer.Option(
            "--allow-format", metavar="v4|v5", help="Command format for an unknown app version; only on advice."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What a new run searches."""

    identities: Annotated[
        str | None, typer.Option("--identities", metavar="FIRST-LAST", help="Search these identity indices: 0-9.")
    ] = None
    stop_after_empty: Annotated[
        int | None,
        typer.Option("--stop-after-empty", metavar="N", help="End after N empty identity indices in a row."),
    ] = None
    provider: Annotated[
        list[int] | None,
        typer.Option("--provider", metavar="N", help="Search the newer path of this identity provider too (app 5.x)."),
    ] = None
    no_legacy: Annotated[bool, typer.Option("--no-legacy", help="Leave out the legacy path.")] = False
    mode: Annotated[
        str | None,
        typer.Option(
            "--mode",
            metavar="NAME",
            help="thorough (the default), direct (look-ups only) or private (account list only).",
        ),
    ] = None
    deep: Annotated[bool, typer.Option("--deep", help="Look up all 256 credentials of each index directly.")] = False


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The emulated Ledger and node of a demo. `pace`: seconds before each press of the demo's hand."""

    demo: Annotated[
        bool, typer.Option("--demo", help="Use an emulated Ledger and node; no device and no network needed.")
    ] = False
    by_hand: Annotated[bool, typer.Option("--by-hand", help="With --demo: you press, in a browser.")] = False
    pace: Annotated[float, typer.Option("--pace", hidden=True, min=0.0, max=10.0)] = 0.4


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What recover, resume and retry share."""

    redact: Annotated[
        str | None,
        typer.Option("--redact", metavar="full|short|hashed", help="How much of addresses the written report shows."),
    ] = None
    events: Annotated[
        bool, typer.Option("--events", help="With --json: the run's events as JSON lines on stderr, instead of words.")
    ] = False
