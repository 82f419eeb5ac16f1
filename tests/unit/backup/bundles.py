"""What the tests of backups share: fixed keys, a full content, and a bundle that is sealed once."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup.bundle import seal
from ledger_recovery.backup.bundle_header import HEADER_BYTES, BundleHeader, header_bytes, read_header, signed_header
from ledger_recovery.backup.certificate import Certificate, issue
from ledger_recovery.backup.content import BackupContent, VaultRows
from ledger_recovery.backup.keys import OwnerKeys, owner_keys
from ledger_recovery.files.content import WalletContent
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import DidRow, PeerRow
from ledger_recovery.wallet.model import AddressBookRow, WalletRow, WalletSnapshot
from ledger_recovery.wallet.vault_model import SealedItem, VaultCost, VaultHeader
from tests.unit.wallet import rows

CREATED = "2026-11-22T10:00:00Z"
VAULT_ID = bytes(range(16))


def secret(name: str = "alice") -> SecretBytes:
    return SecretBytes(hashlib.sha256(b"test secret of " + name.encode()).digest())


@cache
def keys(name: str = "alice") -> OwnerKeys:
    return owner_keys(secret(name))


def seed(name: str = "upload") -> SecretBytes:
    return SecretBytes(hashlib.sha256(b"test seed " + name.encode()).digest())


def public(name: str = "upload") -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed(name).reveal()).public_key().public_bytes_raw()


@cache
def certificate(owner: str = "alice", machine: str = "upload") -> Certificate:
    return issue(keys(owner), public(machine), public("device"), CREATED)


def vault() -> VaultRows:
    header = VaultHeader(VAULT_ID, VaultCost(), bytes(16), bytes(12), bytes(48), bytes(16))
    items = tuple(SealedItem(VAULT_ID, "account", f"key {n}", bytes([n]) * 12, bytes(range(200))) for n in range(3))
    return VaultRows(header, items)


def snapshot() -> WalletSnapshot:
    return WalletSnapshot(
        genesis_hash=rows.GENESIS,
        wallets=tuple(WalletRow(ledger) for ledger in rows.LEDGERS),
        identities=(rows.IDENTITY, rows.PLACEHOLDER),
        accounts=(rows.ACCOUNT, rows.PLAIN_ACCOUNT),
        credentials=(rows.CREDENTIAL, rows.REMOVED_CREDENTIAL),
        external_credentials=(rows.EXTERNAL,),
        address_book=(rows.BOOK_ENTRY, rows.OWN_BOOK_ENTRY),
    )


def content() -> BackupContent:
    """One of everything."""
    return BackupContent(
        wallet=WalletContent(snapshot(), made_at=CREATED),
        vault=vault(),
        dids=(DidRow("me", "did:ipid:k51me", '{"id":"did:ipid:k51me"}', CREATED),),
        peers=(PeerRow("Böb", "did:ipid:k51bob", CREATED), PeerRow("eve", "did:ipid:QmEve", CREATED)),
        settings={"network": "mainnet", "max-gap": "20"},
    )


def contacts(number: int) -> BackupContent:
    """A wallet with so many contacts and nothing else."""
    book = tuple(AddressBookRow(rows.address(n), f"contact {n}") for n in range(number))
    return BackupContent(WalletContent(WalletSnapshot(address_book=book)))


def sealed(
    what: BackupContent | None = None,
    *,
    owner: str = "alice",
    generation: int = 7,
    recipient: str | None = None,
    previous: str = "ab" * 32,
) -> bytes:
    return seal(
        content() if what is None else what,
        recipient=recipient or keys(owner).age_recipient,
        certificate=certificate(owner),
        upload_key=seed(),
        generation=generation,
        previous=previous,
        created=CREATED,
    )


@cache
def bundle() -> bytes:
    """Alice's generation 7."""
    return sealed()


def resigned(payload: bytes, header: BundleHeader | None = None, *, machine: str = "upload") -> bytes:
    """A bundle around any payload, signed as its machine would."""
    found = read_header(bundle()) if header is None else header
    fitting = replace(found, payload_size=len(payload), payload_sha256=hashlib.sha256(payload).hexdigest())
    return header_bytes(signed_header(fitting, seed(machine))) + payload


def payload_of(data: bytes) -> bytes:
    return data[HEADER_BYTES:]
