"""New words, factory reset, pairing and the kit: what becomes of keys, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.pairing import PairingOffer, make_code, make_link
from ledger_recovery.errors import BackupConflict, BoxError, InputError, KeyringError, OtherBackup, OtherBox
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.secret import SecretBytes
from tests.support.memory_box import MemoryBox
from tests.unit.recover.backups.machines import Machine

OFFER = PairingOffer("https://box.test:8519", b"\x11" * 32, b"t" * 16, 2**40, "Box in memory")


# --- rotation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keep_days", [None, 0, 30])
async def test_new_words_take_over_and_the_old_ones_end(
    machine: Machine, bare: Machine, box: MemoryBox, keep_days: int | None
) -> None:
    machine.change(1)
    old = await machine.enable()
    row = await backups.did_create(machine.settings, "me", deps=machine.deps)
    with backups.prepare_rotate(machine.settings, deps=machine.deps) as new:
        fresh = SecretBytes(new.secret.reveal())
        result = await backups.rotate(machine.settings, old, new, keep_days=keep_days, deps=machine.deps)
    assert (result.old_removed, result.status.kind) == (True, BackupKind.SAVED)
    with owner_keys(old) as before, owner_keys(fresh) as after:
        assert result.backup_id == after.backup_id
        assert list(box.backups[after.backup_id].dids) == [row.did]
        assert (before.backup_id in box.backups) is bool(keep_days)
        if keep_days:
            assert box.backups[before.backup_id].retired_days == keep_days
    assert len(machine.keyring.kept) == 2, "the pairing's key and the new link's"
    await bare.pair()
    assert (await bare.restore(fresh)).dids_known == (row.did,)
    assert bare.snapshot() == machine.snapshot()


async def test_wrong_old_words_switch_nothing(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    before = (machine.state(), list(box.backups))
    with backups.prepare_rotate(machine.settings, deps=machine.deps) as new, pytest.raises(OtherBackup):
        await backups.rotate(machine.settings, SecretBytes(b"w" * 32), new, keep_days=None, deps=machine.deps)
    assert (machine.state(), list(box.backups)) == before


async def test_the_old_backup_stays_until_the_new_one_is_saved(machine: Machine, box: MemoryBox) -> None:
    old = await machine.enable()
    puts: list[str] = []

    def no_second_upload(step: str) -> None:
        puts.extend([step] if step == "put:before" else [])
        if step == "put:before":
            raise BoxError("the disk of the Box is full", "make room")

    box.trip = no_second_upload
    with backups.prepare_rotate(machine.settings, deps=machine.deps) as new:
        result = await backups.rotate(machine.settings, old, new, keep_days=None, deps=machine.deps)
    assert not result.old_removed
    assert "delete" not in box.asked
    assert len(box.backups) == 2
    box.trip = lambda _: None
    result = await backups.finish_rotation(machine.settings, old, keep_days=None, deps=machine.deps)
    assert result.old_removed
    assert list(box.backups) == [result.backup_id]


async def test_words_in_use_are_never_finished_off(machine: Machine, box: MemoryBox) -> None:
    secret = await machine.enable()
    with pytest.raises(InputError, match="in use"):
        await backups.finish_rotation(machine.settings, secret, keep_days=None, deps=machine.deps)
    assert len(box.backups) == 1


async def test_what_another_machine_saved_under_the_old_words_is_never_deleted_unseen(
    machine: Machine, second: Machine, box: MemoryBox
) -> None:
    old = await machine.enable()
    await second.pair()
    await second.restore(old)
    second.change(2)
    await second.flush()
    with backups.prepare_rotate(machine.settings, deps=machine.deps) as new, pytest.raises(BackupConflict):
        await backups.rotate(machine.settings, old, new, keep_days=None, deps=machine.deps)
    await machine.restore(old)
    assert len(box.backups) == 1
    assert "delete" not in box.asked


async def test_finishing_waits_for_what_came_under_the_old_words_meanwhile(
    machine: Machine, second: Machine, box: MemoryBox
) -> None:
    old = await machine.enable()
    await second.pair()
    await second.restore(old)
    await machine.restore(old)
    with backups.prepare_rotate(machine.settings, deps=machine.deps) as new:
        box.trip = _fail_at("delete:before")
        result = await backups.rotate(machine.settings, old, new, keep_days=None, deps=machine.deps)
    assert not result.old_removed
    box.trip = lambda _: None
    await second.restore(old)
    second.change(2)
    await second.flush()
    result = await backups.finish_rotation(machine.settings, old, keep_days=None, deps=machine.deps)
    assert not result.old_removed
    assert "another computer" in result.sentence
    await machine.restore(old)
    assert machine.entries() == {"entry 2"}
    result = await backups.finish_rotation(machine.settings, old, keep_days=None, deps=machine.deps)
    assert (result.old_removed, list(box.backups)) == (True, [result.backup_id])


# --- factory reset ----------------------------------------------------------------------------------------------


async def test_a_factory_reset_erases_box_keys_and_files(machine: Machine, box: MemoryBox) -> None:
    machine.change(1)
    secret = await machine.enable()
    plan = backups.reset_plan(machine.settings)
    assert "1 address book entry" in plan.here[0]
    assert "generation 1" in plan.on_box[0]
    result = await backups.factory_reset(machine.settings, secret, on_box=True, deps=machine.deps)
    assert result.box_deleted
    assert (box.backups, box.devices, machine.keyring.kept) == ({}, set(), {})
    assert not machine.settings.wallet.exists()
    assert [path for path in machine.folder.rglob("*") if path.is_file()] == []


async def test_without_the_words_the_box_keeps_its_backups(machine: Machine, bare: Machine, box: MemoryBox) -> None:
    machine.change(1)
    secret = await machine.enable()
    result = await backups.factory_reset(machine.settings, on_box=False, deps=machine.deps)
    assert not result.box_deleted
    await bare.pair()
    await bare.restore(secret)
    assert bare.entries() == {"entry 1"}


@pytest.mark.parametrize("trouble", ["box away", "no words", "other words"])
async def test_a_reset_that_cannot_delete_on_the_box_erases_nothing(
    machine: Machine, box: MemoryBox, trouble: str
) -> None:
    secret = await machine.enable()
    given = {"box away": secret, "no words": None, "other words": SecretBytes(b"o" * 32)}[trouble]
    if trouble == "box away":
        box.trip = _away
    with pytest.raises((BoxError, InputError)):
        await backups.factory_reset(machine.settings, given, on_box=True, deps=machine.deps)
    assert machine.settings.wallet.exists()
    assert len(machine.keyring.kept) == 2


async def test_lost_keys_are_told_and_renewed_with_the_words(machine: Machine) -> None:
    secret = await machine.enable()
    link = machine.state().link
    assert link is not None
    machine.deps.keys(machine.settings).delete(link.key_ref)
    machine.change(1)
    told = await machine.flush()
    assert told.failing is not None
    assert told.failing.code == KeyringError.code
    result = await machine.restore(secret)
    assert (result.linked, result.status.kind) == (True, BackupKind.SAVED)
    assert (await backups.drill(machine.settings, secret, deps=machine.deps)).equal


async def test_a_key_that_does_not_go_keeps_the_wallet(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    await machine.enable()
    monkeypatch.setattr(type(machine.keyring), "delete_password", lambda *_: None)
    with pytest.raises(KeyringError):
        await backups.factory_reset(machine.settings, on_box=False, deps=machine.deps)
    assert machine.settings.wallet.exists()
    with pytest.raises(KeyringError):
        await backups.disable(machine.settings, deps=machine.deps)
    assert machine.state().link is not None


# --- pairing ----------------------------------------------------------------------------------------------------


async def test_another_key_than_the_offers_is_never_paired_with(machine: Machine, box: MemoryBox) -> None:
    box.pin = b"\x22" * 32
    with pytest.raises(OtherBox):
        await backups.look_at_box(machine.settings, OFFER, deps=machine.deps)
    with pytest.raises(OtherBox):
        await backups.pair(machine.settings, OFFER, deps=machine.deps)
    assert "pair" not in box.asked
    assert machine.keyring.kept == {}


async def test_a_link_or_a_code_with_an_address_is_an_offer(machine: Machine) -> None:
    assert backups.read_offer(make_link(OFFER), deps=machine.deps) == OFFER
    code = backups.read_offer(make_code(OFFER), url=OFFER.url, deps=machine.deps)
    look = await backups.look_at_box(machine.settings, code, url=OFFER.url, deps=machine.deps)
    assert look.name == "Box in memory"
    with pytest.raises(InputError, match="address"):
        backups.read_offer(make_code(OFFER), deps=machine.deps)


async def test_unpairing_keeps_the_queue_and_pairing_again_goes_on(machine: Machine, box: MemoryBox) -> None:
    await machine.enable()
    result = await backups.unpair(machine.settings, deps=machine.deps)
    assert result.told_box
    assert backups.current_box(machine.settings) is None
    machine.change(1)
    told = await machine.flush()
    assert told.kind is BackupKind.FAILING
    assert "no Box is paired" in told.sentence
    await machine.pair()
    assert (await machine.flush()).kind is BackupKind.SAVED
    (kept,) = box.backups.values()
    assert len(kept.generations) == 2


async def test_another_box_takes_the_backups_under_the_same_words(machine: Machine) -> None:
    machine.change(1)
    secret = await machine.enable()
    machine.box = MemoryBox("the other Box", pin=b"\x33" * 32)
    offer = PairingOffer("https://other.test", b"\x33" * 32, b"t" * 16, 2**40, "the other Box")
    await backups.pair(machine.settings, offer, deps=machine.deps)
    told = await machine.flush()
    assert (told.kind, told.box_name) == (BackupKind.SAVED, "the other Box")
    assert (await backups.drill(machine.settings, secret, deps=machine.deps)).equal


async def test_a_box_that_is_gone_can_be_unpaired(machine: Machine, box: MemoryBox) -> None:
    await machine.pair()
    box.trip = _away
    result = await backups.unpair(machine.settings, deps=machine.deps)
    assert not result.told_box
    assert "revoked" in result.notes[0]
    assert machine.keyring.kept == {}


# --- kit and age key --------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines = 0
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [str(value) for name, value in attrs if name in ("src", "href")]
        self.lines += tag == "li"

    def handle_data(self, data: str) -> None:
        self.text += data


async def test_the_kit_has_the_box_and_the_words_only_when_asked(
    machine: Machine, second: Machine, box: MemoryBox
) -> None:
    box.name = "<b>Box & co</b>"
    secret = await machine.enable()
    words = backups.words_of(secret)
    blank, full = _Page(), _Page()
    blank.feed(backups.kit(machine.settings, deps=machine.deps))
    full.feed(backups.kit(machine.settings, words, deps=machine.deps))
    assert (blank.fetched, blank.lines) == ([], full.lines)
    assert "<b>Box & co</b>" in blank.text
    assert backups.fingerprint("11" * 32) in blank.text
    assert "2026-11-22" in blank.text
    assert all(word in full.text for word in words)
    await second.enable()
    others = _Page()
    others.feed(backups.kit(second.settings, deps=second.deps))
    # Some of the 2048 words are words of the kit itself: those stand in the kit of any other backup as well.
    assert not set(words) & (set(blank.text.split()) - set(others.text.split()))
    with pytest.raises(ValueError, match="24"):
        backups.kit(machine.settings, words[:12], deps=machine.deps)


async def test_the_age_key_is_the_one_of_the_words(machine: Machine) -> None:
    import pyrage

    secret = await machine.enable()
    with backups.age_key(secret) as key, owner_keys(secret) as keys:
        identity = pyrage.x25519.Identity.from_str(key.reveal().decode())
        assert str(identity.to_public()) == keys.age_recipient


async def test_no_secret_reaches_a_file_a_repr_or_an_error(machine: Machine, box: MemoryBox) -> None:
    secret = await machine.enable()
    machine.change(1)
    box.trip = _away
    told = await machine.flush()
    words = backups.words_of(secret)
    with owner_keys(secret) as keys, keys.age_identity_text() as identity:
        planted = [secret.reveal(), secret.reveal().hex().encode(), identity.reveal(), " ".join(words[:4]).encode()]
    stored = b"".join(path.read_bytes() for path in machine.folder.rglob("*") if path.is_file())
    stored += repr((told, machine.state(), backups.NewBackup(secret), machine.keyring.kept)).encode()
    assert not [one for one in planted if one in stored]


def _fail_at(step: str) -> Callable[[str], None]:
    def trip(at: str) -> None:
        if at == step:
            _away(at)

    return trip


def _away(_step: str) -> None:
    raise BoxError("the Box does not answer", "try later")
