"""Plain text beats hex of it, anything beats an invented policy, and nothing else replaces what is known."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.wallet.policy import better_policy


def policy(revealed: dict[str, object], valid_to: str = "202604", created_at: str = "202504") -> str:
    return json.dumps({"validTo": valid_to, "createdAt": created_at, "revealedAttributes": revealed})


PLAIN, CODED = policy({"nationality": "DK", "sex": "1"}), policy({"nationality": "444b", "sex": "31"})
INVENTED = policy({}, "202503", "202503")


@pytest.mark.parametrize(
    ("known", "offered", "better"),
    [
        (None, PLAIN, PLAIN),
        (PLAIN, None, PLAIN),
        ("", PLAIN, PLAIN),
        ("not JSON", PLAIN, PLAIN),
        (PLAIN, "not JSON", PLAIN),
        (CODED, PLAIN, PLAIN),
        (PLAIN, CODED, PLAIN),
        (INVENTED, PLAIN, PLAIN),
        (PLAIN, INVENTED, PLAIN),
        (None, INVENTED, INVENTED),
        (CODED, policy({"nationality": "DE", "sex": "1"}), CODED),
        (CODED, policy({"nationality": "DK"}), CODED),
        (CODED, policy({"nationality": "DK", "sex": "1"}, valid_to="202605"), CODED),
        (policy({"a": "444b", "b": "Bo"}), policy({"a": "DK", "b": "Bo"}), policy({"a": "DK", "b": "Bo"})),
        (policy({"a": "zz"}), policy({"a": "DK"}), policy({"a": "zz"})),
        (policy({"a": 1}), policy({"a": "DK"}), policy({"a": 1})),
        ("[]", "[1]", "[]"),
        (PLAIN, json.dumps(json.loads(PLAIN), sort_keys=True), PLAIN),
    ],
)
def test_which_policy_stays(known: str | None, offered: str | None, better: str | None) -> None:
    assert better_policy(known, offered) == better


TEXTS = st.none() | st.sampled_from([PLAIN, CODED, INVENTED, "", "{}", "[" * 5000]) | st.text(max_size=20)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_two_policies_have_one_better_and_it_is_one_of_them(known: str | None, offered: str | None) -> None:
    better = better_policy(known, offered)
    assert better in (known, offered)
    assert better_policy(better, offered) == better
    assert better_policy(better, known) == better
