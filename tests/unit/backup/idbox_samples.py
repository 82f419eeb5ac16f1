"""The samples of the original Identity Box, as the tests take them; provenance: tests/vectors/idbox/README.md."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ledger_recovery.backup.idbox.opening import IdboxSource
from ledger_recovery.secret import SecretBytes

FOLDER = Path(__file__).parents[2] / "vectors" / "idbox"


@dataclass(frozen=True)
class Sample:
    name: str
    fields: dict[str, Any]

    @property
    def words(self) -> str:
        return str(self.fields["mnemonic"])

    @property
    def bundle(self) -> str:
        return str(self.fields["encrypted_backup"])

    @property
    def raw(self) -> bytes:
        return base64.urlsafe_b64decode(self.bundle + "=" * (-len(self.bundle) % 4))

    @property
    def key(self) -> bytes:
        return bytes.fromhex(self.fields["secretbox_key_hex"])

    @property
    def backup_id(self) -> str:
        return str(self.fields["backup_id"])

    @property
    def own(self) -> list[dict[str, Any]]:
        return list(self.fields["decoded"]["own_identities"])

    @property
    def peers(self) -> dict[str, str]:
        return dict(json.loads(self.fields["decoded"]["peer_identities_json_text"]))

    @property
    def password(self) -> SecretBytes:
        return SecretBytes(str(self.fields["box"]["backup_password"]).encode())

    @property
    def pems(self) -> dict[str, bytes]:
        return {name: text.encode() for name, text in self.fields["box"]["files"].items() if name.endswith(".pem")}

    @property
    def documents(self) -> dict[str, str]:
        files = self.fields["box"]["files"].items()
        return {name.removeprefix("did-docs/"): text for name, text in files if name.startswith("did-docs/")}

    @property
    def source(self) -> IdboxSource:
        return IdboxSource(self.bundle, self.backup_id, self.pems, self.documents)


@cache
def samples() -> tuple[Sample, ...]:
    document = json.loads((FOLDER / "idbox-backup.json").read_text())
    return tuple(Sample(fields["name"], fields) for fields in document["samples"])


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
