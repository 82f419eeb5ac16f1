"""What `guide` does once its options are read: the page at once, then the service, then (in a demo) its children."""

from __future__ import annotations

import asyncio
import importlib
import sys
import tempfile
import webbrowser
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ledger_recovery.cli.children import emulator
from ledger_recovery.cli.command import Outcome
from ledger_recovery.cli.config import settings_of
from ledger_recovery.cli.recover import DEMO_PROVIDERS
from ledger_recovery.cli.running import run_to_end
from ledger_recovery.cli.settings_keys import Value
from ledger_recovery.errors import Cancelled
from ledger_recovery.web.demo_panel import DemoPanel
from ledger_recovery.web.hub import Hub
from ledger_recovery.web.security import Keys
from ledger_recovery.web.serve import GuideServer, listen

if TYPE_CHECKING:
    from ledger_recovery.web.desk import Desk

CLOSED = "the guide is closed; go on where you were with: ledger-recovery guide"
DEMO_OVER = "the demo is over; the emulated Ledger and node are gone"


def run_guide(values: Mapping[str, Value], *, port: int, browser: bool, demo: bool) -> Outcome:
    """Serve the page until the person is done.

    :raises InputError: the port is taken.
    """
    try:
        run_to_end(_serve(values, port, browser=browser, demo=demo), kept=CLOSED)
    except Cancelled:
        pass  # Ctrl-C is how a terminal ends a server
    return Outcome(DEMO_OVER if demo else CLOSED, None)


async def _serve(values: Mapping[str, Value], port: int, *, browser: bool, demo: bool) -> None:
    async with AsyncExitStack() as stack:

        async def load(hub: Hub) -> Desk:
            return await (_demo(values, hub, stack) if demo else _real(values, hub))

        listening = stack.enter_context(listen(port))
        server = GuideServer(Hub(), listening, Keys(), load, demo=demo)
        await server.serve(lambda url: _announce(url, browser=browser))


async def _real(values: Mapping[str, Value], hub: Hub) -> Desk:
    await _imported("ledger_recovery.web.desk")
    from ledger_recovery.web.desk import desk_of
    from ledger_recovery.web.session import GuideOptions

    return desk_of(settings_of(values), GuideOptions(_save_folder()), hub)


async def _demo(values: Mapping[str, Value], hub: Hub, stack: AsyncExitStack) -> Desk:
    await _imported("ledger_recovery.web.desk", "ledger_recovery.cli.demo")
    from ledger_recovery.cli.demo import DEVICE, NODE, demo_settings, on_children
    from ledger_recovery.web.desk import desk_of
    from ledger_recovery.web.session import GuideOptions

    directory = Path(tempfile.mkdtemp(prefix="ledger-recovery-demo-"))
    node = await stack.enter_async_context(emulator(NODE, directory / "node.log"))
    device = await stack.enter_async_context(emulator(DEVICE, directory / "device.log"))
    settings = on_children(demo_settings(values, directory), await node.ready(), await device.ready())
    options = GuideOptions(directory / "saved", DEMO_PROVIDERS)
    return desk_of(settings, options, hub, DemoPanel(settings.device or ""))


async def _imported(*modules: str) -> None:
    """In a thread, so that pages are answered during the second that it takes."""
    for module in modules:
        await asyncio.to_thread(importlib.import_module, module)


def _announce(url: str, *, browser: bool) -> None:
    """The address is a key to the page: it goes to the terminal of this user, and to the browser."""
    sys.stderr.write(f"The guide is open at: {url}\nOnly this computer reaches it. Ctrl-C ends it; nothing is lost.\n")
    sys.stderr.flush()
    if browser:
        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, url)


def _save_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_documents_dir()) / "Ledger Recovery"
