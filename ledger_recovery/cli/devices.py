"""The commands devices, doctor and verify-address: what concerns the Ledger itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli.command import Outcome, command, options_given
from ledger_recovery.cli.options import DeviceOptions, OutputOptions, PlaceOptions

if TYPE_CHECKING:
    from ledger_recovery.cli.settings_keys import Value
    from ledger_recovery.recover.service.settings import Settings

DEVICES_EXAMPLES = """\b
Examples:
  ledger-recovery devices
  ledger-recovery devices --device http://127.0.0.1:5000     an emulated Ledger too
"""
DOCTOR_EXAMPLES = """\b
Examples:
  ledger-recovery doctor                  tests again by itself until all is well
  ledger-recovery doctor --no-watch       tests once
  ledger-recovery doctor --install-udev   lets this user open the Ledger on Linux
"""
VERIFY_EXAMPLES = """\b
Examples:
  ledger-recovery verify-address 3kBx2h5Y2veb4hZgAJWPrr8RyQESKm5TjzF3ti1QQ4VSYLwK1G
  ledger-recovery verify-address 0/3      identity index 0, credential counter 3
"""


@command("devices")
def devices(*, device: DeviceOptions, output: OutputOptions) -> Outcome:
    """List the connected Ledgers.

    Model, open app, fingerprint, state and device path of each.
    """
    values = _values(device, output)
    from ledger_recovery.cli.device_commands import list_devices

    path = values.get("device")
    return list_devices(() if path is None else (str(path),))


@command("doctor")
def doctor(
    watch: Annotated[
        bool | None,
        typer.Option("--watch/--no-watch", help="Test again until all is well; the default at a terminal."),
    ] = None,
    install_udev: Annotated[
        bool, typer.Option("--install-udev", help="Linux: show the udev rule, ask, and write it.")
    ] = False,
    *,
    place: PlaceOptions,
    device: DeviceOptions,
    output: OutputOptions,
) -> Outcome:
    """Find out what is in the way, and the fix.

    Looks at USB, permissions, other programs, the app, the node, the clock and the age of the last block.
    """
    from ledger_recovery.cli import device_commands
    from ledger_recovery.cli import output as speech

    if install_udev:
        return device_commands.install_udev()
    settings = _settings(_values(place, device, output))
    again = watch if watch is not None else speech.interactive() and not output.json
    return device_commands.doctor(settings, watch=again)


@command("verify-address")
def verify_address(
    address: Annotated[
        str, typer.Argument(help="An account address, or IDENTITY/COUNTER (PROVIDER/IDENTITY/COUNTER).")
    ],
    *,
    place: PlaceOptions,
    device: DeviceOptions,
    output: OutputOptions,
) -> Outcome:
    """Show an account's address on the Ledger.

    The Ledger computes the address itself and shows it on its own screen, so that you can compare it.
    """
    values = _values(place, device, output)
    from ledger_recovery.cli import device_commands

    return device_commands.verify_address(_settings(values), address, plain=bool(values.get("plain", False)))


def _values(*groups: object) -> dict[str, Value]:
    from ledger_recovery.cli.config import settings_values

    config = next((g.config for g in groups if isinstance(g, OutputOptions)), None)
    return settings_values(config, options_given(*groups))


def _settings(values: dict[str, Value]) -> Settings:
    from ledger_recovery.cli.config import settings_of

    return settings_of(values)
