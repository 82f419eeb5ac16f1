"""The form of an EVM search: what it takes, what it refuses, and that a refusal repeats no node's address."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.errors import InputError
from ledger_recovery.recover.evm.policy import CAP, GAP, MAX_GAP, EvmPolicy
from ledger_recovery.web.run.actions import EvmWish, Plan, is_plain
from ledger_recovery.web.run.actions_evm import evm_nodes_of, evm_plan_of, evm_policy_of, wider

ADDRESS = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"
KEYED = "https://rpc.example/v2/secret-key"


def test_an_empty_form_is_the_usual_search() -> None:
    plan = evm_plan_of({"nodes": " ", "gap": "", "find": "", "owners": ""})
    assert plan == Plan()
    assert evm_policy_of(plan.evm) == EvmPolicy()


def test_every_field_is_read() -> None:
    fields = {"nodes": f"{KEYED}, http://[::1]:8545", "gap": "40", "find": ADDRESS.lower(), "show": "yes"}
    plan = evm_plan_of({**fields, "owners": f"{ADDRESS} {ADDRESS}"})
    assert plan.nodes == (KEYED, "http://[::1]:8545")
    assert plan.evm == EvmWish(gap=40, find=ADDRESS, owners=(ADDRESS,), show=True)
    policy = evm_policy_of(plan.evm)
    assert (policy.gap, policy.cap, policy.find) == (40, CAP, bytes.fromhex(ADDRESS[2:]))


@pytest.mark.parametrize(
    "fields",
    [
        {"gap": "0"},
        {"gap": "1001"},
        {"gap": "-3"},
        {"gap": "٣"},
        {"gap": "9" * 9},
        {"find": ADDRESS[:-1]},
        {"find": ADDRESS.replace("D", "d", 1)},
        {"owners": " ".join(f"0x{n:040x}" for n in range(1, 5))},
        {"owners": "mum"},
        {"nodes": "secret.example"},
        {"nodes": "ftp://rpc.example/secret-key"},
        {"nodes": f"https://rpc.example/{'k' * 500}"},
        {"nodes": " ".join(f"https://rpc{n}.example" for n in range(21))},
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_with_a_hint_and_without_repeating_it(fields: dict[str, str]) -> None:
    with pytest.raises(InputError) as refused:
        evm_plan_of(fields)
    told = f"{refused.value.sentence} {refused.value.hint}"
    assert refused.value.hint
    assert not any(word in told for word in fields.get("nodes", "").split())


def test_a_plan_does_not_print_what_nobody_may_see() -> None:
    plan = Plan(nodes=(KEYED,), evm=EvmWish(find=ADDRESS, owners=(ADDRESS,)))
    assert "secret" not in repr(plan)
    assert ADDRESS not in repr(plan)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://rpc.example", True),
        ("https://rpc.example/", True),
        ("http://127.0.0.1:8545", True),
        ("http://[::1]:8545/", True),
        (KEYED, False),
        ("https://rpc.example/?dkey=secret", False),
        ("https://rpc.example#secret", False),
        ("https://user:secret@rpc.example", False),
        ("https://secret@rpc.example:8545/", False),
        ("https://rpc.example\\secret", False),
        ("https://rpc.example/%2e", False),
        ("https://rpc.example\n/secret", False),
        ("wss://rpc.example", False),
    ],
)
def test_only_host_and_port_are_plain(url: str, plain: bool) -> None:
    assert is_plain(url) is plain


@given(st.text(max_size=60).map(lambda text: f"https://rpc.example{text}"))
@settings(max_examples=200, deadline=None)
def test_nothing_behind_the_host_is_ever_plain(url: str) -> None:
    rest = url.removeprefix("https://rpc.example")
    if is_plain(url):
        assert set(rest) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:/")
        assert rest.count("/") <= 1 and rest.find("/") in (-1, len(rest) - 1)


def test_a_host_stands_for_the_urls_that_are_known_for_it() -> None:
    known = {"rpc.example": (KEYED, f"{KEYED}2")}
    found = evm_nodes_of("https://other.example rpc.example", lambda host: known.get(host, ()))
    assert found == ("https://other.example", KEYED, f"{KEYED}2")


def test_a_wider_search_looks_behind_larger_holes_and_further_until_it_cannot() -> None:
    policy: EvmPolicy | None = EvmPolicy(co_owners=(b"\1" * 20,))
    gaps = []
    while policy is not None:
        gaps.append((policy.gap, policy.cap))
        assert policy.co_owners == (b"\1" * 20,)
        policy = wider(policy)
    assert gaps[:3] == [(GAP, CAP), (2 * GAP, 2 * CAP), (4 * GAP, 4 * CAP)]
    assert gaps[-1][0] == MAX_GAP
