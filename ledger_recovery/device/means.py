"""[io] What one session works with, made once when its device is chosen and handed to each of its parts."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.device.clock import Clock
from ledger_recovery.device.connection import Connection
from ledger_recovery.device.interaction import Interaction
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.telling import Teller
from ledger_recovery.device.thread import DeviceThread


@dataclass(frozen=True, slots=True)
class Means:
    """`connection`: to the device. `interaction`, `teller`: the person, and what they were told last."""

    connection: Connection
    interaction: Interaction
    teller: Teller
    clock: Clock
    options: SessionOptions
    thread: DeviceThread
