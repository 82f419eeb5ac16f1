"""[io] Which devices are connected, what each has open and which wallet it belongs to; and the choice among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger_recovery.device.apps.concordium import concordium_profile
from ledger_recovery.device.apps.dashboard import OpenApp, app_and_version
from ledger_recovery.device.apps.ethereum import APPS as ETHEREUM_APPS
from ledger_recovery.device.apps.ethereum import ETHEREUM_PROFILE
from ledger_recovery.device.apps.profile import App, AppProfile
from ledger_recovery.device.apps.question import Question
from ledger_recovery.device.clock import Clock, SystemClock
from ledger_recovery.device.interaction import DeviceInfo, DeviceState, Interaction
from ledger_recovery.device.link import Link
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.states import error_of, notice_of, state_of
from ledger_recovery.device.telling import Teller, unless_cancelled
from ledger_recovery.device.thread import CancelFlag, DeviceThread
from ledger_recovery.device.transport.base import Cancel, Found
from ledger_recovery.device.transport.discover import Bus, SystemBus, named
from ledger_recovery.device.transport.paths import HidPath, parse_device_path
from ledger_recovery.errors import DeviceError

WalletQuestion = Callable[[OpenApp], Question[str]]
"""What asks the open app for its wallet's fingerprint; raises WrongApp, AppTooOld or AppUnknown."""


async def list_devices(
    extra_paths: Sequence[str] = (),
    *,
    clock: Clock | None = None,
    bus: Bus | None = None,
    options: SessionOptions | None = None,
) -> tuple[DeviceInfo, ...]:
    """All connected Ledgers, then the devices at `extra_paths` (emulators, recordings); never prompts.

    READY is a device whose open app serves a recovery of any chain family; the fingerprint is that family's.

    :raises HidLibraryMissing: USB devices cannot be listed.
    :raises InputError: an extra path is not a device path.
    """
    clock = clock or SystemClock()
    bus = bus or SystemBus(clock.now)
    extra = tuple(named(path) for path in extra_paths)
    options = options or SessionOptions()
    concordium = concordium_profile(options.allow_format)

    def wallet_question(app: OpenApp) -> Question[str]:
        return (ETHEREUM_PROFILE if app.name in ETHEREUM_APPS else concordium).wallet_question(app)

    thread = DeviceThread("ledger-list")
    try:
        return await survey(bus, clock, options, thread, CancelFlag(), wallet_question, extra)
    finally:
        thread.close()


async def survey(
    bus: Bus,
    clock: Clock,
    options: SessionOptions,
    thread: DeviceThread,
    cancel: CancelFlag,
    wallet_question: WalletQuestion,
    extra: tuple[Found, ...] = (),
) -> tuple[DeviceInfo, ...]:
    """Look at every device, one after the other, in the device thread."""

    def look() -> tuple[DeviceInfo, ...]:
        found = (*bus.usb_devices(), *extra)
        return tuple(probe(device, bus, clock, options, cancel.is_set, wallet_question) for device in found)

    return await thread.run(look, cancel)


def probe(
    found: Found, bus: Bus, clock: Clock, options: SessionOptions, cancelled: Cancel, wallet_question: WalletQuestion
) -> DeviceInfo:
    """Open a device, ask for app and fingerprint, close it. What fails becomes the state, not an error."""
    link = Link(bus.transport(found), clock.now, options.answer)
    app = OpenApp("", "")
    fingerprint = ""
    try:
        link.open()
        app = link.ask(app_and_version(), cancelled)
        state = DeviceState.DASHBOARD
        if not app.is_dashboard:
            fingerprint = link.ask(wallet_question(app), cancelled)
            state = DeviceState.READY
    except DeviceError as error:
        state = state_of(error)
    finally:
        link.close()
    return info_of(link.found, app.name, app.version, fingerprint, state)


def info_of(found: Found, app: str, version: str, fingerprint: str, state: DeviceState) -> DeviceInfo:
    return DeviceInfo(
        found.path, found.model, found.product_id, app, version, fingerprint, state, emulated=found.emulated
    )


async def select(
    device_path: str | None,
    pinned: str,
    interaction: Interaction,
    teller: Teller,
    bus: Bus,
    clock: Clock,
    options: SessionOptions,
    thread: DeviceThread,
    profile: AppProfile[App],
) -> Found:
    """The device of a run: the one that was named, the only one, the one with the pinned wallet, or the chosen one.

    :raises InputError: `device_path` is not a device path.
    :raises NoDevice: none is connected and the options say not to wait.
    :raises Cancelled: the person chose none.
    """
    if device_path is not None and parse_device_path(device_path) != HidPath():
        return named(device_path)
    cancel = CancelFlag()
    while True:
        devices = await survey(bus, clock, options, thread, cancel, profile.wallet_question)
        same_wallet = [device for device in devices if pinned and device.fingerprint == pinned]
        if len(devices) == 1 or same_wallet:
            return _found(same_wallet[0] if same_wallet else devices[0])
        if devices:
            return _found(await unless_cancelled(interaction.choose(devices), cancel))
        notice = notice_of(DeviceState.NO_DEVICE, app=profile.name)
        teller.tell(notice)
        if not options.wait_for_person:
            raise error_of(notice)
        await clock.wait(options.poll, cancel.event)


def _found(device: DeviceInfo) -> Found:
    return Found(device.path, device.model, device.product_id, emulated=device.emulated)
