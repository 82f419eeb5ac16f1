"""[pure] What one row becomes when a second account of the same thing is known: the row of the wallet, made fuller.

The wallet's row wins; it takes what it lacks. Each function is idempotent, never blanks a field and never replaces a
name, note, randomness or real identity object that a person has. The rules are those that the Desktop Wallet meant
(app/utils/importHelpers.ts), without its mix-ups.
"""

from __future__ import annotations

from dataclasses import replace

from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityRow,
    IdentityStatus,
    KeyStatus,
)
from ledger_recovery.wallet.names import RECOVERED_NOTE, is_blank, is_placeholder_name, is_short_name
from ledger_recovery.wallet.policy import better_policy

_IDENTITY_RANK = {
    IdentityStatus.RECOVERED: 0,
    IdentityStatus.PENDING: 1,
    IdentityStatus.REJECTED: 2,
    IdentityStatus.REJECTED_AND_WARNED: 3,
    IdentityStatus.GENESIS: 4,
    IdentityStatus.CONFIRMED: 5,
}
"""A real identity beats a placeholder, what the provider answered beats waiting for it, issued beats everything."""

_ACCOUNT_RANK = {
    AccountStatus.PENDING: 0,
    AccountStatus.REJECTED: 1,
    AccountStatus.GENESIS: 2,
    AccountStatus.CONFIRMED: 3,
}
_ZERO_AMOUNT = "c0" + "0" * 94
_NO_AMOUNTS = ("", _ZERO_AMOUNT * 4)
"""A shielded balance that nobody looked up, and the "zero" that the Desktop Wallet writes for such an account."""


def attributes_unknown(row: IdentityRow) -> IdentityRow:
    """A placeholder without what its writer invented: the Desktop Wallet gives it empty attributes and a date."""
    if not row.is_placeholder:
        return row
    return IdentityRow(row.key, row.name, row.status, row.keygen_version)


def same_issue(known: IdentityRow, offered: IdentityRow) -> bool:
    """Can both rows be of one issued identity? Not when they hold different identity objects."""
    if known.is_placeholder or offered.is_placeholder:
        return True
    objects = (known.identity_object, offered.identity_object)
    return any(is_blank(text) for text in objects) or objects[0] == objects[1]


def join_identity(known: IdentityRow, offered: IdentityRow) -> IdentityRow:
    """The identity as the further advanced row has it, with what only the other one holds, under the person's name.

    Of two different issues the wallet's stays whole: randomness belongs to one signature of the provider.
    """
    offered = attributes_unknown(offered)
    if not same_issue(known, offered):
        return known
    ahead = _IDENTITY_RANK[offered.status] > _IDENTITY_RANK[known.status]
    base, other = (offered, known) if ahead else (known, offered)
    if not other.is_placeholder:
        base = replace(
            base,
            code_uri=_first(base.code_uri, other.code_uri),
            identity_provider=_first(base.identity_provider, other.identity_provider),
            identity_object=_first(base.identity_object, other.identity_object),
            randomness=_first(base.randomness, other.randomness),
        )
    return replace(base, name=_identity_name(known, offered))


def join_account(known: AccountRow, offered: AccountRow) -> AccountRow:
    """The account under the identity it hangs on, confirmed if either is, with the newest facts of the chain."""
    ahead = _ACCOUNT_RANK[offered.status] > _ACCOUNT_RANK[known.status]
    fresher = _height(offered) > _height(known)
    leading = offered if fresher or (ahead and known.facts is None) else known
    amounts = offered if _amounts_unknown(known) and not _amounts_unknown(offered) else known
    return replace(
        known,
        name=_account_name(known, offered),
        status=offered.status if ahead else known.status,
        is_initial=leading.is_initial,
        signature_threshold=leading.signature_threshold,
        facts=offered.facts if fresher else known.facts,
        self_amounts=amounts.self_amounts,
        incoming_amounts=amounts.incoming_amounts,
        total_decrypted=amounts.total_decrypted,
        all_decrypted=amounts.all_decrypted,
        deployment_transaction_id=_first(known.deployment_transaction_id, offered.deployment_transaction_id),
        transaction_filter=_first(known.transaction_filter, offered.transaction_filter) or known.transaction_filter,
    )


def same_credential(known: CredentialRow, offered: CredentialRow) -> bool:
    """Do both rows of one credential ID put it under one identity and counter? It has only one of each."""
    return (known.identity, known.counter) == (offered.identity, offered.counter)


def join_credential(known: CredentialRow, offered: CredentialRow) -> CredentialRow:
    """The credential with its empty fields filled. What the chain decides (index, removed) stays: a file is older."""
    checked = offered.key_status if known.key_status is KeyStatus.NOT_CHECKED else known.key_status
    return replace(
        known,
        policy=better_policy(known.policy, offered.policy),
        randomness=_first(known.randomness, offered.randomness),
        key_status=checked,
    )


def join_external(known: ExternalCredentialRow, offered: ExternalCredentialRow) -> ExternalCredentialRow:
    return replace(known, note=_note(known.note, offered.note))


def join_book(known: AddressBookRow, offered: AddressBookRow) -> AddressBookRow:
    """One entry of both: the name of an own account before that of a contact, any given name before a made one.

    A given name that has to yield is kept in the note.
    """
    note = _note(known.note, offered.note)
    name = known.name
    if offered.name != name and not is_blank(offered.name) and _name_rank(offered) > _name_rank(known):
        name = offered.name
        note = _with_former_name(note, known)
    return replace(known, name=name, note=note, read_only=known.read_only or offered.read_only)


def _first(known: str | None, offered: str | None) -> str | None:
    """`known` unless it is empty and `offered` is not; an empty object says nothing either."""
    return offered if _says_nothing(known) and not _says_nothing(offered) else known


def _says_nothing(text: str | None) -> bool:
    return text is None or text.strip() in ("", "{}")


def _identity_name(known: IdentityRow, offered: IdentityRow) -> str:
    made = is_placeholder_name(known.name, known.key)
    return offered.name if made and not is_blank(offered.name) else known.name


def _account_name(known: AccountRow, offered: AccountRow) -> str:
    made = is_short_name(known.name, known.address)
    return offered.name if made and not is_blank(offered.name) else known.name


def _height(row: AccountRow) -> int:
    return -1 if row.facts is None else row.facts.block_height


def _amounts_unknown(row: AccountRow) -> bool:
    return row.self_amounts in _NO_AMOUNTS and row.incoming_amounts in ("", "[]")


def _name_rank(row: AddressBookRow) -> int:
    if is_short_name(row.name, row.address):
        return 0
    return 2 if row.read_only else 1


def _note(known: str | None, offered: str | None) -> str | None:
    return offered if _note_rank(offered) > _note_rank(known) else known


def _note_rank(note: str | None) -> int:
    if note is None or is_blank(note):
        return 0
    return 1 if note == RECOVERED_NOTE else 2


def _with_former_name(note: str | None, entry: AddressBookRow) -> str | None:
    if _name_rank(entry) == 0 or is_blank(entry.name):
        return note
    former = f'formerly "{entry.name}"'
    return former if note is None or _note_rank(note) < 2 else f"{note} ({former})"
