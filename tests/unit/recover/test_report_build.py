"""The report's JSON: it fits the published schema whatever comes in, and says what the result says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.concordium.account import Stake, StakeKind
from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import Disagreement, IndexOutcome, IndexStatus
from ledger_recovery.recover.reconcile import reconcile
from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.report import build_report, report_schema
from ledger_recovery.recover.report.canon import canonical_bytes
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.recover.report.schema import shape_problem
from ledger_recovery.recover.result import RunResult
from ledger_recovery.wallet.model import KeyStatus, WalletSnapshot
from tests.support.cells import account, fake_id, sighting
from tests.support.recover_strategies import ONE, conflicts, device_facts, own_id, point, run_results
from tests.support.runs import DIRECT, LISTING, NODES, findings_of, hits, own, run, searched
from tests.support.schema import reference_problems

ZERO = IdentityRef(0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_results(), conflicts())
def test_every_report_fits_the_schema(result: RunResult, told: list[Conflict]) -> None:
    report = build_report(result, told)
    assert reference_problems(json.loads(canonical_bytes(report)), report_schema()) == []
    assert shape_problem(report) is None


@settings(max_examples=20, deadline=None)
@given(run_results(), st.data())
def test_the_order_of_outcomes_does_not_show(result: RunResult, data: st.DataObject) -> None:
    shuffled = replace(result, outcomes=tuple(data.draw(st.permutations(result.outcomes))))
    assert build_report(shuffled) == build_report(result)


def test_the_schema_closes_every_object() -> None:
    """A later field cannot slip in unseen: no object of the schema takes unknown members."""
    open_objects = []

    def walk(schema: object, path: str) -> None:
        if isinstance(schema, dict):
            if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
                open_objects.append(path)
            for name, inner in schema.items():
                walk(inner, f"{path}/{name}")
        elif isinstance(schema, list):
            for inner in schema:
                walk(inner, path)

    walk(report_schema(), "")
    assert open_objects == []


def test_outcomes_are_run_length_coded() -> None:
    result = run(searched(ZERO, hits=hits(own(0, 0)), unknown={own(0, 3), own(0, 4)}))
    (outcome,) = build_report(result)["outcomes"]
    v1, v0 = outcome["schemes"]
    assert (v1["scheme"], v1["asked"], v0["scheme"]) == ("legacy-v1", 256, "legacy-v0")
    assert [(c["from"], c["to"], c["state"], c["basis"]) for c in v1["counters"]] == [
        (0, 0, "deployed", "both"),
        (1, 2, "absent", "both"),
        (3, 4, "unknown", "none"),
        (5, 25, "absent", "both"),
        (26, 255, "absent", "list"),
    ]
    assert v1["counters"][0]["sources"] == [LISTING, *NODES]
    assert v1["counters"][2]["reason_code"] == "TIMEOUT"


def test_counters_that_were_not_asked_cut_a_stretch() -> None:
    outcome = searched(ZERO, policy=DIRECT)
    holed = replace(outcome, cells=tuple(c for c in outcome.cells if c.key.counter != 7))
    (block,) = build_report(run(holed, policy=DIRECT))["outcomes"]
    assert [(c["from"], c["to"]) for c in block["schemes"][0]["counters"]] == [(0, 6), (8, 24)]
    assert block["schemes"][0]["asked"] == 24


def test_unknown_cells_carry_their_reason_and_tries() -> None:
    report = build_report(run(searched(ZERO, unknown={own(0, 3), own(0, 4), own(0, 9)})))
    assert [(u["from"], u["to"], u["tries"], u["reason_code"]) for u in report["unknown"]] == [
        (3, 4, 3, "TIMEOUT"),
        (9, 9, 3, "TIMEOUT"),
    ]
    assert report["unknown"][0]["reason"] == "node-a:20000 gave no answer within 5 s"


def test_declined_indices_stand_in_the_outcomes() -> None:
    report = build_report(run(IndexOutcome(ZERO, IndexStatus.DECLINED)))
    assert report["outcomes"] == [{"provider": None, "index": 0, "status": "declined", "empty": False, "schemes": []}]


def test_accounts_and_credentials_say_what_was_found() -> None:
    first, later, gone = own(0, 0), own(0, 1), own(0, 2, KeyScheme.LEGACY_V0)
    shared = replace(
        account([own_id(ONE, first), own_id(ONE, later)], amount=10**17),
        threshold=2,
        stake=Stake(StakeKind.DELEGATOR, 2000, 12),
    )
    found = {
        first: sighting(own_id(ONE, first), shared),
        later: sighting(own_id(ONE, later), shared),
        gone: sighting(own_id(ONE, gone), account([fake_id("stranger")])),
    }
    checks = {own_id(ONE, first): KeyStatus.CAN_SIGN}
    report = build_report(replace(run(searched(ZERO, hits=found)), key_checks=checks))
    assert report["accounts"] == [
        {
            "address": encode_address(shared.address),
            "account_index": 7,
            "threshold": 2,
            "credentials": 2,
            "amount": "100000000000000000",
            "at_disposal": "100000000000000000",
            "staked": "2000",
            "locked": "0",
            "in_cooldown": "0",
            "stake_kind": "delegator",
            "stake_target": 12,
        }
    ]
    assert [(c["scheme"], c["counter"], c["place"], c["key_check"]) for c in report["credentials"]] == [
        ("legacy-v1", 0, "first", "can-sign"),
        ("legacy-v1", 1, "later", "not-checked"),
        ("legacy-v0", 2, "removed", "not-checked"),
    ]


def test_changes_placeholders_and_next_free_are_told() -> None:
    result = run(searched(ZERO, hits=hits(own(0, 0))))
    planned = reconcile(WalletSnapshot(), findings_of(result))
    result = replace(result, changes=planned.changes, next_identity={7: 0, None: 1}, next_counters={IdentityRef(0): 1})
    report = build_report(result)
    assert {c["kind"]: c["count"] for c in report["search"]["changes"]}["add-identity"] == 1
    assert report["placeholders"] == [{"provider": None, "index": 0, "keygen_version": 1}]
    assert report["next_free"] == {
        "identities": [{"provider": None, "index": 1}, {"provider": 7, "index": 0}],
        "counters": [{"provider": None, "index": 0, "counter": 1}],
    }


def test_disagreements_and_conflicts_are_told() -> None:
    outcome = searched(ZERO)
    told = Disagreement("a:1", "never deployed", "b:1", "credential is deployed")
    disputed = replace(
        outcome, cells=tuple(replace(c, disagreements=(told,)) if c.key == own(0, 5) else c for c in outcome.cells)
    )
    report = build_report(run(disputed), [Conflict("mixed-keygen", "both were found", None)])
    assert [(d["scheme"], d["counter"], d["source"], d["other_said"]) for d in report["disagreements"]] == [
        ("legacy-v1", 5, "a:1", "credential is deployed")
    ]
    assert [c["code"] for c in report["conflicts"]] == ["mixed-keygen"]


def test_a_result_without_device_and_point_is_still_a_report() -> None:
    report = build_report(replace(run(), device=None, point=None, account_list=None))
    assert (report["device"], report["chain"], report["account_list"]) == (None, None, None)
    assert report["wallet"] == {"fingerprint": None}
    assert shape_problem(report) is None


def test_a_fingerprint_that_is_none_does_not_enter() -> None:
    odd = replace(run(), device=replace(device_facts(), fingerprint="abandon abandon abandon"))
    assert build_report(odd)["wallet"] == {"fingerprint": None}


def test_node_urls_lose_their_credentials_and_query() -> None:
    secret = replace(point(), sources=("https://ann:hunter2@node.example:443/grpc?token=hunter2#hunter2",))
    result = replace(
        run(searched(ZERO)), point=secret, warnings=("see http://ann:hunter2@node.example/?k=hunter2 now",)
    )
    report = build_report(result)
    assert report["chain"] is not None
    assert report["chain"]["sources"] == ["https://node.example:443/grpc"]
    assert report["warnings"] == ["see http://node.example/ now"]
    assert b"hunter2" not in canonical_bytes(report)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred", "?[31mred"),
        ("right\u202eleft", "right?left"),
        ("half \ud800", "half ?"),
        ("x" * 501, "x" * 499 + "…"),
        ("http://a@b@c@host/", "http://host/"),
        ("a@b and http://host/x", "a@b and http://host/x"),
        ("grpc://host:1?q", "grpc://host:1"),
    ],
)
def test_foreign_text_is_bounded_printable_and_bare(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned
