"""Random changes over a small world, so that they meet each other: same keys, aliases, contradictions and gaps."""

from __future__ import annotations

from hypothesis import strategies as st

from ledger_recovery.wallet.changes import (
    AddAccount,
    AddAddressBookEntry,
    AddCredential,
    AddExternalCredential,
    AddIdentity,
    AddWallet,
    BindNetwork,
    Change,
    ConfirmAccount,
    MarkOwnAddress,
    MergeAccount,
    MergeAddressBookEntry,
    MergeCredential,
    MergeExternalCredential,
    MergeIdentity,
    RefreshAccount,
    RefreshCredential,
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
from tests.unit.wallet.rows import GENESIS, LEDGERS, address, cred_id

LEDGER = st.sampled_from(LEDGERS)
KEYS = st.builds(IdentityKey, LEDGER, st.sampled_from([None, 0, 1]), st.integers(0, 1))
ADDRESSES = st.builds(address, st.integers(0, 2), st.integers(0, 1))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
UNKNOWN_OR_TEXT = st.none() | TEXTS
U64 = st.one_of(st.integers(0, 5), st.integers(2**64 - 2, 2**64 - 1))
CRED_IDS = st.sampled_from([cred_id(f"random {number}") for number in range(5)])
# What the chain may say of a credential: a removed one has no index.
CHAIN_STATES = st.sampled_from([(None, True), (None, False), (0, False), (255, False)])

FACTS = st.builds(
    AccountFacts,
    block_height=st.integers(0, 3),
    account_index=U64,
    balance=U64,
    at_disposal=st.none() | U64,
    staked=U64,
    locked=U64,
    in_cooldown=U64,
    stake_kind=st.sampled_from(["none", "validator"]),
    stake_target=st.none() | U64,
)
IDENTITIES = st.builds(
    IdentityRow,
    key=KEYS,
    name=TEXTS,
    status=st.sampled_from(IdentityStatus),
    keygen_version=st.integers(0, 1),
    detail=UNKNOWN_OR_TEXT,
    identity_object=UNKNOWN_OR_TEXT,
)
ACCOUNTS = st.builds(
    AccountRow,
    address=ADDRESSES,
    name=TEXTS,
    identity=KEYS,
    status=st.sampled_from(AccountStatus),
    is_initial=st.booleans(),
    signature_threshold=st.integers(1, 255),
    facts=st.none() | FACTS,
)
EXTERNALS = st.builds(ExternalCredentialRow, CRED_IDS, ADDRESSES, UNKNOWN_OR_TEXT)
BOOK_ENTRIES = st.builds(AddressBookRow, ADDRESSES, TEXTS, UNKNOWN_OR_TEXT, st.booleans())


@st.composite
def credentials(draw: st.DrawFn) -> CredentialRow:
    """Mostly what a chain could say (ID, identity, counter and account go together), sometimes a contradiction."""
    key, counter = draw(KEYS), draw(st.integers(0, 1))
    honest = draw(st.sampled_from([True, True, True, False]))
    index, removed = draw(CHAIN_STATES)
    return CredentialRow(
        cred_id=cred_id(f"{key} {counter}") if honest else draw(CRED_IDS),
        account_address=address(counter, alias=draw(st.integers(0, 1))) if honest else draw(ADDRESSES),
        identity=key,
        counter=counter,
        credential_index=index,
        policy=draw(UNKNOWN_OR_TEXT),
        removed=removed,
        key_status=draw(st.sampled_from(KeyStatus)),
    )


@st.composite
def refreshed_credentials(draw: st.DrawFn) -> RefreshCredential:
    index, removed = draw(CHAIN_STATES)
    known = cred_id(f"{draw(KEYS)} {draw(st.integers(0, 1))}")
    status = draw(st.sampled_from(KeyStatus))
    return RefreshCredential(draw(CRED_IDS | st.just(known)), index, removed, status, draw(UNKNOWN_OR_TEXT))


CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(BindNetwork, st.sampled_from([GENESIS, GENESIS, "00" * 32])),
    st.builds(AddWallet, st.builds(WalletRow, LEDGER)),
    st.builds(AddIdentity, IDENTITIES),
    st.builds(AddAccount, ACCOUNTS),
    st.builds(AddAccount, ACCOUNTS),
    st.builds(ConfirmAccount, ADDRESSES),
    st.builds(RefreshAccount, ADDRESSES, st.integers(1, 255), FACTS),
    st.builds(AddCredential, credentials()),
    st.builds(AddCredential, credentials()),
    refreshed_credentials(),
    st.builds(AddExternalCredential, EXTERNALS),
    st.builds(AddAddressBookEntry, BOOK_ENTRIES),
    st.builds(MarkOwnAddress, ADDRESSES),
    st.builds(MergeIdentity, IDENTITIES),
    st.builds(MergeAccount, ACCOUNTS),
    st.builds(MergeCredential, credentials()),
    st.builds(MergeExternalCredential, EXTERNALS),
    st.builds(MergeAddressBookEntry, BOOK_ENTRIES),
)

TRANSACTIONS = st.lists(st.lists(CHANGES, min_size=1, max_size=6), max_size=12)

# Without these nearly every random transaction would fail on a Ledger or identity that is not there.
FOUNDATION: tuple[Change, ...] = (
    *(AddWallet(WalletRow(ledger)) for ledger in LEDGERS),
    *(
        AddIdentity(IdentityRow(IdentityKey(ledger, provider, 0), "first", IdentityStatus.CONFIRMED, 1))
        for ledger in LEDGERS
        for provider in (None, 0)
    ),
)
