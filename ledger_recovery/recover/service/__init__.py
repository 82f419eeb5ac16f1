"""The one orchestrator: the command line, the web pages and the tests all call it and read its events."""

from ledger_recovery.recover.service.deps import Deps, real_deps
from ledger_recovery.recover.service.entry import exit_status, recover, resume, retry
from ledger_recovery.recover.service.person import Automatic, Person
from ledger_recovery.recover.service.queries import (
    Finding,
    StatusView,
    UdevRule,
    devices,
    doctor,
    install_udev_rule,
    status,
    udev_rule,
    verify_address,
    wallet_view,
)
from ledger_recovery.recover.service.settings import Settings

__all__ = [
    "Automatic",
    "Deps",
    "Finding",
    "Person",
    "Settings",
    "StatusView",
    "UdevRule",
    "devices",
    "doctor",
    "exit_status",
    "install_udev_rule",
    "real_deps",
    "recover",
    "resume",
    "retry",
    "status",
    "udev_rule",
    "verify_address",
    "wallet_view",
]
