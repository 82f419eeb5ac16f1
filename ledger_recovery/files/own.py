"""[pure] Our own export file, version 1: Argon2id and authenticated encryption, with a head that any tool can read.

Four lines of ASCII, then sealed chunks: the intro with the version; the key derivation's parameters as JSON; the key
check (HMAC of the two lines by a key from the password); SHA-256 of all three. The checksum tells damage of the head
before the password counts, the key check tells a wrong password, the chunks tell where damage is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger_recovery.errors import DamagedFile, InputError, NewerVersion, NotOurFile, WrongPassword
from ledger_recovery.files.bounds import MAX_FILE_BYTES
from ledger_recovery.files.chunks import open_chunks, seal_chunks
from ledger_recovery.files.fields import Record
from ledger_recovery.files.json_text import dump, parse
from ledger_recovery.secret import SecretBytes

VERSION: Final = 1
INTRO: Final = b"ledger-recovery export v"
SALT_BYTES: Final = 32
MAX_MEMORY_KIB: Final = 1024 * 1024
MAX_ITERATIONS: Final = 10
MAX_LANES: Final = 16
MAX_WORK_KIB: Final = 3 * MAX_MEMORY_KIB
"""Memory times passes: what bounds the time of opening, a few seconds."""

_INTRO_LINE = re.compile(re.escape(INTRO) + rb"([1-9][0-9]{0,8})\n")
_MAX_LINE: Final = 1024
_HEX: Final = re.compile(r"[0-9a-f]+")
_KEY_BYTES: Final = 32
_COPY_ADVICE: Final = "Use another copy of the file."


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """`memory_kib`: KiB of memory; `iterations`: passes over it; `lanes`: degree of parallelism.

    :raises ValueError: beyond what this program accepts from a file, or what Argon2 allows.
    """

    memory_kib: int
    iterations: int
    lanes: int

    def __post_init__(self) -> None:
        if not 1 <= self.lanes <= MAX_LANES:
            raise ValueError(f"Argon2 lanes run from 1 to {MAX_LANES}, not {self.lanes}")
        if not 8 * self.lanes <= self.memory_kib <= MAX_MEMORY_KIB:
            raise ValueError(f"Argon2 memory runs from {8 * self.lanes} to {MAX_MEMORY_KIB} KiB, not {self.memory_kib}")
        if not 1 <= self.iterations <= MAX_ITERATIONS:
            raise ValueError(f"Argon2 iterations run from 1 to {MAX_ITERATIONS}, not {self.iterations}")
        if self.memory_kib * self.iterations > MAX_WORK_KIB:
            raise ValueError(f"Argon2 memory times iterations may be {MAX_WORK_KIB} KiB at most")


STANDARD_COST: Final = Argon2Cost(memory_kib=64 * 1024, iterations=3, lanes=4)
"""What every file of ours is written with (RFC 9106, second recommended choice)."""


@dataclass(frozen=True, slots=True)
class OwnHead:
    """The head of a file whose checksum holds. `signed`: the lines that the key check covers; `body_at`: byte."""

    cost: Argon2Cost
    salt: bytes
    key_check: bytes
    signed: bytes
    body_at: int


def seal(plaintext: bytes, password: SecretBytes, salt: bytes) -> bytes:
    """A whole file around a text.

    :param salt: 32 random bytes, never used before: the keys and nonces follow from it and the password.
    :raises ValueError: a salt of another length.
    :raises InputError: the text makes the file larger than any reader takes.
    """
    return seal_with(STANDARD_COST, plaintext, password, salt)


def seal_with(cost: Argon2Cost, plaintext: bytes, password: SecretBytes, salt: bytes) -> bytes:
    """As `seal`, with another cost; tests use it to be fast, nothing else should."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"the salt has {SALT_BYTES} bytes, not {len(salt)}")
    parameters = {
        "kdf": "argon2id",
        "memory_kib": cost.memory_kib,
        "iterations": cost.iterations,
        "lanes": cost.lanes,
        "salt": salt.hex(),
        "cipher": "chacha20-poly1305-stream",
    }
    signed = b"%s%d\n%s\n" % (INTRO, VERSION, dump(parameters).encode("ascii"))
    with _master_key(cost, salt, password) as master, _subkey(master, signed, b"body") as body_key:
        head = signed + _key_check(master, signed).hex().encode("ascii") + b"\n"
        sealed = head + hashlib.sha256(head).hexdigest().encode("ascii") + b"\n" + seal_chunks(body_key, plaintext)
    if len(sealed) > MAX_FILE_BYTES:
        raise InputError(
            f"the wallet is too large for an export file of at most {MAX_FILE_BYTES >> 20} MiB",
            "Back the wallet file itself up instead.",
        )
    return sealed


def open_sealed(data: bytes, password: SecretBytes) -> bytes:
    """The text inside a file.

    :raises NotOurFile, NewerVersion, DamagedFile: as `read_head`; DamagedFile also for a damaged body.
    :raises WrongPassword: the head is intact, and the password is not the file's.
    """
    head = read_head(data)
    with _master_key(head.cost, head.salt, password) as master:
        if not hmac.compare_digest(_key_check(master, head.signed), head.key_check):
            raise WrongPassword(
                "the password does not open the file (the file's head is intact)",
                "Type the password that the file was exported with; check keyboard and capitals.",
            )
        with _subkey(master, head.signed, b"body") as body_key:
            return open_chunks(body_key, memoryview(data)[head.body_at :], head.body_at)


def is_own(data: bytes) -> bool:
    """Whether a file begins as ours do, whatever its version."""
    return data.startswith(INTRO)


def read_head(data: bytes) -> OwnHead:
    """The head of a file; needs no password and costs nothing.

    :raises NotOurFile: it does not begin as ours do, or is larger than any.
    :raises NewerVersion: a version that this program does not know.
    :raises DamagedFile: a changed or incomplete head, or parameters beyond the bounds.
    """
    intro = _INTRO_LINE.match(data)
    if intro is None:
        if is_own(data):
            raise DamagedFile("the file's first line is damaged", _COPY_ADVICE, position=len(INTRO))
        raise NotOurFile("the file is not an export of this program", "Choose a file that `export` wrote.")
    if len(data) > MAX_FILE_BYTES:
        raise NotOurFile(f"the file is larger than any export ({MAX_FILE_BYTES >> 20} MiB)", _COPY_ADVICE)
    version = int(intro.group(1))
    if version != VERSION:
        raise NewerVersion(
            f"the file has version {version} of our export format; this program knows version {VERSION}",
            "Use a newer version of this program; if there is none, the file's first line was damaged.",
        )
    lines, ends = _lines(data, intro.end())
    signed, checked = data[: ends[0]], data[: ends[1]]
    if lines[2] != hashlib.sha256(checked).hexdigest().encode("ascii"):
        raise DamagedFile("the file's head is damaged: its checksum does not fit", _COPY_ADVICE, position=0)
    cost, salt = _parameters(lines[0])
    return OwnHead(cost, salt, _hex_bytes(lines[1].decode("ascii", "replace"), "the key check"), signed, ends[2])


def _lines(data: bytes, start: int) -> tuple[list[bytes], list[int]]:
    """The three lines after the intro, without their ends, and where each ends."""
    lines, ends = [], []
    for _ in range(3):
        end = data.find(b"\n", start, start + _MAX_LINE)
        if end < 0:
            raise DamagedFile("the file's head is damaged or cut off", _COPY_ADVICE, position=start)
        lines.append(data[start:end])
        start = end + 1
        ends.append(start)
    return lines, ends


def _parameters(line: bytes) -> tuple[Argon2Cost, bytes]:
    record = Record(parse(line, "the file's second line"), "")
    names = ("memory_kib", "iterations", "lanes")
    memory_kib, iterations, lanes = (record.integer(name) for name in names)
    if (
        record.raw("kdf") != "argon2id"
        or record.raw("cipher") != "chacha20-poly1305-stream"
        or record.without(*names, "kdf", "cipher", "salt")
    ):
        raise DamagedFile("the file's head states a method that version 1 does not have", _COPY_ADVICE)
    try:
        cost = Argon2Cost(memory_kib, iterations, lanes)
    except ValueError as error:
        raise DamagedFile(f"the file's head is refused: {error}", "No file of this program states this.") from None
    return cost, _hex_bytes(record.text("salt"), "the salt")


def _hex_bytes(text: str, what: str) -> bytes:
    if len(text) != 2 * _KEY_BYTES or not _HEX.fullmatch(text):
        raise DamagedFile(f"{what} in the file's head is not {_KEY_BYTES} bytes in hexadecimal", _COPY_ADVICE)
    return bytes.fromhex(text)


def _master_key(cost: Argon2Cost, salt: bytes, password: SecretBytes) -> SecretBytes:
    kdf = Argon2id(
        salt=salt, length=_KEY_BYTES, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    try:
        return SecretBytes(kdf.derive(password.reveal()))
    except MemoryError:
        raise InputError(
            f"the file's key derivation needs {cost.memory_kib >> 10} MiB of memory, more than this computer has free",
            "Close other programs, or open the file on another computer.",
        ) from None


def _subkey(master: SecretBytes, signed: bytes, purpose: bytes) -> SecretBytes:
    """A key for one purpose; it depends on the head, so that a body fits its own head only."""
    info = INTRO + b"%d " % VERSION + purpose
    kdf = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=hashlib.sha256(signed).digest(), info=info)
    return SecretBytes(kdf.derive(master.reveal()))


def _key_check(master: SecretBytes, signed: bytes) -> bytes:
    with _subkey(master, signed, b"key check") as key:
        return hmac.digest(key.reveal(), signed, "sha256")
