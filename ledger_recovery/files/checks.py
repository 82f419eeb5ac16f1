"""[pure] What the wallet's tables can hold: the one place where rows from a file are judged, item by item.

A problem is a sentence without the item's name, e.g. "its credential ID is not 96 hexadecimal digits". Reads no file
and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ledger_recovery.wallet.canonical import canonical_key
from ledger_recovery.wallet.evm_checks import evm_problems
from ledger_recovery.wallet.model import (
    AccountRow,
    AccountStatus,
    AddressBookRow,
    CredentialRow,
    ExternalCredentialRow,
    IdentityKey,
    IdentityRow,
    WalletRow,
    WalletSnapshot,
)

_HEX: Final = re.compile(r"[0-9a-f]+")
_INDEX_LIMIT: Final = 2**31
_COUNTER_LIMIT: Final = 256
_U64: Final = 2**64
_MAX_ADDRESS: Final = 128
_NEVER_ON_CHAIN: Final = (AccountStatus.GENESIS, AccountStatus.PENDING, AccountStatus.REJECTED)
_NO_CRED_ID: Final = "its credential ID is not 96 hexadecimal digits"


def is_hex(text: str, digits: int) -> bool:
    """Exactly so many lower-case hexadecimal digits."""
    return len(text) == digits and _HEX.fullmatch(text) is not None


def wallet_problem(row: WalletRow) -> str | None:
    return None if is_hex(row.fingerprint, 64) else "its identifier is not 64 hexadecimal digits"


def identity_problem(row: IdentityRow) -> str | None:
    provider = row.key.provider
    if not 0 <= row.key.index < _INDEX_LIMIT or (provider is not None and not 0 <= provider < _INDEX_LIMIT):
        return "its index or provider is outside 0..2147483647"
    if row.keygen_version not in (0, 1):
        return "its key generation version is neither 0 nor 1"
    return None


def account_problem(row: AccountRow) -> str | None:
    """Accounts that never came on chain may lack a true address: old exports hold a credential ID in its place."""
    if not row.address or len(row.address) > _MAX_ADDRESS:
        return "it has no address: it never came on chain"
    if row.status not in _NEVER_ON_CHAIN and canonical_key(row.address) == row.address:
        return "its address fails the checksum"
    if not 1 <= row.signature_threshold < _COUNTER_LIMIT:
        return "its signature threshold is outside 1..255"
    facts = row.facts
    if facts is not None:
        numbers = (facts.block_height, facts.account_index, facts.balance, facts.at_disposal, facts.staked)
        more = (facts.locked, facts.in_cooldown, facts.stake_target)
        if not all(n is None or 0 <= n < _U64 for n in (*numbers, *more)):
            return "a quantity of it is outside the range of a u64"
    return None


def credential_problem(row: CredentialRow) -> str | None:
    if not is_hex(row.cred_id, 96):
        return _NO_CRED_ID
    if not row.account_address or len(row.account_address) > _MAX_ADDRESS:
        return "it names no account"
    if not 0 <= row.counter < _COUNTER_LIMIT:
        return "its counter is outside 0..255"
    if row.credential_index is not None and not 0 <= row.credential_index < _COUNTER_LIMIT:
        return "its index on the account is outside 0..255"
    if row.removed and row.credential_index is not None:
        return "it is removed, yet has an index on the account"
    return None


def external_problem(row: ExternalCredentialRow) -> str | None:
    return None if is_hex(row.cred_id, 96) else _NO_CRED_ID


def book_problem(row: AddressBookRow) -> str | None:
    return None if 0 < len(row.address) <= _MAX_ADDRESS else "it has no address"


def snapshot_problems(snapshot: WalletSnapshot) -> Iterator[str]:
    """Everything that keeps a whole snapshot from being a wallet: bad rows, doubles, references into nothing."""
    if snapshot.genesis_hash is not None and not is_hex(snapshot.genesis_hash, 64):
        yield "the genesis hash is not 64 hexadecimal digits"
    yield from _row_problems(snapshot)
    yield from _doubles("Ledger", (row.fingerprint for row in snapshot.wallets))
    yield from _doubles("identity", (row.key for row in snapshot.identities))
    yield from _doubles("account", (canonical_key(row.address) for row in snapshot.accounts))
    yield from _doubles("credential", (row.cred_id for row in snapshot.credentials))
    yield from _doubles("credential counter", ((r.identity, r.scheme, r.counter) for r in snapshot.credentials))
    yield from _doubles("co-holder credential", (row.cred_id for row in snapshot.external_credentials))
    yield from _doubles("address book entry", (row.address for row in snapshot.address_book))
    yield from _reference_problems(snapshot)
    yield from evm_problems(snapshot.evm)


def _row_problems(snapshot: WalletSnapshot) -> Iterator[str]:
    judged: Iterable[tuple[str, int, str | None]] = (
        *(("wallets", n, wallet_problem(row)) for n, row in enumerate(snapshot.wallets)),
        *(("identities", n, identity_problem(row)) for n, row in enumerate(snapshot.identities)),
        *(("accounts", n, account_problem(row)) for n, row in enumerate(snapshot.accounts)),
        *(("credentials", n, credential_problem(row)) for n, row in enumerate(snapshot.credentials)),
        *(("external_credentials", n, external_problem(row)) for n, row in enumerate(snapshot.external_credentials)),
        *(("address_book", n, book_problem(row)) for n, row in enumerate(snapshot.address_book)),
    )
    for table, number, problem in judged:
        if problem is not None:
            yield f"{table}[{number}]: {problem}"


def _doubles(what: str, keys: Iterable[object]) -> Iterator[str]:
    seen = set()
    for number, key in enumerate(keys):
        if key in seen:
            yield f"{what} number {number} is there twice"
        seen.add(key)


def _reference_problems(snapshot: WalletSnapshot) -> Iterator[str]:
    ledgers = {row.fingerprint for row in snapshot.wallets}
    known: set[IdentityKey] = {row.key for row in snapshot.identities}
    accounts = {canonical_key(row.address) for row in snapshot.accounts}
    for number, identity in enumerate(snapshot.identities):
        if identity.key.fingerprint not in ledgers:
            yield f"identities[{number}] is of a Ledger that the file does not hold"
    for table, owners in (
        ("accounts", [row.identity for row in snapshot.accounts]),
        ("credentials", [row.identity for row in snapshot.credentials]),
    ):
        for number, owner in enumerate(owners):
            if owner not in known:
                yield f"{table}[{number}] is of an identity that the file does not hold"
    for number, external in enumerate(snapshot.external_credentials):
        if canonical_key(external.account_address) not in accounts:
            yield f"external_credentials[{number}] is of an account that the file does not hold"
