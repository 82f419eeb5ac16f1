"""The one orchestrator: the command line, the web pages and the tests all call it and read its events."""

from ledger_recovery.recover.service.deps import Deps, real_deps
from ledger_recovery.recover.service.entry import exit_status, recover, resume, retry
from ledger_recovery.recover.service.meeting import MetDevice, look_at_node, meet_device
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
from ledger_recovery.recover.service.report_copies import ReportCopy, copy_report, newest_report, read_signed, redacted
from ledger_recovery.recover.service.settings import Settings

__all__ = [
    "Automatic",
    "Deps",
    "Finding",
    "MetDevice",
    "Person",
    "ReportCopy",
    "Settings",
    "StatusView",
    "UdevRule",
    "copy_report",
    "devices",
    "doctor",
    "exit_status",
    "install_udev_rule",
    "look_at_node",
    "meet_device",
    "newest_report",
    "read_signed",
    "real_deps",
    "recover",
    "redacted",
    "resume",
    "retry",
    "status",
    "udev_rule",
    "verify_address",
    "wallet_view",
]
