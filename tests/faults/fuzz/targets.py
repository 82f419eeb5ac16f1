"""All fuzz targets, in one order, so that a seed and a number always name the same input."""

from __future__ import annotations

from tests.faults.fuzz.chain_targets import CHAIN_TARGETS
from tests.faults.fuzz.device_targets import DEVICE_TARGETS
from tests.faults.fuzz.engine import Target
from tests.faults.fuzz.evm_targets import EVM_TARGETS
from tests.faults.fuzz.file_targets import FILE_TARGETS

TARGETS: tuple[Target, ...] = (*DEVICE_TARGETS, *CHAIN_TARGETS, *FILE_TARGETS, *EVM_TARGETS)
