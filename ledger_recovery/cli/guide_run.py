"""What `guide` does once its options are read: the page at once, then the service, then (in a demo) its children."""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ledger_recovery.cli.children import emulator
from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.demo_models import DemoModel
from ledger_recovery.cli.recover import DEMO_PROVIDERS
from ledger_recovery.cli.running import run_to_end
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.errors import Cancelled
from ledger_recovery.web.model.state import Family, GuideState
from ledger_recovery.web.run.hub import Hub
from ledger_recovery.web.server.security import Keys
from ledger_recovery.web.server.serve import GuideServer, listen

if TYPE_CHECKING:
    from ledger_recovery.web.server.desk import Desk

CLOSED = "the guide is closed; go on where you were with: ledger-recovery guide"
APPS = ("concordium-5.1.3", "ethereum")
"""What the demo's Ledger has: the Concordium family's app, and that of EVM chains."""

DEMO_OVER = "the demo is over; the emulated Ledger and node are gone"


def run_guide(values: Mapping[str, Value], *, port: int, browser: bool, demo: DemoModel | None, evm: bool) -> Outcome:
    """Serve the page until the person is done.

    :param demo: the Ledger that is emulated, None for a real one.
    :param evm: the start page is that of the EVM family; the person can choose the other one there.
    :raises InputError: the port is taken.
    """
    try:
        run_to_end(_serve(values, port, browser=browser, demo=demo, evm=evm), kept=CLOSED)
    except Cancelled:
        pass  # Ctrl-C is how a terminal ends a server
    return Outcome(CLOSED if demo is None else DEMO_OVER, None)


async def _serve(values: Mapping[str, Value], port: int, *, browser: bool, demo: DemoModel | None, evm: bool) -> None:
    async with AsyncExitStack() as stack:

        async def load(hub: Hub) -> Desk:
            return await (_real(values, hub, evm=evm) if demo is None else _demo(values, hub, stack, demo, evm=evm))

        listening = stack.enter_context(listen(port))
        first = Hub(GuideState(family=_family(evm=evm)))  # what the page shows until all is loaded
        server = GuideServer(first, listening, Keys(), load, demo=demo is not None)
        await server.serve(lambda url: _announce(url, server.url_once if browser else None))


async def _real(values: Mapping[str, Value], hub: Hub, *, evm: bool) -> Desk:
    await _imported("ledger_recovery.web.server.desk", "ledger_recovery.cli.evm.session")
    from ledger_recovery.cli.evm.session import evm_settings
    from ledger_recovery.web.run.session import GuideOptions
    from ledger_recovery.web.server.desk import desk_of

    return desk_of(evm_settings(values), GuideOptions(_save_folder(), family=_family(evm=evm)), hub)


async def _demo(values: Mapping[str, Value], hub: Hub, stack: AsyncExitStack, model: DemoModel, *, evm: bool) -> Desk:
    """Both families: one Ledger that has both apps, a node of the one and a double of the other's chains."""
    await _imported("ledger_recovery.web.server.desk", "ledger_recovery.cli.demo", "ledger_recovery.cli.evm.demo")
    from ledger_recovery.cli.demo import NODE, demo_settings, on_children
    from ledger_recovery.cli.evm import demo as evm_demo
    from ledger_recovery.cli.evm.session import evm_settings
    from ledger_recovery.web.run.session import GuideOptions
    from ledger_recovery.web.server.demo_panel import DemoPanel
    from ledger_recovery.web.server.desk import desk_of

    directory = Path(tempfile.mkdtemp(prefix="ledger-recovery-demo-"))
    node = await stack.enter_async_context(emulator(NODE, directory / "node.log"))
    chains = await stack.enter_async_context(emulator(evm_demo.NODE, directory / "chains.log"))
    device = await stack.enter_async_context(emulator(_device(model, evm=evm), directory / "device.log"))
    ledger = await device.ready()
    settings = on_children(demo_settings(values, directory), await node.ready(), ledger)
    both = evm_demo.on_children(replace(evm_settings({}), base=settings), await chains.ready(), ledger, directory)
    options = GuideOptions(directory / "saved", DEMO_PROVIDERS, _family(evm=evm))
    return desk_of(both, options, hub, DemoPanel(settings.device or ""))


def _device(model: DemoModel, *, evm: bool) -> tuple[str, ...]:
    """An emulated Ledger with the app of the family open; quitting it shows the dashboard, which has the other."""
    app = APPS[evm]
    installed = [word for name in APPS for word in ("--installed", name)]
    ports = ("--apdu-port", "0", "--api-port", "0", "--after-exit", "dashboard")
    return ("device", "--model", model.value, "--app", app, *installed, *ports)


def _family(*, evm: bool) -> Family:
    return Family.EVM if evm else Family.CONCORDIUM


async def _imported(*modules: str) -> None:
    """In a thread, so that pages are answered during the second that it takes."""
    for module in modules:
        await asyncio.to_thread(importlib.import_module, module)


def _announce(url: str, url_once: Callable[[], str] | None) -> None:
    """The address is a key to the page: it goes to the terminal of this user.

    :param url_once: makes the address for the browser, whose command line others can read; None: start none.
    """
    sys.stderr.write(f"The guide is open at: {url}\nOnly this computer reaches it. Ctrl-C ends it; nothing is lost.\n")
    sys.stderr.flush()
    if url_once is not None:
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, url_once())


def _save_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_documents_dir()) / "Ledger Recovery"
