"""Every conflict of the reconciler in full: its code, its words, and the subject it names in fields of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import Basis, Cell, CellKey, CellState
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.counters import next_safe_counters
from ledger_recovery.recover.reconcile.findings import Conflict, Findings
from ledger_recovery.recover.reconcile.known import account_key
from ledger_recovery.wallet.model import (
    AccountStatus,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    WalletSnapshot,
)
from tests.support.cells import account, cell_key
from tests.support.reconciling import EMPTY, STRANGER, hit, run, wallet_after, with_account, with_credential
from tests.support.recover_strategies import GENESIS, ONE, own_id

KEY, LATER = cell_key(0, 0), cell_key(0, 1)
IDENTITY = IdentityKey(ONE, None, 0)
CRED_ID, LATER_ID = own_id(ONE, KEY).hex(), own_id(ONE, LATER).hex()
ADDRESS = encode_address(account([own_id(ONE, KEY)]).address)
SHARED = account([STRANGER, own_id(ONE, LATER)])
FOUND = run(hit(KEY))

ELSEWHERE = (
    "the wallet holds this credential with another {} than was found; "
    "it was left as it is. Compare it with your export file"
)
CAME_BACK = (
    "the wallet has this credential as removed, yet the block shows it as active, which the chain does not allow: "
    "the block is older than the wallet, or the node is wrong. It was left as it is"
)
SLOT = (
    "the wallet holds another credential ID under this identity, key scheme and counter, which one Ledger cannot "
    "produce; the found one was not recorded. Check that the stored one is really of this Ledger"
)
TWICE = (
    "two counters gave one credential ID, or one counter gave two, which one Ledger cannot do; "
    "only the first was recorded"
)
SEEN = "this credential was answered as never deployed, yet the account shows it; ask another node"
LOST = (
    "the wallet lists this account as own, but the credential was removed from it; this Ledger no longer signs for it. "
    "The entry was left as it is"
)
REJECTED = "the wallet has this account as rejected, yet it is on chain; its status was left as it is"
MIXED = (
    "credentials of key generation versions 1 and 0 were both found under this index; "
    "the identity keeps one version, each credential records its own"
)
VERSION = (
    "the wallet has this identity with key generation version 0, but its credentials on chain were made with "
    "version 1; the identity was left as it is"
)
IDENTITY_REJECTED = "the wallet has this identity as rejected, yet credentials of it are on chain; it was left as it is"


def identities(status: IdentityStatus, version: int) -> WalletSnapshot:
    return WalletSnapshot(identities=(IdentityRow(IDENTITY, "mine", status, version),))


def twins() -> Findings:
    """Two counters that give one credential ID."""
    return run(replace(hit(LATER), cred_id=own_id(ONE, KEY), sighting=hit(KEY).sighting), hit(KEY))


def denied() -> Findings:
    """An account that shows a credential which was answered as never deployed."""
    absent = Cell(LATER, own_id(ONE, LATER), CellState.ABSENT, Basis.DIRECT, ("node:1",))
    return run(hit(KEY, account([own_id(ONE, KEY), own_id(ONE, LATER)])), absent)


CONFLICTS: Mapping[str, tuple[WalletSnapshot, Findings, Conflict]] = {
    "other counter": (
        with_credential(FOUND, counter=9), FOUND,
        Conflict("credential-elsewhere", ELSEWHERE.format("counter"), IDENTITY, ADDRESS, CRED_ID),
    ),
    "other everything": (
        with_credential(
            FOUND, counter=9, scheme="legacy-v0", account_address="x", identity=IdentityKey(ONE, None, 8)
        ),
        FOUND,
        Conflict(
            "credential-elsewhere", ELSEWHERE.format("identity and account and counter and key scheme"),
            IDENTITY, ADDRESS, CRED_ID,
        ),
    ),
    "removed, now active": (
        with_credential(FOUND, removed=True, credential_index=None), FOUND,
        Conflict("credential-came-back", CAME_BACK, IDENTITY, ADDRESS, CRED_ID),
    ),
    "taken slot": (
        with_credential(FOUND, cred_id="ab" * 48), FOUND,
        Conflict("credential-slot", SLOT, IDENTITY, ADDRESS, CRED_ID),
    ),
    "one ID twice": (EMPTY, twins(), Conflict("credential-twice", TWICE, IDENTITY, ADDRESS, CRED_ID)),
    "absent but seen": (EMPTY, denied(), Conflict("absent-but-seen", SEEN, IDENTITY, ADDRESS, LATER_ID)),
    "lost account": (
        wallet_after(run(hit(LATER, SHARED))), run(hit(LATER, account([STRANGER])), height=101),
        Conflict("account-lost", LOST, IDENTITY, encode_address(SHARED.address)),
    ),
    "rejected account": (
        with_account(FOUND, status=AccountStatus.REJECTED), FOUND,
        Conflict("account-rejected", REJECTED, IDENTITY, ADDRESS),
    ),
    "mixed versions": (
        EMPTY, run(hit(cell_key(0, 0, KeyScheme.LEGACY_V0)), hit(LATER)), Conflict("mixed-keygen", MIXED, IDENTITY),
    ),
    "other version": (identities(IdentityStatus.CONFIRMED, 0), FOUND, Conflict("keygen-version", VERSION, IDENTITY)),
    "rejected identity": (
        identities(IdentityStatus.REJECTED, 1), FOUND, Conflict("identity-rejected", IDENTITY_REJECTED, IDENTITY),
    ),
    "rejected and warned": (
        identities(IdentityStatus.REJECTED_AND_WARNED, 1), FOUND,
        Conflict("identity-rejected", IDENTITY_REJECTED, IDENTITY),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CONFLICTS.values(), ids=CONFLICTS.keys())
def test_a_conflict_in_full(case: tuple[WalletSnapshot, Findings, Conflict]) -> None:
    snapshot, found, expected = case
    assert reconcile(snapshot, found).conflicts == (expected,)


def test_conflicts_are_sorted_by_code_then_identity_then_address_then_credential() -> None:
    legacy, provider = IdentityKey(ONE, None, 3), IdentityKey(ONE, 0, 1)
    in_order = [
        Conflict("a", "", provider, "3b", "ff"),
        Conflict("b", ""),
        Conflict("b", "", None, "3a"),
        Conflict("b", "", IDENTITY),
        Conflict("b", "", legacy, "3a"),
        Conflict("b", "", legacy, "3b", "aa"),
        Conflict("b", "", legacy, "3b", "bb"),
        Conflict("b", "", provider),
    ]
    assert sorted(in_order[3:] + in_order[:3], key=lambda conflict: conflict.sort_key) == in_order


def test_an_identity_without_provider_is_named_by_its_index_alone() -> None:
    assert Conflict("x", "it differs", IDENTITY).describe() == "identity 0: it differs"


def test_next_counters_tell_providers_apart() -> None:
    under_provider = CellKey(IdentityRef(0, 7), KeyScheme.PROVIDER_V1, 4)
    row = CredentialRow("ab" * 48, "3x", IdentityKey(ONE, 7, 0), 9, 0)
    found = run(hit(under_provider), hit(cell_key(2, 0)), hit(KEY))
    counters = next_safe_counters(WalletSnapshot(credentials=(row,)), found)
    assert list(counters.items()) == [(IdentityRef(0), 1), (IdentityRef(2), 1), (IdentityRef(0, 7), 10)]


def test_outcomes_of_one_identity_are_taken_together() -> None:
    """A resumed run may bring an index in two parts, in any order."""
    first, second = run(hit(KEY)), run(hit(cell_key(0, 6)))
    both = replace(first, outcomes=(*second.outcomes, *first.outcomes))
    assert next_safe_counters(EMPTY, both) == {IdentityRef(0): 7}


@pytest.mark.parametrize(
    ("fingerprint", "genesis", "name"), [("1A" * 32, GENESIS, "fingerprint"), (ONE, "", "genesis hash")]
)
def test_findings_say_which_hash_is_none(fingerprint: str, genesis: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"^the {name} must be 64 lower-case hex digits"):
        Findings(fingerprint, genesis, 1, ())


def test_what_is_odd_about_several_identities_is_all_told() -> None:
    rows = tuple(IdentityRow(IdentityKey(ONE, None, n), "mine", IdentityStatus.CONFIRMED, 0) for n in range(2))
    told = reconcile(WalletSnapshot(identities=rows), run(hit(KEY), hit(cell_key(1, 0)))).conflicts
    assert [conflict.identity for conflict in told] == [row.key for row in rows]


def test_a_stored_text_that_is_no_address_is_compared_as_it_is() -> None:
    """Half a surrogate pair: an import may bring any text."""
    assert account_key("\ud800") != account_key("\ud801")
