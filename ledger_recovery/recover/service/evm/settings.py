"""What an EVM run is set to: the files and the device of every run, and the nodes of its chains."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ledger_recovery.recover.evm.journal import journal_path
from ledger_recovery.recover.service.settings import Settings


@dataclass(frozen=True, slots=True)
class EvmSettings:
    """`base`: wallet, state directory, device, report; its network and nodes are those of another chain family.

    `rpc`: URLs of the nodes, one a chain. They may hold keys, so they do not print. `networks`: a person's own file of
    names and tokens. `show_addresses`: at the end, one address of each scheme on the device's screen.
    """

    base: Settings
    rpc: tuple[str, ...] = field(default=(), repr=False)
    networks: Path | None = None
    show_addresses: bool = False

    @property
    def journal(self) -> Path:
        return journal_path(self.base.wallet)
