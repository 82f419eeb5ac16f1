"""The commands status, accounts and identities: what the wallet and the journal hold, without device and network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger_recovery.cli.command import Outcome, command
from ledger_recovery.cli.evm.options import ETHEREUM, FamilyOptions, family_named
from ledger_recovery.cli.options import OutputOptions, PlaceOptions
from ledger_recovery.cli.settings_for import wallet_settings

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.settings import Settings


@command("accounts")
def accounts(*, chosen: FamilyOptions, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """List the accounts of the wallet.

    Each with its balance, identity, credential counter, key check and staking; those of EVM chains with --family
    ethereum.
    """
    family = family_named(chosen.family)
    settings = wallet_settings(place, output)
    if not settings.wallet.exists():
        return _no_wallet(settings, "accounts")
    from ledger_recovery.cli import output as speech
    from ledger_recovery.cli import views
    from ledger_recovery.recover import service

    if family == ETHEREUM:
        from ledger_recovery.cli.evm.wallet_views import wallet_json, wallet_text

        evm = service.wallet_view(settings).evm
        return Outcome(wallet_text(evm, speech.width()), wallet_json(evm, str(settings.wallet)))
    found = views.accounts(service.wallet_view(settings))
    result: Json = {"wallet": str(settings.wallet), "accounts": [views.account_json(v) for v in found]}
    return Outcome(views.account_table(found, speech.width()), result)


@command("identities")
def identities(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """List the identities of the wallet.

    Placeholders stand for used indices whose attributes are unknown.
    """
    settings = wallet_settings(place, output)
    if not settings.wallet.exists():
        return _no_wallet(settings, "identities")
    from ledger_recovery.cli import output as speech
    from ledger_recovery.cli import views
    from ledger_recovery.recover import service

    snapshot = service.wallet_view(settings)
    rows: list[Json] = [views.identity_row_json(r, snapshot) for r in snapshot.identities]
    result: Json = {"wallet": str(settings.wallet), "identities": rows}
    return Outcome(views.identity_table(snapshot, speech.width()), result)


@command("status")
def status(*, place: PlaceOptions, output: OutputOptions) -> Outcome:
    """Tell what was done and what is left to do.

    Which runs there were, which can be resumed or retried, and how much the wallet holds.
    """
    settings = wallet_settings(place, output)
    from ledger_recovery.cli import output as speech
    from ledger_recovery.cli.status_view import status_json, status_text
    from ledger_recovery.recover import service
    from ledger_recovery.recover.service import evm

    found = service.status(settings)
    evm_runs = evm.runs(evm.EvmSettings(settings))
    where = str(settings.wallet)
    resumable, retriable = (None if r is None else r.run_id for r in (found.resumable, found.retriable))
    return Outcome(
        status_text(found.runs, found.wallet, where, speech.width(), evm_runs),
        status_json(found.runs, found.wallet, where, resumable, retriable, evm_runs),
    )


def _no_wallet(settings: Settings, listed: str) -> Outcome:
    text = f"no wallet yet at {settings.wallet}; make one with: ledger-recovery recover"
    return Outcome(text, {"wallet": str(settings.wallet), listed: []})
