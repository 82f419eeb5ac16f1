"""[pure] What a status word means, decided by (app, code) and never by the code alone.

0x6982 is "locked" in many apps and "no APDU received" in Concordium 5.x; 0x6B0C was "asleep" in old firmware and lies
among Concordium's own codes. Sources: app-concordium src/globals.h, concordium-ledger-app src/common/responseCodes.h,
LedgerHQ device-sdk-ts, ledgerjs errors; the Ethereum app's words measured on 1.23.0-dev in Speculos 0.27.1 (0x6A15 and
0x6A12 are the system's refusal of a path, which app-ethereum src/main.c maps to 0x6800 | low bits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique
from types import MappingProxyType

from ledger_recovery.device.wire.apdu import SW_OK
from ledger_recovery.errors import (
    BadReply,
    Declined,
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    PathRefused,
    WrongApp,
)

ANY_APP = "*"
CONCORDIUM = "Concordium"
ETHEREUM = "Ethereum"
ETHEREUM_CLASSIC = "Ethereum Classic"
DASHBOARD = "BOLOS"


@unique
class Meaning(Enum):
    """What we do about a status word."""

    OK = "ok"
    DECLINED = "declined"
    LOCKED = "locked"
    UNKNOWN_COMMAND = "unknown command"
    NOT_INSTALLED = "not installed"
    BUSY = "busy"
    PATH_REFUSED = "path refused"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Status:
    """A meaning, and the word's own text for messages."""

    meaning: Meaning
    text: str


_NO_ADVICE: Mapping[Meaning, str] = MappingProxyType({})


def _any(meaning: Meaning, text: str, *words: int) -> dict[tuple[str, int], Status]:
    return {(ANY_APP, sw): Status(meaning, text) for sw in words}


def _of(app: str, meaning: Meaning, texts: Mapping[int, str]) -> dict[tuple[str, int], Status]:
    return {(app, sw): Status(meaning, text) for sw, text in texts.items()}


def _of_evm(meaning: Meaning, texts: Mapping[int, str]) -> dict[tuple[str, int], Status]:
    """Ethereum Classic is the same app, built for another coin type."""
    return _of(ETHEREUM, meaning, texts) | _of(ETHEREUM_CLASSIC, meaning, texts)


STATUS_WORDS: Mapping[tuple[str, int], Status] = MappingProxyType(
    _any(Meaning.OK, "success", SW_OK)
    | _any(Meaning.DECLINED, "rejected by the person", 0x6985, 0x5501)
    | _any(Meaning.LOCKED, "device locked", 0x5515, 0x530C, 0x6804, 0x6B0C, 0x6982, 0x6FAA)
    | _any(Meaning.UNKNOWN_COMMAND, "command not known to the open app", 0x6E00, 0x6E01, 0x6D00, 0x6D02, 0x6511, 0x650F)
    | _any(Meaning.BUSY, "busy with another step", 0x6901)
    | _of(DASHBOARD, Meaning.NOT_INSTALLED, {0x6807: "no such app installed"})
    | _of(DASHBOARD, Meaning.REFUSED, {0x670A: "no app name given"})
    | _of(
        CONCORDIUM,
        Meaning.REFUSED,
        {
            0x6982: "no APDU received",
            0x6A87: "wrong length",
            0x6B01: "wrong state",
            0x6B02: "invalid path",
            0x6B03: "invalid parameter",
            0x6B04: "invalid transaction",
            0x6B0C: "app error",
        }
        | dict.fromkeys(range(0x6B05, 0x6B0C), "app error"),
    )
    | _of_evm(
        Meaning.REFUSED,
        {0x6A80: "malformed path or data", 0x6A87: "wrong length", 0x6B00: "wrong P1 or P2"},
    )
    | _of_evm(Meaning.PATH_REFUSED, {0x6A15: "not a path of this app", 0x6A12: "no hardened path"})
    | _of_evm(Meaning.UNKNOWN_COMMAND, {0x6700: "no app is open"})
)


def status_of(app: str, sw: int) -> Status | None:
    """What `sw` means when `app` (name as the device reports it) sent it; None for a word nobody documents."""
    return STATUS_WORDS.get((app, sw)) or STATUS_WORDS.get((ANY_APP, sw))


def error_for(app: str, sw: int, what: str, advice: Mapping[Meaning, str] = _NO_ADVICE) -> DeviceError | None:
    """The error that `sw` stands for, None for success.

    :param app: name of the app that was asked, as the device reports it.
    :param what: the request as an infinitive without "to", e.g. "export the PRF key of ID #3".
    :param advice: what to do next, where the caller knows better than this file.
    """
    status = status_of(app, sw)
    if status is None:
        return BadReply(
            f"asked to {what}, the Ledger answered with the unknown status word 0x{sw:04X}",
            "Try again; if it happens again, report this status word.",
            sw=sw,
        )
    if status.meaning is Meaning.OK:
        return None
    error = _error(status, app, sw, what)
    error.hint = advice.get(status.meaning, error.hint)
    return error


def _error(status: Status, app: str, sw: int, what: str) -> DeviceError:
    its_app = "app" if app in (ANY_APP, DASHBOARD) else f"{app} app"
    word = f"status word 0x{sw:04X}"
    match status.meaning:
        case Meaning.DECLINED:
            return Declined(f"the request to {what} was declined on the Ledger", "Ask again to be shown it once more.")
        case Meaning.LOCKED:
            return DeviceLocked("the Ledger is locked", "Enter its PIN on the device.")
        case Meaning.BUSY:
            return DeviceBusy(f"the Ledger is {status.text} ({word})", "Finish or decline what its screen shows.")
        case Meaning.UNKNOWN_COMMAND:
            return WrongApp(
                f"the app that is open on the Ledger cannot {what} ({word})", f"Open the {its_app} on the Ledger."
            )
        case Meaning.NOT_INSTALLED:
            return WrongApp(
                f"the Ledger cannot {what}: the app is not installed",
                f"Install the {its_app} with Ledger Wallet (Ledger Live), then try again.",
            )
        case Meaning.PATH_REFUSED:
            return PathRefused(
                f"the {its_app} on the Ledger does not {what}: {status.text} ({word})", "Check the derivation path."
            )
        case _:
            return BadReply(
                f"asked to {what}, the Ledger refused with {word} ({status.text})",
                f"Close and open the {its_app} on the Ledger, then try again.",
                sw=sw,
            )
