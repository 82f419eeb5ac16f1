"""[pure] An opened backup of the original Identity Box as rows of our wallet and keys for our Box.

An own identity whose name key is missing becomes no row: its DID could not be kept by any Box, and a backup that names
it would be refused. Labels are kept as far as our wallet can hold them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from ledger_recovery.backup.did_document import DidDocument, document_to_text
from ledger_recovery.backup.did_keys import DidKeys
from ledger_recovery.backup.did_name import DidName, parse_did
from ledger_recovery.backup.idbox.opening import IdboxBackup, keys_of
from ledger_recovery.wallet.backup_model import DidRow, PeerRow

MAX_NAME: Final = 100
"""Characters of a label in our wallet (wallet.contacts)."""
_UNSHOWN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class IdboxRows:
    """:param keys: of all `dids`, for the Box's restore call; they share their secrets with the opened backup.

    :param documents: of all `dids`, for the same call.
    :param left_out: DIDs of own identities without a name key.
    :param notes: of the opened backup, and what became of labels.
    """

    dids: tuple[DidRow, ...]
    peers: tuple[PeerRow, ...]
    keys: tuple[DidKeys, ...] = field(repr=False)
    documents: tuple[DidDocument, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]

    def wipe(self) -> None:
        for keys in self.keys:
            keys.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.wipe()


def to_rows(backup: IdboxBackup, now: str) -> IdboxRows:
    """:param now: ISO time in UTC: when the peers were added, and of documents that have to be made."""
    notes = list(backup.notes)
    labels = _Labels(notes)
    dids, all_keys, documents, left_out = [], [], [], []
    for identity in backup.own:
        name = parse_did(identity.did)
        name_key = backup.name_keys.get(name)
        if name_key is None:
            left_out.append(identity.did)
            continue
        keys = keys_of(identity, name_key)
        document = backup.documents.get(name) or keys.document(now)
        dids.append(DidRow(labels.usable(identity.name), keys.did, document_to_text(document), document.created))
        all_keys.append(keys)
        documents.append(document)
    peers = _peers(backup, now, notes)
    return IdboxRows(tuple(dids), peers, tuple(all_keys), tuple(documents), tuple(left_out), tuple(notes))


def _peers(backup: IdboxBackup, now: str, notes: list[str]) -> tuple[PeerRow, ...]:
    labels = _Labels(notes)
    found: dict[DidName, PeerRow] = {}
    for peer in backup.peers:
        name = parse_did(peer.did)
        if name in found:
            notes.append(f"{peer.did} is there under two labels; the first was kept.")
        else:
            found[name] = PeerRow(labels.usable(peer.name), peer.did, now)
    return tuple(found.values())


class _Labels:
    """Labels that our wallet can hold, each given out once."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes
        self._given: set[str] = set()

    def usable(self, label: str) -> str:
        clean = "".join(" " if unicodedata.category(c) in _UNSHOWN else c for c in label).strip()[:MAX_NAME].strip()
        name = next(name for name in _variants(clean or "unnamed") if name not in self._given)
        self._given.add(name)
        if name != label:
            self._notes.append(f'A label could not be kept as it was and became "{name}".')
        return name


def _variants(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        suffix = f" ({number})"
        yield name[: MAX_NAME - len(suffix)] + suffix
        number += 1
