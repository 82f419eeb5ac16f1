"""Looking changes nothing: list, verify without words, drill with them; a hostile Box is found out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger_recovery.errors import DamagedFile, LedgerRecoveryError, NoSuchBackup, NotSignedByOwner, OtherBackup
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.wallet_files import remove_address
from ledger_recovery.secret import SecretBytes
from tests.support.memory_box import Kept, MemoryBox
from tests.unit.recover.backups.machines import Machine
from tests.unit.wallet.rows import address


async def test_a_drill_of_an_equal_backup_leaves_every_byte_as_it_was(machine: Machine) -> None:
    machine.change(1)
    secret = await machine.enable()
    before = _bytes(machine.folder)
    result = await backups.drill(machine.settings, secret, deps=machine.deps)
    assert result.equal
    assert result.holds.addresses == 1
    assert _bytes(machine.folder) == before


async def test_a_drill_tells_both_sides_differences(machine: Machine) -> None:
    machine.change(1)
    secret = await machine.enable()
    remove_address(machine.settings, address(1))
    machine.change(2)
    result = await backups.drill(machine.settings, secret, deps=machine.deps)
    assert not result.equal
    assert result.backup_lacks.addresses == (address(2),)
    assert result.wallet_lacks.addresses == (address(1),)


async def test_a_drill_works_without_any_wallet(machine: Machine, second: Machine) -> None:
    machine.change(1)
    secret = await machine.enable()
    await second.pair()
    result = await backups.drill(second.settings, secret, 1, deps=second.deps)
    assert result.wallet_lacks.addresses == (address(1),)
    assert second.state().link is None


async def test_generations_are_listed_newest_first(machine: Machine, second: Machine) -> None:
    secret = await machine.enable()
    await backups.now(machine.settings, deps=machine.deps)
    listed = await backups.list_generations(machine.settings, deps=machine.deps)
    assert [(one.generation, one.newest) for one in listed] == [(2, True), (1, False)]
    await second.pair()
    assert await backups.list_generations(second.settings, secret, deps=second.deps) == listed


async def test_verify_tells_what_the_box_has(machine: Machine) -> None:
    await machine.enable()
    machine.change(1)
    result = await backups.verify(machine.settings, deps=machine.deps)
    assert (result.generation, result.own_upload) == (1, True)
    assert result.pending is not None


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


LIES: dict[str, tuple[Callable[[bytes, bytes], bytes], type[LedgerRecoveryError]]] = {
    "altered": (lambda mine, _: _flip(mine), DamagedFile),
    "cut": (lambda mine, _: mine[:-100], DamagedFile),
    "another's": (lambda _, other: other, OtherBackup),
    "forged": (lambda mine, other: other[:4096] + mine[4096:], LedgerRecoveryError),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lying_box_is_found_out(machine: Machine, second: Machine, box: MemoryBox, lie: str) -> None:
    secret = await machine.enable()
    await second.enable()
    mine, theirs = box.backups.values()
    change, expected = LIES[lie]
    _serve(mine, change(mine.generations[0][1], theirs.generations[0][1]))
    with pytest.raises(LedgerRecoveryError):
        await backups.verify(machine.settings, deps=machine.deps)
    with pytest.raises(expected):
        await backups.drill(machine.settings, secret, deps=machine.deps)
    before = machine.snapshot()
    with pytest.raises(expected):
        await machine.restore(secret)
    assert machine.snapshot() == before


async def test_another_owner_under_my_id_is_a_forgery(machine: Machine, second: Machine, box: MemoryBox) -> None:
    """Somebody with a certificate of his own for my backup ID."""
    from ledger_recovery.backup.bundle_header import read_header, signed_header
    from ledger_recovery.backup.certificate import issue
    from ledger_recovery.backup.keys import OwnerKeys

    secret = await machine.enable()
    kept = next(iter(box.backups.values()))
    mine = kept.generations[0][1]
    header = read_header(mine)
    with OwnerKeys(SecretBytes(b"\x07" * 32)) as thief:
        thief.backup_id = header.backup_id
        upload = SecretBytes(b"\x08" * 32)
        from ledger_recovery.recover.service.backups.machine import public_of

        certificate = issue(thief, public_of(upload), header.certificate.device_public, header.created)
    from ledger_recovery.backup.bundle_header import header_bytes

    forged = signed_header(replace(header, certificate=certificate), upload)
    _serve(kept, header_bytes(forged) + mine[4096:])
    for asked in (
        backups.verify(machine.settings, deps=machine.deps),
        backups.drill(machine.settings, secret, deps=machine.deps),
    ):
        with pytest.raises(NotSignedByOwner):
            await asked


async def test_a_generation_that_is_not_there_is_said_so(machine: Machine) -> None:
    secret = await machine.enable()
    with pytest.raises(NoSuchBackup, match="no generation 9"):
        await backups.drill(machine.settings, secret, 9, deps=machine.deps)


def _serve(kept: Kept, data: bytes) -> None:
    one, _, part = kept.generations[-1]
    kept.generations[-1] = (replace(one, digest=hashlib.sha256(data).hexdigest()), data, part)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
