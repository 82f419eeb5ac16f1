"""The bundled worlds: that they stand, what is in them, and what a recovery must say about their corners."""

from __future__ import annotations

import pytest

from emulator.world import bundled, filler
from emulator.world.chain import build_chain
from emulator.world.derivation import GENERATOR, SCALAR_ORDER, account_address
from emulator.world.expectation import Expectation, ExpectedAccount, ExpectedCredential, expect


@pytest.fixture(scope="module")
def edges() -> Expectation:
    return expect(bundled.load("edges"), "ledger")


def credential(expected: Expectation, counter: int, identity: str = "zero") -> ExpectedCredential:
    found = [c for c in expected.credentials if c.counter == counter and c.identity == identity]
    assert len(found) == 1
    return found[0]


def account(expected: Expectation, counter: int, identity: str = "zero") -> ExpectedAccount:
    address = credential(expected, counter, identity).account
    return next(item for item in expected.accounts if item.address == address)


@pytest.mark.parametrize("name", bundled.names())
def test_every_bundled_world_stands(name: str) -> None:
    world = bundled.load(name)
    chain = build_chain(world, started=0)
    assert world.summary
    for item in chain.accounts:
        assert all(len(credential.cred_id) == 48 for credential in item.credentials)
        assert len(item.address) == 32
    for wallet in world.wallets:
        expect(world, wallet.name)


def test_an_empty_ledger_expects_nothing() -> None:
    expected = expect(bundled.load("empty"), "ledger")
    assert (expected.accounts, expected.credentials, expected.identities) == ((), (), ())
    assert [item.identity_index for item in expected.next_identity_indices] == [0]


def test_demo_is_rich() -> None:
    expected = expect(bundled.load("demo"), "ledger")
    assert {c.counter for c in expected.credentials} >= {0, 1, 3, 24, 25, 200, 255}
    assert {c.keygen for c in expected.credentials} == {0, 1}
    assert {c.status for c in expected.credentials} == {"active", "removed"}
    assert {c.keys for c in expected.credentials} == {"own", "changed", None}
    assert {a.stake for a in expected.accounts} == {"validator", "delegator", None}
    assert [i.identity_index for i in expected.identities if i.path == "legacy"] == [0, 1, 3, 6]
    validator = next(a for a in expected.accounts if a.stake == "validator")
    assert (validator.total, validator.available, validator.cooling_down) == (
        1_250_000_000_000,
        200_000_000_000,
        50_000_000_000,
    )


def test_edges_identities_and_next_numbers(edges: Expectation) -> None:
    assert [(i.path, i.provider, i.identity_index, i.next_counters) for i in edges.identities] == [
        ("legacy", None, 0, {1: None}),
        ("legacy", None, 1, {0: 5, 1: 1}),
        ("legacy", None, 5, {1: 9}),
        ("provider", 7, 0, {1: 2}),
    ]
    assert [(n.path, n.provider, n.identity_index) for n in edges.next_identity_indices] == [
        ("legacy", None, 6),
        ("provider", 7, 1),
    ]


def test_edges_shared_and_removed(edges: Expectation) -> None:
    shared = account(edges, 2)
    assert (credential(edges, 2).credential_index, shared.threshold, shared.can_sign) == (3, 2, False)
    removed = credential(edges, 5)
    assert (removed.status, removed.credential_index, removed.kind, removed.keys) == (
        "removed",
        None,
        None,
        None,
    )
    assert account(edges, 5).owned is False
    both = account(edges, 0, "after a gap")
    assert (len(both.credentials), both.signing_credentials, both.can_sign) == (2, 2, True)
    assert account(edges, 8).address == account(edges, 8, "after a gap").address
    assert account(edges, 8).owned is True


def test_edges_blocks(edges: Expectation) -> None:
    assert credential(edges, 10).status == "active"
    assert not [c for c in edges.credentials if c.counter == 11]
    later = expect(bundled.load("edges"), "ledger", height=1_000_001)
    assert credential(later, 11).status == "active"


@pytest.mark.parametrize(
    ("counter", "status", "matching", "threshold", "can_sign"),
    [(12, "changed", 0, 1, False), (13, "partial", 1, 2, False), (14, "own", 1, 1, True)],
)
def test_edges_keys(
    edges: Expectation, counter: int, status: str, matching: int, threshold: int, can_sign: bool
) -> None:
    found = credential(edges, counter)
    assert (found.keys, found.matching_keys, found.signature_threshold) == (status, matching, threshold)
    assert account(edges, counter).can_sign is can_sign


@pytest.mark.parametrize(
    ("counter", "total", "available", "staked", "locked", "cooling", "stake", "target"),
    [
        (15, 0, 0, 0, 0, 0, None, None),
        (17, 1_000_000_000_000, 500_000_000_000, 500_000_000_000, 0, 0, "validator", None),
        (18, 10_000_000, 6_000_000, 4_000_000, 0, 0, "delegator", None),
        (19, 10_000_000, 2_250_000, 6_000_000, 0, 1_750_000, "delegator", 19),
        (20, 40_000_000, 12_000_000, 0, 28_000_000, 0, None, None),
    ],
)
def test_edges_balances(
    edges: Expectation,
    counter: int,
    total: int,
    available: int,
    staked: int,
    locked: int,
    cooling: int,
    stake: str | None,
    target: int | None,
) -> None:
    found = account(edges, counter)
    assert (found.total, found.available, found.staked, found.locked, found.cooling_down) == (
        total,
        available,
        staked,
        locked,
        cooling,
    )
    assert (found.stake, found.target) == (stake, target)


def test_address_may_differ_from_the_hash(edges: Expectation) -> None:
    found = credential(edges, 22)
    assert found.account.startswith("32YGU1j7")
    assert account_address(bytes.fromhex(found.cred_id)).hex() not in found.account


def test_json_form(edges: Expectation) -> None:
    plain = edges.to_json()
    assert plain["version"] == 1
    assert plain["accounts"][0]["credentials"]
    assert "phrase" not in str(plain)


@pytest.mark.parametrize("number", [0, 1, 255, 65_536, 999_999])
def test_filler_accounts_are_found_by_number_again(number: int) -> None:
    count = 1_000_000
    address, cred_id = filler.address(number), filler.cred_id(number)
    assert (len(address), len(cred_id)) == (32, 48)
    assert filler.number_of_address(address, count) == number
    assert filler.number_of_address(address[:29] + b"\xff\xff\xff", count) == number
    assert filler.number_of_cred_id(cred_id, count) == number
    assert filler.number_of_address(address, number) is None
    assert filler.number_of_cred_id(bytes(48), count) is None
    assert filler.number_of_address(bytes(32), count) is None


def test_constants() -> None:
    assert len(GENERATOR) == 48
    assert SCALAR_ORDER.bit_length() == 255
