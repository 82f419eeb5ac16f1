"""The pages of an EVM search as states: dead chains, unknowns, smart accounts that need a warning, one address."""

from __future__ import annotations

from dataclasses import replace

from chain.evm.account import EvmAccount, Kind
from chain.evm.smart_model import SmartAccount
from chain.model import Presence
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.schemes import LEDGER_LIVE, LEGACY, STANDARD
from ledger_recovery.device.apps.evm_screens import address_screen
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, Notice
from ledger_recovery.recover.evm.model import AddressOutcome, Answer, Holding
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.report import EvmReport, build_evm_report
from ledger_recovery.recover.evm.result import EvmResult
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.result import Ending
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.letters import encoded
from ledger_recovery.web.model.state import (
    DeviceView,
    Failure,
    Family,
    GuideState,
    LogLine,
    Offer,
    Offers,
    Question,
    QuestionKind,
    SearchView,
)
from ledger_recovery.web.model.state_evm import ChainView, EvmView, SchemeView
from ledger_recovery.web.model.summary_evm import EvmSummary, summarise_evm
from tests.unit.recover.evm import made, worlds

FINGERPRINT = "c8d13b08c2a94e57" * 4
HOSTS = ("eth.example:8545", "rpc.example", "127.0.0.1:8545")
ADDRESS = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"
_CHAINS = (
    ChainView(HOSTS[0], "ethereum", 23_851_204, "1f" * 32, 812.0, "finalized", smart=1),
    ChainView(HOSTS[1], "base", 38_502_117, "2e" * 32, 1_130.0, "finalized", smart_unanswered=2),
)
_DEAD = ChainView(HOSTS[2], failure="the node 127.0.0.1:8545 cannot be reached (ClientConnectorError)")
_WALKED = (
    SchemeView("ledger_live", (("D", 2), ("A", 3), ("D", 2), ("A", 20)), 27, "gap", complete=True),
    SchemeView("bip44", (("D", 1), ("A", 19)), 40),
    SchemeView("legacy", (("A", 3), ("D", 1), ("A", 8), ("?", 3), ("A", 5)), 20),
    SchemeView("etc_legacy", (), 20),
)
_VIEW = EvmView(nodes=HOSTS[:2], chains=_CHAINS)


def evm_scenes() -> dict[str, GuideState]:
    """Name -> state; the names sort in the order of the road, behind the letter "e"."""
    base = GuideState(
        version=3,
        family=Family.EVM,
        offers=Offers(wallet="wallet.sqlite"),
        evm=_VIEW,
        device=DeviceView(DeviceState.READY, info=_info(), fingerprint=FINGERPRINT),
        log=(LogLine(0.1, "device locked"), LogLine(1.25, "chain failed TIMEOUT")),
    )
    return {**_before(base), **_under_way(base), **_results(base), **_after(base)}


def found() -> EvmReport:
    """A complete run: names, tokens, a hole, money only, and a Safe that is well."""
    outcomes = [
        _used(0, nonce=14, balance=1_532_400_000_000_000_000),
        _unused(1),
        AddressOutcome(
            made.address(2), {1: made.there(2, nonce=1), 8453: made.absent(2)}, ((1, _safe(2, (2, 70, 71))),)
        ),
        AddressOutcome(made.address(3), {1: made.there(3, balance=20_000_000_000_000_000), 8453: made.absent(3)}),
        AddressOutcome(made.address(4), {1: made.absent(4), 8453: made.there(4, nonce=3, balance=7 * 10**15)}),
    ]
    places = (*(made.place(n, LEDGER_LIVE) for n in range(4)), made.place(4, LEGACY, 3))
    return build_evm_report(
        made.result(
            {outcome.address: outcome for outcome in outcomes},
            places,
            policy=EvmPolicy(schemes=(LEDGER_LIVE, LEGACY)),
            chains=(made.chain(1, "ethereum", smart_asked=40), made.chain(8453, "base", smart_asked=40)),
            stops={"ledger_live": Stop(StopReason.GAP, 23), "legacy": Stop(StopReason.GAP, 23)},
            holdings={made.address(0): (Holding(1, worlds.TOKEN, "USDC", 6, 1_234_560_000),)},
            shown=(made.address(0),),
            applied=True,
            changes=(("AddEvmAccount", 5),),
        )
    )


def nothing() -> EvmReport:
    """A complete run without any account."""
    return build_evm_report(made.result({made.address(1): _unused(1)}, (made.place(1),)))


def not_complete() -> EvmReport:
    """A dead chain, unknown addresses, a Safe whose owner was replaced, one that was never made, a contradiction."""
    return build_evm_report(worlds.full(), worlds.CONFLICTS)


def sought(where: int | None, failure: tuple[str, str] | None = None) -> EvmReport:
    """A search for one address. `where`: its index, None: not found."""
    place = None if where is None else made.place(where)
    done: EvmResult = made.result(
        {},
        () if place is None else (place,),
        policy=EvmPolicy(find=made.address(where or 9)),
        chains=(),
        found=place,
        failure=failure,
        ending=Ending.RANGE_DONE if failure is None else Ending.FAILED,
        stops={scheme.name: Stop(StopReason.CAP, 999) for scheme in STANDARD},
    )
    return build_evm_report(done)


def comparing(model: str) -> DeviceView:
    """A Ledger that shows an address."""
    screen = address_screen(model, "Ethereum", ADDRESS)
    return DeviceView(DeviceState.AWAITING_APPROVAL, None, screen, 12.0, _info(model), FINGERPRINT)


def _info(model: str = "nanosp", state: DeviceState = DeviceState.READY) -> DeviceInfo:
    return DeviceInfo("", model, None, "Ethereum", "1.23.0", FINGERPRINT, state, False)


def _used(number: int, *, nonce: int, balance: int) -> AddressOutcome:
    answers = {1: made.there(number, nonce=nonce, balance=balance), 8453: made.there(number, balance=10**12)}
    return AddressOutcome(made.address(number), answers)


def _unused(number: int) -> AddressOutcome:
    answers: dict[int, Answer] = {1: made.absent(number), 8453: made.absent(number)}
    return AddressOutcome(made.address(number), answers)


def _safe(owner: int, owners: tuple[int, ...]) -> SmartAccount:
    account = EvmAccount(Kind.CONTRACT, 3, 25 * 10**17, 171)
    ours = made.address(owner)
    now = tuple(made.address(n) for n in owners)
    return SmartAccount(made.address(800), Presence.DEPLOYED, "Safe 1.4.1", ours, 0, (ours,), account, now, 2)


def _question(kind: QuestionKind) -> Question:
    return Question(7, kind)


def _before(base: GuideState) -> dict[str, GuideState]:
    run = Offer("r1", "eth.example:8545", "2026-11-22 01:10 UTC", 40, 3)
    network = replace(base, step=steps.NETWORK)
    locked = DeviceView(DeviceState.DASHBOARD, Notice(DeviceState.DASHBOARD, "no app is open on the Ledger"))
    dead = Failure("no node answers: connection refused", "check the addresses, or give other nodes", "node", 5.0)
    empty = replace(network, evm=EvmView())
    return {
        "e00-start": replace(base, evm=EvmView()),
        "e00-start-resume": replace(base, offers=replace(base.offers, accounts=4, resumable=run, last_report=True)),
        "e00-start-retry": replace(base, offers=replace(base.offers, retriable=run)),
        "e02-unlock": replace(base, step=steps.UNLOCK, device=locked),
        "e03-same-wallet": replace(base, step=steps.SAME_WALLET, question=_question(QuestionKind.SAME_WALLET)),
        "e04-no-nodes": empty,
        "e04-asking": replace(network, evm=EvmView(nodes=HOSTS)),
        "e04-network": replace(network, question=_question(QuestionKind.BEGIN)),
        "e04-network-dead-chain": replace(
            network,
            evm=replace(_VIEW, chains=(*_CHAINS[:1], replace(_CHAINS[1], age=90_000.0), _DEAD)),
            question=_question(QuestionKind.BEGIN),
        ),
        "e04-again": replace(network, evm=EvmView(nodes=HOSTS[:1], again=HOSTS[1:2])),
        "e04-all-dead": replace(network, evm=EvmView(nodes=HOSTS[2:], chains=(_DEAD,)), failure=dead),
    }


def _under_way(base: GuideState) -> dict[str, GuideState]:
    on = replace(base, search=SearchView("recover", "r1", running=True), evm=replace(_VIEW, schemes=_WALKED))
    looking = replace(on, step=steps.LOOKING_UP)
    compared = tuple(
        SchemeView(s.name, (), n, e) for s, n, e in zip(STANDARD[:2], (1000, 300), ("cap", ""), strict=True)
    )
    wanted = EvmView(wanted=ADDRESS, schemes=compared)
    approve = replace(on, step=steps.APPROVE, evm=replace(on.evm, show=True))
    wide = SchemeView("ledger_live", (("D", 1), ("A", 149), ("?", 30), ("A", 100), ("D", 1), ("A", 20)), 320)
    return {
        **{f"e05-compare-{model}": replace(approve, device=comparing(model)) for model in ("nanosp", "stax")},
        "e06-looking-up": looking,
        "e06-beginning": replace(looking, evm=_VIEW),
        "e06-unanswered": replace(looking, evm=replace(on.evm, schemes=(wide, *_WALKED[1:]))),
        "e06-dead-chain": replace(
            looking, evm=replace(on.evm, chains=(*_CHAINS, _DEAD), schemes=_in_doubt((wide, *_WALKED[1:])))
        ),
        "e06-find": replace(looking, evm=wanted),
        "e06-find-found": replace(looking, evm=replace(wanted, found="bip44 #312, m/44'/60'/0'/0/312")),
    }


def _in_doubt(schemes: tuple[SchemeView, ...]) -> tuple[SchemeView, ...]:
    """With a chain that says nothing no index is unused on every chain: what the others do not know is unknown."""
    return tuple(
        replace(scheme, runs=encoded("?" if letter == "A" else letter for letter in scheme.letters), ended="")
        for scheme in schemes
    )


def _results(base: GuideState) -> dict[str, GuideState]:
    result = replace(base, step=steps.RESULT)
    over = tuple(replace(scheme, ended="gap") for scheme in _WALKED)
    further = replace(base, step=steps.STOP_OR_GO_ON, evm=replace(_VIEW, schemes=over))
    broken = ("device", "the Ledger was unplugged")
    wanted = checksum(made.address(9))
    return {
        "e07-further": replace(further, result=_found(), question=_question(QuestionKind.FURTHER)),
        "e07-further-unknown": replace(
            further, result=summarise_evm(not_complete()), question=_question(QuestionKind.FURTHER)
        ),
        "e08-result": replace(result, result=_found()),
        "e08-result-unknown": replace(result, result=summarise_evm(not_complete())),
        "e08-result-nothing": replace(result, result=summarise_evm(nothing())),
        "e08-result-failed": replace(result, result=summarise_evm(build_evm_report(worlds.failed()))),
        "e08-find-found": replace(result, evm=EvmView(wanted=wanted), result=summarise_evm(sought(9))),
        "e08-find-nothing": replace(result, evm=EvmView(wanted=wanted), result=summarise_evm(sought(None))),
        "e08-find-broken": replace(result, evm=EvmView(wanted=wanted), result=summarise_evm(sought(None, broken))),
    }


def _after(base: GuideState) -> dict[str, GuideState]:
    result = replace(base, result=_found(), save_folder="/home/user/Documents")
    unknown = replace(result, result=summarise_evm(not_complete()))
    return {
        "e09-save": replace(result, step=steps.SAVE),
        "e10-finish": replace(unknown, step=steps.FINISH),
        "e20-file": replace(base, step=steps.FILE),
    }


def _found() -> EvmSummary:
    report = found()
    return summarise_evm(report, {report["accounts"][0]["address"].lower(): "Savings"})
