"""The backup commands from the first word to the last, against a Box in memory."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from ledger_recovery.backup.entropy import new_secret
from ledger_recovery.backup.words import words_of
from ledger_recovery.cli import output
from ledger_recovery.errors import BoxError
from ledger_recovery.wallet.store import WalletStore
from tests.support.memory_box import MemoryBox
from tests.unit.cli.backup_world import PEER, World, _world

__all__ = ["_world"]
ALICE = "46QwP15oGBWkDP5u14vMRCnwLMbZnZaZpCxXHndLNKiGnvR7a9"
BOB = "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6"
OTHER = " ".join(words_of(new_secret()))


def away(box: MemoryBox) -> None:
    def trip(step: str) -> None:
        raise BoxError("the Identity Box does not answer", "is it on?")

    box.trip = trip


def snapshot(path: Path) -> object:
    with WalletStore.open(path) as store:
        return store.snapshot()


def test_from_pairing_to_a_restore_on_a_new_computer(world: World) -> None:
    first = world.computer()
    assert first.status() == "off"
    words = first.enable()
    assert len(words.split()) == 24
    assert first.status() == "saved"
    added = first.run("address-book", "add", ALICE, "Alice", "--note", "rent")
    assert added.said.startswith("backup: saved")
    first.run("did", "create", "work")
    assert first.run("backup", "verify").result["own_upload"] is True
    listed = first.run("backup", "list").result["generations"]
    assert [g["newest"] for g in listed] == [True] + [False] * (len(listed) - 1)
    drilled = first.with_words(words, "backup", "drill")
    assert (drilled.status, drilled.result["equal"]) == (0, True), drilled.result

    second = world.computer("second")
    second.pair()
    dry = second.with_words(words, "backup", "restore", "--dry-run")
    assert (dry.result["applied"], dry.result["linked"]) == (0, False)
    assert second.run("peer", "list").result["peers"] == []
    restored = second.with_words(words, "backup", "restore")
    assert (restored.status, restored.result["linked"]) == (0, True)
    assert restored.result["plan"]["holds"] == {**drilled.result["holds"]}
    assert snapshot(second.wallet) == snapshot(first.wallet)
    assert [p["did"] for p in second.run("peer", "list").result["peers"]] == [PEER]
    assert second.run("did", "show", "work").result == first.run("did", "show", "work").result
    again = second.with_words(words, "backup", "restore")
    assert (again.result["applied"], again.result["plan"]["nothing_new"]) == (0, True)


def test_a_box_that_is_away_delays_nothing_and_loses_nothing(world: World) -> None:
    first = world.computer()
    first.enable()
    away(world.box)
    added = first.run("address-book", "add", ALICE, "Alice")
    assert (added.status, added.result["changed"]) == (0, True)
    assert added.said.startswith("backup: failing")
    told = first.run("backup", "status")
    assert (told.status, told.result["status"]["kind"], told.error) == (19, "failing", None)
    assert first.run("backup", "now").status == 19
    world.box.trip = lambda step: None
    assert first.run("backup", "now").status == 0
    assert first.status() == "saved"


def test_a_defect_in_the_backup_does_not_change_what_the_command_did(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.computer()
    first.enable()

    def broken(step: str) -> None:
        raise ZeroDivisionError(OTHER)

    world.box.trip = broken
    added = first.run("address-book", "add", ALICE, "Alice")
    assert (added.status, added.result["changed"]) == (0, True)
    assert added.said.startswith("backup: queued; the program met a defect of its own: ZeroDivisionError")


def test_commands_say_nothing_of_backups_that_are_off(world: World) -> None:
    assert world.computer().run("address-book", "add", ALICE, "Alice").said == ""


def test_another_box_is_never_taken_silently(world: World) -> None:
    first = world.computer()
    first.enable()
    world.box = MemoryBox(name="Other", pin=b"\x22" * 32)
    refused = first.pair()
    assert (refused.status, refused.error["code"]) == (2, "bad-input")
    assert "paired with another Box: Box in memory" in refused.said
    assert "2222 2222" in refused.said
    assert world.box.asked == ["look"], "the one-time token was sent to nobody"


def test_a_box_with_another_key_than_the_links_is_refused(world: World) -> None:
    first = world.computer()
    refused = first.pair(pin=b"\x33" * 32)
    assert (refused.status, refused.error["code"]) == (19, "other-box")
    assert world.box.asked == ["look"]


@pytest.mark.parametrize("line", ["no link at all", "", "https://box.test/#lr9.AAAA"], ids=["text", "empty", "newer"])
def test_what_is_no_offer_is_refused_before_anybody_is_asked(world: World, line: str) -> None:
    first = world.computer()
    assert first.run("box", "pair", "--offer-fd", "FD", lines=f"{line}\n").status == 2
    assert first.run("box", "pair").status == 2, "no person, no descriptor"
    assert first.run("box", "pair", "--picture", "none.png").status == 2
    assert first.run("box", "pair", "--picture", "none.png", "--url", "https://box.test").status == 2
    assert world.box.asked == []


def test_unpairing_queues_and_says_so(world: World) -> None:
    first = world.computer()
    first.enable()
    assert first.run("box", "unpair").status == 2
    gone = first.run("box", "unpair", "--yes")
    assert gone.result["told_box"] is True
    assert first.status() == "failing"


@pytest.mark.parametrize(
    ("words", "code"),
    [("abandon " * 24, "not-words"), ("zoo", "not-words"), (OTHER, "no-such-backup")],
    ids=["all-same", "too-few", "unknown"],
)
def test_wrong_words_are_told_apart(world: World, words: str, code: str) -> None:
    first = world.computer()
    first.enable()
    refused = first.with_words(words, "backup", "restore")
    assert (refused.status, refused.error["code"]) == (2, code)


def test_an_older_generation_is_taken_only_when_it_is_meant(world: World) -> None:
    first = world.computer()
    words = first.enable()
    first.run("address-book", "add", ALICE, "Alice")
    kept = next(iter(world.box.backups.values()))
    hidden = kept.generations[1:]
    del kept.generations[1:]
    refused = first.with_words(words, "backup", "restore")
    assert (refused.status, refused.error["code"]) == (17, "rolled-back")
    assert first.run("backup", "verify").error["code"] == "rolled-back"
    assert first.with_words(words, "backup", "restore", "--accept-older").status == 0
    assert hidden


def test_two_computers_do_not_overwrite_each_other(world: World) -> None:
    first, second = world.computer(), world.computer("second")
    words = first.enable()
    second.pair()
    assert second.with_words(words, "backup", "restore").status == 0
    second.run("address-book", "add", BOB, "Bob")
    told = first.run("address-book", "add", ALICE, "Alice")
    assert told.said.startswith("backup: conflict")
    assert first.run("backup", "now").status == 19
    assert (first.run("backup", "status").status, first.status()) == (19, "conflict")
    assert first.with_words(words, "backup", "restore").status == 0
    assert first.status() == "saved"
    names = {entry["name"] for entry in first.run("address-book", "list").result["entries"]}
    assert names == {"Alice", "Bob"}
    assert first.with_words(words, "backup", "drill").result["equal"] is True


def test_disable_asks_and_then_nothing_is_saved(world: World) -> None:
    first = world.computer()
    words = first.enable()
    assert first.run("backup", "disable").status == 2
    assert first.run("backup", "disable", "--yes").status == 0
    assert first.status() == "off"
    assert list((world.folder / "state").rglob("*.json")) != [], "the pairing's key stays"
    assert first.run("address-book", "add", ALICE, "Alice").said == ""
    rejoined = first.with_words(words, "backup", "enable")
    assert rejoined.status == 0, rejoined.error


def test_rotating_needs_a_word_about_the_old_ones(world: World) -> None:
    first = world.computer()
    old = first.enable()
    assert first.with_words(old, "backup", "rotate").status == 2
    assert first.with_words(old, "backup", "rotate", "--delete-old", "--keep-days", "3").status == 2
    assert first.new_words("backup", "rotate", "--delete-old", "--words-fd", "FD", lines=f"{OTHER}\n")[0].status == 17
    told, new = first.new_words("backup", "rotate", "--delete-old", "--words-fd", "FD", lines=f"{old}\n")
    assert (told.status, told.result["old_removed"], new != old) == (0, True, True)
    assert first.with_words(old, "backup", "restore").error["code"] == "no-such-backup"
    assert first.with_words(new, "backup", "drill").result["equal"] is True
    kept, newer = first.new_words("backup", "rotate", "--keep-days", "30", "--words-fd", "FD", lines=f"{new}\n")
    assert kept.result["delete_after"] is not None
    assert newer not in (old, new)
    assert first.with_words(newer, "backup", "rotate", "--finish", "--delete-old").status == 2, "those are in use"
    assert first.with_words(new, "backup", "rotate", "--finish", "--delete-old").status == 0


def test_kits_and_keys_are_new_private_files(world: World, tmp_path: Path) -> None:
    first, kit, key = world.computer(), tmp_path / "kit.html", tmp_path / "key.txt"
    words = first.enable("--print-kit", str(kit))
    assert first.with_words(words, "backup", "kit", str(kit)).status == 2, "never replaced"
    full = tmp_path / "full.html"
    assert first.with_words(words, "backup", "kit", str(full)).result["with_words"] is True
    assert first.run("backup", "age-key", str(key), "--words-fd", "FD", lines=words, places=False).status == 0
    for path in (kit, full, key):
        assert path.stat().st_mode & 0o777 == 0o600
    assert key.read_text().startswith("AGE-SECRET-KEY-1")
    assert all(word in full.read_text() for word in words.split())
    assert words.split()[0] not in kit.read_text().split()
    assert first.run("backup", "age-key", str(key), "--words-fd", "FD", lines=words, places=False).status == 2
    assert first.run("backup", "kit", str(tmp_path / "none" / "kit.html")).status == 2


def test_a_kit_that_cannot_be_written_does_not_hide_that_backups_are_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.computer()
    first.pair()
    first.run("peer", "add", "anna", PEER)
    target = tmp_path / "kit.html"
    real = os.open

    def no_room(path: str | Path, *rest: int) -> int:
        if Path(path) == target:
            raise OSError(28, "No space left on device")
        return real(path, *rest)

    monkeypatch.setattr("ledger_recovery.cli.new_file.os.open", no_room)
    told, _ = first.new_words("backup", "enable", "--print-kit", str(target))
    assert (told.status, told.error["code"], told.result["kit"]) == (16, "storage", None)
    assert first.status() == "saved"


def test_enabling_without_a_person_or_a_descriptor_prepares_nothing(world: World) -> None:
    first = world.computer()
    first.pair()
    assert first.run("backup", "enable").status == 2
    assert first.run("backup", "enable", "--words-on-kit").status == 2
    assert first.status() == "off"


def test_no_words_are_shown_while_the_box_is_away(world: World, tmp_path: Path) -> None:
    """Nobody writes down 24 words only to hear that the Box does not answer."""
    first = world.computer()
    first.pair()
    away(world.box)
    told = tmp_path / "words"
    with told.open("w") as file:
        assert first.run("backup", "enable", "--new-words-fd", str(file.fileno())).status == 19
    assert told.read_text() == "" and first.status() == "off"


def test_a_factory_reset_says_what_goes_and_needs_the_typed_word(world: World) -> None:
    first = world.computer()
    words = first.enable()
    dry = first.run("factory-reset", "--dry-run")
    assert (dry.result["done"], dry.result["erased"], first.wallet.exists()) == (False, [], True)
    assert first.run("factory-reset").status == 2
    assert first.run("factory-reset", "--confirm", "yes").status == 2
    assert first.wallet.exists()
    done = first.with_words(words, "factory-reset", "--confirm", "erase", "--on-box")
    assert (done.result["done"], done.result["box_deleted"]) == (True, True)
    assert not first.wallet.exists()
    assert world.box.backups == {}
    assert list((world.folder / "state").rglob("machine-keys/*.json")) == []


def test_a_factory_reset_offers_a_backup_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.computer()
    first.enable()
    away(world.box)
    first.run("address-book", "add", ALICE, "Alice")
    monkeypatch.setattr(output, "interactive", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    stopped = first.run("factory-reset")
    assert stopped.status == 130
    assert "Make one first?" in stopped.said
    assert first.wallet.exists()
    world.box.trip = lambda step: None
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nerase all\n"))
    assert first.run("factory-reset").status == 130
    monkeypatch.setattr("sys.stdin", io.StringIO("erase\n"))
    assert first.run("factory-reset").result["done"] is True
    assert len(world.box.backups) == 1, "the Box keeps it"


def test_identifiers_from_their_first_day_to_their_last(world: World) -> None:
    first = world.computer()
    assert first.run("did", "list").result["dids"] == []
    assert first.run("did", "create", "work").status != 0
    first.enable()
    made = first.run("did", "create", "work").result["did"]
    assert made["document"]["id"] == made["did"]
    assert first.run("did", "list").result["dids"] == [made]
    assert first.run("did", "publish", "work").status == 0
    world.box.publishes = False
    assert first.run("did", "publish", "work").status == 19
    assert first.run("did", "delete", "work").status == 2
    assert first.run("did", "delete", "work", "--yes").result["keys_deleted"] is True
    assert first.run("did", "show", "work").status == 2
    assert first.run("peer", "remove", "anna").result["peer"]["did"] == PEER
    assert first.run("peer", "add", "x", "did:web:example").status == 2


def test_no_word_of_the_backup_is_ever_printed(world: World, tmp_path: Path) -> None:
    first = world.computer()
    words = first.enable("--print-kit", str(tmp_path / "kit.html"))
    for command in (("drill",), ("restore",), ("list",), ("kit", str(tmp_path / "two.html"))):
        assert first.with_words(words, "backup", *command).status == 0
    first.with_words(f"{words} {words.split()[0]}", "backup", "drill")
    everything = " ".join(world.heard)
    assert not [n for n in range(22) if " ".join(words.split()[n : n + 2]) in everything]


def test_a_person_reads_the_plan_and_may_say_no(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.computer()
    words = first.enable()
    second = world.computer("second")
    monkeypatch.setattr(output, "interactive", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert second.pair().status == 130, "the fingerprint is not the Box's"
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nn\n"))
    assert second.pair().status == 0
    refused = second.with_words(words, "backup", "restore")
    assert refused.status == 130
    assert "generation 1 of" in refused.said and "1 peer" in refused.said
    assert second.run("peer", "list").result["peers"] == []
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert second.with_words(words, "backup", "restore").status == 0
