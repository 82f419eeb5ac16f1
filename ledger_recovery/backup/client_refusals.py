"""[pure] A refusal of an Identity Box, and a newest generation where it expected another, as errors of our tree.

The one place where HTTP statuses and the Box's codes become errors. The Box's own sentence is shown, cut and harmless.
"""

from __future__ import annotations

from typing import Final

from ledger_recovery.backup.protocol_json import BadMessage, parse_object
from ledger_recovery.backup.protocol_replies import (
    CONFLICT,
    DID_KEY_MISSING,
    FULL,
    NO_SUCH_BACKUP,
    PAIRING_REFUSED,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHORISED,
    Generation,
    Refusal,
)
from ledger_recovery.errors import (
    BackupConflict,
    BoxError,
    BoxRefused,
    DidKeyMissing,
    LedgerRecoveryError,
    NoSuchBackup,
)

MAX_REFUSAL_BYTES: Final = 16 * 1024
BUSY: Final = frozenset({"busy", "storage", ""})
"""Codes of a 503 after which another try may do better; "" where something in front of the Box answered."""
_TRANSIENT: Final = frozenset({429, 502, 504})
ABSENT: Final = frozenset({NO_SUCH_BACKUP, "no-such-generation"})
ABSENT_DID: Final = ABSENT | {"no-such-did"}


class Conflict(BackupConflict):
    """The Box's newest generation is another than the one that the upload names as its previous.

    :param newest: what the Box has; None when it has none any more.
    """

    def __init__(self, sentence: str, hint: str = "", *, newest: Generation | None) -> None:
        super().__init__(sentence, hint)
        self.newest = newest


def read_refusal(body: bytes) -> Refusal:
    """What a Box said with a status of 400 or above; a refusal without code where the body is none of ours."""
    try:
        return Refusal.from_json(parse_object(body, "the refusal of the Box", limit=MAX_REFUSAL_BYTES))
    except BadMessage:
        return Refusal("", "")


def worth_retrying(status: int, refusal: Refusal) -> bool:
    """Whether the same request may succeed a little later."""
    return status in _TRANSIENT or (status == 503 and refusal.code in BUSY)


def error_of(status: int, refusal: Refusal) -> LedgerRecoveryError:
    """The error that a refusal is."""
    code = refusal.code
    if status == 404 and code in ABSENT:
        return NoSuchBackup(
            "this Box has no backup for these words (or this computer may not see it)",
            "Check that it is the right Box; its owner can list what it holds with `ledger-recovery box check`.",
        )
    if status == 412 and code == CONFLICT:
        return _conflict(refusal.newest)
    if status == 409 and code == DID_KEY_MISSING:
        listed = ", ".join(refusal.names) or "one of the DIDs"
        return DidKeyMissing(
            f"the Box does not have the keys of {listed}, so the backup would not be whole; nothing was stored",
            "Restore the DID from a backup that has its keys, or delete it from this wallet.",
            names=refusal.names,
        )
    if code in _KNOWN:
        sentence, hint = _KNOWN[code]
        return BoxRefused(sentence, hint, box_code=code)
    if not code:
        return BoxError(f"the Box answered with status {status} and without a reason", "Try again later.")
    said = f": {refusal.sentence}" if refusal.sentence else ""
    return BoxRefused(f"the Box refused (status {status}, {code}){said}", "See the log of the Box.", box_code=code)


_KNOWN: Final = {
    UNAUTHORISED: (
        "the Box does not know this computer any more, or their clocks differ",
        "Check the clock of this computer, or pair again: ledger-recovery box pair.",
    ),
    PAIRING_REFUSED: (
        "the Box did not make this link or code, it was used already, or it has expired",
        "Make a new one at the Box: ledger-recovery box offer",
    ),
    TOO_LARGE: ("the backup is larger than this Box takes", "Raise the limit of the Box."),
    TOO_MANY: ("the Box gets more requests from this computer than it allows", "Try again in a minute."),
    FULL: ("the Box has no room for another backup; those it holds are kept", "Make room on the disk of the Box."),
}


def _conflict(newest: Generation | None) -> Conflict:
    if newest is None:
        sentence = "the Box has no backup any more under which this one could follow"
    else:
        sentence = f"another computer stored generation {newest.generation} at {newest.stored_at}"
    return Conflict(
        f"{sentence}; nothing was overwritten",
        "Restore the Box's newest backup into this wallet; both are merged, and the result is backed up.",
        newest=newest,
    )
