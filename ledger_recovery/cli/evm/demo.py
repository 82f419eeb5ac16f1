"""`recover --family ethereum --demo`: an EVM recovery against an emulated Ledger and an emulated node, both children.

What is left behind: the wallet, the report and the children's logs, in a new directory whose name is told.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ledger_recovery.cli.children import EmulatorFailed, emulator
from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.demo import invite, text_of
from ledger_recovery.cli.demo_hand import Hand
from ledger_recovery.cli.evm.session import EvmRenderer, carry_out, evm_settings
from ledger_recovery.cli.options import DemoOptions
from ledger_recovery.cli.session import CliPerson, Voice
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.recover.evm.events import EvmEmit, EvmEvent
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.service import evm as service
from ledger_recovery.recover.service.evm import EvmSettings

DEVICE = (
    *("device", "--app", "ethereum", "--model", "nanosp"),
    *("--apdu-port", "0", "--api-port", "0", "--after-exit", "dashboard"),
)
NODE = ("evm", "--world", "demo", "--port", "0")
OWN_TO_DEMO = frozenset({"network", "node", "genesis", "certificate", "device", "fingerprint", "rpc", "networks"})
NOTHING_LEFT = (
    "the emulated Ledger and node are gone; begin anew with: ledger-recovery recover --family ethereum --demo"
)


def recover_demo(
    values: Mapping[str, Value],
    search: EvmPolicy,
    voice: Voice,
    demo: DemoOptions,
    *,
    dry_run: bool,
    show_addresses: bool,
) -> Outcome:
    """Start the children, recover, end them."""
    directory = Path(tempfile.mkdtemp(prefix="ledger-recovery-demo-"))
    own = {name: value for name, value in values.items() if name not in OWN_TO_DEMO}
    start = evm_settings(
        {"wallet": directory / "wallet.sqlite", "state_dir": directory, **own}, show_addresses=show_addresses
    )

    async def work(person: CliPerson, emit: EvmEmit, renderer: EvmRenderer) -> EvmResult:
        async with emulator(NODE, directory / "node.log") as node, emulator(DEVICE, directory / "device.log") as device:
            settings = on_children(start, await node.ready(), await device.ready(), directory)
            api = settings.base.device or ""
            if demo.by_hand:
                invite(api)
                return await service.recover(settings, search, person, emit, dry_run=dry_run)
            hand = Hand(api, renderer.screen, demo.pace)

            def seen(event: EvmEvent) -> None:
                emit(event)
                hand.on(event)

            pressing = asyncio.create_task(hand.work())
            try:
                return await service.recover(settings, search, person, seen, dry_run=dry_run)
            finally:
                pressing.cancel()

    outcome = carry_out(start, voice, work, kept=NOTHING_LEFT)
    again = f"ledger-recovery accounts --family ethereum --wallet {start.base.wallet}"
    told = f"This was a demo; no real Ledger and no real chain was asked. Look again: {again}"
    return replace(outcome, text=f"{outcome.text}\n\n{told}" if outcome.text else "")


def on_children(
    start: EvmSettings, node: Mapping[str, object], device: Mapping[str, object], directory: Path
) -> EvmSettings:
    """The settings with what the children's ready lines say; their chains get their names by a networks file."""
    urls, chains = node.get("urls"), node.get("chains")
    if not isinstance(urls, list) or not isinstance(chains, list):
        raise EmulatorFailed("the emulator's ready line has no chains", "the installed emulator is of another release")
    names = directory / "networks.toml"
    names.write_text("".join(f"[{c['name']}]\nchain_id = {c['chain_id']}\n{_tokens(c)}" for c in chains), "utf-8")
    return replace(
        start,
        base=replace(start.base, device=text_of(device, "api")),
        rpc=tuple(str(url) for url in urls),
        networks=names,
    )


def _tokens(chain: Mapping[str, object]) -> str:
    tokens = chain.get("tokens", [])
    if not isinstance(tokens, list) or not tokens:
        return ""
    entries = (
        f'{{ symbol = "{t["symbol"]}", address = "{t["address"]}", decimals = {t["decimals"]} }}' for t in tokens
    )
    return f"tokens = [{', '.join(entries)}]\n"
