"""[pure] Which command format an app version speaks: a table, read before the first export, never probed.

4.x takes the identity index alone and ignores lengths: the 5.x form makes it export identity 0 for every index below
256. 5.x takes a path marker first: the 4.x form makes it exit. Measured on apps 4.1.2 and 5.1.3 in Speculos 0.27.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType

from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.wire.status import CONCORDIUM
from ledger_recovery.errors import AppTooOld, AppUnknown, InputError, WrongApp

_VERSION = re.compile(r"([0-9]{1,4})\.[0-9]{1,4}\.[0-9]{1,4}(?:[-+].*)?")


@unique
class WireFormat(StrEnum):
    """How the Concordium app takes the export command."""

    V4 = "v4"
    V5 = "v5"

    @classmethod
    def named(cls, text: str) -> WireFormat:
        """The format of an override that a person typed.

        :raises InputError: no such format.
        """
        try:
            return cls(text.strip().lower())
        except ValueError:
            raise InputError(f"there is no command format {text[:16]!r}", "Use v4 or v5.") from None


FORMATS: Mapping[int, WireFormat] = MappingProxyType({4: WireFormat.V4, 5: WireFormat.V5})
"""Major version of the Concordium app -> its format. Tested: 4.1.2 and 5.1.3."""

OLDEST_MAJOR = min(FORMATS)
TESTED_VERSIONS = ("4.1.2", "5.1.3")


@dataclass(frozen=True, slots=True)
class AppIdentity:
    """The Concordium app that is open, and the format that its version speaks."""

    name: str
    version: str
    wire_format: WireFormat

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def identify(app: OpenApp, allow_format: WireFormat | None = None) -> AppIdentity:
    """The format for an open app.

    :param allow_format: a person's word for a version that the table does not know; it never overrules the table.
    :raises WrongApp: not the Concordium app.
    :raises AppTooOld, AppUnknown: a version without a known format.
    """
    if app.name != CONCORDIUM:
        raise WrongApp(f"the {app.name} app {app.version} is open on the Ledger", "Close it and open Concordium.")
    match = _VERSION.fullmatch(app.version)
    major = int(match[1]) if match else None
    if major is not None and major < OLDEST_MAJOR:
        raise AppTooOld(
            f"the Concordium app {app.version} on the Ledger is older than {OLDEST_MAJOR}.0",
            "Update it with Ledger Wallet (Ledger Live); accounts are not affected.",
        )
    known = FORMATS.get(major) if major is not None else None
    wire_format = known or allow_format
    if wire_format is None:
        raise AppUnknown(
            f"the commands of the Concordium app {app.version} are not known (tested: {', '.join(TESTED_VERSIONS)})",
            "Update this program; or, knowing the app's command format, say so with --allow-format v4 or v5.",
        )
    return AppIdentity(app.name, app.version, wire_format)
