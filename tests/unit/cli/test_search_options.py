"""The search options and the policy they mean."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_recovery.cli.search_options import parse_range, policy, require_an_end
from ledger_recovery.errors import InputError
from ledger_recovery.recover.policy import Mode, ScanPolicy

PLAIN: dict[str, Any] = {
    "identities": None,
    "stop_after_empty": None,
    "providers": (),
    "legacy": True,
    "mode": "thorough",
    "deep": False,
}


@pytest.mark.parametrize(("text", "expected"), [("0-9", (0, 9)), ("4", (4, 4)), (" 2-2 ", (2, 2))])
def test_ranges(text: str, expected: tuple[int, int]) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize("text", ["", "-3", "3-", "a", "1-2-3", "9-0", "１-２", "0x1", "1.0"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(InputError):
        parse_range(text)


def test_the_policy_of_all_options() -> None:
    given = PLAIN | {"identities": "2-5", "providers": (0, 3), "mode": "direct", "deep": True}
    assert policy(**given) == ScanPolicy(2, 5, None, True, (0, 3), Mode.DIRECT, True)
    assert policy(**PLAIN | {"stop_after_empty": 4}) == ScanPolicy(stop_after_empty=4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"identities": "0-1", "stop_after_empty": 2},
        {"stop_after_empty": 0},
        {"legacy": False},
        {"mode": "private", "deep": True},
        {"identities": "0-2147483648"},
    ],
)
def test_what_does_not_fit_together(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        policy(**PLAIN | wrong)


def test_without_a_person_somebody_must_say_where_to_end() -> None:
    with pytest.raises(InputError, match="no terminal"):
        require_an_end(ScanPolicy(), interactive=False)
    require_an_end(ScanPolicy(), interactive=True)
    require_an_end(ScanPolicy(last=3), interactive=False)
    require_an_end(ScanPolicy(stop_after_empty=3), interactive=False)
