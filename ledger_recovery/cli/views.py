"""[pure] Accounts and identities as the command line shows them: from a wallet snapshot, as text and as JSON rows."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger_recovery.cli.tables import Column, ccd, short_ccd, table
from ledger_recovery.recover.events import Json
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    CredentialRow,
    IdentityKey,
    IdentityRow,
    KeyStatus,
    WalletSnapshot,
)

KEY_WORDS = {
    KeyStatus.CAN_SIGN: "can sign",
    KeyStatus.PARTLY: "more must sign",
    KeyStatus.KEYS_CHANGED: "keys changed",
    KeyStatus.NOT_CHECKED: "not checked",
}
PLACEHOLDER_NOTE = (
    "the index is used and therefore reserved, the identity's attributes are unknown; no account can be created "
    "from it: request a new identity from a provider"
)
_ACCOUNT_COLUMNS = (
    Column("name"),
    Column("address"),
    Column("balance (CCD)", right=True),
    Column("identity"),
    Column("counter", right=True),
    Column("key check"),
    Column("staking"),
)
_IDENTITY_COLUMNS = (Column("identity"), Column("name"), Column("status"), Column("accounts", right=True))


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account with the credentials of ours that control it."""

    row: AccountRow
    credentials: tuple[CredentialRow, ...]

    @property
    def key_status(self) -> KeyStatus:
        """The best that any of our active credentials has: one that can sign is enough to say so."""
        found = {c.key_status for c in self.credentials if not c.removed}
        for status in (KeyStatus.CAN_SIGN, KeyStatus.PARTLY, KeyStatus.KEYS_CHANGED):
            if status in found:
                return status
        return KeyStatus.NOT_CHECKED


def accounts(snapshot: WalletSnapshot, only: Sequence[str] | None = None) -> tuple[AccountView, ...]:
    """The accounts in order of identity and counter; `only`: these addresses."""
    views = []
    for row in snapshot.accounts:
        if only is not None and row.address not in only:
            continue
        own = [c for c in snapshot.credentials if c.account_address == row.address]
        views.append(AccountView(row, tuple(sorted(own, key=lambda c: c.counter))))
    return tuple(sorted(views, key=lambda v: (_identity_order(v.row.identity), _first_counter(v), v.row.address)))


def account_table(views: Sequence[AccountView], width: int) -> str:
    if not views:
        return "no accounts"
    return table(_ACCOUNT_COLUMNS, [_account_cells(v) for v in views], width, long=1)


def identity_table(snapshot: WalletSnapshot, width: int) -> str:
    """The identities with how many accounts each has, and under the table what a placeholder means."""
    if not snapshot.identities:
        return "no identities"
    rows = sorted(snapshot.identities, key=lambda r: _identity_order(r.key))
    cells = [[identity_text(r.key), r.name, _status(r), str(_accounts_of(r.key, snapshot))] for r in rows]
    text = table(_IDENTITY_COLUMNS, cells, width)
    if not any(r.is_placeholder for r in rows):
        return text
    return f"{text}\n\n{textwrap.fill(f'placeholder: {PLACEHOLDER_NOTE}', max(width, 40))}"


def identity_text(key: IdentityKey) -> str:
    return f"ID #{key.index}" if key.provider is None else f"IDP #{key.provider} ID #{key.index}"


def staking(facts: AccountFacts | None) -> str:
    """What is staked and with whom; "" for nothing, "unknown" when the chain was not asked."""
    if facts is None:
        return "unknown"
    match facts.stake_kind:
        case "none":
            return ""
        case "delegator":
            target = "passively" if facts.stake_target is None else f"to validator {facts.stake_target}"
            return f"delegates {short_ccd(facts.staked)} {target}"
        case "validator":
            return f"validator with {short_ccd(facts.staked)}"
        case other:
            return f"{other}, {short_ccd(facts.staked)} staked"


def account_json(view: AccountView) -> dict[str, Json]:
    row, facts = view.row, view.row.facts
    return {
        "address": row.address,
        "name": row.name,
        "status": row.status.value,
        "identity": identity_json(row.identity),
        "initial": row.is_initial,
        "signature_threshold": row.signature_threshold,
        "key_check": view.key_status.value,
        "facts": None if facts is None else _facts_json(facts),
        "credentials": [_credential_json(c) for c in view.credentials],
    }


def identity_row_json(row: IdentityRow, snapshot: WalletSnapshot) -> dict[str, Json]:
    return identity_json(row.key) | {
        "name": row.name,
        "status": row.status.value,
        "placeholder": row.is_placeholder,
        "note": PLACEHOLDER_NOTE if row.is_placeholder else "",
        "accounts": _accounts_of(row.key, snapshot),
    }


def identity_json(key: IdentityKey) -> dict[str, Json]:
    return {"fingerprint": key.fingerprint, "provider": key.provider, "index": key.index}


def next_identity_text(following: Mapping[int | None, int]) -> str:
    """The next safe identity index of each family that was searched."""
    parts = [
        f"{index} (legacy path)" if family is None else f"{index} (provider {family})"
        for family, index in sorted(following.items(), key=lambda item: -1 if item[0] is None else item[0])
    ]
    return f"next safe identity index: {', '.join(parts)}" if parts else ""


def next_identity_json(following: Mapping[int | None, int]) -> list[Json]:
    ordered = sorted(following.items(), key=lambda item: -1 if item[0] is None else item[0])
    return [{"provider": family, "index": index} for family, index in ordered]


def _account_cells(view: AccountView) -> list[str]:
    row = view.row
    balance = "unknown" if row.facts is None else ccd(row.facts.balance)
    counters = ", ".join(str(c.counter) for c in view.credentials if not c.removed)
    return [
        row.name,
        row.address,
        balance,
        identity_text(row.identity),
        counters,
        KEY_WORDS[view.key_status],
        staking(row.facts),
    ]


def _status(row: IdentityRow) -> str:
    return "placeholder" if row.is_placeholder else row.status.value


def _accounts_of(key: IdentityKey, snapshot: WalletSnapshot) -> int:
    return sum(1 for a in snapshot.accounts if a.identity == key)


def _identity_order(key: IdentityKey) -> tuple[str, int, int]:
    return (key.fingerprint, -1 if key.provider is None else key.provider, key.index)


def _first_counter(view: AccountView) -> int:
    return min((c.counter for c in view.credentials), default=256)


def _facts_json(facts: AccountFacts) -> dict[str, Json]:
    """Amounts are microCCD as decimal text: they pass 2^53, where many JSON readers round."""
    return {
        "block_height": facts.block_height,
        "account_index": facts.account_index,
        "balance": str(facts.balance),
        "at_disposal": None if facts.at_disposal is None else str(facts.at_disposal),
        "staked": str(facts.staked),
        "locked": str(facts.locked),
        "in_cooldown": str(facts.in_cooldown),
        "stake_kind": facts.stake_kind,
        "stake_target": facts.stake_target,
    }


def _credential_json(row: CredentialRow) -> dict[str, Json]:
    return {
        "cred_id": row.cred_id,
        "identity": identity_json(row.identity),
        "counter": row.counter,
        "credential_index": row.credential_index,
        "scheme": row.scheme,
        "removed": row.removed,
        "key_check": row.key_status.value,
        "policy": None if row.policy is None else _policy(row.policy),
    }


def _policy(text: str) -> Json:
    """The stored policy as JSON; text that is none (an older file's) stays text."""
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value
