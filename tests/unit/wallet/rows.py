"""Rows for the wallet tests: one of each kind with every field set, and one with every optional field unknown."""

from __future__ import annotations

import hashlib

from ledger_recovery.derive.address import encode_address
from ledger_recovery.wallet.backup_model import BackupLink, BoxPairing, DidRow, PeerRow
from ledger_recovery.wallet.changes import (
    AddAccount,
    AddAddressBookEntry,
    AddCredential,
    AddExternalCredential,
    AddIdentity,
    AddWallet,
    BindNetwork,
    Change,
)
from ledger_recovery.wallet.model import (
    AccountFacts,
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    IdentityStatus,
    KeyStatus,
    WalletRow,
)

GENESIS = "9dd9ca4d19e9393877d2c44b70f89acbfc0883c2243e5eeaecc0d1cd0503f478"
LEDGERS = ("aa" * 32, "bb" * 32)


def address(number: int, alias: int = 0) -> str:
    """The text of a made-up account address; the last three bytes of its 32 are free."""
    return encode_address(hashlib.sha256(b"account %d" % number).digest()[:29] + alias.to_bytes(3, "big"))


def cred_id(name: str) -> str:
    """96 hex digits that stand for a credential ID; the wallet does not look inside."""
    return hashlib.sha384(name.encode()).hexdigest()


KEY = IdentityKey(LEDGERS[0], None, 0)
PROVIDER_KEY = IdentityKey(LEDGERS[1], 0, 7)

FACTS = AccountFacts(
    block_height=2**64 - 1,
    account_index=2**63,
    balance=2**64 - 1,
    at_disposal=None,
    staked=1,
    locked=2,
    in_cooldown=3,
    stake_kind="delegator",
    stake_target=None,
)

IDENTITY = IdentityRow(
    key=KEY,
    name="Ünïcödé \U0001f511",
    status=IdentityStatus.REJECTED_AND_WARNED,
    keygen_version=0,
    detail="refused",
    code_uri="https://provider.example/1",
    identity_provider='{"ipInfo":{}}',
    identity_object='{"v":0,"value":{}}',
    randomness="11" * 32,
)
PLACEHOLDER = IdentityRow(PROVIDER_KEY, "Recovered: Index 7", IdentityStatus.RECOVERED, 1)

ACCOUNT = AccountRow(
    address=address(0),
    name="savings",
    identity=KEY,
    status=AccountStatus.PENDING,
    is_initial=True,
    signature_threshold=2,
    self_amounts="c0" * 192,
    incoming_amounts='["00"]',
    total_decrypted="12345678901234567890123",
    all_decrypted=False,
    deployment_transaction_id="22" * 32,
    transaction_filter='{"transfer":false}',
    facts=FACTS,
)
PLAIN_ACCOUNT = AccountRow(address(1), "second", PROVIDER_KEY)

CREDENTIAL = CredentialRow(
    cred_id=cred_id("own"),
    account_address=address(0),
    identity=KEY,
    counter=255,
    credential_index=3,
    policy='{"validTo":"202801","createdAt":"202301","revealedAttributes":{}}',
    randomness='{"idCredSecRand":"33"}',
    scheme="legacy-v0",
    key_status=KeyStatus.CAN_SIGN,
)
REMOVED_CREDENTIAL = CredentialRow(
    cred_id=cred_id("removed"),
    account_address=address(9),  # of an account that is not ours
    identity=PROVIDER_KEY,
    counter=0,
    credential_index=None,
    scheme="provider-v1",
    removed=True,
)
EXTERNAL = ExternalCredentialRow(cred_id("co-holder"), address(0), "my sister")
BOOK_ENTRY = AddressBookRow(address(5), "shop", "pays on Fridays", read_only=False)
OWN_BOOK_ENTRY = AddressBookRow(address(0), "savings", None, read_only=True)

LINK = BackupLink("a" * 52, "backup-key", "2026-11-22T10:00:00Z")
BOX = BoxPairing(
    url="https://box.example:4433",
    name="Box under the stairs",
    pin="b0" * 32,
    certificate=b"\x30\x82 certificate",
    device_id="device-1",
    key_ref="device-key",
    paired_at="2026-11-22T09:00:00Z",
)
DID = DidRow("Ünïcödé \U0001f511", "did:ipid:k51qzi5uqu5d" + "a" * 40, '{"id":"k51"}', "2026-11-22T11:00:00Z")
PEER = PeerRow("my sister", "did:ipid:QmPeer", "2026-11-22T12:00:00Z")

EVERYTHING: tuple[Change, ...] = (
    BindNetwork(GENESIS),
    AddWallet(WalletRow(LEDGERS[0])),
    AddWallet(WalletRow(LEDGERS[1], "ledgerflex")),
    AddIdentity(IDENTITY),
    AddIdentity(PLACEHOLDER),
    AddAccount(ACCOUNT),
    AddAccount(PLAIN_ACCOUNT),
    AddCredential(CREDENTIAL),
    AddCredential(REMOVED_CREDENTIAL),
    AddExternalCredential(EXTERNAL),
    AddExternalCredential(ExternalCredentialRow(cred_id("unnoted"), address(1))),
    AddAddressBookEntry(BOOK_ENTRY),
    AddAddressBookEntry(OWN_BOOK_ENTRY),
)
"""Valid in this order on an empty wallet; every kind of row, every field once set and once unknown."""
