"""What a cell says besides its state: sources, the reason why it is open, and who contradicts whom, in exact words."""

from __future__ import annotations

import pytest

from chain.errors import BadAnswer
from chain.model import Dissent, Presence, Sighting, Unanswered
from ledger_recovery.derive.schemes import KeyScheme
from ledger_recovery.recover.model import Disagreement, IndexStatus
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.scan import Answer, Evidence, address_questions, cell, conclude, direct_questions
from tests.support.cells import cell_key
from tests.unit.recover.test_scan import A_SAYS_ABSENT, FIRST, ID, KEY, KEYS, LATER, REMOVED, absent, found, open_

NODE, LIST = "node-a:1", "account list of node-l:1"
MISMATCH = Unanswered(ID, BadAnswer("it answered for another account", code="MISMATCH", source=NODE), 2)
WORDLESS = Dissent("node-b:1", Presence.ABSENT, "")

OTHER_NODE = Disagreement("node-b:1", "never deployed", NODE, "deployed")
NEVER_YET_LISTED = Disagreement(NODE, "credential was never deployed", LIST, "lists its account")
NO_ACCOUNT = Disagreement(NODE, "no account at this address", LIST, "lists it")
CONTRADICT = "the sources contradict each other"
UNREAD = "the account list has this account, but it could not be read: no answer"

Row = tuple[Answer | None, Answer | None, bool | None, tuple[str, ...], str, str, tuple[Disagreement, ...]]

# direct, by address, listed -> sources, code and words of the reason, disagreements
FACTS: dict[str, Row] = {
    "nothing asked": (None, None, None, (), "NOT_ASKED", "this counter was not asked yet", ()),
    "deployed": (found(FIRST), None, None, (NODE,), "", "", ()),
    "deployed and listed": (found(FIRST), None, True, (NODE, LIST), "", "", ()),
    "deployed first, not listed": (
        found(FIRST), None, False, (NODE,), "", "",
        (Disagreement(LIST, "does not list this account", NODE, "credential is deployed"),),
    ),
    "later credential, yet listed": (
        found(LATER), None, True, (NODE,), "", "",
        (Disagreement(LIST, "lists an account with this first credential", NODE, "credential is deployed"),),
    ),
    "deployed, another node dissents": (found(FIRST, A_SAYS_ABSENT), None, None, (NODE,), "", "", (OTHER_NODE,)),
    "removed, another node dissents": (
        found(REMOVED, A_SAYS_ABSENT), None, False, (), "SOURCES_DISAGREE", CONTRADICT, (OTHER_NODE,),
    ),
    "absent": (absent(), None, None, (NODE,), "", "", ()),
    "absent and not listed": (absent(), None, False, (NODE, LIST), "", "", ()),
    "absent with dissent": (
        absent(A_SAYS_ABSENT), None, False, (), "SOURCES_DISAGREE", CONTRADICT,
        (Disagreement("node-b:1", "never deployed", NODE, "never deployed"),),
    ),
    "absent with a dissent without words": (
        absent(WORDLESS), None, False, (), "SOURCES_DISAGREE", CONTRADICT,
        (Disagreement("node-b:1", "absent", NODE, "never deployed"),),
    ),
    "absent, yet listed": (
        absent(), None, True, (), "NOT_ASKED", "the account list has this account, but it was not asked for yet",
        (NEVER_YET_LISTED,),
    ),
    "absent, yet listed and shown": (absent(), found(FIRST), True, (NODE, LIST), "", "", (NEVER_YET_LISTED,)),
    "absent, yet listed, shown with dissent": (
        absent(), found(FIRST, A_SAYS_ABSENT), True, (NODE, LIST), "", "", (NEVER_YET_LISTED, OTHER_NODE),
    ),
    "absent, yet listed, no such account": (
        absent(), absent(), True, (), "SOURCES_DISAGREE",
        "the account list has this account, but the node shows no account at its address",
        (NEVER_YET_LISTED, NO_ACCOUNT),
    ),
    "absent, yet listed, account open": (absent(), open_(), True, (), "UNAVAILABLE", UNREAD, (NEVER_YET_LISTED,)),
    "absent, yet listed, account without it": (
        absent(), found(REMOVED), True, (), "MISMATCH",
        "the account at this credential's address does not hold the credential, which cannot be removed",
        (NEVER_YET_LISTED,),
    ),
    "another account, yet listed": (
        MISMATCH, open_(), True, (), "UNAVAILABLE", UNREAD,
        (Disagreement(NODE, "it answered for another account", LIST, "lists its account"),),
    ),
    "open, listed, account open": (open_(), open_(), True, (), "UNAVAILABLE", UNREAD, ()),
    "open, not listed": (open_("TIMEOUT"), None, False, (), "TIMEOUT", "no answer", ()),
    "only the list": (None, None, False, (LIST,), "", "", ()),
}  # fmt: skip


def evidence(direct: Answer | None, by_address: Answer | None, listed: bool | None) -> Evidence:
    return Evidence(
        direct={} if direct is None else {KEY: direct},
        by_address={} if by_address is None else {KEY: by_address},
        listed=None if listed is None else frozenset({KEY} if listed else ()),
        list_source="node-l:1",
    )


@pytest.mark.parametrize("row", FACTS.values(), ids=FACTS.keys())
def test_sources_reasons_and_disagreements(row: Row) -> None:
    direct, by_address, listed, sources, code, reason, disagreements = row
    got = cell(KEY, KEYS, evidence(direct, by_address, listed))
    assert got.sources == sources
    assert (got.reason_code, got.reason) == (code, reason)
    assert got.disagreements == disagreements
    assert got.tries == (0 if direct is None else direct.tries)


def test_an_account_shown_by_its_address_is_the_cells_sighting() -> None:
    assert cell(KEY, KEYS, evidence(None, found(FIRST), True)).sighting == FIRST


def test_several_nodes_are_named_together() -> None:
    two: Answer = Sighting(ID, Presence.ABSENT, None, ("node-a:1", "node-c:1"))
    (told,) = cell(KEY, KEYS, evidence(two, None, True)).disagreements
    assert told.source == "node-a:1, node-c:1"


def test_a_direct_hit_moves_the_window_and_an_absent_one_does_not() -> None:
    seen = Evidence(direct={cell_key(0, 24): found(FIRST), cell_key(0, 24, KeyScheme.LEGACY_V0): absent()})
    due = direct_questions(KEYS, ScanPolicy(), seen, {})
    highest = {scheme: max(k.counter for k in due if k.scheme is scheme) for scheme in KEYS.cred_ids}
    assert highest == {KeyScheme.LEGACY_V1: 49, KeyScheme.LEGACY_V0: 23}


def test_answers_beyond_the_plan_are_concluded_too() -> None:
    """A resumed run may hold answers of a wider policy."""
    outcome = conclude(KEYS, ScanPolicy(mode=Mode.DIRECT), Evidence(direct={cell_key(0, 200): absent()}), {})
    assert {c.key.counter for c in outcome.cells} == {*range(25), 200}
    assert (outcome.identity, outcome.status) == (KEYS.identity, IndexStatus.SCANNED)


def test_listed_cells_are_asked_by_address_in_order_unless_the_look_up_showed_them() -> None:
    shown, silent, denied, fresh = (cell_key(0, counter) for counter in (9, 4, 30, 2))
    seen = Evidence(
        direct={shown: found(FIRST), silent: open_(), denied: absent()},
        listed=frozenset({shown, silent, denied, fresh}),
    )
    assert address_questions(KEYS, ScanPolicy(), seen) == (fresh, silent, denied)


@pytest.mark.parametrize(("listed", "kept"), [(None, ("", "")), (frozenset[object](), ("CUT", "cut"))])
def test_a_retry_forgets_why_there_is_no_list_but_not_what_a_list_said(
    listed: frozenset[object] | None, kept: tuple[str, str]
) -> None:
    seen = Evidence(listed=listed, list_error=("CUT", "cut"))  # type: ignore[arg-type]  # an empty set of cells
    seen.forget_unanswered()
    assert seen.list_error == kept
