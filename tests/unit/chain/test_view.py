"""Look-ups at a pinned block: what counts as absent, removed or active, and what stays unanswered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.concordium.account import CredentialSighting, CredentialStatus
from chain.concordium.channel import PROOFS
from chain.concordium.judgement import Answer
from chain.concordium.networks import MAINNET
from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.retry import TABLE
from chain.concordium.view import ConcordiumView
from chain.errors import BadAnswer, NodeUnavailable, PointLost
from chain.model import Finality, Point, Presence, Sighting, Unanswered
from tests.unit.chain import builders
from tests.unit.chain.scripted import FakeClock, Ledger, ScriptedConnection, failing, node

OURS, SECOND, GONE, NEVER, FOREIGN = (builders.cred_id(number) for number in range(1, 6))
POINT = Point(
    "mainnet", MAINNET.genesis_hash, builders.BLOCK, 1234, builders.SLOT_TIME, 0.0, Finality.FINALIZED, ("one:1",)
)


def ledger() -> Ledger:
    """Ours on an account of its own; on a foreign account SECOND is the third credential, and GONE was removed."""
    made = Ledger()
    made.add({0: OURS})
    made.add({0: FOREIGN, 3: SECOND}, removed=[GONE])
    return made


def view_of(*connections: ScriptedConnection, hashed: bool = True) -> ConcordiumView:
    nodes = [node(connection, FakeClock(), f"node{n}:1") for n, connection in enumerate(connections)]
    return ConcordiumView(nodes, POINT, hashed_addresses=hashed)


async def look(view: ConcordiumView, *handles: bytes) -> dict[bytes, Answer]:
    answers = [answer async for answer in view.look(handles)]
    found = {answer.handle: answer for answer in answers}
    assert len(found) == len(answers), "a handle was answered twice"
    return found


def sighting(answer: Answer) -> Sighting[CredentialSighting]:
    assert isinstance(answer, Sighting), answer
    return answer


def unanswered(answer: Answer) -> Unanswered:
    assert isinstance(answer, Unanswered), answer
    return answer


def status(answer: Answer) -> CredentialStatus:
    detail = sighting(answer).detail
    assert detail is not None
    return detail.status


async def test_the_three_answers_of_one_node() -> None:
    found = await look(view_of(ScriptedConnection(ledger())), OURS, SECOND, GONE, NEVER)
    assert [status(found[OURS]), status(found[SECOND]), status(found[GONE])] == [
        CredentialStatus.ACTIVE,
        CredentialStatus.ACTIVE,
        CredentialStatus.REMOVED,
    ]
    assert found[NEVER] == Sighting(NEVER, Presence.ABSENT, None, ("node0:1",))
    detail = sighting(found[SECOND]).detail
    assert detail is not None and detail.credential is not None
    assert detail.credential.credential_index == 3
    assert detail.account.address == builders.address_of(FOREIGN)


async def test_equal_handles_are_one_question() -> None:
    connection = ScriptedConnection(ledger())
    assert set(await look(view_of(connection), OURS, OURS, OURS)) == {OURS}
    assert connection.calls == ["GetAccountInfo"]


async def test_no_handles_no_questions() -> None:
    connection = ScriptedConnection(ledger())
    assert await look(view_of(connection)) == {}
    assert connection.calls == []


def test_a_handle_of_another_size_is_refused_at_once() -> None:
    view = view_of(ScriptedConnection())
    with pytest.raises(ValueError, match="48 bytes are needed"):
        view.look([OURS, b"\x00" * 47])
    with pytest.raises(ValueError, match="32 bytes are needed"):
        view.look_by_address([OURS])


async def test_an_absence_waits_for_the_proof() -> None:
    connection = ScriptedConnection(ledger())
    await look(view_of(connection), NEVER)
    assert connection.calls == ["GetAccountInfo"] + ["GetBlockInfo"] * PROOFS


async def test_an_active_credential_needs_no_proof() -> None:
    connection = ScriptedConnection(ledger())
    await look(view_of(connection), OURS)
    assert connection.calls == ["GetAccountInfo"]


async def test_a_node_that_forgot_the_block_loses_the_point() -> None:
    with pytest.raises(PointLost, match="does not know block"):
        await look(view_of(ScriptedConnection(ledger(), blocks={})), NEVER)


async def test_a_lagging_replica_among_the_proofs_loses_the_point() -> None:
    # Every second question goes to a replica that does not know the block yet.
    connection = ScriptedConnection(ledger())
    asked = 0

    def every_second(payload: bytes) -> Message:
        nonlocal asked
        asked += 1
        if asked % 2:
            return connection.answer("GetBlockInfo", payload)
        return failing("NOT_FOUND", "block not found.")(payload)

    connection.bent["GetBlockInfo"] = every_second
    with pytest.raises(PointLost):
        await look(view_of(connection), NEVER)


async def test_a_proof_that_cannot_be_asked_leaves_the_absence_unanswered() -> None:
    connection = ScriptedConnection(ledger(), bent={"GetBlockInfo": failing("UNAVAILABLE", "gone")})
    found = await look(view_of(connection), NEVER, GONE, OURS)
    assert unanswered(found[NEVER]).error.code == "UNAVAILABLE"
    assert unanswered(found[GONE]).error.code == "UNAVAILABLE"
    assert status(found[OURS]) is CredentialStatus.ACTIVE


async def test_a_proof_with_another_block_proves_nothing() -> None:
    other = builders.block_info(builders.OTHER_BLOCK)
    connection = ScriptedConnection(ledger(), blocks={builders.BLOCK: other})
    assert unanswered((await look(view_of(connection), NEVER))[NEVER]).error.code == "MISMATCH"


NOT_IN_TABLE = {"DATA_LOSS", "OUT_OF_RANGE", "FAILED_PRECONDITION", "ALREADY_EXISTS"}
STATUSES = sorted({row.status for row in TABLE} | NOT_IN_TABLE)


@pytest.mark.parametrize("name", STATUSES)
async def test_no_status_but_not_found_is_an_absence(name: str) -> None:
    connection = ScriptedConnection(ledger(), bent={"GetAccountInfo": failing(name, "x")})
    error = unanswered((await look(view_of(connection), NEVER))[NEVER]).error
    assert error.source == "node0:1"
    assert error.tries >= 1


@pytest.mark.parametrize("header", ["b2" * 32, "", "zz", "B1" * 31])
async def test_an_answer_about_another_block_is_refused(header: str) -> None:
    connection = ScriptedConnection(ledger(), header=header or "0")
    assert unanswered((await look(view_of(connection), OURS))[OURS]).error.code == "MISMATCH"


async def test_a_node_that_names_no_block_is_believed() -> None:
    found = await look(view_of(ScriptedConnection(ledger(), header=None)), OURS, NEVER)
    assert [sighting(found[handle]).presence for handle in (OURS, NEVER)] == [Presence.DEPLOYED, Presence.ABSENT]


async def test_an_answer_for_another_credential_is_no_removal() -> None:
    # The node shows the foreign account to whoever asks for OURS by its ID, but OURS has an account of its own.
    state = ledger()
    state.by_cred[OURS] = state.by_cred[FOREIGN]
    error = unanswered((await look(view_of(ScriptedConnection(state)), OURS))[OURS]).error
    assert isinstance(error, BadAnswer)
    assert error.code == "MISMATCH"


async def test_the_own_account_without_the_credential_is_no_removal() -> None:
    state = ledger()
    state.by_cred[OURS] = builders.account(0, {0: FOREIGN}, address=builders.address_of(OURS))
    # The node even denies that there is an account at that address.
    del state.accounts[0]
    # On a private network addresses need not be hashes, so the first check lets this account pass.
    found = await look(view_of(ScriptedConnection(state), hashed=False), OURS)
    assert unanswered(found[OURS]).error.code == "MISMATCH"


async def test_an_account_at_a_wrong_address_is_refused() -> None:
    state = Ledger()
    state.by_cred[OURS] = builders.account(0, {0: OURS}, address=b"\x07" * 32)
    assert unanswered((await look(view_of(ScriptedConnection(state)), OURS))[OURS]).error.code == "IMPLAUSIBLE"
    assert status((await look(view_of(ScriptedConnection(state), hashed=False), OURS))[OURS]) is CredentialStatus.ACTIVE


async def test_a_removed_credential_next_to_an_unreadable_one_stays_open() -> None:
    state = Ledger()
    info = state.add({0: FOREIGN, 1: SECOND}, removed=[GONE])
    info.creds[1].CopyFrom(pb.AccountCredential.FromString(bytes.fromhex("4a020a01")))
    error = unanswered((await look(view_of(ScriptedConnection(state)), GONE))[GONE]).error
    assert error.code == "UNREADABLE_CREDENTIAL"


async def test_two_nodes_agree() -> None:
    found = await look(view_of(ScriptedConnection(ledger()), ScriptedConnection(ledger())), OURS, GONE, NEVER)
    both = ("node0:1", "node1:1")
    assert (status(found[OURS]), sighting(found[OURS]).sources) == (CredentialStatus.ACTIVE, both)
    assert (status(found[GONE]), sighting(found[GONE]).sources) == (CredentialStatus.REMOVED, both)
    assert (sighting(found[NEVER]).presence, sighting(found[NEVER]).sources) == (Presence.ABSENT, both)


async def test_a_second_node_finds_what_the_first_omits() -> None:
    short = ledger()
    del short.by_cred[OURS]
    answer = sighting((await look(view_of(ScriptedConnection(short), ScriptedConnection(ledger())), OURS))[OURS])
    assert (answer.presence, answer.sources) == (Presence.DEPLOYED, ("node1:1",))
    assert [(note.source, note.said) for note in answer.dissent] == [("node0:1", Presence.ABSENT)]


async def test_an_invented_removal_is_disputed_by_the_second_node() -> None:
    lying = ledger()
    lying.by_cred[NEVER] = lying.by_cred[FOREIGN]
    answer = sighting((await look(view_of(ScriptedConnection(lying), ScriptedConnection(ledger())), NEVER))[NEVER])
    assert answer.presence is Presence.DEPLOYED
    assert [(note.source, note.said) for note in answer.dissent] == [("node1:1", Presence.ABSENT)]


async def test_active_wins_over_removed_and_the_other_is_noted() -> None:
    behind = ledger()
    behind.by_cred[SECOND] = builders.account(1, {0: FOREIGN})
    answer = (await look(view_of(ScriptedConnection(behind), ScriptedConnection(ledger())), SECOND))[SECOND]
    assert status(answer) is CredentialStatus.ACTIVE
    assert [note.source for note in sighting(answer).dissent] == ["node0:1"]


async def test_two_accounts_for_one_credential_stay_unanswered() -> None:
    other = ledger()
    other.by_cred[GONE] = other.by_cred[OURS]
    found = await look(view_of(ScriptedConnection(ledger()), ScriptedConnection(other)), GONE)
    assert unanswered(found[GONE]).error.code == "SOURCES_DISAGREE"


@pytest.mark.parametrize("handle", [GONE, NEVER])
async def test_an_unconfirmed_negative_stays_unanswered(handle: bytes) -> None:
    dead = ScriptedConnection(bent={"GetAccountInfo": failing("UNAVAILABLE")})
    for connections in ([ScriptedConnection(ledger()), dead], [dead, ScriptedConnection(ledger())]):
        error = unanswered((await look(view_of(*connections), handle))[handle]).error
        assert isinstance(error, NodeUnavailable)
        assert error.code == "UNCONFIRMED"


async def test_a_third_node_can_confirm() -> None:
    dead = ScriptedConnection(bent={"GetAccountInfo": failing("UNAVAILABLE")})
    found = await look(view_of(ScriptedConnection(ledger()), dead, ScriptedConnection(ledger())), NEVER)
    assert sighting(found[NEVER]).sources == ("node0:1", "node2:1")


async def test_a_second_node_answers_for_a_dead_first_one() -> None:
    dead = ScriptedConnection(bent={"GetAccountInfo": failing("UNAVAILABLE")})
    answer = sighting((await look(view_of(dead, ScriptedConnection(ledger())), OURS))[OURS])
    assert (answer.sources, answer.dissent) == (("node1:1",), ())


async def test_a_swap_is_noted_when_the_second_node_tells_the_truth() -> None:
    lying = ledger()
    lying.by_cred[OURS] = lying.by_cred[FOREIGN]
    answer = sighting((await look(view_of(ScriptedConnection(lying), ScriptedConnection(ledger())), OURS))[OURS])
    assert answer.sources == ("node1:1",)
    assert [note.source for note in answer.dissent] == ["node0:1"]


async def test_an_objection_without_proof_is_dropped() -> None:
    short = ledger()
    del short.by_cred[OURS]
    first = ScriptedConnection(short, bent={"GetBlockInfo": failing("UNAVAILABLE")})
    answer = sighting((await look(view_of(first, ScriptedConnection(ledger())), OURS))[OURS])
    assert (answer.sources, answer.dissent) == (("node1:1",), ())


async def test_the_second_node_must_prove_its_block_too() -> None:
    with pytest.raises(PointLost, match="node1:1"):
        await look(view_of(ScriptedConnection(ledger()), ScriptedConnection(ledger(), blocks={})), OURS, NEVER)


async def test_look_by_address() -> None:
    view = view_of(ScriptedConnection(ledger()))
    address = builders.address_of(FOREIGN)
    found = {answer.handle: answer async for answer in view.look_by_address([address, b"\x09" * 32])}
    detail = sighting(found[address]).detail
    assert detail is not None and detail.credential is not None
    assert (detail.status, detail.credential.cred_id) == (CredentialStatus.ACTIVE, FOREIGN)
    assert sighting(found[b"\x09" * 32]).presence is Presence.ABSENT


async def test_another_account_than_the_one_asked_for_is_refused() -> None:
    state = ledger()
    connection = ScriptedConnection(state, bent={"GetAccountInfo": lambda _: state.accounts[1]})
    found = [answer async for answer in view_of(connection).look_by_address([builders.address_of(OURS)])]
    assert unanswered(found[0]).error.code == "MISMATCH"


async def test_confirm_asks_every_node() -> None:
    await view_of(ScriptedConnection(), ScriptedConnection()).confirm()
    with pytest.raises(PointLost, match="node1:1"):
        await view_of(ScriptedConnection(), ScriptedConnection(blocks={})).confirm()
    with pytest.raises(NodeUnavailable):
        await view_of(ScriptedConnection(bent={"GetBlockInfo": failing("UNAVAILABLE")})).confirm()


async def test_a_reader_that_stops_early_leaves_no_questions_running() -> None:
    connection = ScriptedConnection(ledger())
    answers = view_of(connection).look([OURS, SECOND, *map(builders.cred_id, range(100, 400))])
    async for _ in answers:
        break
    await answers.aclose()
    asked = len(connection.calls)
    await asyncio.sleep(0)
    assert (len(connection.calls), connection.in_flight) == (asked, 0)


FAULTS = ["absent", "dead", "garbled", "other block", "swapped", None]


@given(
    handles=st.lists(st.sampled_from([OURS, SECOND, GONE, NEVER, *map(builders.cred_id, range(50, 60))]), max_size=30),
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_every_handle_is_answered_once_and_never_falsely_absent(
    handles: Sequence[bytes], faults: Sequence[str | None]
) -> None:
    view = view_of(*(faulty(fault) for fault in faults))
    found = asyncio.run(look(view, *handles))
    assert set(found) == set(handles)
    deployed = {OURS, SECOND, GONE}
    honest = any(fault is None for fault in faults)
    for handle, answer in found.items():
        if isinstance(answer, Sighting) and answer.presence is Presence.ABSENT and honest and len(faults) == 2:
            assert handle not in deployed, "an absence that the honest node contradicts"


def faulty(fault: str | None) -> ScriptedConnection:
    state = ledger()
    if fault == "absent":
        return ScriptedConnection(Ledger())
    if fault == "dead":
        return ScriptedConnection(bent={"GetAccountInfo": failing("UNAVAILABLE")})
    if fault == "garbled":
        return ScriptedConnection(state, bent={"GetAccountInfo": lambda _: pb.AccountInfo()})
    if fault == "other block":
        return ScriptedConnection(state, header="00" * 32)
    if fault == "swapped":
        return ScriptedConnection(state, bent={"GetAccountInfo": lambda _: state.accounts[1]})
    return ScriptedConnection(state)


def test_the_point_is_what_was_pinned() -> None:
    view = ConcordiumView([], replace(POINT, height=9), hashed_addresses=True)
    assert view.point.height == 9
