"""Wraps the keys of a DID for the owner: an age v1 file to the `did keys` recipient of the words.

Only the words open it again (`box_part.open_part`); the Box, which calls this, cannot. Age draws a file key by chance.
"""

from __future__ import annotations

from ledger_recovery.errors import InputError
from ledger_recovery.secret import SecretBytes


def wrap_did_keys(keys_text: SecretBytes, did_recipient: str) -> bytes:
    """An age v1 file.

    :param keys_text: of `did_keys.did_keys_to_text`.
    :param did_recipient: "age1…".
    :raises InputError: no such recipient.
    """
    import pyrage  # costs 20 ms, and most commands wrap nothing

    try:
        recipient = pyrage.x25519.Recipient.from_str(did_recipient)
    except pyrage.RecipientError:
        raise InputError("the recipient for DID keys is no age recipient", "Enable backups again.") from None
    return bytes(pyrage.encrypt(keys_text.reveal(), [recipient]))
