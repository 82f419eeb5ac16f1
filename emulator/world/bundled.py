"""The worlds that come with the emulator, by name, and any other by its file."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from emulator.world.model import World, WorldError
from emulator.world.reader import read_file, read_text

_SUFFIX = ".toml"


def names() -> list[str]:
    """Names of the bundled worlds."""
    directory = resources.files("emulator.world") / "worlds"
    return sorted(item.name.removesuffix(_SUFFIX) for item in directory.iterdir() if item.name.endswith(_SUFFIX))


def load(name_or_file: str | Path) -> World:
    """A bundled world by its name, or the world in a file (anything with a dot or a separator)."""
    text = str(name_or_file)
    if text in names():
        resource = resources.files("emulator.world") / "worlds" / f"{text}{_SUFFIX}"
        return read_text(resource.read_text(encoding="utf-8"), text)
    path = Path(text)
    if path.suffix or path.is_file():
        return read_file(path)
    raise WorldError(f"there is no world {text!r}; bundled are {', '.join(names())}, or give a file")
