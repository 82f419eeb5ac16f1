"""[io] The HID library: hidapi's Python module, on Linux its `hidraw` build, and the check that it is that one.

Another package (pyhidapi, PyPI name "hid") installs a module of the same name `hid`; it is told apart by its shape.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, cast

from ledger_recovery.device.transport.base import Found
from ledger_recovery.device.transport.paths import HidPath
from ledger_recovery.device.wire.models import LEDGER_VENDOR_ID, model_of
from ledger_recovery.errors import HidLibraryMissing

LEDGER_USAGE_PAGE = 0xFFA0
MAX_DEVICES = 64

HID_LOCK = threading.RLock()
"""hidapi keeps global state behind enumerate, open and close, and is not thread-safe (libusb/hidapi issue 45)."""


class HidHandle(Protocol):
    """An open device, as cython-hidapi's `device` has it."""

    def open_path(self, path: bytes) -> None: ...

    def write(self, data: bytes) -> int: ...

    def read(self, max_length: int, timeout_ms: int) -> list[int]: ...

    def error(self) -> str: ...

    def close(self) -> None: ...


class HidLibrary(Protocol):
    """What we use of cython-hidapi."""

    @property
    def name(self) -> str:
        """Module and version, for reports: "hidraw 0.15.0"."""
        ...

    def enumerate(self, vendor_id: int, product_id: int) -> list[dict[str, Any]]: ...

    def device(self) -> HidHandle: ...


class _Hidapi:
    """The imported module behind the protocol."""

    def __init__(self, module: Any) -> None:
        self._module = module
        version = getattr(module, "version_str", None)
        self.name = f"{module.__name__} {version() if callable(version) else 'of unknown version'}"

    def enumerate(self, vendor_id: int, product_id: int) -> list[dict[str, Any]]:
        with HID_LOCK:
            return cast("list[dict[str, Any]]", self._module.enumerate(vendor_id, product_id))

    def device(self) -> HidHandle:
        return cast(HidHandle, self._module.device())


def load_hid_library(
    platform: str = sys.platform, importer: Callable[[str], Any] = importlib.import_module
) -> HidLibrary:
    """Import hidapi.

    :raises HidLibraryMissing: absent, its shared library is absent, or another package's module stands in its place.
    """
    names = ("hidraw", "hid") if platform.startswith("linux") else ("hid",)
    problem = "is not installed"
    for name in names:
        try:
            module = importer(name)
        except ImportError as error:
            if name == "hid" and not isinstance(error, ModuleNotFoundError):
                problem = f"cannot be loaded ({error})"
            continue
        if callable(getattr(module, "enumerate", None)) and callable(getattr(module, "device", None)):
            return _Hidapi(module)
        problem = f"is hidden by another package's module {name!r} ({getattr(module, '__file__', 'unknown file')})"
    raise HidLibraryMissing(
        f"the Python package hidapi {problem}",
        "Run: pip uninstall --yes hid; pip install --force-reinstall hidapi",
    )


def ledgers(library: HidLibrary) -> tuple[Found, ...]:
    """All connected Ledgers, one entry each, in the library's order.

    The usage page is the sure sign where the library fills it in; where it is 0 (libusb build), interface 0 is taken.
    """
    found: dict[str, Found] = {}
    for entry in library.enumerate(LEDGER_VENDOR_ID, 0)[:MAX_DEVICES]:
        page = entry.get("usage_page") or 0
        if page != LEDGER_USAGE_PAGE and not (page == 0 and entry.get("interface_number") == 0):
            continue
        product_id = int(entry.get("product_id") or 0)
        path = str(HidPath(bytes(entry["path"]).decode("utf-8", "surrogateescape")))
        found.setdefault(path, Found(path, model_of(product_id), product_id, emulated=False))
    return tuple(found.values())
