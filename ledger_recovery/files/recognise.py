"""[pure] What kind of file this is, before any password; and of decrypted content, whose it is.

A Desktop file of 0.4 or later and a Mobile file share one container: only a hint tells them apart until the content is
open. Identity Box backups are recognised, not read (identity-box, workspaces/idapp backup: base64url of nonce and box).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from ledger_recovery.errors import DamagedFile, InputError, NewerVersion, NotOurFile
from ledger_recovery.files.bounds import MAX_FILE_BYTES
from ledger_recovery.files.container import (
    DESKTOP_SALT_BYTES,
    MOBILE_ITERATIONS,
    MOBILE_SALT_BYTES,
    Container,
    ContainerStyle,
    parse_container,
)
from ledger_recovery.files.fields import Record
from ledger_recovery.files.mobile import MOBILE_TYPE
from ledger_recovery.files.own import is_own, read_head

_BOX_TEXT: Final = re.compile(rb"[A-Za-z0-9_-]+={0,2}\s?")
_BOX_OVERHEAD: Final = 24 + 16
_BOX_PLAIN: Final = 50
"""The smallest plaintext: JSON of two empty members, in base64url."""

_BOX_REQUEST: Final = (b'"servicePath"', b'"identity-box.identity-service"', b'"encryptedBackup"')


@unique
class FileKind(Enum):
    OWN = "own"
    OWN_NEWER = "own-newer"
    DESKTOP_HEX = "desktop-hex"
    DESKTOP_OR_MOBILE = "desktop-or-mobile"
    IDENTITY_BOX = "identity-box"
    NOT_OURS = "not-ours"
    DAMAGED = "damaged"


@unique
class ContentKind(Enum):
    DESKTOP = "desktop"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class Recognised:
    """`sentence`: what the file is, for the person. `refusal`: why it cannot be read; None when it can.

    `container`: of the kinds that have one. `likely`: the better guess for DESKTOP_OR_MOBILE.
    """

    kind: FileKind
    sentence: str
    refusal: InputError | None = None
    container: Container | None = None
    likely: ContentKind | None = None


def recognise(data: bytes) -> Recognised:
    """The kind of a file from its bytes; never raises, whatever they are."""
    if is_own(data):
        return _own(data)
    if _is_box_backup(data):
        return _refused(
            FileKind.IDENTITY_BOX,
            NotOurFile(
                "the file is a backup of Identity Box: it holds identities (DIDs), not Concordium accounts",
                "Restore it in Identity Box with its 24 words.",
            ),
        )
    try:
        container = parse_container(data)
    except DamagedFile as error:
        return _refused(FileKind.DAMAGED, error)
    except InputError as error:
        return _refused(FileKind.NOT_OURS, error)
    return _container(container)


def content_kind(document: Record) -> ContentKind:
    """Whose export a decrypted content is.

    :raises NotOurFile: it says that it is something else.
    """
    stated = document.raw("type")
    if stated is None:
        return ContentKind.DESKTOP
    if stated == MOBILE_TYPE:
        return ContentKind.MOBILE
    raise NotOurFile(
        "the file was decrypted, but its content is of a type that is no wallet export",
        "Choose an export file of a Concordium wallet.",
    )


def _own(data: bytes) -> Recognised:
    try:
        read_head(data)
    except NewerVersion as error:
        return _refused(FileKind.OWN_NEWER, error)
    except DamagedFile as error:
        return _refused(FileKind.DAMAGED, error)
    except InputError as error:
        return _refused(FileKind.NOT_OURS, error)
    return Recognised(FileKind.OWN, "an export of this program, format version 1")


def _container(container: Container) -> Recognised:
    if container.style is ContainerStyle.DESKTOP_HEX:
        sentence = "an export of Concordium Desktop Wallet 0.2 or 0.3 (hexadecimal)"
        return Recognised(FileKind.DESKTOP_HEX, sentence, container=container, likely=ContentKind.DESKTOP)
    mobile = container.style is ContainerStyle.MOBILE and (
        container.iterations == MOBILE_ITERATIONS or len(container.salt) == MOBILE_SALT_BYTES
    )
    likely = ContentKind.MOBILE if mobile and len(container.salt) != DESKTOP_SALT_BYTES else ContentKind.DESKTOP
    sentence = f"an export of a Concordium {likely.value.capitalize()} Wallet, to be confirmed by its password"
    return Recognised(FileKind.DESKTOP_OR_MOBILE, sentence, container=container, likely=likely)


def _refused(kind: FileKind, refusal: InputError) -> Recognised:
    return Recognised(kind, refusal.sentence, refusal=refusal)


def _is_box_backup(data: bytes) -> bool:
    if len(data) > MAX_FILE_BYTES:
        return False
    if data[:1] in (b"{", b"["):
        return all(word in data for word in _BOX_REQUEST)
    if len(data) < (_BOX_OVERHEAD + _BOX_PLAIN) * 4 // 3 or not _BOX_TEXT.fullmatch(data):
        return False
    bare = data.rstrip().rstrip(b"=")
    # The plaintext is base64url itself, without padding: its length is never 1 modulo 4.
    length = len(bare) * 3 // 4
    return len(bare) % 4 != 1 and (length - _BOX_OVERHEAD) % 4 != 1 and not _is_plain_text(bare[:64])


def _is_plain_text(sample: bytes) -> bool:
    """A long word or a hexadecimal dump is no box: what base64url hides there would be plain ASCII or digits only."""
    if re.fullmatch(rb"[0-9a-fA-F]+|[a-z]+|[A-Z]+", sample):
        return True
    decoded = binascii.a2b_base64(sample.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(sample) % 4))
    return all(0x20 <= byte < 0x7F for byte in decoded)
