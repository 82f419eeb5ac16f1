"""Hypothesis strategies for the reconciler and the report: findings of small worlds, and wallets with a past.

Every world draws from one small pool of cells and accounts, so that shared accounts, repeated runs and contradictions
between a wallet and the chain are frequent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from chain.concordium.account import ChainAccount, CredentialKind, Stake, StakeKind
from chain.model import Finality, Point
from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState, Disagreement, IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Conflict, Findings
from ledger_recovery.recover.result import DeviceFacts, Ending, ListFacts, RunResult
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    KeyStatus,
    WalletSnapshot,
)
from tests.support.cells import account, fake_id, sighting
from tests.support.memory_wallet import applied

ONE, TWO = "1a" * 32, "2b" * 32
GENESIS = "9d" * 32
REFS = (IdentityRef(0), IdentityRef(1), IdentityRef(0, provider=7))
COUNTERS = (0, 1, 255)
STRANGERS = tuple(fake_id("stranger", n) for n in range(4))

Fate = tuple[str, int]
"""What becomes of one of our cells: (absent | unknown, 0), (active | removed, number of an account)."""

_FATES: tuple[Fate, ...] = (
    ("absent", 0),
    ("unknown", 0),
    *(("active", n) for n in range(3)),
    *(("removed", n) for n in range(2)),
)


def own_id(fingerprint: str, key: CellKey) -> bytes:
    return fake_id(fingerprint, str(key))


def all_keys() -> tuple[CellKey, ...]:
    return tuple(CellKey(ref, scheme, n) for ref in REFS for scheme in ref.schemes for n in COUNTERS)


@st.composite
def findings(draw: st.DrawFn, fingerprint: str = ONE) -> Findings:
    """One run's outcomes in which our credentials are spread over at most three accounts, shared with strangers."""
    fates = {key: draw(st.sampled_from(_FATES)) for key in all_keys()}
    holders = {n: draw(_account(fingerprint, fates, n)) for n in range(3)}
    outcomes = [_outcome(fingerprint, ref, fates, holders) for ref in REFS]
    outcomes.append(IndexOutcome(IdentityRef(9), draw(st.sampled_from((IndexStatus.DECLINED, IndexStatus.SKIPPED)))))
    checks = {
        own_id(fingerprint, key): draw(st.sampled_from(KeyStatus)) for key in draw(st.sets(st.sampled_from(all_keys())))
    }
    height = draw(st.integers(100, 103))
    return Findings(fingerprint, GENESIS, height, tuple(draw(st.permutations(outcomes))), checks)


@st.composite
def _account(draw: st.DrawFn, fingerprint: str, fates: Mapping[CellKey, Fate], number: int) -> ChainAccount:
    """Account `number`: our active credentials on it and some strangers, in any order of credential index."""
    ours = [own_id(fingerprint, key) for key, fate in fates.items() if fate == ("active", number)]
    strangers = draw(st.sets(st.sampled_from(STRANGERS), min_size=0 if ours else 1, max_size=2))
    holder = account(draw(st.permutations([*ours, *sorted(strangers)])), index=number, amount=draw(st.integers(0, 3)))
    first = replace(holder.credentials[0], kind=draw(st.sampled_from(CredentialKind)))
    return replace(
        holder,
        address=fake_id("address", number)[:32],
        threshold=draw(st.integers(1, 2)),
        stake=draw(st.sampled_from((Stake(StakeKind.NONE), Stake(StakeKind.DELEGATOR, 1, 5)))),
        credentials=(first, *holder.credentials[1:]),
    )


def _outcome(
    fingerprint: str, ref: IdentityRef, fates: Mapping[CellKey, Fate], holders: Mapping[int, ChainAccount]
) -> IndexOutcome:
    keys = [key for key in fates if key.identity == ref]
    return IndexOutcome(ref, IndexStatus.SCANNED, tuple(_cell(fingerprint, key, fates[key], holders) for key in keys))


def _cell(fingerprint: str, key: CellKey, fate: Fate, holders: Mapping[int, ChainAccount]) -> Cell:
    cred_id = own_id(fingerprint, key)
    if fate[0] == "unknown":
        return Cell(key, cred_id, tries=3, reason_code="TIMEOUT", reason="no answer in time")
    if fate[0] == "absent":
        return Cell(key, cred_id, CellState.ABSENT, Basis.BOTH, ("node:1",))
    return Cell(
        key, cred_id, CellState.DEPLOYED, Basis.DIRECT, ("node:1",), sighting=sighting(cred_id, holders[fate[1]])
    )


@st.composite
def snapshots(draw: st.DrawFn) -> WalletSnapshot:
    """An empty wallet, or one that took earlier findings of one or two Ledgers and was then lived in."""
    snapshot = WalletSnapshot()
    for fingerprint in draw(st.lists(st.sampled_from((ONE, TWO)), unique=True)):
        snapshot = applied(snapshot, reconcile(snapshot, draw(findings(fingerprint))).changes)
    return WalletSnapshot(
        draw(st.sampled_from((snapshot.genesis_hash, GENESIS))),
        snapshot.wallets,
        tuple(draw(_lived_identity(row)) for row in snapshot.identities),
        tuple(draw(_lived_account(row)) for row in snapshot.accounts),
        tuple(draw(_lived_credential(row)) for row in snapshot.credentials if draw(st.integers(0, 3))),
        snapshot.external_credentials,
        tuple(draw(_lived_entry(row)) for row in snapshot.address_book if draw(st.booleans())),
    )


def _lived_identity(row: IdentityRow) -> st.SearchStrategy[IdentityRow]:
    real = replace(row, name="mine", status=IdentityStatus.CONFIRMED, identity_object="{}", randomness="ab" * 32)
    return st.sampled_from((row, real, replace(row, status=IdentityStatus.REJECTED), replace(row, keygen_version=0)))


def _lived_account(row: AccountRow) -> st.SearchStrategy[AccountRow]:
    pending = replace(row, status=AccountStatus.PENDING, facts=None)
    renamed = replace(row, name="savings", is_initial=not row.is_initial)
    return st.sampled_from((row, pending, renamed, replace(row, status=AccountStatus.REJECTED)))


def _lived_credential(row: CredentialRow) -> st.SearchStrategy[CredentialRow]:
    imported = replace(row, policy='{"validTo":"203001"}', randomness="{}", key_status=KeyStatus.NOT_CHECKED)
    gone = replace(row, removed=True, credential_index=None)
    odd = replace(row, counter=77)
    return st.sampled_from((row, imported, gone, odd, replace(row, policy=None)))


def _lived_entry(row: AddressBookRow) -> st.SearchStrategy[AddressBookRow]:
    return st.sampled_from((row, replace(row, name="friend", note="by hand", read_only=False)))


# --- runs, for the report ---------------------------------------------------------------------------------------

_ANY_TEXT = st.text(max_size=40) | st.text(max_size=9).map(lambda text: text * 99) | st.just("x\x1b\ud800" * 300)


@st.composite
def run_results(draw: st.DrawFn) -> RunResult:
    """Results with hostile texts wherever text comes from outside, and any mixture of outcomes."""
    found = draw(findings())
    outcomes = tuple(replace(o, cells=tuple(draw(_told(c)) for c in o.cells)) for o in found.outcomes)
    moment = datetime(2026, 1, 31, 9, 5, 0, tzinfo=UTC)
    planned = reconcile(WalletSnapshot(), found)
    return RunResult(
        run_id=draw(_ANY_TEXT),
        started=moment,
        finished=moment,
        tool_version=draw(_ANY_TEXT),
        environment=draw(st.dictionaries(_ANY_TEXT, _ANY_TEXT, max_size=3)),
        policy=ScanPolicy(last=draw(st.sampled_from((None, 1))), providers=(7,), mode=draw(st.sampled_from(Mode))),
        ending=draw(st.sampled_from(Ending)),
        network="mainnet",
        device=draw(st.sampled_from((None, device_facts()))),
        point=draw(st.sampled_from((None, point()))),
        account_list=draw(st.sampled_from((None, ListFacts(9, "node:1"))))
        or ListFacts(error_code="X", error=draw(_ANY_TEXT)),
        outcomes=outcomes,
        key_checks=found.key_checks,
        changes=planned.changes,
        next_identity={None: 2, 7: 1},
        failure=draw(st.none() | st.tuples(_ANY_TEXT, _ANY_TEXT)),
        warnings=tuple(draw(st.lists(_ANY_TEXT, max_size=2))),
        next_counters={REFS[0]: None, REFS[2]: 3},
        timings_ms={"device": 5},
    )


def _told(cell: Cell) -> st.SearchStrategy[Cell]:
    texts = st.tuples(_ANY_TEXT, _ANY_TEXT)
    if cell.state is CellState.UNKNOWN:
        return texts.map(lambda t: replace(cell, reason_code=t[0], reason=t[1]))
    return texts.map(lambda t: replace(cell, disagreements=(Disagreement(t[0], t[1], t[1], t[0]),))) | st.just(cell)


def conflicts() -> st.SearchStrategy[list[Conflict]]:
    address = encode_address(fake_id("address", 0)[:32])
    one = st.builds(
        Conflict,
        st.sampled_from(("mixed-keygen", "account-lost")),
        _ANY_TEXT,
        st.sampled_from((None, IdentityKey(ONE, 7, 3))),
        st.sampled_from((None, address)),
        st.sampled_from((None, STRANGERS[0].hex())),
    )
    return st.lists(one, max_size=3)


def device_facts() -> DeviceFacts:
    return DeviceFacts("Nano S Plus", "Concordium", "5.1.3", "v5", "tcp", True, ONE)


def point() -> Point:
    return Point(
        network="mainnet",
        genesis_hash=bytes.fromhex(GENESIS),
        block_hash=bytes.fromhex("c0ffee00" * 8),
        height=1234,
        slot_time=datetime(2026, 1, 31, 9, 0, 0, tzinfo=UTC),
        age_seconds=12.4,
        finality=Finality.FINALIZED,
        sources=("node-a:20000", "node-b:20000"),
    )
