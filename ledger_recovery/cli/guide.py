"""The command guide: recovery led step by step on a page of this computer's own browser."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger_recovery.cli.command import Outcome, command, options_given
from ledger_recovery.cli.demo_models import DemoModel
from ledger_recovery.cli.evm.options import ETHEREUM, FamilyOptions, NetworksOption, RpcOption, family_named
from ledger_recovery.cli.options import DeviceOptions, OutputOptions, PlaceOptions
from ledger_recovery.errors import InputError

GUIDE_EXAMPLES = """\b
Examples:
  ledger-recovery guide
  ledger-recovery guide --demo          no Ledger needed; an emulated one stands beside the page
  ledger-recovery guide --family ethereum --rpc URL
  ledger-recovery guide --no-browser    prints the page's address, for a browser of your own
The page is reachable from this computer only, and with its address only. Do not give the address to anybody.
"""


@command("guide")
def guide(
    demo: Annotated[
        bool, typer.Option("--demo", help="Use an emulated Ledger and node; no device and no network needed.")
    ] = False,
    model: Annotated[
        DemoModel | None, typer.Option("--model", help="Which Ledger the demo emulates; a Nano S Plus if left out.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the page's address.")] = False,
    port: Annotated[
        int,
        typer.Option("--port", metavar="N", min=0, max=65535, help="Listen on this port; any free one if left out."),
    ] = 0,
    rpc: RpcOption = None,
    networks: NetworksOption = None,
    *,
    chosen: FamilyOptions,
    place: PlaceOptions,
    device: DeviceOptions,
    output: OutputOptions,
) -> Outcome:
    """Recover step by step in the browser.

    Opens a page on this computer that asks one thing at a time. Closing it, reloading it or ending the program loses
    nothing. This program never asks for your recovery words.
    """
    from ledger_recovery.cli.config import settings_values
    from ledger_recovery.cli.guide_run import run_guide

    if model is not None and not demo:
        raise InputError("--model chooses the emulated Ledger of a demo", "add --demo, or leave out --model")
    given = {**options_given(place, device, output), "rpc": rpc, "networks": networks}
    values = settings_values(output.config, given)
    shown = (model or DemoModel.NANO_S_PLUS) if demo else None
    evm = family_named(chosen.family) == ETHEREUM if chosen.family is not None else bool(rpc)
    return run_guide(values, port=port, browser=not no_browser, demo=shown, evm=evm)
