"""The commands of the address book and of the vault, over a wallet that was imported from the samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from tests.support.cli_environment import clean
from tests.support.quick_passwords import quick_passwords
from tests.support.schema import reference_problems
from tests.support.wallet_file_commands import VAULT_PASSWORD, Answer, Commands, sample

SCHEMA = json.loads((resources.files("ledger_recovery.cli") / "output.schema.json").read_text(encoding="utf-8"))
OWN = "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6"
ALICE = "46QwP15oGBWkDP5u14vMRCnwLMbZnZaZpCxXHndLNKiGnvR7a9"


@pytest.fixture(name="cli")
def _cli(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Commands]:
    clean(monkeypatch, tmp_path)
    with quick_passwords():
        yield Commands(capsys, tmp_path / "wallet.sqlite")


def told(command: str, answer: Answer) -> Answer:
    """The answer, once it fits the schema."""
    said = {"command": command, "version": 1, "exit": answer.status, "result": answer.result, "error": answer.error}
    assert reference_problems(said, SCHEMA) == []
    return answer


def names(cli: Commands) -> dict[str, tuple[str, str | None]]:
    entries = told("address-book-list", cli.run("address-book", "list")).result["entries"]
    return {entry["address"]: (entry["name"], entry["note"]) for entry in entries}


def test_an_entry_from_its_first_day_to_its_last(cli: Commands) -> None:
    assert names(cli) == {}
    added = told("address-book-add", cli.run("address-book", "add", ALICE, "Alice", "--note", "rent"))
    assert added.result == {"address": ALICE, "changed": True}
    assert cli.run("address-book", "add", ALICE, "Alice", "--note", "rent").result["changed"] is False
    assert cli.run("address-book", "add", ALICE, "Bob").status == 2
    told("address-book-rename", cli.run("address-book", "rename", ALICE, "Ally"))
    told("address-book-note", cli.run("address-book", "note", ALICE, ""))
    assert names(cli) == {ALICE: ("Ally", None)}
    told("address-book-remove", cli.run("address-book", "remove", ALICE))
    assert names(cli) == {}
    assert cli.run("address-book", "remove", ALICE).status == 2


def test_renaming_an_own_account_and_keeping_it(cli: Commands) -> None:
    cli.opened("import", sample("desktop-export.json"))
    cli.run("address-book", "rename", OWN, "Mine")
    accounts = cli.run("accounts").result["accounts"]
    assert {a["name"] for a in accounts if a["address"] == OWN} == {"Mine"}
    refused = cli.run("address-book", "remove", OWN)
    assert (refused.status, OWN in names(cli)) == (2, True)


@pytest.mark.parametrize("address", ["", "no address", ALICE[:-1] + "8"])
def test_only_addresses_are_taken(cli: Commands, address: str) -> None:
    assert cli.run("address-book", "add", "--", address, "Alice", places=False).status == 2


def test_the_book_moves_to_another_wallet(cli: Commands, tmp_path: Path) -> None:
    cli.opened("import", sample("desktop-export.json"))
    file = tmp_path / "book.json"
    made = told("address-book-export", cli.run("address-book", "export", str(file)))
    assert made.result["entries"] == 8
    assert cli.run("address-book", "export", str(file)).status == 2
    assert cli.run("address-book", "export", str(file), "--replace").status == 0
    second = Commands(cli.capsys, tmp_path / "second.sqlite")
    second.run("address-book", "add", ALICE, "Ally")
    dry = told("address-book-import", second.run("address-book", "import", str(file), "--dry-run"))
    assert (dry.result["applied"], len(names(second))) == (0, 1)
    assert second.run("address-book", "import", str(file)).result["applied"] == 8
    assert {a: n for a, n in names(second).items() if a != ALICE} == {a: n for a, n in names(cli).items() if a != ALICE}
    assert names(second)[ALICE][0] == "Ally"
    assert second.run("address-book", "import", str(file)).result["nothing_new"] is True


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello", "damaged-file"),
        ("{}", "not-our-file"),
        ('{"format":"ledger-recovery address book","version":2,"entries":[]}', "newer-version"),
        ('{"format":"ledger-recovery address book","version":1,"entries":[{"name":"x"}]}', "damaged-file"),
        ('{"format":"ledger-recovery address book","version":1,"entries":[{"name":"x","address":"y"}]}', "bad-input"),
    ],
)
def test_what_is_no_book_is_refused(cli: Commands, tmp_path: Path, text: str, code: str) -> None:
    file = tmp_path / "book.json"
    file.write_text(text)
    refused = cli.run("address-book", "import", str(file))
    assert (refused.status, refused.error["code"]) == (2, code)
    assert not cli.wallet.exists()


def test_a_wallet_without_a_vault(cli: Commands) -> None:
    empty = told("vault-status", cli.run("vault", "status"))
    assert (empty.result["exists"], empty.result["items"]) == (False, [])
    cli.opened("import", sample("desktop-export.json"))
    assert cli.run("vault", "status").result["exists"] is False
    assert cli.run("vault", "change-password").status == 2


def test_another_password_for_the_vault(cli: Commands, tmp_path: Path) -> None:
    cli.unlocked("import", sample("mobile-export-android.json"))
    words = ("vault", "change-password", "--password-fd", "FD", "--new-password-fd", "FD")
    assert cli.run(*words, lines="wrong one\nnew password\n").status == 12
    assert cli.run(*words, lines=f"{VAULT_PASSWORD}\nshort\n").status == 2
    changed = told("vault-change-password", cli.run(*words, lines=f"{VAULT_PASSWORD}\nnew password\n"))
    assert changed.result["changed"] is True
    assert "final" in changed.said
    out = str(tmp_path / "out")
    assert cli.unlocked("export", "--format", "mobile-android", out).status == 12
    assert cli.unlocked("export", "--format", "mobile-android", out, vault="new password").status == 0


def test_forgetting_asks_first(cli: Commands) -> None:
    cli.unlocked("import", sample("mobile-export-android.json"))
    assert cli.run("vault", "forget").status == 2
    assert len(cli.run("vault", "status").result["items"]) == 5
    gone = told("vault-forget", cli.run("vault", "forget", "--yes"))
    assert gone.result["forgotten"] == 5
    assert cli.run("vault", "status").result["exists"] is False
