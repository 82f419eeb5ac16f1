"""export, import, inspect and verify over the sample files: the real program, service and formats."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.cli import output, password
from ledger_recovery.errors import Cancelled, ExitStatus, InputError, StorageError
from ledger_recovery.files.cbc import decrypt
from ledger_recovery.files.container import parse_container
from ledger_recovery.files.reading import open_file
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.store import WalletStore
from tests.support.cli_environment import clean
from tests.support.quick_passwords import quick_passwords
from tests.support.schema import reference_problems
from tests.support.wallet_file_commands import PASSWORD, VAULT_PASSWORD, VECTORS, Commands, sample

SCHEMA = json.loads((resources.files("ledger_recovery.cli") / "output.schema.json").read_text(encoding="utf-8"))
DESKTOP = sample("desktop-export.json")
OLD = sample("desktop-export-old.json")
HEX = sample("desktop-export-v0.3-hex.json")
ANDROID = sample("mobile-export-android.json")
IOS = sample("mobile-export-ios.json")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean(monkeypatch, tmp_path)


@pytest.fixture(name="cli")
def _cli(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Commands]:
    with quick_passwords():
        yield Commands(capsys, tmp_path / "wallet.sqlite")


def snapshot(cli: Commands) -> object:
    with WalletStore.open(cli.wallet) as store:
        return store.snapshot()


def inner(path: str) -> Any:
    return json.loads(decrypt(parse_container(Path(path).read_bytes()), SecretBytes(PASSWORD.encode())))


def test_a_dry_run_tells_every_decision_and_makes_no_wallet(cli: Commands) -> None:
    told = cli.opened("import", DESKTOP, "--dry-run")
    assert told.status == 0
    assert {d["outcome"] for d in told.result["decisions"]} == {"added"}
    assert all(d["reason"] for d in told.result["decisions"])
    assert told.result["applied"] == 0
    assert not cli.wallet.exists()


def test_a_first_file_of_another_network_than_the_chosen_one_is_said_before(cli: Commands) -> None:
    """It binds the wallet to its network: a mainnet wallet must not become a testnet one without a word."""
    other = cli.opened("import", ANDROID, "--dry-run")
    assert any("is of testnet" in note and "set to mainnet" in note for note in other.result["notes"])
    meant = cli.opened("import", ANDROID, "--network", "testnet", "--dry-run")
    assert not any("set to" in note for note in meant.result["notes"])


def test_a_desktop_file_goes_in_and_comes_out_equal(cli: Commands, tmp_path: Path) -> None:
    assert cli.opened("import", DESKTOP).result["applied"] > 0
    out = str(tmp_path / "out.json")
    made = cli.opened("export", "--format", "desktop", out)
    assert made.result["weak"] is True
    assert "10,000 rounds" in made.said
    assert sorted(map(str, inner(out)["addressBook"])) == sorted(map(str, inner(DESKTOP)["addressBook"]))
    before = snapshot(cli)
    again = Commands(cli.capsys, tmp_path / "second.sqlite")
    assert again.opened("import", out).status == 0
    assert snapshot(again) == before


@pytest.mark.parametrize("file", [DESKTOP, OLD, HEX, ANDROID, IOS], ids=lambda f: Path(f).stem)
def test_importing_twice_changes_nothing(cli: Commands, file: str) -> None:
    first = cli.unlocked("import", file, "--yes")
    assert first.status == 0, first.error
    before = snapshot(cli)
    second = cli.opened("import", file, "--yes")
    assert second.result["nothing_new"] is True
    assert second.result["applied"] == 0
    assert snapshot(cli) == before


def test_our_own_format_carries_the_whole_wallet(cli: Commands, tmp_path: Path) -> None:
    cli.opened("import", DESKTOP)
    out = str(tmp_path / "wallet.lrx")
    made = cli.opened("export", out)
    assert (made.result["format"], made.result["weak"], made.result["accounts"]) == ("own", False, 6)
    assert Path(out).stat().st_mode & 0o777 == 0o600
    second = Commands(cli.capsys, tmp_path / "second.sqlite")
    second.opened("import", out)
    assert snapshot(second) == snapshot(cli)


def test_a_file_that_is_there_is_replaced_only_when_told(cli: Commands, tmp_path: Path) -> None:
    cli.opened("import", DESKTOP)
    out = tmp_path / "wallet.lrx"
    out.write_text("mine")
    refused = cli.opened("export", str(out))
    assert (refused.status, out.read_text()) == (2, "mine")
    assert cli.opened("export", str(out), "--replace").status == 0
    assert cli.opened("verify", str(out)).status == 0


def test_an_export_that_cannot_be_written_leaves_the_old_file(
    cli: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.opened("import", DESKTOP)
    out = tmp_path / "wallet.lrx"
    out.write_text("mine")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    refused = cli.opened("export", str(out), "--replace")
    assert (refused.status, refused.error["code"], out.read_text()) == (16, "storage", "mine")
    assert sorted(p.name for p in tmp_path.glob(".*.new")) == []


def test_an_export_that_reads_back_as_another_wallet_is_not_saved(
    cli: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.opened("import", DESKTOP)
    old = Path(OLD).read_bytes()
    monkeypatch.setattr(
        "ledger_recovery.recover.service.wallet_files.exporting.open_file", lambda data, secret: open_file(old, secret)
    )
    refused = cli.opened("export", "--format", "desktop", str(tmp_path / "out.json"))
    assert refused.error["code"] == StorageError.code
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("command", ["import", "verify", "inspect"])
def test_a_wrong_password_ends_with_its_own_status(cli: Commands, command: str) -> None:
    told = cli.opened(command, DESKTOP, password="not the password", places=command != "inspect")
    assert (told.status, told.error["code"]) == (12, "wrong-password")
    assert "not the password" not in told.said
    assert not cli.wallet.exists()


def test_a_file_of_another_network_is_refused_with_both_hashes(cli: Commands) -> None:
    cli.opened("import", DESKTOP)
    before = snapshot(cli)
    told = cli.opened("import", ANDROID, "--yes")
    assert (told.status, told.error["code"]) == (2, "other-network")
    assert all(hash_ in told.error["sentence"] for hash_ in ("3dd3ce6c01f0c7c4", "4221332d34e16941"))
    assert snapshot(cli) == before


def test_a_file_that_names_no_network_needs_consent(cli: Commands) -> None:
    told = cli.opened("import", OLD)
    assert (told.status, told.error["code"]) == (2, "bad-input")
    assert not cli.wallet.exists()
    assert cli.opened("import", OLD, "--yes").status == 0


def test_keys_of_a_phone_go_to_the_vault_and_nowhere_else(cli: Commands) -> None:
    refused = cli.opened("import", ANDROID)
    assert refused.status == 2
    assert not cli.wallet.exists()
    assert cli.unlocked("import", ANDROID).status == 0
    held = cli.run("vault", "status").result
    assert {item["purpose"] for item in held["items"]} == {"mobile identity", "mobile account"}
    stored = b"".join(p.read_bytes() for p in cli.wallet.parent.glob(f"{cli.wallet.name}*"))
    secrets = json.loads((VECTORS / "mobile-export-android.plain.json").read_text())["value"]["identities"]
    for identity in secrets:
        assert identity["privateIdObjectData"]["aci"]["prfKey"].encode() not in stored
        for account in identity["accounts"]:
            assert account["accountKeys"]["keys"]["0"]["keys"]["0"]["signKey"].encode() not in stored


@pytest.mark.parametrize(
    ("source", "form"),
    [(ANDROID, "mobile-android"), (IOS, "mobile-ios"), (ANDROID, "own")],
    ids=["android", "ios", "own"],
)
def test_mobile_content_survives_the_vault(cli: Commands, tmp_path: Path, source: str, form: str) -> None:
    cli.unlocked("import", source)
    out = str(tmp_path / "out")
    made = cli.unlocked("export", "--format", form, out)
    assert made.result["keys"] is True
    second = Commands(cli.capsys, tmp_path / "second.sqlite")
    assert second.unlocked("import", out).status == 0
    assert second.run("vault", "status").result["items"] == cli.run("vault", "status").result["items"]
    if form != "own":
        wanted, got = inner(source)["value"], inner(out)["value"]
        assert _by_key(got["identities"]) == _by_key(wanted["identities"])
        assert {r["address"] for r in got["recipients"]} == {r["address"] for r in wanted["recipients"]}


def _by_key(identities: list[dict[str, Any]]) -> dict[str, Any]:
    """Identities by key with their accounts by address; names of accounts follow the address book."""
    return {
        row["privateIdObjectData"]["aci"]["prfKey"]: (
            {k: v for k, v in row.items() if k != "accounts"},
            {a["address"]: {k: v for k, v in a.items() if k != "name"} for a in row["accounts"]},
        )
        for row in identities
    }


def test_mobile_export_carries_the_names_of_the_address_book(cli: Commands, tmp_path: Path) -> None:
    cli.unlocked("import", ANDROID)
    address = inner(ANDROID)["value"]["identities"][0]["accounts"][0]["address"]
    cli.run("address-book", "rename", address, "Renamed")
    out = str(tmp_path / "out")
    cli.unlocked("export", "--format", "mobile-android", out)
    names = {a["address"]: a["name"] for i in inner(out)["value"]["identities"] for a in i["accounts"]}
    assert names[address] == "Renamed"


def test_what_cannot_cross_is_refused_with_what_to_do(cli: Commands, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    cli.unlocked("import", ANDROID)
    told = cli.opened("export", "--format", "desktop", out)
    assert (told.status, "mobile-android" in told.error["hint"]) == (2, True)
    ledger = Commands(cli.capsys, tmp_path / "ledger.sqlite")
    ledger.opened("import", DESKTOP)
    told = ledger.opened("export", "--format", "mobile-ios", out)
    assert (told.status, "--format desktop" in told.error["hint"]) == (2, True)
    assert not Path(out).exists()


def test_our_format_says_so_when_the_vault_stays_out(cli: Commands, tmp_path: Path) -> None:
    cli.unlocked("import", ANDROID)
    made = cli.opened("export", "--without-vault", str(tmp_path / "out"))
    assert made.result["keys"] is False
    assert made.result["warnings"] == ["the private keys in the vault are not in this file"]
    lacks = cli.opened("verify", str(tmp_path / "out"))
    assert lacks.status == ExitStatus.UNKNOWNS
    assert len(lacks.result["file_lacks"]["accounts"]) == 3


def test_verify_tells_what_a_backup_lacks(cli: Commands, tmp_path: Path) -> None:
    alone = cli.opened("verify", OLD)
    assert (alone.status, alone.result["compared"]) == (0, False)
    assert not cli.wallet.exists()
    cli.opened("import", DESKTOP)
    lacks = cli.opened("verify", OLD)
    assert lacks.status == ExitStatus.UNKNOWNS
    assert len(lacks.result["file_lacks"]["accounts"]) == 4
    assert lacks.result["wallet_lacks"]["accounts"] == []
    assert cli.opened("verify", DESKTOP).status == 0


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (DESKTOP, "Desktop Wallet"),
        (HEX, "0.2 or 0.3"),
        (IOS, "Mobile Wallet"),
    ],
    ids=lambda v: Path(v).stem,
)
def test_inspect_needs_no_password_for_the_kind(cli: Commands, file: str, sentence: str) -> None:
    told = cli.run("inspect", file, places=False)
    assert sentence in told.result["sentence"]
    assert told.result["contents"] is None


def test_inspect_shows_keys_as_present_only(cli: Commands) -> None:
    told = cli.opened("inspect", ANDROID, places=False)
    assert told.result["contents"]["keys"] is True
    plain = json.loads((VECTORS / "mobile-export-android.plain.json").read_text())
    shown = json.dumps(told.result)
    for identity in plain["value"]["identities"]:
        assert identity["privateIdObjectData"]["aci"]["prfKey"] not in shown
        assert identity["privateIdObjectData"]["randomness"] not in shown
        assert all(account["encryptionSecretKey"] not in shown for account in identity["accounts"])


def test_what_is_no_wallet_file_is_told_without_a_password(cli: Commands, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    told = cli.run("inspect", str(file), places=False)
    assert (told.status, told.error["code"]) == (2, "not-our-file")


@pytest.mark.parametrize("format_", ["own", "desktop", "mobile-android"])
def test_every_answer_fits_the_schema(cli: Commands, tmp_path: Path, format_: str) -> None:
    out = str(tmp_path / "out")
    steps: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("import", ("import", IOS if "mobile" in format_ else DESKTOP)),
        ("export", ("export", "--format", format_, out)),
        ("verify", ("verify", out)),
        ("inspect", ("inspect", out)),
    )
    for name, words in steps:
        places = name != "inspect"
        told = cli.unlocked(*words) if name in ("import", "export") else cli.opened(*words, places=places)
        said = {"command": name, "version": 1, "exit": told.status, "result": told.result, "error": told.error}
        assert reference_problems(said, SCHEMA) == [], name
        assert told.result is not None, told.error


def test_nobody_to_ask_is_told_with_the_option(cli: Commands) -> None:
    told = cli.run("import", DESKTOP)
    assert (told.status, "--password-fd" in told.error["hint"]) == (2, True)


def test_a_new_password_is_typed_twice_and_may_not_be_short(
    cli: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.opened("import", DESKTOP)
    out = str(tmp_path / "out.lrx")
    monkeypatch.setattr(output, "interactive", lambda: True)
    typed: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: typed.pop(0))
    for answers, sentence in ((["12345"], "fewer than 6"), (["123456", "1234567"], "not equal")):
        typed[:] = answers
        assert sentence in cli.run("export", out).error["sentence"]
    typed[:] = ["123456", "123456"]
    made = cli.run("export", out)
    assert made.status == 0
    assert "can be guessed" in made.said
    assert cli.opened("verify", out, password="123456").status == 0


@pytest.mark.parametrize(("answer", "status"), [("n\n", 130), ("", 130), ("y\n", 0), ("\n", 0)])
def test_a_person_reads_the_plan_and_decides(
    cli: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, status: int
) -> None:
    monkeypatch.setattr(output, "interactive", lambda: True)
    (tmp_path / "answers").write_text(answer)
    with (tmp_path / "answers").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        told = cli.opened("import", DESKTOP)
    assert told.status == status
    assert "Joint savings" in told.said
    assert cli.wallet.exists() is (status == 0)


def test_a_descriptor_gives_one_line_a_time() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"first\r\nsecond")
    os.close(writing)
    with password.known_password(reading, "x") as one, password.known_password(reading, "x") as two:
        assert (one.reveal(), two.reveal()) == (b"first", b"second")
    with pytest.raises(InputError, match="gives no password"):
        password.known_password(reading, "x")
    os.close(reading)
    with pytest.raises(InputError, match="cannot be read"):
        password.known_password(reading, "x")


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_a_prompt_that_is_left_cancels(monkeypatch: pytest.MonkeyPatch, error: type[BaseException]) -> None:
    def leave(prompt: str, stream: object) -> str:
        raise error

    monkeypatch.setattr(output, "interactive", lambda: True)
    monkeypatch.setattr("getpass.getpass", leave)
    with pytest.raises(Cancelled):
        password.known_password(None, "the file")


def test_the_strength_hint_is_for_weak_passwords_only() -> None:
    assert password.strength_hint("letmein")
    assert password.strength_hint("a" * 40)
    assert not password.strength_hint("correct horse battery staple")


def test_the_vault_password_is_asked_for_its_own_vault(cli: Commands) -> None:
    cli.unlocked("import", ANDROID)
    cli.run("vault", "forget", "--yes")
    cli.unlocked("import", ANDROID, vault="another one")
    wrong = cli.unlocked("export", "--format", "mobile-android", str(cli.wallet.parent / "x"), vault=VAULT_PASSWORD)
    assert (wrong.status, wrong.error["code"]) == (12, "wrong-password")


def test_keys_and_rows_enter_together_or_not_at_all(cli: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    WalletStore.create(cli.wallet).close()
    empty = snapshot(cli)

    def fail(connection: object, change: object) -> bool:
        raise StorageError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr("ledger_recovery.wallet.writer.write_vault", fail)
        assert cli.unlocked("import", ANDROID).error["sentence"] == "the disk is gone"
    assert snapshot(cli) == empty
    assert cli.run("vault", "status").result["exists"] is False


def test_an_import_waits_for_nobody_and_disturbs_nobody(cli: Commands) -> None:
    with WalletStore.create(cli.wallet) as store, store.exclusive():
        told = cli.opened("import", DESKTOP)
        assert (told.status, told.error["code"]) == (16, "wallet-busy")
        assert store.snapshot().accounts == ()
