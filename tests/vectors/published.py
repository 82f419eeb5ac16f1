"""Loads vectors.json: known answers of Concordium key derivation, each entry or section with its source.

Hex is lower case; keys and scalars are 32 bytes big-endian, points 48 bytes compressed. The values come from the
published test data of concordium-base, concordium-node-sdk-js, concordium-ledger-app, app-concordium and from
Concordium's own WASM; none was made by the code under test (see the `schema` and `source` fields).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

from ledger_recovery.secret import SecretBytes


@cache
def vectors() -> dict[str, Any]:
    """The whole file, read once."""
    return cast(dict[str, Any], json.loads(Path(__file__).with_name("vectors.json").read_text()))


def generated_identities() -> Iterator[dict[str, Any]]:
    """Every identity of the generated section, both path families, those of coin type 1 (no Ledger) included."""
    for family in ("legacy_path", "new_path"):
        yield from vectors()["cred_id_generated"][family]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def secret(text: str) -> SecretBytes:
    return SecretBytes(bytes.fromhex(text))
