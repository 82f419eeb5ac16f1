"""The settings of a command that works on the wallet only, from its place and output options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger_recovery.cli.command import options_given
from ledger_recovery.cli.options import OutputOptions, PlaceOptions

if TYPE_CHECKING:
    from ledger_recovery.recover.service.settings import Settings


def wallet_settings(place: PlaceOptions, output: OutputOptions) -> Settings:
    """Options, then environment, then the settings file.

    :raises InputError: one of them cannot be used.
    """
    from ledger_recovery.cli.config import settings_of, settings_values

    return settings_of(settings_values(output.config, options_given(place, output)))
