"""[pure] The one error tree of the program.

Every error has a stable `code`, an exit status, one sentence (what failed, what was seen) and a hint (what to do
next). Layers translate foreign errors into this tree exactly once; commands and pages print `sentence` and `hint`.
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import ClassVar


@unique
class ExitStatus(IntEnum):
    """Exit codes of the command line; documented in docs/exit-codes.md, which a test compares with this table."""

    COMPLETE = 0
    DEFECT = 1
    USAGE = 2
    UNKNOWNS = 3
    NO_DEVICE = 10
    LOCKED_OR_BUSY = 11
    WRONG_PASSWORD = 12
    WRONG_APP = 13
    NODE = 14
    SOURCES_DISAGREE = 15
    STORAGE = 16
    CONTRADICTION = 17
    REPORT_ALTERED = 18
    BOX = 19
    CANCELLED = 130


class LedgerRecoveryError(Exception):
    """Base of the tree; raised only through its subclasses.

    :param sentence: what failed and what was seen, one sentence, no secret.
    :param hint: what the person does next, one sentence.
    """

    code: ClassVar[str] = "defect"
    exit_status: ClassVar[ExitStatus] = ExitStatus.DEFECT

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class InputError(LedgerRecoveryError):
    """Something the person gave (option, file, setting) cannot be used."""

    code = "bad-input"
    exit_status = ExitStatus.USAGE


class Cancelled(LedgerRecoveryError):
    """The person stopped; what was confirmed is kept."""

    code = "cancelled"
    exit_status = ExitStatus.CANCELLED


class StorageError(LedgerRecoveryError):
    """Wallet, journal or another file could not be read or written; the old state is intact."""

    code = "storage"
    exit_status = ExitStatus.STORAGE


class WalletBusy(StorageError):
    """Another program works on this wallet."""

    code = "wallet-busy"


class NodeError(LedgerRecoveryError):
    """No node could answer, or its answer cannot be right (network, age, content)."""

    code = "node"
    exit_status = ExitStatus.NODE


class SourcesDisagree(LedgerRecoveryError):
    """Two sources contradict each other about an account."""

    code = "sources-disagree"
    exit_status = ExitStatus.SOURCES_DISAGREE


class ReportAltered(LedgerRecoveryError):
    """A report's signature does not fit its content."""

    code = "report-altered"
    exit_status = ExitStatus.REPORT_ALTERED


class ArithmeticFault(LedgerRecoveryError):
    """This computer's curve arithmetic gives wrong results: no answer derived from it may count."""

    code = "arithmetic-fault"


# --- wallet files -----------------------------------------------------------------------------------------------


class NotOurFile(InputError):
    """A file of another kind: not a wallet export that this program can read."""

    code = "not-our-file"


class NewerVersion(InputError):
    """A file of ours whose version this program does not know yet."""

    code = "newer-version"


class DamagedFile(InputError):
    """A file of a kind that we read, with content that cannot be right.

    :param position: the byte of the file (or, when the sentence says so, of its content) at which it was noticed.
    """

    code = "damaged-file"

    def __init__(self, sentence: str, hint: str = "", *, position: int | None = None) -> None:
        super().__init__(sentence, hint)
        self.position = position


class WrongPassword(LedgerRecoveryError):
    """The password does not open the file (for formats that cannot tell: or the file is damaged; the sentence says)."""

    code = "wrong-password"
    exit_status = ExitStatus.WRONG_PASSWORD


class OtherNetwork(InputError):
    """A file of another network than the wallet's; both genesis hashes (64 hex) are told."""

    code = "other-network"

    def __init__(self, sentence: str, hint: str = "", *, file_genesis: str, wallet_genesis: str) -> None:
        super().__init__(sentence, hint)
        self.file_genesis = file_genesis
        self.wallet_genesis = wallet_genesis


# --- backups and the Identity Box ---------------------------------------------------------------------------------


class NotWords(InputError):
    """What was typed is not the 24 words of a backup; the sentence says which is wrong, and repeats none of them."""

    code = "not-words"


class NoSuchBackup(InputError):
    """The words are fine, and this Box (or file) has no backup that belongs to them."""

    code = "no-such-backup"


class NotSignedByOwner(InputError):
    """Forged: a certificate, signature or key that the owner of the words never made."""

    code = "not-signed-by-owner"
    exit_status = ExitStatus.CONTRADICTION


class OtherBackup(InputError):
    """A genuine backup in the wrong place: another person's, or another generation than the one that was asked for."""

    code = "other-backup"
    exit_status = ExitStatus.CONTRADICTION


class RolledBack(InputError):
    """An older backup than this computer has already seen, or another one under the same number."""

    code = "rolled-back"
    exit_status = ExitStatus.CONTRADICTION


class BackupConflict(LedgerRecoveryError):
    """Another computer stored a newer generation: nothing is overwritten, the two have to be merged."""

    code = "backup-conflict"
    exit_status = ExitStatus.BOX


class BoxError(LedgerRecoveryError):
    """The Box does not answer, answers too slowly, or its answer cannot be right."""

    code = "box"
    exit_status = ExitStatus.BOX


class BoxRefused(BoxError):
    """The Box said no.

    :param box_code: the code in the Box's own answer, e.g. "full"; "" when it gave none.
    """

    code = "box-refused"

    def __init__(self, sentence: str, hint: str = "", *, box_code: str = "") -> None:
        super().__init__(sentence, hint)
        self.box_code = box_code


class OtherBox(BoxError):
    """Another Box answers at the address: its key does not fit the pin."""

    code = "other-box"


class DidKeyMissing(BoxError):
    """A backup names a DID whose keys are nowhere.

    :param names: the DIDs whose keys are missing.
    """

    code = "did-key-missing"

    def __init__(self, sentence: str, hint: str = "", *, names: tuple[str, ...] = ()) -> None:
        super().__init__(sentence, hint)
        self.names = names


class KeyringError(StorageError):
    """A key of this computer could not be stored (keyring, or the file beside it), or is still there after deleting."""

    code = "keyring"


# --- device -----------------------------------------------------------------------------------------------------


class DeviceError(LedgerRecoveryError):
    """Something between us and the Ledger."""

    code = "device"
    exit_status = ExitStatus.NO_DEVICE


class NoDevice(DeviceError):
    code = "no-device"


class NoPermission(DeviceError):
    code = "no-permission"


class HidLibraryMissing(DeviceError):
    """The HID library is absent, or another package's `hid` module stands in its place."""

    code = "hid-library"


class Unplugged(DeviceError):
    """The device went away and did not come back as its dashboard."""

    code = "unplugged"


class DeviceBusy(DeviceError):
    code = "device-busy"
    exit_status = ExitStatus.LOCKED_OR_BUSY


class DeviceLocked(DeviceError):
    code = "locked"
    exit_status = ExitStatus.LOCKED_OR_BUSY


class LinkDoubtful(DeviceError):
    """After a timeout, cancel or short read the link is closed: a late answer must never meet the next question."""

    code = "link-doubtful"
    exit_status = ExitStatus.LOCKED_OR_BUSY


class WrongApp(DeviceError):
    code = "wrong-app"
    exit_status = ExitStatus.WRONG_APP


class PathRefused(WrongApp):
    """The open app has no keys at a derivation path: it belongs to another coin's app, or to none."""

    code = "path-refused"


class AppTooOld(DeviceError):
    code = "app-too-old"
    exit_status = ExitStatus.WRONG_APP


class AppUnknown(DeviceError):
    """An app version whose command format is not known; formats are never guessed."""

    code = "app-unknown"
    exit_status = ExitStatus.WRONG_APP


class AppExited(DeviceError):
    """The app closed itself while a command was under way (not an unplug): the command is suspect, not the cable."""

    code = "app-exited"
    exit_status = ExitStatus.WRONG_APP


class Declined(DeviceError):
    """The person pressed Decline or Reject on the device."""

    code = "declined"
    exit_status = ExitStatus.UNKNOWNS


class BadReply(DeviceError):
    """The device's bytes break the protocol: framing, length, status word, layout. `sw` when one was read."""

    code = "bad-reply"
    exit_status = ExitStatus.CONTRADICTION

    def __init__(self, sentence: str, hint: str = "", *, sw: int | None = None) -> None:
        super().__init__(sentence, hint)
        self.sw = sw


class OtherDevice(DeviceError):
    """The connected Ledger is not the one that this run began with."""

    code = "other-device"
    exit_status = ExitStatus.CONTRADICTION


class RepeatedKey(DeviceError):
    """Two identity indices, or two derivation paths, gave one key: nothing of it can be trusted.

    With the Concordium app, the app and the command format do not fit.
    """

    code = "repeated-key"
    exit_status = ExitStatus.CONTRADICTION
