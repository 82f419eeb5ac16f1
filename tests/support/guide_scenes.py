"""Every page of the guide as a state, for axe, for screenshots and for tests of the views: nothing runs behind them."""

from __future__ import annotations

from dataclasses import replace

from ledger_recovery.device.interaction import DeviceInfo, DeviceState, ExpectedScreen, Notice
from ledger_recovery.recover.policy import StopAdvice
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import (
    BackupView,
    DeviceView,
    Failure,
    FileView,
    GridRow,
    GuideState,
    IndexStage,
    IndexView,
    ListState,
    LogLine,
    NodeView,
    Offer,
    Offers,
    Question,
    QuestionKind,
    Saved,
    SearchView,
    Sought,
)
from ledger_recovery.web.model.summary import ResultSummary, summarise
from tests.support import report_worlds
from tests.support.guide_scenes_evm import evm_scenes

_TERMINAL = "--wallet '/home/ada/my wallets/wallet-mainnet.sqlite' --network mainnet"
FINGERPRINT = "6f1d3b08c2a94e57" * 4
OTHER = "a07c44d19be2f385" * 4
SCREENS = {
    "nanosp": ExpectedScreen(
        "Recover credentials",
        "nanosp",
        (("Recover credentials", " ID#3"), ("Accept",)),
        ("compare 'ID#3', then press the right button; if it differs, choose Decline", "press both buttons"),
        "ID#3",
    ),
    "stax": ExpectedScreen(
        "Recover credentials",
        "stax",
        (("Export Private Key", "Swipe to review"), ("Recover credentials", " ID#3"), ("Accept", "Hold to sign")),
        (
            "swipe to the left",
            "compare 'ID#3', then swipe to the left; if it differs, tap Reject",
            "hold the button until it is full",
        ),
        "ID#3",
    ),
}
SCREENS["nanox"] = replace(SCREENS["nanosp"], model="nanox")
SCREENS["flex"] = replace(SCREENS["stax"], model="flex")
SCREENS["unknown"] = replace(SCREENS["nanosp"], model="unknown")

_NODE = NodeView(
    network="mainnet",
    genesis="9dd9ca4d19e9393877d2c44b70f89acbfc0883c2243e5eeaecc0d1cd0503f478",
    block="6ee2064c" * 8,
    height=31_415_926,
    age=3.2,
    sources=("grpc.mainnet.concordium.software:20000",),
    list_state=ListState.READING,
    list_count=58_000,
)
_SEARCH = SearchView(kind="recover", run_id="r1", running=True)


def _info(model: str = "nanosp", state: DeviceState = DeviceState.READY) -> DeviceInfo:
    return DeviceInfo("", model, None, "Concordium", "5.1.3", FINGERPRINT, state, False)


def _device(state: DeviceState, sentence: str, action: str = "", model: str = "nanosp") -> DeviceView:
    return DeviceView(state, Notice(state, sentence, action), info=_info(model, state), fingerprint=FINGERPRINT)


def _rows(*letters: tuple[tuple[str, int], ...]) -> tuple[GridRow, ...]:
    return tuple(GridRow(s, runs) for s, runs in zip(("legacy-v1", "legacy-v0"), letters, strict=False))


INDICES = (
    IndexView(
        "ID #0",
        0,
        None,
        IndexStage.DONE,
        _rows((("D", 2), ("A", 1), ("D", 1), ("A", 196), ("D", 1), ("A", 55)), (("A", 256),)),
    ),
    IndexView("ID #1", 1, None, IndexStage.DONE, _rows((("A", 256),), (("A", 256),))),
    IndexView("ID #2", 2, None, IndexStage.ASKING, _rows((("A", 7), ("?", 2), ("A", 6)), (("A", 12),))),
    IndexView("ID #3", 3, None, IndexStage.APPROVING, _rows((), ())),
)


def _complete() -> ResultSummary:
    names = {a["address"]: n for a, n in zip(report_worlds.complete()["accounts"], ("Savings", ""), strict=False)}
    return summarise(report_worlds.complete(), names)


def _question(kind: QuestionKind, **facts: object) -> Question:
    return replace(Question(7, kind), **facts)  # type: ignore[arg-type]  # names are fields of Question


def scenes() -> dict[str, GuideState]:
    """Name -> state; the names sort in the order of the road."""
    base = GuideState(
        version=3, offers=Offers(wallet="wallet.sqlite"), node=_NODE, log=(LogLine(0.1, "device locked"),)
    )
    return {**_before(base), **_under_way(base), **_after(base), **_beside(base), **evm_scenes()}


def _before(base: GuideState) -> dict[str, GuideState]:
    run = Offer("r1", "mainnet", "2026-11-22 01:10 UTC", 3, 2)
    meeting = replace(base, step=steps.CONNECT)
    unlock = replace(base, step=steps.UNLOCK)
    two = (_info(), replace(_info("stax", DeviceState.LOCKED), app="", app_version="", fingerprint=""))
    locked = _device(DeviceState.LOCKED, "the Ledger is locked", "Enter its PIN on the device.")
    wrong = _device(DeviceState.WRONG_APP, "the app Bitcoin 2.2.0 is open", "Close it and open the Concordium app.")
    met = DeviceView(DeviceState.READY, info=_info(), fingerprint=FINGERPRINT)
    node_dead = Failure("no node answers: connection refused", "check the address, or give another node", "node", 5.0)
    return {
        "00-start": base,
        "00-start-resume": replace(base, offers=replace(base.offers, accounts=4, resumable=run, last_report=True)),
        "00-start-retry": replace(base, offers=replace(base.offers, retriable=run)),
        "01-connect": replace(
            meeting, device=DeviceView(DeviceState.NO_DEVICE, Notice(DeviceState.NO_DEVICE, "no Ledger is connected"))
        ),
        "01-connect-permission": replace(
            meeting,
            device=_device(
                DeviceState.NO_PERMISSION,
                "this user may not use /dev/hidraw3 (root, mode 0600)",
                "Run: ledger-recovery doctor --install-udev",
            ),
        ),
        "01-connect-choose": replace(meeting, question=_question(QuestionKind.CHOOSE_DEVICE, devices=two)),
        "02-unlock": replace(unlock, device=locked),
        "02-unlock-wrong-app": replace(unlock, device=wrong),
        "02-unlock-open": replace(
            unlock,
            device=_device(DeviceState.DASHBOARD, "no app is open on the Ledger", "Open the Concordium app on it."),
            question=_question(QuestionKind.OPEN_APP, app="Concordium"),
        ),
        "03-same-wallet": replace(
            base,
            step=steps.SAME_WALLET,
            device=replace(met, known=(OTHER,)),
            question=_question(QuestionKind.SAME_WALLET),
        ),
        "04-network": replace(base, step=steps.NETWORK, device=met, question=_question(QuestionKind.BEGIN)),
        "04-network-dead": replace(
            base,
            step=steps.NETWORK,
            device=met,
            node=NodeView("mainnet", ("http://10.0.0.9:20000",)),
            failure=node_dead,
        ),
    }


def _under_way(base: GuideState) -> dict[str, GuideState]:
    on = replace(base, search=_SEARCH, indices=INDICES)
    advice = StopAdvice(3, 2, "the node says at the pinned block that credentials 0-24 of each were never deployed")
    approving = {
        f"05-approve-{model}": replace(
            on,
            step=steps.APPROVE,
            device=DeviceView(DeviceState.AWAITING_APPROVAL, None, screen, 12.0, _info(model), FINGERPRINT),
        )
        for model, screen in SCREENS.items()
    }
    return {
        **approving,
        "05-declined": replace(on, step=steps.APPROVE, question=_question(QuestionKind.DECLINED, identity="ID #3")),
        "06-looking-up": replace(on, step=steps.LOOKING_UP, sought=Sought("3abc")),
        "07-go-on": replace(on, step=steps.STOP_OR_GO_ON, question=_question(QuestionKind.GO_ON, identity="ID #4")),
        "07-stop": replace(
            on,
            step=steps.STOP_OR_GO_ON,
            indices=INDICES[:2],
            question=_question(QuestionKind.GO_ON, identity="ID #4", advice=advice),
        ),
    }


def _after(base: GuideState) -> dict[str, GuideState]:
    result = replace(base, step=steps.RESULT, result=_complete())
    not_complete = replace(base, step=steps.RESULT, result=summarise(report_worlds.not_complete()))
    saved = (
        Saved("report", "/home/user/Documents/report-full.json", "signed with the key 1a2b 3c4d"),
        Saved("pdf", "/home/user/Documents/report-full.pdf"),
    )
    return {
        "08-result": result,
        "08-result-unknown": not_complete,
        "09-save": replace(result, step=steps.SAVE, save_folder="/home/user/Documents"),
        "09-save-box": replace(
            result, step=steps.SAVE, offers=replace(base.offers, box_name="Attic", options=_TERMINAL)
        ),
        "09-save-conflict": replace(
            result, step=steps.SAVE, backup=BackupView("conflict", "conflict: both changed", "Attic")
        ),
        "09-save-saved": replace(result, step=steps.SAVE, save_folder="/home/user/Documents", saved=saved),
        "10-finish": replace(result, step=steps.FINISH),
        "10-ended": replace(result, step=steps.FINISH, ended=True),
    }


def _beside(base: GuideState) -> dict[str, GuideState]:
    read = FileView("desktop", "a Desktop Wallet export of mainnet, from 2023", 3, 2, 1, conflicts=("another name",))
    file = replace(base, step=steps.FILE)
    box = replace(base, step=steps.BOX)
    return {
        "20-file": file,
        "20-file-plan": replace(file, file=read),
        "20-file-vault": replace(file, file=replace(read, needs_vault=True, new_vault=True, network_unproven=True)),
        "20-file-done": replace(file, file=replace(read, applied=9)),
        "21-box-pair": box,
        "21-box-words": replace(box, offers=replace(base.offers, box_name="Attic")),
        "21-box-plan": replace(box, file=replace(read, kind="backup", older=True)),
        "21-box-known": replace(box, file=replace(read, kind="backup", nothing_new=True)),
        "30-busy": replace(file, busy="reading the file"),
    }
