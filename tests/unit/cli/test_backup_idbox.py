"""backup import-idbox over a backup that the original Identity Box made."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.backup.idbox_samples import Sample, samples
from tests.unit.cli.backup_world import World, _world

__all__ = ["_world"]


@pytest.fixture(name="sample")
def _sample() -> Sample:
    return samples()[0]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, sample: Sample) -> Path:
    folder = tmp_path / sample.backup_id
    (folder / "did-docs").mkdir(parents=True)
    for name, text in sample.fields["box"]["files"].items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "backup").write_text(sample.bundle, encoding="utf-8")
    return folder


def taken(sample: Sample, path: Path, *options: str) -> tuple[tuple[str, ...], str]:
    """The command with words and Box password on one descriptor."""
    words = ("backup", "import-idbox", str(path), "--words-fd", "FD", "--box-password-fd", "FD", *options)
    return words, f"{sample.words}\n{sample.password.reveal().decode()}\n"


def test_identities_become_dids_and_contacts_become_peers(world: World, sample: Sample, folder: Path) -> None:
    first = world.computer()
    first.enable()
    command, lines = taken(sample, folder)
    dry = first.run(*command, "--dry-run", lines=lines)
    assert (dry.status, dry.result["applied"]) == (0, 0), dry.said
    assert first.run("did", "list").result["dids"] == []
    done = first.run(*command, lines=lines)
    assert (done.status, len(done.result["dids_restored"])) == (0, len(sample.own)), done.said
    assert done.said.rpartition("backup: ")[2].startswith("saved")
    assert len(first.run("did", "list").result["dids"]) == len(sample.own)
    assert {p["did"] for p in first.run("peer", "list").result["peers"]} >= set(sample.peers.values())
    assert first.run(*command, lines=lines).result["applied"] == 0


def test_without_a_box_the_peers_alone_can_come(world: World, sample: Sample, folder: Path) -> None:
    first = world.computer()
    command, lines = taken(sample, folder)
    assert first.run(*command, lines=lines).status == 2
    assert not first.wallet.exists()
    assert first.run(*command, "--peers-only", lines=lines).result["applied"] == len(sample.peers)
    assert first.run("did", "list").result["dids"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [(" ".join(["abandon"] * 23 + ["art"]), "not-words"), ("relax spirit", "not-words")],
    ids=["another-checksum", "too-few"],
)
def test_other_words_are_told(world: World, folder: Path, words: str, code: str) -> None:
    told = world.computer().run("backup", "import-idbox", str(folder), "--words-fd", "FD", lines=f"{words}\n")
    assert (told.status, told.error["code"]) == (2, code)
