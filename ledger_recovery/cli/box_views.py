"""Identity Boxes as the command line tells them: pairings on the one side, a Box's own records on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger_recovery.cli.terminal import printable

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.backups import BoxPairing, UnpairResult


def paired_text(found: BoxPairing) -> str:
    return f"paired with {printable(found.name)} at {printable(found.url)}"


def paired_json(found: BoxPairing) -> dict[str, Json]:
    return {"box": pairing_json(found)}


def pairing_json(found: BoxPairing) -> dict[str, Json]:
    return {
        "name": found.name,
        "url": found.url,
        "fingerprint": found.pin,
        "device_id": found.device_id,
        "paired_at": found.paired_at,
    }


def unpaired_text(result: UnpairResult) -> str:
    end = "it forgot this computer too" if result.told_box else "it was not told"
    lines = [f"{printable(result.pairing.name)} is forgotten; {end}"]
    return "\n".join([*lines, *(f"note: {printable(note)}" for note in result.notes)])


def unpaired_json(result: UnpairResult) -> dict[str, Json]:
    return {"box": pairing_json(result.pairing), "told_box": result.told_box, "notes": list(result.notes)}
