"""`recover --demo`: a recovery against an emulated Ledger and an emulated node, both children of this program.

The children are the `emulator` package's; nothing of it is imported here. What is left behind: the wallet, the report
and the children's logs, in a new directory whose name is told.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ledger_recovery.cli.children import EmulatorFailed, emulator
from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.config import settings_of
from ledger_recovery.cli.demo_hand import Hand
from ledger_recovery.cli.output import Renderer
from ledger_recovery.cli.session import CliPerson, Voice, carry_out
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.recover import service
from ledger_recovery.recover.events import Emit, Event
from ledger_recovery.recover.policy import ScanPolicy
from ledger_recovery.recover.result import RunResult
from ledger_recovery.recover.service.settings import Settings

DEVICE = (
    "device",
    "--app",
    "concordium-5.1.3",
    "--apdu-port",
    "0",
    "--api-port",
    "0",
    "--after-exit",
    "dashboard",
)
NODE = ("node", "--world", "demo", "--port", "0")
OWN_TO_DEMO = frozenset({"network", "node", "genesis", "certificate", "device", "fingerprint"})
NOTHING_LEFT = "the emulated Ledger and node are gone; begin anew with: ledger-recovery recover --demo"


def recover_demo(
    values: Mapping[str, Value], search: ScanPolicy, voice: Voice, *, dry_run: bool, by_hand: bool, pace: float
) -> Outcome:
    """Start the children, recover, end them. `by_hand`: the person presses on the emulator's own page."""
    directory = Path(tempfile.mkdtemp(prefix="ledger-recovery-demo-"))
    start = demo_settings(values, directory)

    async def work(person: CliPerson, emit: Emit, renderer: Renderer) -> RunResult:
        async with emulator(NODE, directory / "node.log") as node, emulator(DEVICE, directory / "device.log") as device:
            settings = on_children(start, await node.ready(), await device.ready())
            api = settings.device or ""
            if by_hand:
                invite(api)
                return await service.recover(settings, search, person, emit, dry_run=dry_run)
            hand = Hand(api, renderer.screen, pace)

            def seen(event: Event) -> None:
                emit(event)
                hand.on(event)

            pressing = asyncio.create_task(hand.work())
            try:
                return await service.recover(settings, search, person, seen, dry_run=dry_run)
            finally:
                pressing.cancel()

    outcome = carry_out(start, voice, work, kept=NOTHING_LEFT)
    return replace(outcome, text=f"{outcome.text}\n\n{_what_now(start)}" if outcome.text else "")


def demo_settings(values: Mapping[str, Value], directory: Path) -> Settings:
    """The person's settings for wallet and output; network, node and device are the demo's own."""
    own = {k: v for k, v in values.items() if k not in OWN_TO_DEMO}
    own.setdefault("wallet", directory / "wallet.sqlite")
    own.setdefault("state_dir", directory)
    return settings_of(own)


def on_children(start: Settings, node: Mapping[str, object], device: Mapping[str, object]) -> Settings:
    """The settings with what the children's ready lines say."""
    return replace(
        start,
        network="custom",
        genesis=text_of(node, "genesis"),
        nodes=(f"http://{text_of(node, 'address')}",),
        device=text_of(device, "api"),
    )


def text_of(ready: Mapping[str, object], name: str) -> str:
    value = ready.get(name)
    if not isinstance(value, str):
        raise EmulatorFailed(f"the emulator's ready line has no {name}", "the installed emulator is of another release")
    return value


def invite(url: str) -> None:
    sys.stderr.write(f"The emulated Ledger is at {url} : press its buttons there.\n")
    sys.stderr.flush()
    if sys.stderr.isatty():
        webbrowser.open(url)


def _what_now(settings: Settings) -> str:
    return f"This was a demo; no real Ledger was used. Look again: ledger-recovery accounts --wallet {settings.wallet}"
