"""A hostile client and the Box: over 10,000 requests, drawn by schemathesis from the OpenAPI document, in many guises.

`scripts/fuzz --box 100000` sends as many as one likes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.core.failures import FailureGroup

from ledger_recovery.box import backups, room, routes_backups
from ledger_recovery.box.limits import Nonces
from ledger_recovery.box.refusal import Refusal
from tests.faults.box_fuzz.assault import Assault
from tests.faults.box_fuzz.judge import Offence
from tests.faults.box_fuzz.world import World, hostile_world
from tests.unit.box.boxes import unsynced

REQUESTS = 10_000
SHARDS = 7
SEED = 11


@pytest.fixture(name="world")
def _world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    unsynced(monkeypatch)
    with hostile_world(tmp_path / "box") as world:
        yield world


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_request_breaks_the_box_or_learns_anything(world: World, shard: int) -> None:
    assault = Assault(world, SEED + shard)
    assault.until(-(-REQUESTS // SHARDS), assault.operations()[shard::SHARDS])
    # The attack gets past the door and through the checks, or it would show little.
    assert {200, 400, 401, 404, 405} <= assault.told.statuses.keys()


def _attack(world: World, path: str, cases: int = 4) -> None:
    assault = Assault(world, SEED)
    for operation in assault.operations():
        if operation.path == path:
            assault.attack(operation, cases)


def test_a_box_that_takes_a_nonce_twice_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Nonces, "first_time", lambda *_: True)
    with pytest.raises(Offence, match="repeated or spoiled"):
        _attack(world, "/v1/backups/{backup_id}/dids")


def test_a_box_that_tells_what_is_there_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(connection: Any, device: str, backup_id: str, now: int) -> Any:
        try:
            return backups.granted(connection, device, backup_id, now)
        except Refusal:
            if backups.with_id(connection, backup_id):
                raise Refusal(404, "not-yours", "this backup is somebody else's") from None
            raise

    monkeypatch.setattr(room, "granted", told)
    with pytest.raises(Offence, match="unknown ID"):
        _attack(world, "/v1/backups/{backup_id}")


def test_a_box_that_answers_in_another_shape_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Refusal, "body", lambda refusal: {"code": refusal.code})
    with pytest.raises((Offence, FailureGroup)) as found:
        _attack(world, "/v1/backups/{backup_id}/dids")
    assert "sentence" in _words(found.value)


def test_a_box_that_trips_over_a_number_is_found_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_backups, "number_in", int)
    with pytest.raises((Offence, FailureGroup)) as found:
        _attack(world, "/v1/backups/{backup_id}/generations/{generation}")
    assert "defect" in _words(found.value)


def _words(error: BaseException) -> str:
    """Of schemathesis' group of failures, what each of them says."""
    if isinstance(error, BaseExceptionGroup):
        return " ".join(map(_words, error.exceptions))
    return f"{error} {getattr(error, 'message', '')}"
