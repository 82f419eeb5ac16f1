"""[pure] What a computer keeps to talk to its Box and to make backups; with it nobody can read one.

Never the words, nor the secret, an age identity or the owner key. One line of JSON, short enough for Windows'
Credential Manager, which takes 1280 characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.backup.ids import b64u, from_b64u
from ledger_recovery.backup.protocol_json import dump, mapping, number, only, parse_object, text
from ledger_recovery.errors import InputError, KeyringError, NewerVersion
from ledger_recovery.secret import SecretBytes

VERSION: Final = 1
MAX_RECORD: Final = 4096
"""Characters; a whole record has about 900."""
_SEED_BYTES: Final = 32
_SEED = re.compile(r"[A-Za-z0-9_-]{43}")
_RECIPIENT = re.compile(r"age1[a-z0-9]{58}")


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """Keys of this computer; leaving a `with` wipes the secret ones.

    :param device: Ed25519 seed that signs requests, 32 bytes.
    :param upload: Ed25519 seed that signs bundles; None where the record is of a pairing alone, as the two that follow.
    :param recipient: age recipient that bundles are encrypted to; "" when there is none.
    :param certificate: the owner's statement about both keys.
    """

    device: SecretBytes
    upload: SecretBytes | None = None
    recipient: str = ""
    certificate: Certificate | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        given = (self.upload is not None, self.recipient != "", self.certificate is not None)
        if len(self.device) != _SEED_BYTES or (self.upload is not None and len(self.upload) != _SEED_BYTES):
            raise ValueError("a seed has 32 bytes")
        if len(set(given)) != 1:
            raise ValueError("upload key, recipient and certificate belong together")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.device.wipe()
        if self.upload is not None:
            self.upload.wipe()


def record_to_text(record: MachineRecord) -> str:
    """One line of JSON: secret."""
    fields: dict[str, object] = {"version": VERSION, "device": b64u(record.device.reveal())}
    if record.upload is not None and record.certificate is not None:
        fields |= {
            "upload": b64u(record.upload.reveal()),
            "recipient": record.recipient,
            "certificate": record.certificate.to_json(),
        }
    return dump(fields).decode()


def record_from_text(line: str) -> MachineRecord:
    """The record in a line; the caller wipes it.

    :raises NewerVersion: made by a newer program.
    :raises KeyringError: no record; nothing of the line is told.
    """
    try:
        return _read(line)
    except NewerVersion:
        raise
    except InputError:
        damaged = KeyringError(
            "this computer's keys are damaged", "Pair with the Box again, and renew backups with your words."
        )
    raise damaged


def _read(line: str) -> MachineRecord:
    fields = parse_object(line[: MAX_RECORD + 1].encode("utf-8", "replace"), "the record", limit=MAX_RECORD)
    if number(fields, "version", least=1) > VERSION:
        raise NewerVersion("this computer's keys were kept by a newer program", "Use the newer program.")
    device = _seed(fields, "device")
    if "upload" not in fields:
        only(fields, "version", "device")
        return MachineRecord(device)
    only(fields, "version", "device", "upload", "recipient", "certificate")
    return MachineRecord(
        device,
        _seed(fields, "upload"),
        text(fields, "recipient", _RECIPIENT),
        Certificate.from_json(mapping(fields, "certificate")),
    )


def _seed(fields: dict[str, object], name: str) -> SecretBytes:
    return SecretBytes(from_b64u(text(fields, name, _SEED), _SEED_BYTES))
