"""[pure] Opens a backup of the original Identity Box: words, bundle, and what the Box kept beside it.

The bundle is authentic, the Box's files are not: a name key must yield the DID of an identity in the bundle, a document
must name that identity's keys. What does not is left out or made new, and said in `notes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from ledger_recovery.backup.did_document import DidDocument, document_from_text
from ledger_recovery.backup.did_keys import DidKeys, NameKey
from ledger_recovery.backup.did_name import DidName, parse_did
from ledger_recovery.backup.idbox.box_keys import open_pem
from ledger_recovery.backup.idbox.content import IdboxContent, OwnIdentity, Peer, parse_content
from ledger_recovery.backup.idbox.sealed import open_sealed, parse_sealed
from ledger_recovery.backup.idbox.words import parse_reference_words
from ledger_recovery.errors import DamagedFile, InputError
from ledger_recovery.files.fields import printable
from ledger_recovery.secret import SecretBytes

_PEM_SUFFIX: Final = ".pem"


@dataclass(frozen=True)
class IdboxSource:
    """What there is of a backup, unread. See `folder.read_source`.

    :param bundle: the text of the file `backup`.
    :param backup_id: the name of the folder or of the request, 86 characters; None when not known.
    :param pems: file name to content. :param documents: file name (the DID's name) to text.
    """

    bundle: str = field(repr=False)
    backup_id: str | None = field(default=None, repr=False)
    pems: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    documents: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class IdboxBackup:
    """An opened backup; leaving a `with` wipes its keys.

    :param name_keys: by the name of the DID; only those of identities in the bundle.
    :param documents: by the name of the DID; only those that name the identity's keys.
    :param notes: sentences for the person: what was odd, left out or missing.
    """

    own: tuple[OwnIdentity, ...]
    peers: tuple[Peer, ...]
    name_keys: Mapping[DidName, NameKey] = field(repr=False)
    documents: Mapping[DidName, DidDocument]
    notes: tuple[str, ...] = ()

    def wipe(self) -> None:
        for identity in self.own:
            identity.signing.wipe()
            identity.encryption.wipe()
        for key in self.name_keys.values():
            key.secret.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.wipe()


def open_idbox(words_text: str, source: IdboxSource, box_password: SecretBytes | None = None) -> IdboxBackup:
    """:param words_text: the 24 words, as typed.

    :param box_password: the Box's IDBOX_BACKUP_PASSWORD; without it the DIDs' name keys stay closed.
    :raises NotWords: the words are wrong. :raises OtherBackup: right words of another backup.
    :raises NoSuchBackup: no backup but an answer that there is none.
    :raises DamagedFile: altered, cut, or not what the original writes.
    :raises WrongPassword: the password does not open the Box's files.
    """
    words = parse_reference_words(words_text)
    id_fits = None if source.backup_id is None else source.backup_id == words.backup_id
    sealed = parse_sealed(source.bundle)
    with words.key as key:
        content = parse_content(open_sealed(sealed, key, id_fits=id_fits))
    notes = []
    if sealed.standard:
        notes.append("The backup is written in standard base64, as no Identity Box does: something rewrote it.")
    if id_fits is False:
        notes.append("The backup bears the name of another one: its folder was renamed.")
    names = {parse_did(identity.did): identity for identity in content.own}
    name_keys = _name_keys(source.pems, box_password, names, notes)
    documents = _documents(source.documents, names, notes)
    notes += _missing(content, name_keys)
    return IdboxBackup(content.own, content.peers, name_keys, documents, tuple(notes))


def keys_of(identity: OwnIdentity, name_key: NameKey) -> DidKeys:
    """The three keys of one DID, as our Box takes them; they share their secrets with the arguments."""
    return DidKeys(identity.did, name_key, identity.signing, identity.encryption)


def _name_keys(
    pems: Mapping[str, bytes], password: SecretBytes | None, names: Mapping[DidName, OwnIdentity], notes: list[str]
) -> dict[DidName, NameKey]:
    if password is None:
        if pems:
            notes.append(f"The {len(pems)} key files stay closed: they need the Box's password.")
        return {}
    found: dict[DidName, NameKey] = {}
    for file_name, pem in sorted(pems.items()):
        key = open_pem(pem, password, file_name)
        identity = names.get(key.name)
        if identity is not None:
            found[key.name] = key
            continue
        key.secret.wipe()
        key_name = file_name.removesuffix(_PEM_SUFFIX)
        if any(one.key_name == key_name for one in names.values()):
            notes.append(
                f"{printable(file_name)} holds another key than the DID names: it was exchanged, and left out."
            )
        else:
            notes.append(f"{printable(file_name)} belongs to no identity in the backup and was left out.")
    return found


def _documents(
    texts: Mapping[str, str], names: Mapping[DidName, OwnIdentity], notes: list[str]
) -> dict[DidName, DidDocument]:
    found = {}
    for file_name, text in sorted(texts.items()):
        try:
            document = document_from_text(text)
            name = parse_did(file_name)
        except (DamagedFile, InputError):
            notes.append(f"{printable(file_name)} is no DID document; where it is needed, a new one is made.")
            continue
        identity = names.get(name)
        if identity is None:
            notes.append(f"The document {printable(file_name)} belongs to no identity in the backup and was left out.")
        elif parse_did(document.did) == name and _names_keys_of(document, identity):
            found[name] = document
        else:
            notes.append(f"The document of {identity.did} names other keys than the backup: a new one is made.")
    return found


def _names_keys_of(document: DidDocument, identity: OwnIdentity) -> bool:
    publics = (identity.signing_public, identity.encryption_public)
    return (document.signing_public, document.encryption_public) == publics


def _missing(content: IdboxContent, name_keys: Mapping[DidName, NameKey]) -> list[str]:
    """One sentence for each identity whose DID cannot move, because nobody can publish under its name."""
    return [
        f"The name key of {identity.did} is not there: give the Box's folder and password to bring this DID along."
        for identity in content.own
        if parse_did(identity.did) not in name_keys
    ]
