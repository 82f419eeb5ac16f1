"""[pure] The guide's words that depend on the state: the title of the page, what is announced, and small phrases.

Longer texts stand in the templates, where a writer finds them. Nothing here shows an address or a credential ID.
"""

from __future__ import annotations

from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Family, GuideState, IndexStage, IndexView, ListState, Question, QuestionKind
from ledger_recovery.web.model.steps import Step
from ledger_recovery.web.model.summary import ResultSummary
from ledger_recovery.web.pages import wording_evm

APP_NAMES = {Family.CONCORDIUM: "Concordium", Family.EVM: "Ethereum"}
NETWORKS = {"mainnet": "Mainnet", "testnet": "Testnet", "custom": "Another network"}
MODES = {
    "thorough": "Thorough: look-ups and the list of all accounts",
    "direct": "Look-ups only",
    "private": "Private: only the list of all accounts",
}
KEY_STATUS = {
    "can-sign": ("good", "This Ledger can sign"),
    "partly": ("warn", "One key is yours, more must sign"),
    "keys-changed": ("bad", "Keys were changed: this Ledger cannot sign"),
    "not-checked": ("", "Keys not checked"),
}
STAGES = {
    IndexStage.APPROVING: "waits for your approval",
    IndexStage.ASKING: "looking up",
    IndexStage.DECLINED: "declined, unknown as a whole",
    IndexStage.SKIPPED: "not asked, unknown as a whole",
}


def app_name(state: GuideState) -> str:
    return APP_NAMES[state.family]


def title_of(state: GuideState, step: Step) -> str:
    """A step's title, as the list of steps has it."""
    return wording_evm.title_of(step) if state.family is Family.EVM else step.title


def road_of(state: GuideState) -> tuple[Step, ...]:
    """The steps of this guide's search in their order."""
    return wording_evm.road_of(state.evm) if state.family is Family.EVM else steps.STEPS


def heading(state: GuideState) -> str:
    """The page's one title: what is asked of the person now."""
    if state.ended:
        return "You can close this page"
    own = wording_evm.heading(state) if state.family is Family.EVM else None
    if own is not None:
        return own
    if state.question is not None:
        return _asked_of(state, state.question)
    if state.step is steps.APPROVE and state.device.expected is not None:
        return f"Approve {state.device.expected.check} on your Ledger"
    if state.step in (steps.CONNECT, steps.UNLOCK) and state.device.notice is not None:
        return _device_heading(state)
    if state.step is steps.START:
        return "Welcome back" if state.offers.resumable or state.offers.retriable else "Get your accounts back"
    if state.step is steps.RESULT and state.result is not None:
        return _result_heading(state)
    return _TITLES.get(state.step.code, state.step.title)


_TITLES = {
    steps.LOOKING_UP.code: "Looking up your accounts",
    steps.SAVE.code: "Save what was found",
    steps.FINISH.code: "You are done",
}


def asked(question: Question, app: str) -> str:
    """A question in one line."""
    match question.kind:
        case QuestionKind.CHOOSE_DEVICE:
            return "Which Ledger do you want to use?"
        case QuestionKind.OPEN_APP:
            return f"Open the {question.app or app} app?"
        case QuestionKind.SAME_WALLET:
            return "This Ledger is new to this wallet. Go on?"
        case QuestionKind.BEGIN:
            return "Ready to search?"
        case QuestionKind.GO_ON:
            return f"Search {question.identity} too?" if question.advice else f"Go on with {question.identity}?"
        case QuestionKind.DECLINED:
            return f"You declined {question.identity}. Ask once more?"
        case QuestionKind.FURTHER:
            return "Do you miss an account?"


def _asked_of(state: GuideState, question: Question) -> str:
    """Without another Ledger to compare with, none is "new"."""
    first = question.kind is QuestionKind.SAME_WALLET and not state.device.known
    return "Is this the right Ledger?" if first else asked(question, app_name(state))


def announced(state: GuideState) -> str:
    """One sentence for screen readers; it changes when something happened that a person should hear of."""
    if state.failure is not None:
        return f"Problem: {sentence(state.failure.sentence)} {state.failure.hint}".strip()
    if state.question is not None:
        return heading(state)
    own = wording_evm.announced(state) if state.family is Family.EVM else None
    if own is not None:
        return own
    if state.step is steps.APPROVE and state.device.expected is not None:
        return f"Your Ledger must show {state.device.expected.check}. Compare it, then approve on the Ledger."
    if state.step in (steps.CONNECT, steps.UNLOCK) and state.device.notice is not None:
        return f"{sentence(state.device.notice.sentence)} {state.device.notice.action}".strip()
    if state.step in (steps.APPROVE, steps.LOOKING_UP, steps.STOP_OR_GO_ON):
        done = [i for i in state.indices if i.stage in (IndexStage.DONE, IndexStage.DECLINED)]
        return f"{done[-1].label}: {index_words(done[-1])}." if done else heading(state)
    if state.step is steps.RESULT and state.result is not None:
        return state.result.statement
    return state.busy or heading(state)


def index_words(index: IndexView) -> str:
    """How far an identity index is, or what it came to."""
    if index.stage is not IndexStage.DONE:
        return STAGES[index.stage]
    deployed, unknown = index.count("D"), index.count("?")
    found = plural(deployed, "credential") + " found" if deployed else "none found"
    if unknown:
        return f"{found if deployed else 'nothing found so far'}, {unknown} unknown"
    return found if deployed else "empty"


def list_words(state: GuideState) -> str:
    """The account list's state in words."""
    node = state.node
    match node.list_state:
        case ListState.READING:
            return f"reading, {node.list_count:,} accounts so far" if node.list_count else "reading"
        case ListState.READY:
            return f"read, {node.list_count:,} accounts"
        case ListState.FAILED:
            return "could not be read"
        case ListState.OFF:
            return "not part of this search" if state.search.mode == "direct" else "read when the search begins"


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def age_words(age: float) -> str:
    """The age of a block: "3 seconds old", "4 minutes old", "5 hours in the future"."""
    seconds = round(abs(age))
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 2 * size), _UNITS[-1])
    words = plural(seconds // size, unit)
    return f"{words} old" if age >= 0 else f"{words} in the future"


def grouped(fingerprint: str, shown: int = 16) -> tuple[str, ...]:
    """The beginning of a fingerprint in groups of four, for comparing aloud."""
    return tuple(fingerprint[i : i + 4] for i in range(0, min(shown, len(fingerprint)), 4))


def sentence(text: str) -> str:
    """A sentence of the program's own tree (lower case, no full stop) as one for a page."""
    if not text:
        return ""
    stop = "" if text.endswith((".", "?", "!")) else "."
    return f"{text[0].upper()}{text[1:]}{stop}"


def _device_heading(state: GuideState) -> str:
    headings = {
        DeviceState.NO_DEVICE: "Connect your Ledger",
        DeviceState.NO_PERMISSION: "This computer may not use the Ledger yet",
        DeviceState.BUSY: "The Ledger is busy",
        DeviceState.LOCKED: "Unlock your Ledger",
        DeviceState.DASHBOARD: f"Open the {app_name(state)} app",
        DeviceState.WRONG_APP: f"Open the {app_name(state)} app",
        DeviceState.APP_EXITED: f"Open the {app_name(state)} app again",
        DeviceState.APP_TOO_OLD: f"Update the {app_name(state)} app",
        DeviceState.APP_UNKNOWN: "This program is too old for the app",
        DeviceState.POISONED: "Look at your Ledger",
    }
    notice = state.device.notice
    return state.step.title if notice is None else headings.get(notice.state, state.step.title)


def _result_heading(state: GuideState) -> str:
    result = state.result
    if not isinstance(result, ResultSummary):
        return state.step.title
    held = sum(1 for a in result.accounts if not a.removed)
    if held:
        return f"{plural(held, 'account')} found" + ("" if result.complete else " so far")
    return "No account was found" if result.complete else "No account was found so far"
