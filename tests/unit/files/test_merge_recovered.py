"""An export imported over recovered placeholders: the Desktop Wallet's result, and each thing that is better here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.errors import StorageError
from ledger_recovery.files.desktop_read import read_desktop
from ledger_recovery.files.from_desktop import from_desktop
from ledger_recovery.files.imported import ImportedWallet
from ledger_recovery.files.merge import ImportPlan, Kind, Outcome, plan_import
from ledger_recovery.wallet.model import WalletSnapshot
from ledger_recovery.wallet.store import WalletStore
from tests.unit.files.merging import told
from tests.unit.wallet.test_durability import failing

VECTORS = Path(__file__).parents[2] / "vectors" / "files"
SHARED = "3yGmMhT7o99DmWmuwrzorM9L3JP6j4UF5s2mK71K2J3nWQeMKq"
FIRST = "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6"
WORK = "4HDxpm6ag9stMRazsubsEZrPpVcQu9tv5aanh6CfXT7Tweio2x"
SHARED_CREDENTIALS = (
    "aac1b5f67a6795e6c9986d2bd7c70815e3a77579061c0f878e519138fef8b6f8ad91d48d8c946068d2f411dc44b09fb5",
    "b096ba3fcbec3df4e8a8ae172db529e0515ee50acbaffb02e3b45e2ea20d3d336bd8c6f56ed4248f3d3b42f8f62c9600",
)

# (table, row, column): what the reference has, how ours begins. Everything else is equal.
BETTER: dict[tuple[str, str, str], tuple[object, object]] = {
    ("accounts", FIRST, "transaction_filter"): ("{}", '{"transfer":false'),
    ("accounts", SHARED, "self_amounts"): (("c0" + "0" * 94) * 4, "a6a89bcf"),
    ("accounts", SHARED, "incoming_amounts"): ("[]", '["850f9591'),
    ("accounts", SHARED, "all_decrypted"): (True, False),
    ("accounts", SHARED, "deployment_transaction_id"): (None, "08af2bff"),
    ("credentials", SHARED_CREDENTIALS[0], "randomness"): (None, '{"idCredSecRand":"702b16a3'),
    ("credentials", SHARED_CREDENTIALS[1], "randomness"): (None, '{"idCredSecRand":"5f7a0f57'),
    ("credentials", SHARED_CREDENTIALS[0], "policy"): (
        '{"validTo":"202204","createdAt":"202104","revealedAttributes":{"nationality":"444b"}}',
        '{"validTo":"202204","createdAt":"202104","revealedAttributes":{"nationality":"DK"}}',
    ),
    ("address_book", FIRST, "note"): ("Recovered account", "Initial account of identity: Passport ID"),
    ("address_book", SHARED, "note"): ("Recovered account", "Account of identity: Passport ID"),
    ("address_book", WORK, "note"): ("Recovered account", "Initial account of identity: Work ID"),
}

KEYS = ("cred_id", "address", "key", "fingerprint")


def tables(name: str) -> ImportedWallet:
    """A database of the reference, read as if it were the content of its export."""
    document = json.loads((VECTORS / "recovered" / name).read_text())
    return from_desktop(read_desktop(json.dumps(document.get("tables", document)).encode()))


def export(name: str = "desktop-export.plain.json") -> ImportedWallet:
    return from_desktop(read_desktop((VECTORS / name).read_bytes()))


def imported_into(path: Path, *files: ImportedWallet) -> WalletSnapshot:
    with WalletStore.create(path) as store:
        for file in files:
            store.apply(plan_import(store.snapshot(), file).changes)
        assert store.integrity_check() == ()
        return store.snapshot()


def cells(snapshot: WalletSnapshot) -> Iterator[tuple[tuple[str, str, str], Any]]:
    yield ("network", "", ""), snapshot.genesis_hash
    for table in ("wallets", "identities", "accounts", "credentials", "external_credentials", "address_book"):
        for row in getattr(snapshot, table):
            key = next(
                getattr(row, name) for name in ("cred_id", "address", "key", "fingerprint") if hasattr(row, name)
            )
            for column in fields(row):
                yield (table, str(key), column.name), getattr(row, column.name)


def test_the_import_does_what_the_reference_does_and_better_where_listed(tmp_path: Path) -> None:
    ours = dict(cells(imported_into(tmp_path / "ours.db", tables("recovered-state.json"), export())))
    theirs = dict(cells(imported_into(tmp_path / "theirs.db", tables("recovered-then-imported-state.json"))))
    assert ours.keys() == theirs.keys()
    assert {place for place in ours if ours[place] != theirs[place]} == BETTER.keys()
    for place, (reference, beginning) in BETTER.items():
        assert theirs[place] == reference
        found = ours[place]
        assert found.startswith(beginning) if isinstance(beginning, str) else found == beginning, place


def test_the_reasons_are_those_of_the_references_own_page(tmp_path: Path) -> None:
    told = json.loads((VECTORS / "recovered" / "recovered-then-imported-state.json").read_text())["messages"]
    plan = plan_import(imported_into(tmp_path / "w.db", tables("recovered-state.json")), export())
    decisions = {decision.subject: decision for decision in plan.decisions if decision.kind is Kind.ACCOUNT}
    for address, message in told.items():
        if message.startswith("Replaces name: "):
            assert decisions[address].outcome is Outcome.MERGED
            assert f'replaces the machine-made "{message.removeprefix("Replaces name: ")}"' in decisions[address].reason
        elif address in decisions:
            assert decisions[address].outcome is Outcome.KNOWN
    identities = [decision for decision in plan.decisions if decision.kind is Kind.IDENTITY]
    assert [decision.outcome for decision in identities] == [Outcome.MERGED, Outcome.KNOWN, Outcome.MERGED]
    assert sum("replaces the placeholder" in decision.reason for decision in identities) == 2


def test_no_reason_shows_what_is_private(tmp_path: Path) -> None:
    """The randomness of identities and credentials opens commitments on chain."""
    plan = plan_import(imported_into(tmp_path / "w.db", tables("recovered-state.json")), export())
    shown = "\n".join([told(plan), *(change.describe() for change in plan.changes)])
    private = [row.randomness for row in export().identities] + [row.randomness for row in export().credentials]
    digits = [found for text in private for found in re.findall(r"[0-9a-f]{64}", text or "")]
    assert len(digits) > 10
    assert not any(found in shown for found in digits)


FILES = {
    "export": ("desktop-export.plain.json",),
    "old export": ("desktop-export-old.plain.json",),
    "both": ("desktop-export-old.plain.json", "desktop-export.plain.json"),
}


@pytest.mark.parametrize("names", FILES.values(), ids=FILES.keys())
def test_importing_again_changes_nothing(tmp_path: Path, names: tuple[str, ...]) -> None:
    files = [export(name) for name in names]
    snapshot = imported_into(tmp_path / "w.db", tables("recovered-state.json"), *files)
    for file in files:
        plan = plan_import(snapshot, file)
        assert plan.nothing_new
        assert {decision.outcome for decision in plan.decisions} <= {Outcome.KNOWN, Outcome.LEFT_OUT}


def test_an_export_first_and_the_recovered_state_after_it_gives_the_same_wallet(tmp_path: Path) -> None:
    recovered = tables("recovered-state.json")
    assert imported_into(tmp_path / "a.db", recovered, export()) == imported_into(
        tmp_path / "b.db", export(), recovered
    )


def prepared(path: Path) -> ImportPlan:
    return plan_import(imported_into(path, tables("recovered-state.json")), export())


@pytest.mark.parametrize("hook", ["before_cursor_execute", "after_cursor_execute", "commit"])
def test_whichever_statement_of_an_import_fails_the_old_wallet_stays(tmp_path: Path, hook: str) -> None:
    path = tmp_path / "w.db"
    plan = prepared(path)
    with WalletStore.open(path) as store:
        before = store.snapshot()
        for passes in range(1000):
            with failing(store, hook, passes):
                try:
                    store.apply(plan.changes)
                except StorageError:
                    failed = True
                else:
                    failed = False
            if not failed:
                break
            assert store.snapshot() == before
        assert passes >= (1 if hook == "commit" else len(plan.changes))
        assert plan_import(store.snapshot(), export()).nothing_new
