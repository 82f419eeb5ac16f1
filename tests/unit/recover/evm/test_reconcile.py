"""The EVM reconciler: what a run adds to a wallet; idempotent, free of order, additive, never taking anything away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.evm.account import Kind
from chain.model import Presence
from ledger_recovery.derive.evm.schemes import BIP44, LEDGER_LIVE, STANDARD
from ledger_recovery.recover.evm.model import AddressOutcome, Answer, Holding, Place
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.reconcile import EvmReconciliation, reconcile_evm
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.wallet.evm_changes import (
    AddEvmAccount,
    AddEvmPlace,
    AddEvmSmartAccount,
    RefreshEvmHolding,
    RefreshEvmSighting,
    UseEvmAccount,
)
from ledger_recovery.wallet.evm_checks import evm_problems
from ledger_recovery.wallet.evm_model import (
    EvmAccountRow,
    EvmKind,
    EvmPlaceRow,
    EvmSightingRow,
    EvmSnapshot,
)
from ledger_recovery.wallet.store import WalletStore
from tests.unit.recover.evm.made import DEVICE, absent, address, chain, place, result, silent, smart, there

TOKEN = address(7000)


def text(number: int) -> str:
    return "0x" + address(number).hex()


def run(
    answers: dict[int, dict[int, Answer]],
    *places: Place,
    height: int = 100,
    smart_of: dict[int, int] | None = None,
    holdings: dict[int, int | None] | None = None,
) -> EvmResult:
    """One run over chains 1 and 5. `smart_of`: owner -> its smart account on chain 1; `holdings` on chain 1."""
    outcomes = {
        address(n): AddressOutcome(
            address(n), said, ((1, smart(n, smart_of[n])),) if smart_of and n in smart_of else ()
        )
        for n, said in answers.items()
    }
    points = [replace(chain(), chain_id=c) for c in (1, 5)]
    points = [replace(c, point=replace(c.point, height=height) if c.point else None) for c in points]
    return result(
        outcomes,
        places or tuple(place(n) for n in answers),
        policy=EvmPolicy(schemes=STANDARD),
        chains=tuple(points),
        holdings={address(n): (Holding(1, TOKEN, "USDC", 6, amount),) for n, amount in (holdings or {}).items()},
    )


def applied(snapshot: EvmSnapshot, made: EvmReconciliation, path: Path) -> EvmSnapshot:
    """What a real wallet that holds `snapshot` makes of the changes."""
    with WalletStore.open_or_create(path) as store:
        store.apply(made.changes)
        return store.evm()


FIRST = run(
    {0: {1: there(0, nonce=3, balance=7), 5: absent(0)}, 1: {1: absent(1), 5: absent(1)}, 2: {1: there(2, balance=1)}}
)


def test_used_addresses_become_accounts_and_skipped_ones_placeholders(tmp_path: Path) -> None:
    rows = applied(EvmSnapshot(), reconcile_evm(EvmSnapshot(), FIRST), tmp_path / "w.db")
    assert rows.accounts == (
        EvmAccountRow(text(0), "ledger_live #0"),
        EvmAccountRow(text(1), "ledger_live #1", placeholder=True),
        EvmAccountRow(text(2), "ledger_live #2"),
    )
    assert rows.places[0] == EvmPlaceRow(DEVICE.fingerprint, "ledger_live", 0, "m/44'/60'/0'/0/0", text(0))
    seen = {(row.address, row.chain_id): (row.kind, row.block_height) for row in rows.sightings}
    assert seen[(text(1), 1)] == seen[(text(1), 5)] == (EvmKind.ABSENT, 100)
    assert rows.sightings[0] == EvmSightingRow(text(0), 1, 100, "02" * 32, EvmKind.EOA, 3, "7")
    assert list(evm_problems(rows)) == []


def test_running_again_changes_nothing(tmp_path: Path) -> None:
    rows = applied(EvmSnapshot(), reconcile_evm(EvmSnapshot(), FIRST), tmp_path / "w.db")
    assert reconcile_evm(rows, FIRST) == EvmReconciliation((), ())
    earlier = run({0: {1: there(0, nonce=1)}}, height=50)
    assert reconcile_evm(rows, earlier).changes == ()
    later = reconcile_evm(rows, run({0: {1: there(0, nonce=9)}}, height=101)).changes
    assert [type(change) for change in later] == [RefreshEvmSighting]


def test_a_placeholder_that_is_used_becomes_an_account_and_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    rows = applied(EvmSnapshot(), reconcile_evm(EvmSnapshot(), FIRST), path)
    made = reconcile_evm(rows, run({1: {1: there(1, nonce=1)}}, height=200))
    assert made.changes[0] == UseEvmAccount(text(1))
    rows = applied(rows, made, path)
    assert rows.accounts[1] == EvmAccountRow(text(1), "ledger_live #1")


def test_a_used_account_never_becomes_a_placeholder(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    rows = applied(EvmSnapshot(), reconcile_evm(EvmSnapshot(), FIRST), path)
    emptied = run({0: {1: absent(0)}, 2: {1: there(2, nonce=1)}, 1: {1: absent(1)}}, height=300)
    rows = applied(rows, reconcile_evm(rows, emptied), path)
    assert not rows.accounts[0].placeholder
    assert rows.sightings[0].kind is EvmKind.ABSENT and rows.sightings[0].block_height == 300


def test_what_got_no_answer_adds_nothing() -> None:
    made = reconcile_evm(EvmSnapshot(), run({0: {1: silent(0)}, 1: {1: absent(1), 5: silent(1)}, 2: {}}))
    assert made.changes == ()
    made = reconcile_evm(EvmSnapshot(), run({0: {1: there(0, nonce=1), 5: silent(0)}}))
    assert [c.row.chain_id for c in made.changes if isinstance(c, RefreshEvmSighting)] == [1]


def test_schemes_that_meet_give_one_account_with_two_places() -> None:
    both = (place(0, BIP44, 0), place(0, LEDGER_LIVE, 0))
    made = reconcile_evm(EvmSnapshot(), run({0: {1: there(0, nonce=1)}}, *both))
    assert made.changes[0] == AddEvmAccount(EvmAccountRow(text(0), "ledger_live #0"))
    assert [c.row.scheme for c in made.changes if isinstance(c, AddEvmPlace)] == ["ledger_live", "bip44"]


def test_smart_accounts_and_tokens_are_kept() -> None:
    made = reconcile_evm(
        EvmSnapshot(), run({0: {1: absent(0)}, 1: {1: absent(1)}}, smart_of={0: 900}, holdings={0: 5, 900: 6, 1: 7})
    )
    (found,) = (c.row for c in made.changes if isinstance(c, AddEvmSmartAccount))
    assert (found.address, found.recipe, found.owner, found.salt) == (text(900), "Safe 1.4.1", text(0), "0")
    assert [c.row.address for c in made.changes if isinstance(c, RefreshEvmHolding)] == [text(0), text(900)]
    assert text(900) in [c.row.address for c in made.changes if isinstance(c, RefreshEvmSighting)]
    assert made.changes[0] == AddEvmAccount(EvmAccountRow(text(0), "ledger_live #0"))


def test_a_token_that_is_gone_is_told_and_one_never_held_is_not(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    had = run({0: {1: there(0, nonce=1)}}, holdings={0: 5})
    rows = applied(EvmSnapshot(), reconcile_evm(EvmSnapshot(), had), path)
    gone = run({0: {1: there(0, nonce=1)}}, holdings={0: 0}, height=200)
    assert [c.row.amount for c in reconcile_evm(rows, gone).changes if isinstance(c, RefreshEvmHolding)] == ["0"]
    unread = run({0: {1: there(0, nonce=1)}}, holdings={0: None}, height=200)
    for snapshot, made in ((rows, unread), (EvmSnapshot(), gone)):
        assert not any(isinstance(c, RefreshEvmHolding) for c in reconcile_evm(snapshot, made).changes)


def test_a_place_that_the_wallet_has_with_another_address_is_told_and_left() -> None:
    stored = EvmSnapshot(
        (EvmAccountRow(text(5), "mine"),),
        (EvmPlaceRow(DEVICE.fingerprint, "ledger_live", 0, "m/44'/60'/0'/0/0", text(5)),),
    )
    made = reconcile_evm(stored, run({0: {1: there(0, nonce=1)}}))
    assert made.changes == ()
    (told,) = made.conflicts
    assert (told.code, told.scheme, told.index) == ("place-elsewhere", "ledger_live", 0)
    other = replace(stored, places=(replace(stored.places[0], fingerprint="ff" * 32),))
    assert reconcile_evm(other, run({0: {1: there(0, nonce=1)}})).conflicts == ()


@pytest.mark.parametrize("device", [None, replace(DEVICE, fingerprint="")])
def test_without_a_ledger_nothing_is_added(device: object) -> None:
    assert reconcile_evm(EvmSnapshot(), replace(FIRST, device=device)) == EvmReconciliation((), ())  # type: ignore[arg-type]


def test_what_no_chain_can_say_is_not_stored(tmp_path: Path) -> None:
    """A node's claim must not keep the rest of a run from being stored."""
    huge = AddressOutcome(address(0), {1: there(0, nonce=2**200)}, ((1, replace(smart(0, 900), threshold=2**255)),))
    made = replace(FIRST, outcomes={**FIRST.outcomes, address(0): huge})
    rows = applied(EvmSnapshot(), reconcile_evm(EvmSnapshot(), made), tmp_path / "w.db")
    assert len(rows.accounts) == 3
    assert [(s.nonce, s.threshold) for s in rows.sightings if s.address == text(0)] == [(None, None)]
    assert [s.threshold for s in rows.sightings if s.address == text(900)] == [None]


# --- properties -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    runs: tuple[EvmResult, ...]
    shuffled: tuple[EvmResult, ...]


@st.composite
def answers_of(draw: st.DrawFn, number: int) -> dict[int, Answer]:
    made = {
        "absent": absent(number),
        "silent": silent(number),
        "dust": there(number, balance=2),
        "sent": there(number, nonce=draw(st.integers(1, 3))),
        "delegated": there(number, kind=Kind.DELEGATED),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(made)), min_size=0, max_size=2))
    return {chain_id: made[name] for chain_id, name in zip((1, 5), chosen, strict=False)}


@st.composite
def drawn_runs(draw: st.DrawFn) -> Drawn:
    runs, shuffled = [], []
    for height in draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)):
        numbers = draw(st.lists(st.integers(0, 6), unique=True, max_size=6))
        places = [place(n) for n in numbers] + [place(n, BIP44, n) for n in numbers if draw(st.booleans())]
        smart_of = {n: 900 + n % 2 for n in numbers if draw(st.integers(0, 4)) == 0}
        made = run(
            {n: draw(answers_of(n)) for n in numbers},
            *places,
            height=height,
            smart_of=smart_of,
            holdings={n: draw(st.sampled_from([None, 0, 5])) for n in numbers},
        )
        runs.append(made)
        order = draw(st.permutations(sorted(made.outcomes)))
        shuffled.append(
            replace(
                made,
                places=tuple(draw(st.permutations(made.places))),
                outcomes={a: made.outcomes[a] for a in order},
                holdings={a: made.holdings[a] for a in reversed(list(made.holdings))},
            )
        )
    return Drawn(tuple(runs), tuple(shuffled))


class Rows:
    """A wallet in memory that follows the rules of the changes; the real one is held to the same in its own tests."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[object, object]] = {name: {} for name in EvmSnapshot.__slots__}

    def apply(self, made: EvmReconciliation) -> EvmSnapshot:
        for change in made.changes:
            match change:
                case AddEvmAccount(row):
                    self.tables["accounts"].setdefault(row.address, row)
                case UseEvmAccount(key):
                    known = self.tables["accounts"][key]
                    assert isinstance(known, EvmAccountRow)
                    self.tables["accounts"][key] = replace(known, placeholder=False)
                case AddEvmPlace(row):
                    assert self.tables["places"].setdefault(row.key, row) == row
                case AddEvmSmartAccount(row):
                    self.tables["smart_accounts"].setdefault(row.address, row)
                case RefreshEvmSighting(row):
                    self.tables["sightings"][row.key] = row
                case RefreshEvmHolding(row):
                    self.tables["holdings"][row.key] = row
                case _:
                    raise AssertionError(change)
        return self.snapshot

    @property
    def snapshot(self) -> EvmSnapshot:
        return EvmSnapshot(**{name: tuple(rows.values()) for name, rows in self.tables.items()})  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_runs())
def test_runs_only_add_and_a_second_time_changes_nothing(drawn: Drawn) -> None:
    rows = Rows()
    for made, mixed in zip(drawn.runs, drawn.shuffled, strict=True):
        before = rows.snapshot
        planned = reconcile_evm(before, made)
        assert reconcile_evm(before, mixed) == planned
        after = rows.apply(planned)
        assert reconcile_evm(after, made).changes == ()
        assert list(evm_problems(after)) == []
        assert {row.address for row in before.accounts} <= {row.address for row in after.accounts}
        assert set(before.places) <= set(after.places) and set(before.smart_accounts) <= set(after.smart_accounts)
        used = {row.address for row in before.accounts if not row.placeholder}
        assert not used & {row.address for row in after.accounts if row.placeholder}
        sighted = {"0x" + o.address.hex() for o in made.used}
        assert sighted <= {row.address for row in after.accounts if not row.placeholder}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn_runs(), st.sampled_from([Presence.FUNDED, Presence.DEPLOYED]))
def test_other_ledgers_rows_are_never_touched(drawn: Drawn, presence: Presence) -> None:
    other = EvmPlaceRow("ee" * 32, "ledger_live", 0, "m/44'/60'/0'/0/0", text(5000))
    theirs = EvmSnapshot((EvmAccountRow(text(5000), "theirs"),), (other,))
    for made in drawn.runs:
        for change in reconcile_evm(theirs, made).changes:
            touched = change.address if isinstance(change, UseEvmAccount) else change.row.address  # type: ignore[union-attr]
            assert touched != text(5000)
            assert not isinstance(change, AddEvmPlace) or change.row.fingerprint == DEVICE.fingerprint
