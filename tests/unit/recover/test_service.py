"""The whole service on a fake device and a chain in memory: order, promises, and what each fault leaves behind."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Sequence

import pytest

from chain.errors import BadAnswer
from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.errors import (
    Cancelled,
    Declined,
    ExitStatus,
    InputError,
    NodeError,
    OtherDevice,
    RepeatedKey,
    Unplugged,
    WalletBusy,
)
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.model import CellState, IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.report import read_report, verify_report
from ledger_recovery.recover.service import Automatic, exit_status
from ledger_recovery.wallet.model import KeyStatus
from ledger_recovery.wallet.store import WalletStore
from tests.support.cells import account, fake_id, sighting
from tests.support.memory_chain import unavailable
from tests.unit.recover.conftest import Bench


async def test_a_whole_recovery_finds_every_account_and_reserves_every_used_index(bench: Bench) -> None:
    ids = [bench.deploy(0, 0), bench.deploy(0, 24), bench.deploy(0, 255), bench.deploy(2, 1, KeyScheme.LEGACY_V0)]
    result = await bench.recover()
    assert exit_status(result) is ExitStatus.COMPLETE
    assert bench.statement.startswith("Complete: identities 0-2")
    wallet = bench.wallet()
    assert {c.cred_id for c in wallet.credentials} == {i.hex() for i in ids}
    assert [(i.name, i.keygen_version) for i in wallet.identities] == [
        ("Recovered: Index 0", 1),
        ("Recovered: Index 2", 0),
    ]
    assert {c.key_status for c in wallet.credentials} == {KeyStatus.CAN_SIGN}
    assert result.next_identity == {None: 3}


async def test_an_empty_ledger_is_complete_and_says_so(bench: Bench) -> None:
    result = await bench.recover()
    assert exit_status(result) is ExitStatus.COMPLETE
    assert "0 accounts found" in bench.statement
    assert bench.wallet().wallets[0].fingerprint == bench.device.fingerprint
    assert bench.wallet().identities == ()


async def test_running_again_changes_nothing(bench: Bench) -> None:
    bench.deploy(0, 3)
    await bench.recover()
    before = bench.wallet()
    result = await bench.recover()
    assert result.changes == ()
    assert bench.wallet() == before


async def test_a_dry_run_prints_the_changes_and_writes_none(bench: Bench) -> None:
    bench.deploy(0, 3)
    result = await bench.recover(dry_run=True)
    planned = next(e for e in bench.events if isinstance(e, ev.ChangesPlanned))
    assert any("add account" in line for line in planned.lines)
    assert bench.wallet().accounts == ()
    assert not result.applied
    assert not any(isinstance(e, ev.ChangesApplied) for e in bench.events)


async def test_unanswered_cells_are_unknown_and_retry_asks_exactly_those(bench: Bench) -> None:
    lost = bench.deploy(0, 3)
    address = bench.chain.deployed[lost].account.address
    also = bench.device.cred_id(1, 7)
    bench.chain.broken = {lost, also, address}
    result = await bench.recover(ScanPolicy(last=2))
    assert exit_status(result) is ExitStatus.UNKNOWNS
    assert {c.key.counter for c in result.unknown_cells} == {3, 7}
    assert bench.statement.startswith("Not complete")
    assert result.next_identity == {None: 2}, "an index with unknown cells counts as used"

    bench.chain.broken, bench.chain.asked, approvals = set(), [], len(bench.device.approved)
    result = await bench.retry()
    assert sorted(bench.chain.asked) == sorted([lost, also])
    assert len(bench.device.approved) == approvals, "no second approval"
    assert exit_status(result) is ExitStatus.COMPLETE
    assert [a.address for a in bench.wallet().accounts] == [encode_address(address)]


async def test_retry_without_unknowns_says_so(bench: Bench) -> None:
    await bench.recover()
    with pytest.raises(InputError, match="no run has unknown"):
        await bench.retry()


async def test_a_listed_account_that_the_look_up_denies_is_found_and_the_disagreement_told(bench: Bench) -> None:
    """concordium-node#1008: look-ups by credential ID missed genesis accounts."""
    hidden = bench.deploy(0, 2)
    bench.chain.hidden = {hidden}
    result = await bench.recover()
    assert exit_status(result) is ExitStatus.SOURCES_DISAGREE
    assert [c.cred_id for c in result.disagreeing_cells] == [hidden]
    assert len(bench.wallet().accounts) == 1


async def test_a_failed_list_leaves_counters_unknown(bench: Bench) -> None:
    bench.chain.list_error = unavailable("the stream was cut")
    result = await bench.recover(ScanPolicy(last=0))
    assert exit_status(result) is ExitStatus.UNKNOWNS
    assert len(result.unknown_cells) == 2 * (256 - 25)
    assert any(isinstance(e, ev.ListFailed) for e in bench.events)


async def test_a_deep_search_without_the_promised_list_is_not_complete(bench: Bench) -> None:
    """Every cell was looked up, yet the second source that the mode names was never read: the exit status says so."""
    bench.chain.list_error = unavailable("the stream was cut")
    result = await bench.recover(ScanPolicy(last=0, deep=True))
    assert result.unknown_cells == ()
    assert bench.statement.startswith("Not complete")
    assert exit_status(result) is ExitStatus.UNKNOWNS


async def test_private_mode_sends_no_credential_id(bench: Bench) -> None:
    bench.deploy(0, 200)
    result = await bench.recover(ScanPolicy(last=1, mode=Mode.PRIVATE))
    assert bench.chain.asked == []
    assert len(bench.wallet().accounts) == 1
    assert "Complete for first credentials" in bench.statement
    assert any("second or a further credential" in w for w in result.warnings)


async def test_a_block_lost_half_way_is_pinned_anew_and_nothing_is_mixed(bench: Bench) -> None:
    bench.deploy(1, 1)
    bench.chain.lose_after = 70
    result = await bench.recover()
    assert result.repins == 1
    assert exit_status(result) is ExitStatus.COMPLETE
    assert result.point is not None
    assert result.point.height == 1002
    pins = [e for e in bench.events if isinstance(e, ev.Pinned)]
    assert [p.again for p in pins] == [False, True]
    assert bench.chain.asked_at[1001] < bench.chain.asked_at[1002], "all were asked again at the new block"
    assert len(bench.device.approved) == 3


async def test_a_block_lost_again_and_again_ends_the_run(bench: Bench) -> None:
    bench.chain.lose_after, bench.chain.lose_times = 5, 99
    with pytest.raises(NodeError, match="lost the pinned block"):
        await bench.recover()
    assert bench.statement.startswith("Not complete")


async def test_a_dead_node_stops_before_the_device_is_asked(bench: Bench) -> None:
    bench.chain.pin_error = unavailable()
    with pytest.raises(NodeError, match="UNAVAILABLE"):
        await bench.recover()
    assert bench.opened == []


async def test_wrong_network_tells_it_before_anything(bench: Bench) -> None:
    bench.chain.pin_error = BadAnswer("the node is on another network", code="WRONG_NETWORK", source="n:1")
    with pytest.raises(NodeError, match="another network"):
        await bench.recover()


async def test_a_decline_leaves_the_index_unknown_and_its_number_used(bench: Bench) -> None:
    bench.device.faults = {1: Declined("declined")}
    result = await bench.recover()
    assert [o.status for o in result.outcomes] == [IndexStatus.SCANNED, IndexStatus.DECLINED, IndexStatus.SCANNED]
    assert exit_status(result) is ExitStatus.UNKNOWNS
    assert result.next_identity == {None: 2}
    assert "declined" in bench.statement


async def test_a_declined_index_can_be_asked_once_more(bench: Bench) -> None:
    class Again(Automatic):
        async def declined(self, identity: IdentityRef) -> bool:
            return True

    bench.person = Again()
    bench.device.faults = {1: Declined("declined")}
    result = await bench.recover()
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_an_unplug_ends_the_run_and_resume_asks_for_no_second_approval(bench: Bench) -> None:
    bench.deploy(0, 1)
    bench.deploy(2, 0)
    bench.device.faults = {2: Unplugged("gone")}
    with pytest.raises(Unplugged):
        await bench.recover()
    assert bench.statement.startswith("Not complete")
    assert len(bench.wallet().accounts) == 1, "what was confirmed is in the wallet"

    result = await bench.resume()
    assert [i.index for i in bench.device.approved] == [0, 1, 2]
    assert bench.opened[-1] == bench.device.fingerprint, "the run is pinned to its Ledger"
    assert exit_status(result) is ExitStatus.COMPLETE
    assert len(bench.wallet().accounts) == 2
    with pytest.raises(InputError, match="no unfinished run"):
        await bench.resume()


async def test_resume_keeps_the_block_and_the_answers_of_the_run(bench: Bench) -> None:
    bench.device.faults = {1: Unplugged("gone")}
    with pytest.raises(Unplugged):
        await bench.recover(ScanPolicy(last=1))
    asked = len(bench.chain.asked)
    result = await bench.resume()
    assert result.point is not None
    assert result.point.height == 1001
    assert len(bench.chain.asked) == 100, f"50 of each index, {asked} before the unplug"


async def test_resume_at_a_forgotten_block_asks_all_again_without_approvals(bench: Bench) -> None:
    bench.device.faults = {1: Unplugged("gone")}
    with pytest.raises(Unplugged):
        await bench.recover(ScanPolicy(last=1))
    bench.chain.pins += 1
    result = await bench.resume()
    assert result.point is not None
    assert result.point.height > 1001
    assert [i.index for i in bench.device.approved] == [0, 1]
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_one_key_for_two_indices_stops_the_run(bench: Bench) -> None:
    bench.device.secret = lambda identity: b"\x07" * 32  # type: ignore[method-assign]
    with pytest.raises(RepeatedKey):
        await bench.recover()


async def test_another_ledger_than_expected_is_told_before_the_first_look_up(bench: Bench) -> None:
    settings = type(bench.settings)
    bench.settings = settings(
        wallet=bench.settings.wallet,
        state_dir=bench.settings.state_dir,
        network="testnet",
        expect_fingerprint="0123456789",
    )
    with pytest.raises(OtherDevice, match="fingerprint"):
        await bench.recover()
    assert bench.chain.asked == []
    assert bench.device.approved == []


async def test_an_unknown_wallet_asks_the_person_before_the_first_look_up(bench: Bench) -> None:
    await bench.recover(ScanPolicy(last=0))
    asked: list[Sequence[str]] = []

    class No(Automatic):
        async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
            asked.append(known)
            return False

    first, bench.device, bench.person = bench.device, type(bench.device)(seed=b"another"), No()
    bench.chain.asked.clear()
    with pytest.raises(Cancelled, match="not the one"):
        await bench.recover(ScanPolicy(last=0))
    assert list(asked[0]) == [first.fingerprint]
    assert bench.chain.asked == []


async def test_keys_that_could_not_be_read_are_not_checked_and_told(bench: Bench) -> None:
    bench.deploy(0, 0)
    bench.device.key_fault = Unplugged("gone")
    result = await bench.recover()
    assert [c.key_status for c in bench.wallet().credentials] == [KeyStatus.NOT_CHECKED]
    assert any("signing keys" in w for w in result.warnings)
    assert exit_status(result) is ExitStatus.COMPLETE


async def test_changed_keys_and_removed_credentials_are_told(bench: Bench) -> None:
    foreign = bench.device.cred_id(0, 0)
    bench.chain.deployed[foreign] = sighting(foreign)
    gone = bench.device.cred_id(0, 1)
    bench.chain.deployed[gone] = sighting(gone, account([fake_id("somebody")]))
    await bench.recover()
    rows = {c.cred_id: c for c in bench.wallet().credentials}
    assert rows[foreign.hex()].key_status is KeyStatus.KEYS_CHANGED
    assert rows[gone.hex()].removed
    owned = {a.address for a in bench.wallet().accounts}
    assert rows[gone.hex()].account_address not in owned


async def test_cancelling_keeps_what_was_confirmed(bench: Bench) -> None:
    bench.deploy(0, 0)
    task: asyncio.Task[object] | None = None

    def stop(identity: IdentityRef) -> None:
        if identity.index == 2 and task is not None:
            task.cancel()

    bench.device.on_export = stop
    task = asyncio.create_task(bench.recover())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.statement.startswith("Not complete")
    result = await bench.resume()
    assert exit_status(result) is ExitStatus.COMPLETE
    assert len(bench.wallet().accounts) == 1


async def test_two_programs_on_one_wallet_the_second_is_told(bench: Bench) -> None:
    bench.settings.wallet.parent.mkdir(mode=0o700)
    with WalletStore.open_or_create(bench.settings.wallet) as store, store.exclusive():
        with pytest.raises(WalletBusy):
            await bench.recover()


async def test_the_report_is_signed_and_says_what_the_events_say(bench: Bench) -> None:
    bench.deploy(0, 0)
    await bench.recover()
    [path] = bench.settings.reports.iterdir()
    report = verify_report(read_report(path)).report
    assert report["statement"]["sentence"] == bench.statement


async def test_unused_credential_ids_are_forgotten_when_nothing_is_left_to_ask(bench: Bench) -> None:
    """They link future accounts to this person; they are kept exactly as long as a retry or resume may need them."""
    unused = bench.device.cred_id(0, 9)
    bench.chain.broken = {unused}
    await bench.recover(ScanPolicy(last=0))
    with Journal(bench.settings.journal) as journal:
        [kept] = journal.load(journal.runs()[0].run_id).indices
    assert kept.keys is not None
    assert kept.keys.cred_ids[KeyScheme.LEGACY_V1][9] == unused

    bench.chain.broken = set()
    await bench.retry()
    with Journal(bench.settings.journal) as journal:
        [dropped] = journal.load(journal.runs()[0].run_id).indices
    assert dropped.keys is None
    left = b"".join(p.read_bytes() for p in bench.settings.journal.parent.glob("*.journal*"))
    every_id = [i for ids in kept.keys.cred_ids.values() for i in ids if i is not None]
    assert not any(i[:24] in left or i[24:] in left for i in every_id), "deleted pages are overwritten"


async def test_no_secret_is_written_anywhere(bench: Bench) -> None:
    bench.deploy(0, 0)
    bench.chain.broken = {bench.device.cred_id(1, 0)}
    await bench.recover()
    secrets = [bench.device.secret(IdentityRef(i)) for i in range(3)]
    root = bench.settings.wallet.parent.parent
    written = [p.read_bytes() for p in root.rglob("*") if p.is_file()]
    assert len(written) >= 4
    told = repr(bench.events).encode() + repr([ev.to_json(e) for e in bench.events]).encode()
    for secret in secrets:
        for form in (secret, secret.hex().encode(), secret[::-1]):
            assert all(form not in blob for blob in [*written, told])


async def test_states_of_every_cell_are_told_as_events(bench: Bench) -> None:
    bench.deploy(0, 0)
    await bench.recover(ScanPolicy(last=0))
    told = [c for e in bench.events if isinstance(e, ev.CellsAnswered) for c in e.cells]
    assert sum(c.state is CellState.DEPLOYED for c in told) == 1
    assert len(told) == 51, "25 + 25 of the first window and the 26th past the hit"


async def test_a_credential_first_seen_as_a_co_holders_is_ours_once_its_index_is_searched(bench: Bench) -> None:
    first, second = bench.device.cred_id(0, 0), bench.device.cred_id(1, 0)
    holder = account([first, second])
    bench.chain.deployed = {first: sighting(first, holder), second: sighting(second, holder)}
    await bench.recover(ScanPolicy(last=0))
    assert [e.cred_id for e in bench.wallet().external_credentials] == [second.hex()]
    await bench.recover(ScanPolicy(last=1))
    assert bench.wallet().external_credentials == ()
    assert {c.cred_id for c in bench.wallet().credentials} == {first.hex(), second.hex()}
    assert len(bench.wallet().accounts) == 1


async def test_what_is_written_is_private(bench: Bench) -> None:
    await bench.recover(ScanPolicy(last=0))
    root = bench.settings.state_dir
    for path in [root, *root.rglob("*"), bench.settings.wallet.parent, *bench.settings.wallet.parent.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
