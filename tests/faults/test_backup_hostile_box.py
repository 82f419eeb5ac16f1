"""A Box with the right key that lies: each lie has its own message, or is bounded, and never changes a wallet."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger_recovery.backup.bundle import open_bundle, seal
from ledger_recovery.backup.client import ClientTiming
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.pairing import PairingOffer, make_link
from ledger_recovery.errors import (
    BoxError,
    BoxRefused,
    DamagedFile,
    LedgerRecoveryError,
    NewerVersion,
    NoSuchBackup,
    NotOurFile,
    NotSignedByOwner,
    OtherBackup,
    RolledBack,
)
from ledger_recovery.recover.service import backups
from ledger_recovery.recover.service.backups import BackupKind
from ledger_recovery.recover.service.backups.machine import certified
from ledger_recovery.secret import SecretBytes
from tests.support.backups.computer import QUICK, Computer, new_computer
from tests.support.box_double import BoxIdentity, Reply, endless, hang, raw, reply
from tests.support.hostile_box import AT, BUNDLE, HEAD, PUT, TOKEN, HostileBox, Kept, bundle_reply, head_of, with_head

IMPATIENT = ClientTiming(connect=10, silence=0.3, short=1, long=1, attempts=1, first_wait=0, longest_wait=0)
MIB = 1 << 20
TEN_GB = 10_000_000_000
PIECE = bytes(MIB)


@dataclass(frozen=True)
class Scene:
    """`maker` saved generations 1 to 3; `other` has a wallet of its own and wants to restore them.

    `strangers`: generation 3 of somebody else. Both computers are copied for each test.
    """

    identity: BoxIdentity
    kept: Kept
    maker: Computer
    other: Computer
    secret: SecretBytes
    strangers: bytes

    @property
    def newest(self) -> bytes:
        return self.kept.bundles[3]


@asynccontextmanager
async def hostile_box(scene: Scene, folder: Path, *computers: Computer) -> AsyncIterator[HostileBox]:
    """The Box of the scene, honest so far; these computers know where it is."""
    async with HostileBox(folder, scene.identity, Kept(dict(scene.kept.bundles))) as box:
        for computer in computers:
            computer.moved(box.url)
        yield box


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return asyncio.run(_made(tmp_path_factory.mktemp("scene")))


async def _made(folder: Path) -> Scene:
    identity = BoxIdentity.make()
    maker, other, stranger = (new_computer(folder / name) for name in ("maker", "other", "stranger"))
    other.change(77)
    async with HostileBox(folder, identity, Kept()) as box:
        for computer in (maker, other):
            await computer.pair(_link(box))
        secret = await maker.enable()
        for number in (1, 2):
            maker.change(number)
            assert (await maker.flush()).kind is BackupKind.SAVED
        kept = Kept(dict(box.kept.bundles))
    async with HostileBox(folder, identity, Kept()) as box:
        await stranger.pair(_link(box))
        await stranger.enable()
        for number in (1, 2):
            stranger.change(number)
            assert (await stranger.flush()).kind is BackupKind.SAVED
        strangers = box.kept.bundles[3]
    return Scene(identity, kept, maker, other, secret, strangers)


def _link(box: HostileBox) -> str:
    return make_link(PairingOffer(box.url, box.pin, TOKEN, 2**40, "Hostile"))


# --- restoring ---------------------------------------------------------------------------------------------------


def gives(data: Callable[[Scene], bytes]) -> Callable[[HostileBox, Scene], None]:
    """The Box gives these bytes as generation 3, and tells their digest everywhere."""

    def lie(box: HostileBox, scene: Scene) -> None:
        box.kept.bundles[3] = data(scene)

    return lie


def gives_unlisted(data: Callable[[Scene], bytes]) -> Callable[[HostileBox, Scene], None]:
    """The same, but the list tells the true ones."""

    def lie(box: HostileBox, scene: Scene) -> None:
        box.lie(BUNDLE, bundle_reply(data(scene)))

    return lie


def lists(**fields: object) -> Callable[[HostileBox, Scene], None]:
    """The list has these values for the newest generation."""

    def lie(box: HostileBox, scene: Scene) -> None:
        box.lie(HEAD, reply(200, box.kept.head(None, **fields)))

    return lie


def answers(reply_to_bundle: Reply) -> Callable[[HostileBox, Scene], None]:
    def lie(box: HostileBox, scene: Scene) -> None:
        box.lie(BUNDLE, reply_to_bundle)

    return lie


def says(reply_to_head: Reply) -> Callable[[HostileBox, Scene], None]:
    def lie(box: HostileBox, scene: Scene) -> None:
        box.lie(HEAD, reply_to_head)

    return lie


def _forged(scene: Scene) -> bytes:
    """A whole, well-made bundle under the person's ID, of an owner key that the forger drew."""
    with owner_keys(scene.secret) as real, owner_keys(SecretBytes(secrets.token_bytes(32))) as forger:
        content = open_bundle(scene.newest, real).content
        forger.backup_id, recipient = real.backup_id, real.age_recipient
        with certified(forger, SecretBytes(secrets.token_bytes(32)), AT) as machine:
            assert machine.certificate is not None and machine.upload is not None
            return seal(
                content,
                recipient=recipient,
                certificate=machine.certificate,
                upload_key=machine.upload,
                generation=3,
                previous="",
                created=AT,
            )


def _renumbered(scene: Scene) -> bytes:
    return with_head(scene.kept.bundles[1], head_of(scene.kept.bundles[1]) | {"generation": 3})


def _flipped(scene: Scene) -> bytes:
    return scene.newest[:-1] + bytes([scene.newest[-1] ^ 1])


def _version_2(scene: Scene) -> bytes:
    return scene.newest.replace(b"ledger-recovery-backup 1\n", b"ledger-recovery-backup 2\n", 1)


LIES: dict[str, tuple[Callable[[HostileBox, Scene], None], type[LedgerRecoveryError], str]] = {
    "an older one under the newest number": (
        gives_unlisted(lambda s: s.kept.bundles[1]),
        OtherBackup,
        "generation 3 was asked for, and this is generation 1",
    ),
    "an older one, renumbered": (gives(_renumbered), NotSignedByOwner, "its head is not signed by the machine"),
    "somebody else's": (gives(lambda s: s.strangers), OtherBackup, "belongs to other words"),
    "a forgery of another owner": (gives(_forged), NotSignedByOwner, "the owner key that signed it is not yours"),
    "one with a changed head": (
        gives(lambda s: with_head(s.newest, head_of(s.newest) | {"created": "2031-01-01T00:00:00Z"})),
        NotSignedByOwner,
        "its head is not signed by the machine that the owner certified",
    ),
    "one that is cut": (gives(lambda s: s.newest[:-100]), DamagedFile, "is cut off: "),
    "one that is cut in its head": (gives(lambda s: s.newest[:2000]), DamagedFile, "cut off in its head"),
    "one with a changed bit": (gives(_flipped), DamagedFile, "its content does not fit the digest"),
    "one that is lengthened": (gives(lambda s: s.newest + b"x"), DamagedFile, "1 bytes behind its end"),
    "one of a newer program": (gives(_version_2), NewerVersion, "format 2"),
    "something else": (gives(lambda s: b"<html>welcome</html>" * 300), NotOurFile, "not a backup of this program"),
    "nothing": (gives(lambda s: b""), NotOurFile, "not a backup"),
    "another digest than the bytes have": (
        answers(reply(200, b"x" * 5000, etag='"' + "ab" * 32 + '"')),
        DamagedFile,
        "does not have the digest that it tells",
    ),
    "a list with a number that is not there": (lists(generation=7), NoSuchBackup, "no backup for these words"),
    "a list with another digest": (lists(digest="cd" * 32), OtherBackup, "another bundle than the one that it lists"),
    "an empty list": (says(reply(200, {"newest": None, "generations": []})), NoSuchBackup, "no generation of their"),
    "a list of nonsense": (lists(size=-1), BoxError, "size"),
    "a list without end": (
        says(endless(b"HTTP/1.1 200 x\r\n\r\n", b"[" * 65536)),
        BoxError,
        "larger than the",
    ),
    "an error at the list": (says(reply(500, b"oops")), BoxError, "status 500"),
    "an error at the bundle": (
        answers(reply(503, {"code": "busy", "sentence": "later"})),
        BoxRefused,
        r"refused \(status 503, busy\)",
    ),
    "silence": (says(hang), BoxError, "fell silent|did not finish"),
    "silence in the middle": (
        answers(raw(b'HTTP/1.1 200 x\r\ncontent-length: 5000\r\netag: "' + b"ab" * 32 + b'"\r\n\r\nhalf')),
        BoxError,
        "fell silent|did not finish",
    ),
    "ten gigabytes, announced": (
        answers(raw(b"HTTP/1.1 200 x\r\ncontent-length: %d\r\n\r\n" % TEN_GB)),
        BoxError,
        "larger than the 67108864 bytes",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_told_and_restores_nothing(scene: Scene, tmp_path: Path, lie: str) -> None:
    tell, kind, sentence = LIES[lie]
    computer = scene.other.copy(tmp_path / "other")
    computer.timing = IMPATIENT if "silence" in lie else QUICK
    async with hostile_box(scene, tmp_path, computer) as box:
        before = computer.everything()
        tell(box, scene)
        for attempt in (computer.restore, _planned(computer), _drilled(computer)):
            with pytest.raises(kind, match=sentence) as caught:
                await attempt(scene.secret)
            assert caught.type is kind
    assert computer.everything() == before
    assert computer.state().link is None, "it must not save under these words"


def _planned(computer: Computer) -> Callable[[SecretBytes], Awaitable[object]]:
    return lambda secret: backups.plan_restore(computer.settings, secret, deps=computer.deps)


def _drilled(computer: Computer) -> Callable[[SecretBytes], Awaitable[object]]:
    return lambda secret: backups.drill(computer.settings, secret, deps=computer.deps)


async def test_the_same_box_restores_while_it_is_honest(scene: Scene, tmp_path: Path) -> None:
    computer = scene.other.copy(tmp_path / "other")
    async with hostile_box(scene, tmp_path, computer):
        result = await computer.restore(scene.secret)
    assert (result.linked, result.status.kind) == (True, BackupKind.SAVED)
    assert computer.entries() == {"entry 1", "entry 2", "entry 77"}


async def test_ten_gigabytes_are_not_read_to_the_end(scene: Scene, tmp_path: Path) -> None:
    sent = 0

    async def flood(_asked: object, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 x\r\n\r\n")
        while sent < TEN_GB:
            writer.write(PIECE)
            await writer.drain()
            sent += MIB

    computer = scene.other.copy(tmp_path / "other")
    async with hostile_box(scene, tmp_path, computer) as box:
        before = computer.everything()
        box.lie(BUNDLE, flood)
        with pytest.raises(BoxError, match="larger than the 67108864 bytes"):
            await computer.restore(scene.secret)
    assert computer.everything() == before
    assert 64 * MIB <= sent < 80 * MIB


# --- an old state ------------------------------------------------------------------------------------------------


async def test_an_old_state_is_told_to_who_has_seen_a_newer_one(scene: Scene, tmp_path: Path) -> None:
    computer = scene.maker.copy(tmp_path / "maker")
    async with hostile_box(scene, tmp_path, computer) as box:
        before = computer.everything()
        box.lie(HEAD, reply(200, box.kept.head(2)))
        with pytest.raises(RolledBack, match="is generation 2, and generation 3 was there before"):
            await backups.verify(computer.settings, deps=computer.deps)
        with pytest.raises(RolledBack, match="this computer has already seen generation 3"):
            await computer.restore(scene.secret)
        drilled = await backups.drill(computer.settings, scene.secret, deps=computer.deps)
        assert any("already seen" in warning for warning in drilled.warnings)
        assert not drilled.equal
        plan = await backups.plan_restore(computer.settings, scene.secret, deps=computer.deps)
    assert (plan.generation, plan.rolled_back) == (2, True)
    assert computer.everything() == before


async def test_who_has_seen_nothing_is_shown_number_and_date(scene: Scene, tmp_path: Path) -> None:
    computer = scene.other.copy(tmp_path / "other")
    async with hostile_box(scene, tmp_path, computer) as box:
        box.lie(HEAD, reply(200, box.kept.head(1)))
        plan = await backups.plan_restore(computer.settings, scene.secret, deps=computer.deps)
    assert (plan.generation, plan.created) == (1, head_of(scene.kept.bundles[1])["created"])


# --- saving ------------------------------------------------------------------------------------------------------

UPLOAD_LIES: dict[str, tuple[Callable[[HostileBox, Scene], None], BackupKind, str]] = {
    "an error at the list": (says(reply(500, b"oops")), BackupKind.FAILING, "status 500"),
    "an error at the upload": (
        lambda box, scene: box.lie(PUT, reply(507, {"code": "full", "sentence": "full"})),
        BackupKind.FAILING,
        "no room",
    ),
    "another digest as stored": (
        lambda box, scene: box.lie(PUT, reply(201, {"generation": 4, "digest": "ab" * 32, "stored_at": AT})),
        BackupKind.FAILING,
        "confirms another backup",
    ),
    "a forgery as the newest": (
        lambda box, scene: box.kept.bundles.update({4: _renumbered(scene)}),
        BackupKind.CONFLICT,
        "not a good one",
    ),
    "a conflict out of nothing": (
        lambda box, scene: box.lie(PUT, reply(412, {"code": "conflict", "sentence": "no", "newest": None})),
        BackupKind.CONFLICT,
        "nothing was overwritten",
    ),
    "silence": (says(hang), BackupKind.FAILING, "fell silent|did not finish"),
}


@pytest.mark.parametrize("lie", UPLOAD_LIES)
async def test_a_lie_about_an_upload_keeps_the_change_queued(scene: Scene, tmp_path: Path, lie: str) -> None:
    tell, kind, sentence = UPLOAD_LIES[lie]
    computer = scene.maker.copy(tmp_path / "maker")
    computer.timing = IMPATIENT if lie == "silence" else QUICK
    async with hostile_box(scene, tmp_path, computer) as box:
        computer.change(4)
        before = computer.everything()
        tell(box, scene)
        told = await computer.flush()
        assert told.kind is kind, told.sentence
        assert told.failing is not None
        assert re.search(sentence, told.failing.sentence), told.failing.sentence
        assert computer.state().pending is not None
        assert computer.everything() == before
        box.lies.clear()
        box.kept.bundles.pop(4, None)
        assert (await computer.flush()).kind is BackupKind.SAVED
        assert (await computer.on_box(scene.secret)).entries == {"entry 1", "entry 2", "entry 4"}


async def test_an_upload_that_was_only_said_to_be_stored_is_found_out(scene: Scene, tmp_path: Path) -> None:
    computer = scene.maker.copy(tmp_path / "maker")
    async with hostile_box(scene, tmp_path, computer) as box:
        computer.change(4)
        assert (await computer.flush()).kind is BackupKind.SAVED
        box.kept.bundles.pop(4)
        with pytest.raises(RolledBack):
            await backups.verify(computer.settings, deps=computer.deps)
        computer.change(5)
        assert (await computer.flush()).kind is BackupKind.SAVED
        assert sorted(box.kept.bundles) == [1, 2, 3, 5], "a number that was used is never used again"
        assert (await computer.on_box(scene.secret)).entries == {"entry 1", "entry 2", "entry 4", "entry 5"}
