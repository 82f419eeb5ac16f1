"""[pure] The address of an Identity Box: https, a host, perhaps a port, and nothing more."""

from __future__ import annotations

import re
from typing import Final

from ledger_recovery.errors import InputError

DEFAULT_PORT: Final = 443
_URL = re.compile(r"https://(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(:(?P<port>[0-9]{1,5}))?/?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def check_box_url(text: str) -> str:
    """The address in its one form: lower-case, no final slash, port left out when it is 443.

    :raises InputError: not https, or with a user name, path, query or anything else that an address of a Box lacks.
    """
    host, port = box_address(text)
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}" if port == DEFAULT_PORT else f"https://{shown}:{port}"


def box_address(url: str) -> tuple[str, int]:
    """Host (an IPv6 address without its brackets) and port.

    :raises InputError: as `check_box_url`.
    """
    found = _URL.fullmatch(url[:300].strip()) if len(url) <= 300 else None
    host = found["host"].lower() if found else ""
    port = int(found["port"] or DEFAULT_PORT) if found else 0
    named = host.startswith("[") or all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split("."))
    if not host or not named or not 0 < port < 65536:
        raise InputError(
            "this is not the address of an Identity Box",
            "Give an address like https://box.example:8443, without a path or a user name.",
        )
    return host.strip("[]"), port
