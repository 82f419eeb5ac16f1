"""[pure] A copy of one backup generation in one file, for a USB stick: the bundle and the Box's part, with digests.

It restores on any other Box, or without one. The digests find damage; whether the bundle is genuine, its own signature
says. A bundle file by itself is a copy without a Box's part.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ledger_recovery.backup.bundle_header import INTRO as BUNDLE_INTRO
from ledger_recovery.backup.bundle_header import MAX_BUNDLE_BYTES
from ledger_recovery.backup.protocol_json import (
    HEX_32,
    MAX_JSON_BYTES,
    BadMessage,
    dump,
    number,
    only,
    parse_object,
    text,
)
from ledger_recovery.errors import DamagedFile, NewerVersion, NotOurFile

VERSION: Final = 1
INTRO: Final = b"ledger-recovery-copy "
MAX_PART_BYTES: Final = MAX_JSON_BYTES
MAX_COPY_BYTES: Final = MAX_BUNDLE_BYTES + MAX_PART_BYTES + 1024

_MAX_MANIFEST: Final = 512
_FIRST_LINE = re.compile(re.escape(INTRO) + rb"([1-9][0-9]{0,8})\n")
_ADVICE = "Use another copy of the backup."


def pack_copy(bundle: bytes, part: bytes) -> bytes:
    """One file of a bundle and the Box's part of the same generation (JSON; b"" when the Box added nothing).

    :raises ValueError: larger than any copy.
    """
    if not bundle or len(bundle) > MAX_BUNDLE_BYTES or len(part) > MAX_PART_BYTES:
        raise ValueError("a copy holds one bundle of at most 64 MiB and a Box's part of at most 4 MiB")
    manifest = {
        "bundle_size": len(bundle),
        "bundle_sha256": hashlib.sha256(bundle).hexdigest(),
        "part_size": len(part),
        "part_sha256": hashlib.sha256(part).hexdigest(),
    }
    return INTRO + b"%d\n" % VERSION + dump(manifest) + b"\n" + bundle + part


def unpack_copy(data: bytes) -> tuple[bytes, bytes | None]:
    """Bundle and Box's part (None when there is none) of a copy, or of a bundle file by itself.

    :raises NotOurFile: neither.
    :raises NewerVersion: a copy of a version that this program does not know.
    :raises DamagedFile: cut, lengthened or altered.
    """
    if data.startswith(BUNDLE_INTRO):
        return data, None
    start = _manifest_start(data)
    end = data.find(b"\n", start, start + _MAX_MANIFEST)
    if end < 0:
        raise DamagedFile("the copy is cut, or its second line is not of a copy", _ADVICE, position=start)
    sizes = _manifest(data[start:end], start)
    (bundle_size, bundle_digest), (part_size, part_digest) = sizes
    middle = end + 1 + bundle_size
    if len(data) != middle + part_size:
        amount = "shorter" if len(data) < middle + part_size else "longer"
        raise DamagedFile(f"the copy is {amount} than its second line says", _ADVICE, position=len(data))
    bundle, part = data[end + 1 : middle], data[middle:]
    if hashlib.sha256(bundle).hexdigest() != bundle_digest:
        raise DamagedFile("the backup in the copy is altered: its digest does not fit", _ADVICE, position=end + 1)
    if hashlib.sha256(part).hexdigest() != part_digest:
        raise DamagedFile("the Box's part in the copy is altered: its digest does not fit", _ADVICE, position=middle)
    return bundle, part or None


def _manifest_start(data: bytes) -> int:
    found = _FIRST_LINE.match(data[: len(INTRO) + 10])
    if found is None:
        if data and (data.startswith(INTRO) or INTRO.startswith(data)):
            raise DamagedFile("the copy is cut within its first line", _ADVICE, position=len(data))
        raise NotOurFile(
            "this is neither a copy of a backup nor a backup bundle",
            "Give a file that `ledger-recovery box extract` wrote.",
        )
    if int(found[1]) != VERSION:
        raise NewerVersion(
            f"this copy has version {int(found[1])}; this program knows version {VERSION}",
            "Use a newer version of this program.",
        )
    return found.end()


def _manifest(line: bytes, position: int) -> tuple[tuple[int, str], tuple[int, str]]:
    """Size and digest of the bundle, size and digest of the part."""
    try:
        fields = parse_object(line, "the second line of the copy", limit=_MAX_MANIFEST)
        only(fields, "bundle_size", "bundle_sha256", "part_size", "part_sha256")
        return (
            (number(fields, "bundle_size", least=1, most=MAX_BUNDLE_BYTES), text(fields, "bundle_sha256", HEX_32)),
            (number(fields, "part_size", most=MAX_PART_BYTES), text(fields, "part_sha256", HEX_32)),
        )
    except BadMessage as error:
        raise DamagedFile(f"the copy is altered: {error.sentence}", _ADVICE, position=position) from None
