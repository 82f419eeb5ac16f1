"""What a run is set to: files, network, nodes, device. The command line or the pages fill it in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`wallet`: the SQLite wallet file; the journal lies beside it. `network`: mainnet, testnet or custom.

    `nodes`: node URLs, () for the network's default node. `genesis`: 64 hex, needed for custom networks.
    `max_block_age`: seconds a pinned block may lie behind the clock. `connections`: connections per node;
    four carry 40 questions at once, of the 100 that a node takes from everybody.
    `device`: device path, None to find one. `allow_format`: v4 or v5, the override for an unknown app version.
    `expect_fingerprint`: hex prefix (8 or more) the Ledger must have. `state_dir`: report key and account list cache.
    `wait_for_device`: False takes the device as it is now, instead of waiting for a person to connect or unlock it.
    `report_dir`: where reports are written, None for state_dir/reports. `redact`: full, short or hashed.
    """

    wallet: Path
    state_dir: Path
    network: str = "mainnet"
    nodes: tuple[str, ...] = ()
    genesis: str | None = None
    certificate: Path | None = None
    max_block_age: float = 300.0
    connections: int = 4
    device: str | None = None
    allow_format: str | None = None
    expect_fingerprint: str | None = None
    report_dir: Path | None = None
    redact: str = "full"
    wait_for_device: bool = True

    @property
    def journal(self) -> Path:
        return self.wallet.with_name(self.wallet.name + ".journal")

    @property
    def reports(self) -> Path:
        return self.report_dir if self.report_dir is not None else self.state_dir / "reports"
