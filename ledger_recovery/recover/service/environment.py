"""The computer of a run, for its report: what a maintainer asks first, and nothing that names a person."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping


def environment() -> Mapping[str, str]:
    return {
        "os": platform.system(),
        "os_release": platform.release(),
        "machine": platform.machine(),
        "python": sys.version.split()[0],
    }
