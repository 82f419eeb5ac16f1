"""What a Box is told when it starts: where it lives, what it is called, and its limits.

Limits are numbers of this file only; the ones that a client needs are announced at /v1/about.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path

from ledger_recovery.errors import InputError

MIB = 1024 * 1024
MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class BoxLimits:
    """Bounds of everything that comes from outside; sizes in bytes, times in seconds.

    :param generations_kept: newest generations of a backup that stay; older ones are dropped when a new one is durable.
    :param retention_days: generations but the newest are dropped after so many days; 0 is never.
    :param body_room: bytes of bundles that may be in memory at once, over all requests.
    :param disk_floor: free bytes below which nothing new is taken.
    :param request_time: a whole request, body and answer included.
    :param header_time: from the first byte that a connection may send to the end of a request's head.
    """

    max_bundle_bytes: int = 64 * MIB
    max_dids: int = 100
    generations_kept: int = 30
    retention_days: int = 0
    requests_per_minute: int = 120
    requests_per_minute_and_address: int = 600
    pairings_per_minute: int = 10
    max_devices: int = 20_000
    max_backups: int = 20_000
    max_backups_of_device: int = 16
    max_offers: int = 16
    max_nonces: int = 200_000
    body_room: int = 192 * MIB
    disk_floor: int = 256 * MIB
    request_time: int = 120
    header_time: int = 10
    max_connections: int = 512

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if value < (0 if each.name in {"retention_days", "disk_floor"} else 1):
                raise InputError(f"the limit {each.name} cannot be {value}", "Give a larger number.")
        if self.body_room < self.max_bundle_bytes:
            raise InputError("the limit body_room is smaller than max_bundle_bytes", "Give a larger body_room.")


@dataclass(frozen=True, slots=True)
class BoxConfig:
    """One Box.

    :param directory: everything that the Box keeps; made with mode 0700.
    :param name: shown to people who pair; at most 64 printable characters.
    :param host: address to listen at; `port` 0 takes a free one.
    :param public_host: name or address by which other computers reach the Box; it stands in pairing links.
    :param metrics_open: answer /metrics to every address, not only to this computer.
    """

    directory: Path
    name: str = "Identity Box"
    host: str = "127.0.0.1"
    port: int = 8519
    public_host: str | None = None
    metrics_open: bool = False
    limits: BoxLimits = field(default_factory=BoxLimits)

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= MAX_NAME or not self.name.isprintable():
            raise InputError(f"a Box's name is 1 to {MAX_NAME} printable characters", "Give another name.")
        if not 0 <= self.port <= 0xFFFF:
            raise InputError(f"{self.port} is not a port", "Give a port from 0 to 65535.")
