"""[pure] The guide's words of an EVM search: chains, schemes, headings. Nothing here shows an address.

"used", "money only", "unused", "unknown" mean what docs/evm.md says; nothing is called unused that was not answered.
"""

from __future__ import annotations

from ledger_recovery.derive.evm.schemes import STANDARD
from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import GuideState, QuestionKind
from ledger_recovery.web.model.state_evm import ChainView, EvmView, SchemeView
from ledger_recovery.web.model.steps import Step
from ledger_recovery.web.model.summary_evm import EvmSummary

WALLETS = {
    "ledger_live": "Ledger Live",
    "bip44": "MetaMask, Trezor",
    "legacy": "MyEtherWallet, MyCrypto, old Ledger app",
    "etc_legacy": "Ethereum Classic through MyEtherWallet",
}
"""Who used a scheme, as docs/evm.md names them."""

TEMPLATES = {scheme.name: scheme.template for scheme in STANDARD}
STOPS = {
    "gap": "searched to its end",
    "cap": "ended at the highest index of this search",
    "unanswered": "given up, for want of answers",
    "found": "the address is here",
    "not-walked": "not searched to its end",
}
_TITLES = {
    steps.NETWORK.code: "Networks and nodes",
    steps.APPROVE.code: "Compare on your Ledger",
    steps.STOP_OR_GO_ON.code: "Search further?",
}


def title_of(step: Step) -> str:
    """The step's title in an EVM search; number and code stay."""
    return _TITLES.get(step.code, step.title)


def road_of(view: EvmView) -> tuple[Step, ...]:
    """The steps of this search in their order: addresses are compared at the end, and one address needs no node."""
    first, last = (steps.START, steps.CONNECT, steps.UNLOCK, steps.SAME_WALLET), (steps.SAVE, steps.FINISH)
    if view.wanted:
        return (*first, steps.LOOKING_UP, steps.RESULT, *last)
    compare = (steps.APPROVE,) if view.show else ()
    return (*first, steps.NETWORK, steps.LOOKING_UP, *compare, steps.STOP_OR_GO_ON, steps.RESULT, *last)


def heading(state: GuideState) -> str | None:
    """The page's title where it is another than that of every family, None elsewhere."""
    asked = None if state.question is None else state.question.kind
    if asked is not None:
        return "Ready to search?" if asked is QuestionKind.BEGIN else None
    if state.step is steps.APPROVE and state.device.expected is not None:
        return "Compare the address on your Ledger"
    if state.step is steps.NETWORK and not (state.evm.nodes or state.evm.chains or state.evm.again):
        return "Which chains shall be searched?"
    if state.step is steps.LOOKING_UP:
        return "Looking for your address" if state.evm.wanted else "Looking up your accounts"
    if state.step is steps.RESULT and isinstance(state.result, EvmSummary):
        return result_heading(state.result)
    return title_of(state.step) if state.step.code in _TITLES else None


def result_heading(result: EvmSummary) -> str:
    if result.wanted:
        if result.found:
            return "The address is yours"
        return "The address was not found" + (" so far" if result.failure is not None else "")
    held, smart = len(result.accounts), len(result.smart)
    if not held:
        return "No account was found" if result.complete else "No account was found so far"
    found = plural(held, "account") + (f" and {plural(smart, 'smart account')}" if smart else "") + " found"
    return found if result.complete else f"{found} so far"


def announced(state: GuideState) -> str | None:
    """What a screen reader is told where it is something else than in every family."""
    if state.step is steps.APPROVE and state.device.expected is not None:
        return "Your Ledger shows an address. Compare it with the one on this page, then confirm on the Ledger."
    if state.step is not steps.LOOKING_UP:
        return None
    view = state.evm
    done = sum(1 for scheme in view.schemes if scheme.ended)
    if view.wanted:
        return f"Looking for your address. {plural(done, 'way', 'ways')} of numbering searched."
    unknown = f", {plural(view.unknown, 'index', 'indices')} unknown so far" if view.unknown else ""
    return f"{plural(view.used, 'used index', 'used indices')} so far, {plural(done, 'scheme')} searched{unknown}."


def in_fours(address: str) -> tuple[str, ...]:
    """ "0x" and then groups of four, for comparing with a small screen."""
    prefix, digits = (address[:2], address[2:]) if address.startswith("0x") else ("", address)
    return (*((prefix,) if prefix else ()), *(digits[i : i + 4] for i in range(0, len(digits), 4)))


def chain_words(chain: ChainView, age: str) -> str:
    """One chain in a phrase. `age`: of its block, in words."""
    if chain.failure:
        return "gives no answers"
    if chain.height is None:
        return "is being asked"
    kind = f"{chain.finality} block" if chain.finality else "block"
    return f"{kind} {chain.height:,}" + (f", {age}" if age else "")


def scheme_words(scheme: SchemeView, wanted: str = "") -> str:
    """How far a scheme is, or what it came to. Without an end that is complete, nothing is told as none."""
    if wanted:
        if scheme.ended == "found":
            return STOPS["found"]
        return f"compared with {plural(scheme.derived, 'address', 'addresses')}: " + (
            "not among them" if scheme.ended else "not there so far"
        )
    used, unknown = scheme.count("D"), scheme.count("?")
    found = f"{used} used" if used else "none used" if scheme.complete else "none seen so far"
    end = STOPS.get(scheme.ended, scheme.ended) if scheme.ended else "searching"
    return f"{found}{f', {unknown} unknown' if unknown else ''}; {end}"
