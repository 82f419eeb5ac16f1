"""[pure] What the guide shows at one moment. Frozen, bounded, and without any field that could hold a secret.

Texts that came from outside (a node, a device, a file) are cleaned and cut before they enter; `reducing.py` does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique

from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover.policy import StopAdvice
from ledger_recovery.web.model.letters import Runs, letters_of
from ledger_recovery.web.model.state_evm import EvmView
from ledger_recovery.web.model.steps import START, Step
from ledger_recovery.web.model.summary import ResultSummary
from ledger_recovery.web.model.summary_evm import EvmSummary

MAX_INDICES = 200
MAX_WARNINGS = 40
MAX_LOG = 200
MAX_SAVED = 20
MAX_TEXT = 500
"""Bounds of what is kept and shown; the journal and the report keep everything."""


@unique
class Family(StrEnum):
    CONCORDIUM = "concordium"
    EVM = "evm"


@unique
class QuestionKind(StrEnum):
    """What a person is asked. Answers: "yes" or "no"; CHOOSE_DEVICE: "0", "1", … or "none"."""

    CHOOSE_DEVICE = "choose-device"
    OPEN_APP = "open-app"
    SAME_WALLET = "same-wallet"
    BEGIN = "begin"
    GO_ON = "go-on"
    DECLINED = "declined"
    FURTHER = "further"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `number` tells it from every other one: an answer to an older page's question is refused.

    `identity`: "ID #3" (GO_ON: the next one; DECLINED: the declined one). `app`: OPEN_APP. `devices`: CHOOSE_DEVICE.
    FURTHER: an EVM search ended by its rule; whether to search behind larger holes.
    `advice`: GO_ON, when stopping is suggested. SAME_WALLET: `GuideState.device` has fingerprint and `known`.
    """

    number: int
    kind: QuestionKind
    identity: str = ""
    app: str = ""
    devices: tuple[DeviceInfo, ...] = ()
    advice: StopAdvice | None = None


@dataclass(frozen=True, slots=True)
class DeviceView:
    """The Ledger. `expected`: what it must show now, None when nothing is to be approved. `since`: seconds (the
    clock of `LogLine.at`) at which that request began. `fingerprint`: 64 hex, "" before it was read. `known`:
    fingerprints that the wallet file holds.
    """

    state: DeviceState | None = None
    notice: Notice | None = None
    expected: ExpectedScreen | None = None
    since: float | None = None
    info: DeviceInfo | None = None
    fingerprint: str = ""
    known: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.fingerprint) and self.fingerprint in self.known


@unique
class ListState(StrEnum):
    """The account list: OFF (not part of the search or not begun), READING, READY, FAILED."""

    OFF = "off"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NodeView:
    """Network and node. `urls`: what is asked, () for the network's own. Block facts are of the last pinned block.

    `genesis`, `block`: 64 hex, "" before a node answered. `age`: seconds.
    """

    network: str = ""
    urls: tuple[str, ...] = ()
    genesis: str = ""
    block: str = ""
    height: int | None = None
    age: float | None = None
    sources: tuple[str, ...] = ()
    repins: int = 0
    list_state: ListState = ListState.OFF
    list_count: int = 0
    list_source: str = ""


@dataclass(frozen=True, slots=True)
class SearchView:
    """`kind`: recover, resume or retry, "" before. `mode`: thorough, direct or private. `running`: a run is on.

    `providers`: identity providers whose newer path is searched too.
    """

    kind: str = ""
    run_id: str = ""
    mode: str = "thorough"
    deep: bool = False
    providers: tuple[int, ...] = ()
    running: bool = False
    keys_checked: int = 0


@unique
class IndexStage(StrEnum):
    APPROVING = "approving"
    ASKING = "asking"
    DONE = "done"
    DECLINED = "declined"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class GridRow:
    """One key scheme of one index ("legacy-v1")."""

    scheme: str
    runs: Runs

    @property
    def letters(self) -> str:
        return letters_of(self.runs)


@dataclass(frozen=True, slots=True)
class IndexView:
    """One identity index. `label`: "ID #3". `provider` None: the legacy path."""

    label: str
    index: int
    provider: int | None
    stage: IndexStage
    rows: tuple[GridRow, ...] = ()

    def count(self, letter: str) -> int:
        """How many cells have the letter."""
        return sum(n for row in self.rows for one, n in row.runs if one == letter)


@dataclass(frozen=True, slots=True)
class Offer:
    """A run that could be taken up. `at`: "2026-11-22 01:10 UTC". `done`: indices with an outcome or a key."""

    run_id: str
    network: str
    at: str
    done: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Offers:
    """What the start page can offer. `wallet`: the file's name; `accounts`: how many it holds.

    `options`: what leads a command in a terminal to this wallet.
    """

    wallet: str = ""
    accounts: int = 0
    resumable: Offer | None = None
    retriable: Offer | None = None
    box_name: str = ""
    last_report: bool = False
    options: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One cause, one fix. `again_in`: seconds until it is tried again by itself, None when a person has to act."""

    sentence: str
    hint: str
    code: str
    again_in: float | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file or backup that was read and not yet taken in. `kind`: own, desktop, mobile, address-book or backup.

    `needs_vault`: it holds private keys, which go to the vault under a password (`new_vault`: a new one).
    `applied`: rows that changed, None while it is only a plan.
    """

    kind: str
    sentence: str
    added: int = 0
    merged: int = 0
    known: int = 0
    left_out: int = 0
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    nothing_new: bool = False
    needs_vault: bool = False
    new_vault: bool = False
    network_unproven: bool = False
    older: bool = False
    applied: int | None = None


@dataclass(frozen=True, slots=True)
class BackupView:
    """`kind`: off, saved, pending, failing or conflict, with its sentence."""

    kind: str = "off"
    sentence: str = ""
    box_name: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """Something written and read back. `what`: export, report, pdf or backup. `where`: path or name."""

    what: str
    where: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """An account that the person is looking for. `found`: where it was found ("ID #1, credential 3"), "" not yet."""

    address: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """For the diagnosis: `at` seconds since the guide began; `what`: state names and codes, nothing personal."""

    at: float
    what: str


@dataclass(frozen=True, slots=True)
class GuideState:
    """Everything a page needs. `version` grows with every change. `busy`: what the program works on, or "".

    `indices`, `folded`: of a Concordium search; `evm`: of an EVM search. `result` is of the family that was searched.

    `folded`: indices that were concluded empty and left the grid to keep it short. `asked`, `approved`, `declined`:
    requests on the Ledger. `helper`: somebody helps the person. `ended`: the program is about to end.
    """

    version: int = 0
    family: Family = Family.CONCORDIUM
    step: Step = START
    helper: bool = False
    offers: Offers = field(default_factory=Offers)
    device: DeviceView = field(default_factory=DeviceView)
    node: NodeView = field(default_factory=NodeView)
    search: SearchView = field(default_factory=SearchView)
    indices: tuple[IndexView, ...] = ()
    folded: int = 0
    question: Question | None = None
    warnings: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    statement: str = ""
    result: ResultSummary | EvmSummary | None = None
    evm: EvmView = field(default_factory=EvmView)
    report_name: str = ""
    backup: BackupView = field(default_factory=BackupView)
    file: FileView | None = None
    saved: tuple[Saved, ...] = ()
    failure: Failure | None = None
    busy: str = ""
    sought: Sought = field(default_factory=Sought)
    save_folder: str = ""
    log: tuple[LogLine, ...] = ()
    asked: int = 0
    approved: int = 0
    declined: int = 0
    ended: bool = False

    @property
    def unknown(self) -> int:
        """Unknown cells in the grid; the result has the number of the whole run."""
        return self.evm.unknown if self.family is Family.EVM else sum(i.count("?") for i in self.indices)

    @property
    def deployed(self) -> int:
        return self.evm.used if self.family is Family.EVM else sum(i.count("D") for i in self.indices)
