"""The chain as time goes by, with a clock of the test's own."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.node.answers import METHOD_NAMES, method_at
from emulator.node.refusal import STATUS_NAMES, Refusal
from emulator.node.state import BlockChoice, BlockQuery, ChainState
from emulator.node.view import TRUE_VIEW, Generation, View
from emulator.world import bundled
from emulator.world.chain import build_chain

START = 1_750_000_000_000
WORLD = bundled.load("sample")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def state_at(clock: Clock, *, grows: bool = True) -> ChainState:
    world = replace(WORLD, blocks=replace(WORLD.blocks, grows=grows, ahead=0))
    return ChainState(build_chain(world, START), clock)


def test_a_growing_chain_keeps_its_blocks() -> None:
    clock = Clock()
    state = state_at(clock)
    final = BlockQuery(BlockChoice.LAST_FINAL)
    first = state.resolve(final, TRUE_VIEW)
    assert first is not None
    clock.now += 61_000
    later = state.resolve(final, TRUE_VIEW)
    assert later is not None
    assert (later.height - first.height, later.slot_time - first.slot_time) == (30, 60_000)
    assert state.resolve(BlockQuery(BlockChoice.GIVEN, hash=first.hash), TRUE_VIEW) == first
    assert not state.too_far_behind(TRUE_VIEW)


def test_a_frozen_chain_grows_old() -> None:
    clock = Clock()
    state = state_at(clock, grows=False)
    clock.now += 299_000
    assert not state.too_far_behind(View(age_ms=-2000))
    clock.now += 2_000
    assert state.finalized_height(TRUE_VIEW) == WORLD.blocks.finalized_height
    assert state.too_far_behind(TRUE_VIEW)


def test_a_clock_that_runs_backwards_does_not_shrink_the_chain() -> None:
    clock = Clock()
    state = state_at(clock)
    clock.now -= 10_000_000
    assert state.finalized_height(TRUE_VIEW) == WORLD.blocks.finalized_height


def test_lag_never_goes_below_genesis() -> None:
    assert state_at(Clock()).finalized_height(View(lag=10**12)) == 0


def test_addresses_match_exactly_before_protocol_3() -> None:
    world = replace(WORLD, network=replace(WORLD.network, protocol_version=2))
    state = ChainState(build_chain(world, START), Clock())
    address = state.chain.accounts[0].address
    assert state.account_by_address(address, 10, TRUE_VIEW) is state.chain.accounts[0]
    assert state.account_by_address(address[:29] + b"abc", 10, TRUE_VIEW) is None


STATE = state_at(Clock())
PATHS = [f"/concordium.v2.Queries/{name}" for name in sorted(METHOD_NAMES)] + [
    "/concordium.health.Health/Check",
    "/grpc.health.v1.Health/Check",
]


@given(st.sampled_from(PATHS), st.binary(max_size=120), st.sampled_from(Generation))
@settings(max_examples=200, deadline=None)
def test_any_request_is_answered_or_refused(path: str, request: bytes, generation: Generation) -> None:
    try:
        answer = method_at(path).answer(STATE, View(generation=generation), request)
        assert all(isinstance(message, bytes) for message in answer.messages)
    except Refusal as refusal:
        assert refusal.status in STATUS_NAMES
        assert refusal.text
