"""Redaction: no whole address, credential ID or fingerprint is left anywhere, and nothing that names an account."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings

from ledger_recovery.derive.address import encode_address
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.report import Redaction, Report, build_report, sign_report, verify_report
from ledger_recovery.recover.report.canon import canonical_bytes
from ledger_recovery.recover.report.redact import redact
from ledger_recovery.recover.report.schema import shape_problem
from ledger_recovery.recover.result import RunResult
from tests.support.recover_strategies import GENESIS, ONE, conflicts, own_id, run_results
from tests.support.report_worlds import complete
from tests.support.runs import hits, own, run, searched

KEY = bytes(range(16))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
LEVELS = [(Redaction.SHORT, None), (Redaction.HASHED, KEY)]
CRED_ID = own_id(ONE, own(0, 0))
ADDRESS = encode_address(next(iter(hits(own(0, 0)).values())).account.address)
PUBLIC = {GENESIS, "c0ffee00" * 8}


def talkative() -> Report:
    """Identifiers in every place where they can stand, foreign sentences included."""
    said = f"node says: {CRED_ID.hex()} of {ADDRESS}, {CRED_ID.hex().upper()}, x{ADDRESS}y, Ledger {ONE}."
    result = run(searched(IdentityRef(0), hits=hits(own(0, 0)), unknown={own(0, 5)}))
    cells = tuple(replace(c, reason=said) if c.reason else c for c in result.outcomes[0].cells)
    result = replace(
        result,
        outcomes=(replace(result.outcomes[0], cells=cells),),
        warnings=(said,),
        failure=("x", said),
        environment={ADDRESS: said},
    )
    return build_report(result, [Conflict("x", said, None, ADDRESS, CRED_ID.hex())])


@pytest.mark.parametrize(("level", "key"), LEVELS, ids=["short", "hashed"])
def test_no_identifier_is_left_in_the_bytes(level: Redaction, key: bytes | None) -> None:
    full = canonical_bytes(talkative()).decode()
    redacted = canonical_bytes(redact(talkative(), level, key)).decode()
    for secret in (ADDRESS, CRED_ID.hex(), ONE, CRED_ID.hex().upper()):
        assert secret in full and secret not in redacted
        assert secret[9:-9] not in redacted, "not even most of it"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run_results(), conflicts())
def test_no_long_token_is_left_in_any_report(result: RunResult, told: list[Conflict]) -> None:
    report = build_report(result, told)
    for level, key in LEVELS:
        redacted = redact(report, level, key)
        assert shape_problem(redacted) is None
        redacted["head"]["report_id"] = ""
        left = set(re.findall(r"[0-9A-Za-z]{32,}", canonical_bytes(redacted).decode()))
        assert {token for token in left if not re.fullmatch("[0-9a-f]{32}", token)} <= PUBLIC


@pytest.mark.parametrize(("level", "key"), LEVELS, ids=["short", "hashed"])
def test_numbers_that_name_an_account_are_dropped(level: Redaction, key: bytes | None) -> None:
    for account in redact(complete(), level, key)["accounts"]:
        assert [account["account_index"], account["amount"], account["at_disposal"], account["stake_target"]] == [
            None
        ] * 4
        assert [account["staked"], account["locked"], account["in_cooldown"]] == [None] * 3


def test_short_forms_can_be_compared_by_eye() -> None:
    short = redact(talkative(), Redaction.SHORT)
    assert short["accounts"][0]["address"] == f"{ADDRESS[:4]}…{ADDRESS[-4:]}"
    assert short["credentials"][0]["cred_id"] == f"{CRED_ID.hex()[:8]}…"
    assert short["wallet"]["fingerprint"] == f"{ONE[:8]}…"
    assert short["chain"] is not None and short["chain"]["genesis_hash"] == GENESIS


def test_hashes_are_equal_within_a_report_and_differ_between_keys() -> None:
    one, other = (redact(talkative(), Redaction.HASHED, key) for key in (KEY, bytes(16)))
    assert one["accounts"][0]["address"] == one["credentials"][0]["account"] == one["conflicts"][0]["address"]
    assert one["accounts"][0]["address"] != other["accounts"][0]["address"]


def test_the_outcomes_stay_as_they_are() -> None:
    assert redact(complete(), Redaction.SHORT)["outcomes"] == complete()["outcomes"]
    assert redact(complete(), Redaction.SHORT)["statement"] == complete()["statement"]


@pytest.mark.parametrize(("level", "key"), [(Redaction.FULL, None), *LEVELS], ids=["full", "short", "hashed"])
def test_every_level_can_be_signed_and_says_its_level(level: Redaction, key: bytes | None) -> None:
    report = verify_report(sign_report(redact(complete(), level, key), SIGNER)).report
    assert report["head"]["redaction"] == level.value


def test_redacting_leaves_the_original_alone() -> None:
    report = talkative()
    redact(report, Redaction.SHORT)
    assert report == talkative()


@pytest.mark.parametrize("key", [None, b"", bytes(15)])
def test_hashing_needs_a_key(key: bytes | None) -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        redact(complete(), Redaction.HASHED, key)


def test_a_redacted_report_is_not_redacted_again() -> None:
    with pytest.raises(ValueError, match="only a full report"):
        redact(redact(complete(), Redaction.SHORT), Redaction.HASHED, KEY)
