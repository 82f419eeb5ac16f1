"""What the device tests run on: the emulator, or real Speculos with the binaries that a person names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.support.app_binary import AppBinary, NotAnAppBinary, read_app_binary
from tests.support.device import EmulatedDevice, emulated_device
from tests.support.speculos import SpeculosMissing, find_speculos, speculos_device

NAMES = ("emulator", "speculos")
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


class WrongOptions(ValueError):
    """The options of the suite do not fit together; the sentence says what would."""


class Backend(Protocol):
    """One app on one model, to be started as often as a test likes."""

    @property
    def model(self) -> str:
        """nanosp, nanox, stax or flex."""
        ...

    @property
    def version(self) -> str:
        """The app's version."""
        ...

    def start(self) -> AbstractContextManager[EmulatedDevice]:
        """A fresh device with Speculos' default phrase."""
        ...


@dataclass(frozen=True)
class Emulator:
    """The emulated device as a process."""

    model: str
    version: str

    def __str__(self) -> str:
        return f"{self.version}-{self.model}"

    def start(self) -> AbstractContextManager[EmulatedDevice]:
        return emulated_device(app=f"concordium-{self.version}", model=self.model)


@dataclass(frozen=True)
class Speculos:
    """Real Speculos with one binary."""

    binary: AppBinary
    command: Sequence[str]

    def __str__(self) -> str:
        return f"speculos-{self.version}-{self.model}-api{self.binary.api_level}"

    @property
    def model(self) -> str:
        return self.binary.model

    @property
    def version(self) -> str:
        return self.binary.version

    def start(self) -> AbstractContextManager[EmulatedDevice]:
        return speculos_device(self.binary, self.command)


EMULATORS = (
    Emulator("nanosp", "5.1.3"),
    Emulator("nanosp", "4.1.2"),
    Emulator("nanox", "5.1.3"),
    Emulator("stax", "5.1.3"),
    Emulator("flex", "5.1.3"),
)


def generation(backend: Backend) -> int:
    """The app's major version, which decides the wire format and the spelling of its screens."""
    return int(backend.version.split(".")[0])


def has_buttons(backend: Backend) -> bool:
    """Whether the model has two buttons instead of a touch screen."""
    return backend.model.startswith("nano")


def choose(name: str, elves: Sequence[str], program: str | None = None) -> list[Backend]:
    """The devices under test, none for Speculos without a binary.

    :param name: one of NAMES
    :param elves: files of app binaries
    :param program: what to start as Speculos, None for the installed one
    :raises WrongOptions: a file is no such binary, Speculos is not there, or binaries are given for the emulator
    """
    if name == "emulator":
        if elves:
            raise WrongOptions("--elf goes with --backend speculos")
        return [*EMULATORS]
    try:
        command = find_speculos(program) if elves else ()
        return [Speculos(read_app_binary(Path(elf)), command) for elf in elves]
    except (NotAnAppBinary, SpeculosMissing) as error:
        raise WrongOptions(str(error)) from None


def check_fingerprint(fingerprint: str) -> None:
    """A physical Ledger is only ever chosen by its wallet.

    :raises WrongOptions: it is no fingerprint
    """
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise WrongOptions("--device takes the wallet fingerprint: 64 hex digits, see `ledger-recovery devices`")
