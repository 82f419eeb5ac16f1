"""[io] A device went away while it was asked something: unplugged, or did the app close itself?

An app that exits leaves the device on its dashboard (USB: under another path, within seconds); a pulled cable leaves
nothing, or a locked device later. An emulator cannot be unplugged: when it does not come back, its app has ended.
"""

from __future__ import annotations

from ledger_recovery.device.apps.dashboard import app_and_version
from ledger_recovery.device.apps.question import Question
from ledger_recovery.device.means import Means
from ledger_recovery.device.thread import CancelFlag
from ledger_recovery.errors import AppExited, DeviceError, DeviceLocked, Unplugged


async def explain_loss(lost: Unplugged, question: Question[object], means: Means, cancel: CancelFlag) -> DeviceError:
    """Wait for the device to come back as its dashboard, and say what happened.

    :param question: what was under way, named as the suspect when the app exited.
    :raises Cancelled: `cancel` was set.
    """
    connection, clock, options = means.connection, means.clock, means.options
    emulated = connection.found.emulated
    end = clock.now() + (options.emulator_grace if emulated else options.exit_grace)
    while True:
        cancel.check()
        try:
            await connection.connect(cancel)
            app = await connection.ask(app_and_version(), cancel)
        except DeviceLocked:
            return lost  # a device asks for its PIN after it lost power, not after an app ended
        except DeviceError:
            await connection.drop(cancel)
        else:
            return _came_back(lost, question, still_open=app.name == question.app)
        if clock.now() >= end:
            return _stayed_away(lost, question, emulated=emulated)
        await clock.wait(options.poll, cancel.event)


def _came_back(lost: Unplugged, question: Question[object], *, still_open: bool) -> DeviceError:
    if still_open:
        return Unplugged(f"{lost.sentence}; it is back, with the app open", "Check the cable, then try again.")
    return AppExited(
        f"the {question.app} app closed itself when it was asked to {question.what}",
        "Open it again. The request is at fault, not the cable: if it happens again, report the app's version.",
    )


def _stayed_away(lost: Unplugged, question: Question[object], *, emulated: bool) -> DeviceError:
    if not emulated:
        return lost
    return AppExited(
        f"the emulated {question.app} app or its emulator ended when it was asked to {question.what} ({lost.sentence})",
        "Start the emulator again. The request is at fault: an emulator cannot be unplugged.",
    )
