"""The vault in a wallet file: secrets in with the rest of an import or not at all, out with the password.

Passwords cost next to nothing here (`CHEAP`); that new vaults get the full cost is tested beside the codec.
"""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.errors import InputError, StorageError, WrongPassword
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet import vault_codec as codec
from ledger_recovery.wallet.changes import AddAddressBookEntry, Change
from ledger_recovery.wallet.store import WalletStore
from ledger_recovery.wallet.vault import Vault
from ledger_recovery.wallet.vault_model import STRONG, VaultCost, VaultEntry, VaultHeader, VaultStatus
from tests.unit.wallet import rows
from tests.unit.wallet.test_durability import failing

CHEAP = VaultCost(memory_kib=8, iterations=1, lanes=1)
PLAIN = b"sign key 5ec2e7"


def secret(data: bytes = PLAIN) -> SecretBytes:
    return SecretBytes(data)


def password(text: str = "correct horse") -> SecretBytes:
    return SecretBytes(text.encode())


@pytest.fixture(name="vault")
def _vault(store: WalletStore) -> Vault:
    return store.vault(CHEAP)


@pytest.fixture(name="filled")
def _filled(store: WalletStore, vault: Vault) -> Vault:
    with vault.open_or_prepare(password()) as unlocked:
        store.apply([*unlocked.put("mobile-export", "phone", secret())])
    with vault.unlock(password()) as unlocked:
        store.apply([*unlocked.put("mobile-export", "tablet", secret(b"other"))])
    return vault


def held(vault: Vault, name: str = "phone", text: str = "correct horse") -> bytes:
    with vault.unlock(password(text)) as unlocked, unlocked.get("mobile-export", name) as found:
        return found.reveal()


def everything_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()) if file.is_file())


def test_a_wallet_of_ledger_accounts_has_no_vault(store: WalletStore, vault: Vault) -> None:
    store.apply(rows.EVERYTHING)
    assert vault.status() == VaultStatus(exists=False)
    for use in (lambda: vault.unlock(password()), lambda: vault.change_password(password(), password())):
        with pytest.raises(InputError, match="no vault"):
            use()
    assert vault.forget() == 0


def test_secrets_come_back_after_the_file_was_closed(filled: Vault, store: WalletStore, wallet_path: Path) -> None:
    store.close()
    with WalletStore.open(wallet_path) as reopened:
        vault = reopened.vault(CHEAP)
        assert held(vault) == PLAIN
        assert held(vault, "tablet") == b"other"
        entries = (VaultEntry("mobile-export", "phone", len(PLAIN)), VaultEntry("mobile-export", "tablet", 5))
        assert vault.status() == VaultStatus(True, CHEAP, entries)
        assert reopened.integrity_check() == ()


def test_the_usual_cost_of_a_new_vault_is_the_strong_one(store: WalletStore) -> None:
    with store.vault().open_or_prepare(password()) as unlocked:
        store.apply([*unlocked.put("p", "n", secret())])
    assert store.vault().status().cost == STRONG


def test_a_vault_that_nothing_is_put_into_is_never_stored(store: WalletStore, vault: Vault) -> None:
    with vault.open_or_prepare(password()):
        pass
    assert not vault.status().exists


def test_putting_the_same_again_changes_nothing(filled: Vault, store: WalletStore) -> None:
    with filled.open_or_prepare(password()) as unlocked:
        assert unlocked.put("mobile-export", "phone", secret()) == ()


def test_another_secret_of_the_same_name_replaces_only_when_told_to(filled: Vault, store: WalletStore) -> None:
    with filled.unlock(password()) as unlocked:
        with pytest.raises(InputError, match="holds another mobile-export phone"):
            unlocked.put("mobile-export", "phone", secret(b"new"))
        assert store.apply([*unlocked.put("mobile-export", "phone", secret(b"new"), replace=True)]) == 1
    assert held(filled) == b"new"


def test_a_wrong_password_opens_and_changes_nothing(filled: Vault) -> None:
    for use in (
        lambda: filled.unlock(password("wrong")),
        lambda: filled.open_or_prepare(password("wrong")),
        lambda: filled.change_password(password("wrong"), password("new")),
    ):
        with pytest.raises(WrongPassword):
            use()
    assert held(filled) == PLAIN


def test_what_is_not_there_is_told(filled: Vault) -> None:
    with filled.unlock(password()) as unlocked, pytest.raises(InputError, match="holds no prf-key phone"):
        unlocked.get("prf-key", "phone")


def test_after_its_use_the_key_is_gone(filled: Vault) -> None:
    with filled.unlock(password()) as unlocked:
        pass
    with pytest.raises(ValueError, match="wiped"):
        unlocked.get("mobile-export", "phone")


def test_a_new_password_opens_all_and_the_old_one_nothing(filled: Vault, wallet_path: Path) -> None:
    sealed = stored_column(wallet_path, "SELECT sealed FROM vault_items ORDER BY id")
    wrapped = stored_column(wallet_path, "SELECT wrapped_key FROM vault")[0]
    filled.change_password(password(), password("battery staple"))
    assert held(filled, text="battery staple") == PLAIN
    with pytest.raises(WrongPassword):
        filled.unlock(password())
    assert stored_column(wallet_path, "SELECT sealed FROM vault_items ORDER BY id") == sealed
    assert wrapped not in everything_on_disk(wallet_path)


def stored_column(path: Path, query: str) -> list[bytes]:
    raw = sqlite3.connect(path)
    try:
        return [row[0] for row in raw.execute(query)]
    finally:
        raw.close()


def test_forgetting_leaves_no_trace_in_any_file(filled: Vault, store: WalletStore, wallet_path: Path) -> None:
    store.apply(rows.EVERYTHING)
    before = store.snapshot()
    traces = stored_column(wallet_path, "SELECT sealed FROM vault_items")
    traces += stored_column(wallet_path, "SELECT wrapped_key FROM vault")
    on_disk = everything_on_disk(wallet_path)
    assert all(trace in on_disk for trace in traces)
    assert filled.forget() == 2
    assert not filled.status().exists and filled.status().entries == ()
    on_disk = everything_on_disk(wallet_path)
    assert not any(trace in on_disk for trace in traces)
    assert store.snapshot() == before
    assert store.integrity_check() == ()


def test_a_large_secret_is_forgotten_as_well(store: WalletStore, vault: Vault, wallet_path: Path) -> None:
    with vault.open_or_prepare(password()) as unlocked:
        store.apply([*unlocked.put("mobile-export", "phone", secret(bytes(300_000)))])
    sealed = stored_column(wallet_path, "SELECT sealed FROM vault_items")[0]
    vault.forget()
    on_disk = everything_on_disk(wallet_path)
    assert not any(sealed[n : n + 64] in on_disk for n in range(0, len(sealed) - 64, 1024))


def test_a_reader_that_keeps_the_old_log_alive_is_told(filled: Vault, wallet_path: Path) -> None:
    other = sqlite3.connect(wallet_path, isolation_level=None)
    try:
        other.execute("BEGIN")
        other.execute("SELECT * FROM vault").fetchall()
        with pytest.raises(StorageError, match="done, but another program reads"):
            filled.forget()
    finally:
        other.close()
    assert filled.forget() == 0


def test_no_secret_stands_in_any_file(filled: Vault, wallet_path: Path) -> None:
    on_disk = everything_on_disk(wallet_path)
    assert PLAIN not in on_disk and b"correct horse" not in on_disk


def test_a_secret_and_the_rows_that_came_with_it_commit_together(store: WalletStore, vault: Vault) -> None:
    good: Change = AddAddressBookEntry(rows.BOOK_ENTRY)
    with vault.open_or_prepare(password()) as unlocked:
        changes = [good, *unlocked.put("mobile-export", "phone", secret())]
        for hook in ("before_cursor_execute", "after_cursor_execute", "commit"):
            for passes in range(100):
                with failing(store, hook, passes) as fault:
                    try:
                        store.apply(changes)
                    except StorageError:
                        failed = True
                    else:
                        failed = False
                if not failed:
                    break
                assert (store.snapshot().address_book, vault.status().exists) == ((), False), (hook, fault.left)
            assert passes > 0 or hook == "commit"
            assert held(vault) == PLAIN and len(store.snapshot().address_book) == 1
            assert store.apply(changes) == 0
            vault.forget()
            store.remove_address(rows.BOOK_ENTRY.address)


ACTIONS: dict[str, Callable[[Vault], object]] = {
    "change password": lambda vault: vault.change_password(password(), password("battery staple")),
    "forget": lambda vault: vault.forget(),
}


@pytest.mark.parametrize("hook", ["before_cursor_execute", "after_cursor_execute", "commit"])
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_whichever_statement_fails_the_vault_is_the_old_one_or_the_new_one(
    filled: Vault, store: WalletStore, wallet_path: Path, hook: str, action: Callable[[Vault], object]
) -> None:
    before = stored_column(wallet_path, "SELECT checksum FROM vault")
    for passes in range(100):
        with failing(store, hook, passes):
            try:
                action(filled)
            except StorageError:
                failed = True
            else:
                failed = False
        if not failed:
            break
        assert stored_column(wallet_path, "SELECT checksum FROM vault") == before
        assert held(filled) == PLAIN and held(filled, "tablet") == b"other"
    assert passes > 0
    assert stored_column(wallet_path, "SELECT checksum FROM vault") != before


def test_a_secret_for_a_vault_that_is_gone_is_not_stored(filled: Vault, store: WalletStore) -> None:
    with filled.unlock(password()) as unlocked:
        changes = unlocked.put("mobile-export", "watch", secret())
        filled.forget()
        with pytest.raises(StorageError, match="not there any more"):
            store.apply([*changes])
        with filled.open_or_prepare(password("other")) as another:
            store.apply([*another.put("mobile-export", "phone", secret())])
        with pytest.raises(StorageError, match="not there any more"):
            store.apply([*changes])


def test_two_first_vaults_at_once_do_not_mix(store: WalletStore, vault: Vault) -> None:
    with vault.open_or_prepare(password()) as one, vault.open_or_prepare(password("two")) as two:
        store.apply([*one.put("mobile-export", "phone", secret())])
        with pytest.raises(StorageError, match="has a vault by now"):
            store.apply([*two.put("mobile-export", "tablet", secret(b"2"))])
    assert held(vault) == PLAIN


def test_two_secrets_into_a_new_vault_go_in_together(store: WalletStore, vault: Vault) -> None:
    with vault.open_or_prepare(password()) as unlocked:
        put = [*unlocked.put("mobile-export", "phone", secret()), *unlocked.put("mobile-export", "tablet", secret())]
        assert store.apply(put) == 3
    assert held(vault, "tablet") == PLAIN


def test_a_password_changed_meanwhile_by_another_program_is_noticed(
    filled: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the moment the header was read and the moment it is replaced."""
    wrap = codec.new_header

    def meddle(*arguments: Any) -> VaultHeader:
        monkeypatch.setattr(codec, "new_header", wrap)
        filled.change_password(password(), password("meanwhile"))
        return wrap(*arguments)

    monkeypatch.setattr(codec, "new_header", meddle)
    with pytest.raises(StorageError, match="changed the vault meanwhile"):
        filled.change_password(password(), password("mine"))
    assert held(filled, text="meanwhile") == PLAIN


SPOILED = {
    "item": "UPDATE vault_items SET sealed = zeroblob(40)",
    "swapped items": "UPDATE vault_items SET nonce = (SELECT nonce FROM vault_items WHERE name = 'tablet'),"
    " sealed = (SELECT sealed FROM vault_items WHERE name = 'tablet') WHERE name = 'phone'",
    "header": "UPDATE vault SET salt = zeroblob(16)",
    "cost": "UPDATE vault SET memory_kib = -9",
    "huge number": "UPDATE vault SET iterations = 9223372036854775807",
    "text for bytes": "UPDATE vault SET salt = '0123456789abcdef'",
    "text for sealed bytes": "UPDATE vault_items SET sealed = '0123456789abcdef0123456789abcdef'",
    "text for a number": "UPDATE vault SET lanes = 'text'",
}


@pytest.mark.parametrize("statement", SPOILED.values(), ids=SPOILED.keys())
def test_what_was_altered_in_the_file_is_refused_without_a_secret_in_the_error(
    filled: Vault, wallet_path: Path, statement: str
) -> None:
    raw = sqlite3.connect(wallet_path)
    raw.execute(statement)
    raw.commit()
    raw.close()
    with pytest.raises(StorageError) as caught:
        held(filled)
    told = "".join(traceback.format_exception(caught.value))
    assert "5ec2e7" not in told and "correct horse" not in told


def test_nothing_of_a_secret_is_in_a_representation(vault: Vault) -> None:
    with vault.open_or_prepare(password()) as unlocked:
        changes = unlocked.put("mobile-export", "phone", secret())
    told = repr(changes) + "".join(change.describe() for change in changes)
    assert "5ec2e7" not in told and "correct" not in told
