"""What a person asks outside of a run: devices, doctor, status, wallet content, one address on the device's screen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chain.errors import ChainError, NodeUnavailable
from ledger_recovery.derive.address import AddressError, decode_address, encode_address, same_account
from ledger_recovery.derive.schemes import MAX_COUNTER, IdentityRef, KeyScheme
from ledger_recovery.device.diagnose import diagnose
from ledger_recovery.device.findings import Finding
from ledger_recovery.device.interaction import DeviceInfo, Interaction
from ledger_recovery.device.listing import list_devices
from ledger_recovery.device.udev import UdevRule, udev_rule
from ledger_recovery.device.udev_install import install_udev_rule
from ledger_recovery.errors import InputError, LedgerRecoveryError
from ledger_recovery.recover.journal import Journal
from ledger_recovery.recover.journal_codec import RunRecord
from ledger_recovery.recover.service.deps import Deps, real_deps
from ledger_recovery.recover.service.settings import Settings
from ledger_recovery.recover.service.translate import sentence_and_hint
from ledger_recovery.wallet.model import CredentialRow, WalletSnapshot
from ledger_recovery.wallet.store import WalletStore

__all__ = [
    "Finding",
    "StatusView",
    "UdevRule",
    "devices",
    "doctor",
    "install_udev_rule",
    "status",
    "udev_rule",
    "verify_address",
    "wallet_view",
]

_PLACE = re.compile(r"(?:(\d{1,10})/)?(\d{1,10})/(\d{1,3})")


@dataclass(frozen=True, slots=True)
class StatusView:
    """`runs`: newest first, without their cells. `resumable`, `retriable`: what resume and retry would take."""

    runs: tuple[RunRecord, ...]
    resumable: RunRecord | None
    retriable: RunRecord | None
    wallet: WalletSnapshot


async def devices(extra_paths: Sequence[str] = ()) -> tuple[DeviceInfo, ...]:
    """All connected Ledgers, then the devices at `extra_paths`.

    :raises HidLibraryMissing: USB devices cannot be listed.
    """
    return await list_devices(extra_paths)


async def doctor(settings: Settings, deps: Deps | None = None) -> tuple[Finding, ...]:
    """Everything between this person and a recovery, each with its fix: USB, device, app, node, clock, block."""
    paths = (settings.device,) if settings.device else ()
    return (*await diagnose(paths), await _node_finding(settings, deps or real_deps()))


def status(settings: Settings) -> StatusView:
    """What the journal and the wallet hold; nothing is created.

    :raises StorageError: one of them cannot be read.
    """
    runs: tuple[RunRecord, ...] = ()
    if settings.journal.exists():
        with Journal(settings.journal) as journal:
            runs = journal.runs()
    return StatusView(
        runs=runs,
        resumable=next((r for r in runs if not r.ending), None),
        retriable=next((r for r in runs if r.unknown), None),
        wallet=wallet_view(settings) if settings.wallet.exists() else WalletSnapshot(),
    )


def wallet_view(settings: Settings) -> WalletSnapshot:
    """The whole wallet.

    :raises StorageError: there is none, or it cannot be read.
    """
    with WalletStore.open(settings.wallet) as store:
        return store.snapshot()


async def verify_address(settings: Settings, what: str, person: Interaction, *, deps: Deps | None = None) -> str:
    """Have the device show the address of one of our accounts, so that the person can compare it.

    :param what: an account address of the wallet, or IDENTITY/COUNTER or PROVIDER/IDENTITY/COUNTER.
    :returns: the address to compare with, or "" when the wallet does not know one for that place.
    :raises InputError: not such a text, not in the wallet, or an account whose address the device cannot compute.
    :raises Declined: the person rejected what the device showed.
    """
    wallet = wallet_view(settings) if settings.wallet.exists() else WalletSnapshot()
    identity, counter, address = _place(what, wallet)
    session = await (deps or real_deps()).open_device(settings, person, None)
    try:
        await session.ready()
        await session.verify_address(identity.index, counter, identity.provider, address=address)
    finally:
        await session.close()
    return address


def _place(what: str, wallet: WalletSnapshot) -> tuple[IdentityRef, int, str]:
    if match := _PLACE.fullmatch(what):
        provider, index, counter = match.groups()
        if int(counter) > MAX_COUNTER:
            raise InputError(f"credential counters run from 0 to {MAX_COUNTER}, not {counter}")
        try:
            identity = IdentityRef(int(index), None if provider is None else int(provider))
        except ValueError as error:
            raise InputError(str(error)) from error
        row = next((c for c in wallet.credentials if _at(c) == (identity, int(counter))), None)
        return identity, int(counter), "" if row is None or row.credential_index != 0 else row.account_address
    return _account_place(what, wallet)


def _account_place(text: str, wallet: WalletSnapshot) -> tuple[IdentityRef, int, str]:
    try:
        address = decode_address(text)
    except AddressError as error:
        raise InputError(str(error), "give an account address, or IDENTITY/COUNTER such as 0/3") from error
    rows = [c for c in wallet.credentials if same_account(decode_address(c.account_address), address)]
    if not rows:
        raise InputError(
            "this wallet has no account with that address", "see: ledger-recovery accounts; or give IDENTITY/COUNTER"
        )
    first = next((c for c in rows if c.credential_index == 0), None)
    if first is None:
        raise InputError(
            "the device computes an address from an account's first credential, and that one is not yours",
            "compare the address with the other holders of the account",
        )
    if KeyScheme(first.scheme) is KeyScheme.LEGACY_V0:
        raise InputError(
            "the device cannot show this address: the identity was made with the old key generation (version 0)",
            "compare it with an export file or with the chain instead",
        )
    identity, counter = _at(first)
    return identity, counter, encode_address(decode_address(first.account_address))


def _at(row: CredentialRow) -> tuple[IdentityRef, int]:
    return IdentityRef(row.identity.index, row.identity.provider), row.counter


async def _node_finding(settings: Settings, deps: Deps) -> Finding:
    try:
        chain = deps.open_chain(settings)
    except LedgerRecoveryError as error:
        return Finding("node-settings", False, error.sentence, error.hint)
    try:
        point = (await chain.pin()).point
    except ChainError as error:
        return _node_trouble(error)
    finally:
        await chain.close()
    age = f"{point.age_seconds:.0f} s old"
    return Finding("node", True, f"{', '.join(point.sources)}: {point.network}, block {point.height}, {age}")


_CODES = {"STALE": "block-stale", "CLOCK": "clock-off", "WRONG_NETWORK": "wrong-network"}


def _node_trouble(error: ChainError) -> Finding:
    sentence, hint = sentence_and_hint(error)
    unreachable = isinstance(error, NodeUnavailable)
    code = "node-unreachable" if unreachable else _CODES.get(error.code, "node-answer")
    return Finding(code, False, sentence, hint)
