"""What a Ledger app's ELF file says about itself: name, version, device model, SDK API level.

Read from the sections that Ledger's SDK writes (ledger.app_name and so on; PyPI ledgered, binary.py). No code is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

PREFIX = "ledger."
SUPPORTED_APP = "Concordium"
MODELS = {"nanos2": "nanosp", "nanosp": "nanosp", "nanox": "nanox", "stax": "stax", "flex": "flex"}
"""The SDK's name of a target -> Speculos' name of the model."""

_MAX_TEXT = 64


class NotAnAppBinary(ValueError):
    """The file cannot be used; the sentence says why and what would do."""


@dataclass(frozen=True)
class AppBinary:
    """A Concordium app for one model.

    :param version: "5.1.3"
    :param model: nanosp, nanox, stax or flex
    :param api_level: of the SDK, e.g. 22
    """

    path: Path
    version: str
    model: str
    api_level: int

    @property
    def generation(self) -> int:
        """The major version, which decides the wire format."""
        return int(self.version.split(".")[0])


def read_app_binary(path: Path) -> AppBinary:
    """Look into a file.

    :raises NotAnAppBinary: unreadable, no ELF, without the SDK's sections, another app, or an unknown model
    """
    facts = _sections(path)
    name, version = _needed(facts, "app_name", path), _needed(facts, "app_version", path)
    target, level = _needed(facts, "target", path), _needed(facts, "api_level", path)
    if name != SUPPORTED_APP:
        raise NotAnAppBinary(f"{path} is the app {name!r}; give a binary of the {SUPPORTED_APP} app")
    if target not in MODELS:
        raise NotAnAppBinary(f"{path} is for {target!r}; the tests know {', '.join(sorted(set(MODELS.values())))}")
    if not version.split(".")[0].isdigit() or not level.isdigit():
        raise NotAnAppBinary(f"{path} says version {version!r} and API level {level!r}; numbers are expected")
    return AppBinary(path, version, MODELS[target], int(level))


def _sections(path: Path) -> Mapping[str, str]:
    try:
        with path.open("rb") as stream:
            return {
                section.name.removeprefix(PREFIX): section.data()[:_MAX_TEXT].decode("utf-8", "replace").strip("\0 \n")
                for section in ELFFile(stream).iter_sections()
                if section.name.startswith(PREFIX)
            }
    except OSError as error:
        raise NotAnAppBinary(
            f"cannot read {path}: {error.strerror}; give the app.elf that the app's build made"
        ) from None
    except (ELFError, ValueError) as error:
        raise NotAnAppBinary(f"{path} is no ELF file ({error}); give the app.elf that the app's build made") from None


def _needed(facts: Mapping[str, str], name: str, path: Path) -> str:
    if not facts.get(name):
        raise NotAnAppBinary(f"{path} has no section {PREFIX}{name}; build the app with an SDK that writes it")
    return facts[name]
