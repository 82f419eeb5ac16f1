"""The orchestrator of the EVM family: the command line, the web pages and the tests call it and read its events."""

from ledger_recovery.recover.service.evm.deps import EvmDeps, real_deps
from ledger_recovery.recover.service.evm.entry import exit_status, recover, resume, retry, runs
from ledger_recovery.recover.service.evm.meeting import SeenChain, look_at_chains, meet_device, node_label
from ledger_recovery.recover.service.evm.settings import EvmSettings

__all__ = [
    "EvmDeps",
    "EvmSettings",
    "SeenChain",
    "exit_status",
    "look_at_chains",
    "meet_device",
    "node_label",
    "real_deps",
    "recover",
    "resume",
    "retry",
    "runs",
]
