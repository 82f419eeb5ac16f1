"""The Box of a wallet: look at one before anything is sent to it, pair with it, forget it.

Whether to switch from one Box to another is the person's decision: `current_box` says what there is to ask about.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger_recovery.backup.machine_keys import MachineRecord
from ledger_recovery.backup.pairing import PairingCode, PairingOffer, parse_code, parse_link
from ledger_recovery.errors import BoxError, InputError, KeyringError, OtherBox
from ledger_recovery.recover.service.backups.deps import BackupDeps, real_backup_deps
from ledger_recovery.recover.service.backups.machine import need_box, new_seed, open_box, public_of, reading_state
from ledger_recovery.recover.service.backups.results import UnpairResult
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BackupState, BoxPairing
from ledger_recovery.wallet.store import WalletStore

if TYPE_CHECKING:
    from ledger_recovery.backup.client import BoxLook


def read_offer(text: str, *, url: str | None = None, deps: BackupDeps | None = None) -> PairingOffer | PairingCode:
    """What a person gave: a pairing link, or a typed code together with the Box's URL.

    :raises InputError: neither; expired; a code without the URL.
    """
    if "#" in text or "://" in text:
        return parse_link(text, int((deps or real_backup_deps()).now().timestamp()))
    code = parse_code(text)
    if url is None:
        raise InputError("a typed code needs the address of the Box too", "give it with --url https://HOST:PORT")
    return code


async def reach_box(settings: Settings, *, deps: BackupDeps | None = None) -> None:
    """Ask the paired Box whether it is there: before a person writes down words that need it.

    :raises InputError: no Box is paired.
    :raises BoxError: it does not answer, or is another one.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (_, state):
        box = need_box(state)
        async with open_box(settings, deps, box) as client:
            await client.about()


def read_qr(picture: Path, *, deps: BackupDeps | None = None) -> PairingOffer:
    """The offer in a picture of a Box's QR code.

    :raises InputError: no picture, no QR code in it, or none of a Box.
    """
    from ledger_recovery.backup.qr_image import read_qr_link

    return parse_link(read_qr_link(picture), int((deps or real_backup_deps()).now().timestamp()))


async def look_at_box(
    settings: Settings, offer: PairingOffer | PairingCode, *, url: str | None = None, deps: BackupDeps | None = None
) -> BoxLook:
    """The Box's own name and key, before the one-time token is sent to it.

    :param url: for a typed code, which has none.
    :raises OtherBox: another key than the offer's.
    :raises BoxError: nobody answers there, or not as a Box does.
    """
    del settings  # part of every function of this room; a look needs nothing of them
    return await _look(offer, url, deps or real_backup_deps())


def current_box(settings: Settings) -> BoxPairing | None:
    """The paired Box, None when there is none.

    :raises StorageError: the wallet cannot be read.
    """
    with reading_state(settings) as (_, state):
        return state.box


async def pair(
    settings: Settings, offer: PairingOffer | PairingCode, *, url: str | None = None, deps: BackupDeps | None = None
) -> BoxPairing:
    """Pair with a Box, in place of the one before; a wallet is made if there is none.

    The device key goes with the machine: while backups are on, their certificate names it, so it stays the same.

    :raises BoxError: as `look_at_box`; BoxRefused when the token was used or has expired.
    :raises KeyringError: the device key could not be kept; the pairing of before stays.
    """
    deps = deps or real_backup_deps()
    look = await _look(offer, url, deps)
    with WalletStore.open_or_create(settings.wallet) as store:
        state = store.backups().state()
        keys = deps.keys(settings)
        device = _known_device(settings, deps, state) or new_seed()
        with MachineRecord(device=device) as record:
            key_ref = deps.new_ref()
            found = await deps.pairing.pair(offer, look, public_of(record.device), key_ref, deps.timestamp())
            keys.put(key_ref, record)
        store.backups().pair(found)
        if state.box is not None and state.box.key_ref != key_ref:
            keys.delete(state.box.key_ref)
        return found


async def unpair(settings: Settings, *, deps: BackupDeps | None = None) -> UnpairResult:
    """Forget the Box here and, if it answers, let it forget this machine. Its backups stay.

    :raises InputError: no Box is paired.
    :raises KeyringError: the device key could not be deleted; the pairing stays.
    """
    deps = deps or real_backup_deps()
    with reading_state(settings) as (store, state):
        box = need_box(state)
        told, notes = await _tell_box(settings, deps, box)
        deps.keys(settings).delete(box.key_ref)
        if store is not None:
            store.backups().unpair()
        if state.link is not None:
            notes = (*notes, "backups are still on: what changes is queued until a Box is paired again")
        return UnpairResult(box, told, notes)


async def _look(offer: PairingOffer | PairingCode, url: str | None, deps: BackupDeps) -> BoxLook:
    if isinstance(offer, PairingOffer):
        look = await deps.pairing.look(offer.url, offer.pin)
    elif url is None:
        raise InputError("a typed code needs the address of the Box too", "give it with --url https://HOST:PORT")
    else:
        look = await deps.pairing.look(url, None)
    if not offer.fits(look.pin):
        raise OtherBox(
            f'"{look.name}" answers there with another key than the Box that made this offer',
            "do not pair with it; check the address, and make a new offer at the Box",
        )
    return look


def _known_device(settings: Settings, deps: BackupDeps, state: BackupState) -> SecretBytes | None:
    """A copy of the device key that the backup's certificate names, if backups are on."""
    if state.link is None:
        return None
    try:
        with deps.keys(settings).get(state.link.key_ref) as record:
            return SecretBytes(record.device.reveal())
    except KeyringError:
        return None


async def _tell_box(settings: Settings, deps: BackupDeps, box: BoxPairing) -> tuple[bool, tuple[str, ...]]:
    try:
        async with open_box(settings, deps, box) as client:
            await client.unpair()
    except (BoxError, KeyringError) as error:
        return False, (f"the Box was not told: {error.sentence}; it lists this computer until it is revoked there",)
    return True, ()
