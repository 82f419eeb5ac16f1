"""A real Speculos running a real app binary, with the same hands as the emulated device.

Speculos tells nobody when it is ready and listens on all interfaces: it is started only when a person asks for it
(scripts/test --backend speculos --elf FILE).
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from tests.support.app_binary import AppBinary
from tests.support.device import START_TIMEOUT, DeviceDidNotStart, EmulatedDevice, Screen

INTEROP = Path(__file__).parents[1] / "interop" / ".venv" / "bin" / "speculos"
QEMU = "qemu-arm-static"
TICK = 0.1
"""Seconds between two looks at a Speculos that starts; it has no way to say that it is ready."""

_STATUS_PAGES = frozenset({"Address verified"})
"""Shown for three seconds, with nothing to press."""


class SpeculosMissing(Exception):
    """Speculos or what it needs is not on this machine; the text says what installs it."""


def find_speculos(program: str | None = None) -> Sequence[str]:
    """The command that starts Speculos.

    :param program: one to use instead of the installed one; it then needs no qemu as far as we know
    :raises SpeculosMissing: it or qemu is not there
    """
    if program is not None:
        return (program,)
    found = str(INTEROP) if INTEROP.is_file() else shutil.which("speculos")
    if found is None:
        raise SpeculosMissing("Speculos is not installed; scripts/test installs it into tests/interop/.venv")
    if shutil.which(QEMU) is None:
        raise SpeculosMissing(f"{QEMU} is not installed (Debian: apt-get install qemu-user-static)")
    return (found,)


@dataclass
class SpeculosDevice(EmulatedDevice):
    """Speculos and its hands. It has none of the emulator's extensions: no lock, no other app, no replugging.

    :param home: the screen on which the app waits for nothing
    """

    home: Screen = field(default_factory=list)

    def awaits_person(self) -> bool:
        screen = self.screen()
        return bool(screen) and screen != self.home and _STATUS_PAGES.isdisjoint(screen)

    def _settle(self, page: Screen) -> None:
        self.wait_until(lambda screen: bool(screen) and screen != page, f"what follows on {page}")


@contextlib.contextmanager
def speculos_device(binary: AppBinary, command: Sequence[str]) -> Iterator[SpeculosDevice]:
    """Start Speculos on two free ports with its own default phrase; ended with the block.

    :raises DeviceDidNotStart: it ended, took another port, or showed nothing in time; with all that it said
    """
    apdu_port, api_port = free_ports(2)
    options = ["--display", "headless", "--model", binary.model, "--apdu-port", str(apdu_port)]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as talk:
        process = subprocess.Popen(
            [*command, *options, "--api-port", str(api_port), str(binary.path)],
            stdin=subprocess.DEVNULL, stdout=talk, stderr=talk, encoding="utf-8",
        )  # fmt: skip
        api = f"http://127.0.0.1:{api_port}"
        client = httpx.Client(base_url=api, timeout=60.0, trust_env=False)
        device = SpeculosDevice(process, f"127.0.0.1:{apdu_port}", api, binary.model, talk, client)
        with device:
            device.home = _first_screen(device, talk)
            yield device


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now. Speculos cannot choose by itself."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [item.getsockname()[1] for item in sockets]


def _first_screen(device: SpeculosDevice, talk: IO[str]) -> Screen:
    """Wait for the home screen; the pause between two looks is a wait for the process's end."""
    for _ in range(round(START_TIMEOUT / TICK)):
        with contextlib.suppress(httpx.TransportError):
            if screen := device.screen():
                _check_ports(device, talk)
                return screen
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = device.process.wait(TICK)
            raise DeviceDidNotStart(f"Speculos ended with {code}: {_said(talk)}")
    raise DeviceDidNotStart(f"Speculos showed nothing within {START_TIMEOUT:.0f} s: {_said(talk)}")


def _check_ports(device: SpeculosDevice, talk: IO[str]) -> None:
    """Speculos goes on with another APDU port if the wanted one was taken meanwhile, and says so only in its log."""
    if "is in use" in _said(talk) or device.process.poll() is not None:
        raise DeviceDidNotStart(f"a port was taken while Speculos started; run the test again: {_said(talk)}")


def _said(talk: IO[str]) -> str:
    return Path(talk.name).read_text("utf-8", "replace")[-4000:]
