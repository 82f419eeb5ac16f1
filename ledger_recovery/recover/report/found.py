"""[pure] Result blocks of a report: the accounts that active credentials of ours reach, and every credential found.

Revealed attributes, names and public keys stay out: a report is made to be shown to others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chain.concordium.account import ChainAccount, CredentialSighting
from ledger_recovery.derive.address import encode_address
from ledger_recovery.recover.model import Cell, IndexOutcome
from ledger_recovery.recover.report.model import Account, Credential
from ledger_recovery.recover.report.outcomes import in_cell_order, in_order
from ledger_recovery.wallet.model import KeyStatus


def account_blocks(outcomes: Sequence[IndexOutcome]) -> list[Account]:
    """One block an account, sorted by address; `credentials` counts those of ours that are active on it."""
    found: dict[str, tuple[ChainAccount, set[bytes]]] = {}
    for _, sighting in _found(outcomes):
        if sighting.credential is not None:
            address = encode_address(sighting.account.address)
            found.setdefault(address, (sighting.account, set()))[1].add(sighting.credential.cred_id)
    return [_account(address, account, len(ours)) for address, (account, ours) in sorted(found.items())]


def credential_blocks(outcomes: Sequence[IndexOutcome], key_checks: Mapping[bytes, KeyStatus]) -> list[Credential]:
    """Every deployed credential, by identity, key scheme and counter."""
    return [_credential(cell, sighting, key_checks) for cell, sighting in _found(outcomes)]


def _found(outcomes: Sequence[IndexOutcome]) -> Iterator[tuple[Cell, CredentialSighting]]:
    for outcome in in_order(outcomes):
        for cell in in_cell_order(outcome):
            if cell.sighting is not None:
                yield cell, cell.sighting


def _account(address: str, account: ChainAccount, ours: int) -> Account:
    return Account(
        address=address,
        account_index=account.index,
        threshold=account.threshold,
        credentials=ours,
        amount=str(account.amount),
        at_disposal=None if account.at_disposal is None else str(account.at_disposal),
        staked=str(account.stake.amount),
        locked=str(account.locked),
        in_cooldown=str(account.in_cooldown),
        stake_kind=account.stake.kind.value,
        stake_target=account.stake.target,
    )


def _credential(cell: Cell, sighting: CredentialSighting, key_checks: Mapping[bytes, KeyStatus]) -> Credential:
    credential = sighting.credential
    cred_id = cell.cred_id or b""
    return Credential(
        cred_id=cred_id.hex(),
        account=encode_address(sighting.account.address),
        provider=cell.key.identity.provider,
        index=cell.key.identity.index,
        scheme=cell.key.scheme.value,
        counter=cell.key.counter,
        place=_place(sighting),
        credential_index=None if credential is None else credential.credential_index,
        kind="unknown" if credential is None else credential.kind.value,
        keys=0 if credential is None else len(credential.keys),
        threshold=0 if credential is None else credential.threshold,
        key_check=key_checks.get(cred_id, KeyStatus.NOT_CHECKED).value,
    )


def _place(sighting: CredentialSighting) -> str:
    if sighting.credential is None:
        return "removed"
    return "first" if sighting.credential.credential_index == 0 else "later"
