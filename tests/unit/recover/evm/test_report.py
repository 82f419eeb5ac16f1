"""The EVM report: it fits its schema whatever comes in, says what the run says, and is signed like every report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.errors import InputError, ReportAltered
from ledger_recovery.recover.evm.report import EvmReport, build_evm_report, evm_report_text, redact_evm
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.report import Redaction, report_schema, sign_report, verify_document, verify_report
from ledger_recovery.recover.report.canon import canonical_bytes
from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME, shape_problem
from tests.support.report_worlds import empty
from tests.support.schema import reference_problems
from tests.unit.recover.evm.made import address, silent
from tests.unit.recover.evm.worlds import CONFLICTS, WORLDS, complete, drawn, failed, full

SNAPSHOTS = Path(__file__).parent / "snapshots"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SCHEMA = report_schema(EVM_SCHEMA_NAME)
HASH_KEY = bytes(range(16))
LEVELS = [(Redaction.SHORT, None), (Redaction.HASHED, HASH_KEY)]


def report() -> EvmReport:
    return build_evm_report(full(), CONFLICTS)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(drawn(), st.sampled_from([(Redaction.FULL, None), *LEVELS]))
def test_every_report_fits_the_schema_and_prints_in_78_columns(
    result: EvmResult, level: tuple[Redaction, bytes | None]
) -> None:
    made = redact_evm(build_evm_report(result), *level)
    assert reference_problems(json.loads(canonical_bytes(made)), SCHEMA) == []
    assert shape_problem(made) is None
    text = evm_report_text(made)
    assert all(len(line) <= 78 for line in text.split("\n"))
    assert all(c.isprintable() or c == "\n" for c in text)


@settings(max_examples=15, deadline=None)
@given(drawn(), st.data())
def test_the_order_of_places_and_answers_does_not_show(result: EvmResult, data: st.DataObject) -> None:
    order = data.draw(st.permutations(sorted(result.outcomes)))
    shuffled = replace(
        result,
        places=tuple(data.draw(st.permutations(result.places))),
        outcomes={a: result.outcomes[a] for a in order},
    )
    assert build_evm_report(shuffled) == build_evm_report(result)


@pytest.mark.parametrize("name", WORLDS)
def test_the_text_is_as_in_the_snapshot(name: str) -> None:
    made = build_evm_report(WORLDS[name](), CONFLICTS if name == "full" else ())
    assert evm_report_text(made) == (SNAPSHOTS / f"{name}.txt").read_text("utf-8")


def test_the_schema_closes_every_object() -> None:
    def walk(schema: object) -> None:
        if isinstance(schema, dict):
            assert schema.get("type") != "object" or schema["additionalProperties"] is False, schema
            for inner in schema.values():
                walk(inner)
        elif isinstance(schema, list):
            for inner in schema:
                walk(inner)

    walk(SCHEMA)


def test_accounts_tell_place_use_and_what_each_chain_says() -> None:
    first, *_ = report()["accounts"]
    assert first["address"] == checksum(address(0)) and first["shown"] and first["use"] == "active"
    assert [(p["scheme"], p["path"]) for p in first["places"]] == [
        ("ledger_live", "m/44'/60'/0'/0/0"),
        ("m/44'/60'/7'/x", "m/44'/60'/7'/0"),
    ]
    assert [(c["chain_id"], c["nonce"], c["balance"]) for c in first["chains"]] == [(1, 3, "1500000000000000000")]
    assert first["absent_on"] == [10] and first["unanswered_on"] == []
    assert [(t["symbol"], t["amount"]) for t in first["tokens"]] == [("USDC", "1234560000")]
    by_index = {a["places"][0]["index"]: a for a in report()["accounts"]}
    assert by_index[3]["use"] == "dust" and by_index[3]["unanswered_on"] == [10]
    assert by_index[4]["chains"][0]["delegate"] == checksum(address(99))


def test_smart_accounts_placeholders_and_unknown_ones() -> None:
    made = report()
    lost, funded = made["smart_accounts"]
    assert (lost["state"], lost["still_owner"], lost["threshold"], lost["salt"]) == ("deployed", False, 2, "4")
    assert (funded["state"], funded["still_owner"], funded["chain_id"]) == ("funded", None, 10)
    assert [(p["index"], [a["height"] for a in p["absent_at"]]) for p in made["placeholders"]] == [(1, [101, 110])]
    assert {(u["chain_id"], u["reason_code"]) for u in made["unknown"]} == {
        *((chain_id, "TIMEOUT") for chain_id in (1, 10)),
        (None, "NOT_ASKED"),
    }
    assert not made["statement"]["complete"]


def test_a_chain_whose_id_nobody_told_is_told_as_such() -> None:
    """A run numbers such chains below zero."""
    world = full()
    outcome = world.outcomes[address(0)]
    silenced = replace(outcome, answers={**outcome.answers, -1: silent(0)})
    made = build_evm_report(replace(world, outcomes={**world.outcomes, address(0): silenced}))
    assert shape_problem(made) is None and made["accounts"][0]["unanswered_on"] == []
    assert made["unknown"][0]["chain_id"] is None and made["unknown"][0]["reason_code"] == "TIMEOUT"


def test_schemes_tell_where_they_stopped_and_how_to_go_on() -> None:
    live, legacy, own = report()["schemes"]
    assert (live["stop"], live["last"], live["complete"], live["used"]) == (
        "gap", 9, True, [{"from": 0, "to": 0}, {"from": 2, "to": 4}],
    )  # fmt: skip
    assert "--gap 10" in live["how_to_go_on"] and "retry" in legacy["how_to_go_on"]
    assert legacy["unknown"] == [{"from": 0, "to": 1}]
    assert (own["stop"], own["last"], own["template"]) == ("not-walked", None, "m/44'/60'/7'/x")


def test_kinds_of_changes_are_told_as_words() -> None:
    assert report()["search"]["changes"][0] == {"kind": "add-evm-account", "count": 4}


# --- redaction ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "key"), LEVELS)
def test_a_redacted_report_names_no_address_and_no_number_that_would(level: Redaction, key: bytes | None) -> None:
    result = full()
    redacted = redact_evm(report(), level, key)
    text = canonical_bytes(redacted).decode().lower()
    ours = [*result.outcomes, *(account.address for _, account in result.smart), *result.policy.co_owners, address(99)]
    assert not [a for a in ours if a.hex() in text]
    assert "1500000000000000000" not in text and "1234560000" not in text and "ab" * 32 not in text
    assert redacted["chains"] == report()["chains"] and redacted["schemes"] == report()["schemes"]
    assert redacted["statement"] == report()["statement"]


def test_redaction_is_done_once_and_hashes_need_a_key() -> None:
    assert redact_evm(report(), Redaction.FULL) == report()
    with pytest.raises(ValueError, match="only a full"):
        redact_evm(redact_evm(report(), Redaction.SHORT), Redaction.SHORT)
    with pytest.raises(ValueError, match="random key"):
        redact_evm(report(), Redaction.HASHED)


# --- the envelope ---------------------------------------------------------------------------------------------------


def forged(document: Mapping[str, object]) -> bytes:
    """Signed by somebody whose program checks no schema."""
    envelope = json.loads(sign_report(report(), KEY))
    body = b"ledger-recovery/report signature 1\n" + canonical_bytes(dict(document))
    envelope |= {"report": dict(document)}
    envelope["signature"]["value"] = KEY.sign(body).hex()
    return canonical_bytes(envelope) + b"\n"


def test_it_is_signed_and_verified_as_every_report() -> None:
    found = verify_document(sign_report(report(), KEY))
    assert found.schema == EVM_SCHEMA_NAME and found.document == report()
    assert verify_document(sign_report(empty(), KEY)).document == empty()


def test_an_altered_one_is_refused() -> None:
    signed = sign_report(report(), KEY)
    for position in range(0, len(signed), 97):
        changed = bytearray(signed)
        changed[position] ^= 1
        with pytest.raises(ReportAltered):
            verify_document(bytes(changed))


def test_the_kinds_of_reports_are_not_taken_for_each_other() -> None:
    with pytest.raises(InputError, match="not a recovery report"):
        verify_report(sign_report(report(), KEY))
    with pytest.raises(InputError, match="not a recovery report"):
        verify_document(forged({**report(), "schema": "ledger-recovery/other"}))
    with pytest.raises(InputError, match="format version 2"):
        verify_document(forged({**report(), "version": 2}))
    with pytest.raises(ReportAltered):
        verify_document(forged({**report(), "schema": "ledger-recovery/report"}))
    with pytest.raises(ReportAltered):
        verify_document(forged({**report(), "extended_key": "xpub"}))
    with pytest.raises(ValueError, match="does not fit"):
        sign_report({**report(), "more": 1}, KEY)


@pytest.mark.parametrize(
    ("make", "step"),
    [
        (full, "ledger-recovery retry"),
        (full, "no longer an owner"),
        (full, "never made"),
        (full, "another address"),
        (full, "legacy: ask again"),
        (failed, "ledger-recovery resume"),
        (complete, "report verify"),
        (lambda: replace(complete(), shown=()), "--show-addresses"),
        (lambda: replace(complete(), outcomes={}, places=()), "If you expected accounts"),
    ],
)
def test_next_steps_follow_from_the_facts(make: object, step: str) -> None:
    assert callable(make)
    assert step in " ".join(evm_report_text(build_evm_report(make(), CONFLICTS)).split())
