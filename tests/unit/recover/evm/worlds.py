"""EVM runs for the report's tests: one with everything, one that failed before it began, and drawn ones."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from chain.evm.account import EvmAccount, Kind
from chain.evm.smart_model import SmartAccount
from chain.model import Presence, Sighting
from ledger_recovery.derive.evm.schemes import LEDGER_LIVE, LEGACY, custom
from ledger_recovery.recover.evm.model import AddressOutcome, Answer, Holding
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.reconcile import EvmConflict
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.result import Ending
from tests.unit.recover.evm.made import DEVICE, absent, address, chain, place, result, silent, smart, there

OWN = custom("m/44'/60'/7'/x")
TOKEN = bytes.fromhex("a0b86991c6218b36c1d19d4a2e9eb0ce3606eb48")
CONFLICTS = (EvmConflict("place-elsewhere", "the wallet has another address at this place", "legacy", 3),)


def full() -> EvmResult:
    """Two chains; uses, holes, dust, a delegation, a Safe lost, one never made, tokens, an unknown address."""
    outcomes = [
        AddressOutcome(address(0), {1: there(0, nonce=3, balance=1_500_000_000_000_000_000), 10: absent(0)}),
        AddressOutcome(address(1), {1: absent(1), 10: absent(1)}),
        AddressOutcome(
            address(2),
            {1: absent(2), 10: absent(2)},
            ((1, _safe(2)), (10, smart(2, 801, Presence.FUNDED))),
        ),
        AddressOutcome(address(3), {1: there(3, balance=1), 10: silent(3)}),
        AddressOutcome(address(4), {1: _delegated(4), 10: absent(4)}),
        AddressOutcome(address(5), {1: silent(5), 10: silent(5)}),
        AddressOutcome(address(6), {}),
    ]
    places = (*(place(n) for n in range(5)), place(0, OWN, 0), place(5, LEGACY, 0), place(6, LEGACY, 1))
    return result(
        {outcome.address: outcome for outcome in outcomes},
        places,
        policy=EvmPolicy(schemes=(LEDGER_LIVE, LEGACY, OWN), gap=5, cap=40, co_owners=(address(77),)),
        chains=(
            chain(1, notes=("one note",), smart_asked=40),
            chain(10, "optimism", way="single calls", why="the node refuses batches", smart_unanswered=2, repins=1),
            replace(chain(), chain_id=None, name="base", point=None, failure=("TIMEOUT", "the node did not answer")),
        ),
        stops={
            "ledger_live": Stop(StopReason.GAP, 9),
            "legacy": Stop(StopReason.UNANSWERED, 1, (0, 1)),
        },
        holdings={
            address(0): (Holding(1, TOKEN, "USDC", 6, 1_234_560_000), Holding(10, TOKEN, "USDC", 6, 0)),
            address(800): (Holding(1, TOKEN, "USDC", 6, None),),
        },
        shown=(address(0),),
        changes=(("AddEvmAccount", 4), ("RefreshEvmSighting", 8)),
        warnings=("the device is an emulator",),
        timings_ms={"pin": 12},
        device=replace(DEVICE, emulated=True),
    )


def complete() -> EvmResult:
    outcomes = {address(n): AddressOutcome(address(n), {1: there(n, nonce=n)}) for n in (1, 2)}
    return result(outcomes, (place(1), place(2)), applied=True, shown=(address(1),))


def failed() -> EvmResult:
    return result({}, (), device=None, chains=(), stops={}, ending=Ending.FAILED, failure=("device", "no Ledger"))


WORLDS = {"full": full, "complete": complete, "failed": failed}


def _safe(owner: int) -> SmartAccount:
    account = EvmAccount(Kind.CONTRACT, 1, 5 * 10**18, 171)
    others = (address(70), address(71))
    first = (address(owner), address(77))
    return SmartAccount(address(800), Presence.DEPLOYED, "Safe 1.4.1", address(owner), 4, first, account, others, 2)


def _delegated(number: int) -> Answer:
    account = EvmAccount(Kind.DELEGATED, None, 0, 23, address(99))
    return Sighting(address(number), Presence.DEPLOYED, account, ("node:1",))


TEXTS = st.text(max_size=80)


@st.composite
def drawn(draw: st.DrawFn) -> EvmResult:
    """A run with hostile texts and any mix of answers."""
    numbers = draw(st.lists(st.integers(0, 9), unique=True, max_size=5))
    outcomes = {}
    for n in numbers:
        said = {
            1: draw(
                st.sampled_from([absent(n), silent(n), there(n, nonce=draw(st.none() | st.integers(0, 2**256 - 1)))])
            ),
            10: draw(st.sampled_from([absent(n), silent(n), there(n, balance=draw(st.integers(0, 2**256 - 1)))])),
        }
        outcomes[address(n)] = AddressOutcome(address(n), said, ((1, _safe(n)),) if draw(st.booleans()) else ())
    policy = EvmPolicy(schemes=(LEDGER_LIVE, OWN), find=draw(st.none() | st.just(address(1))))
    return result(
        outcomes,
        tuple(place(n, draw(st.sampled_from([LEDGER_LIVE, OWN]))) for n in numbers),
        policy=policy,
        chains=(
            chain(1, draw(TEXTS), way=draw(TEXTS), why=draw(TEXTS), notes=tuple(draw(st.lists(TEXTS, max_size=2)))),
            chain(10, failure=(draw(TEXTS), draw(TEXTS))),
        ),
        holdings={
            a: (Holding(1, TOKEN, draw(TEXTS), 18, draw(st.none() | st.integers(0, 2**256 - 1))),) for a in outcomes
        },
        warnings=tuple(draw(st.lists(TEXTS, max_size=2))),
        failure=draw(st.none() | st.tuples(TEXTS, TEXTS)),
        ending=draw(st.sampled_from(list(Ending))),
        stops={} if draw(st.booleans()) else {s.name: Stop(StopReason.CAP, 9, (2, 3)) for s in policy.schemes},
    )
