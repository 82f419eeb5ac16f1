"""[pure] Write the content of a Desktop Wallet export in the form of releases 1.3 to 1.9: key order, types, spelling.

The same rows read from such a file give the same bytes. Encrypts nothing.
"""

from __future__ import annotations

import json

from ledger_recovery.files.desktop import (
    DesktopAccount,
    DesktopBookEntry,
    DesktopCredential,
    DesktopExport,
    DesktopExternalCredential,
    DesktopIdentity,
)
from ledger_recovery.files.json_text import dump

_Json = dict[str, object]


def write_desktop(export: DesktopExport) -> bytes:
    """The inner JSON, compact, UTF-8. `genesis` is left out when there is none, as the wallet does."""
    document: _Json = {
        "accounts": [_account(row) for row in export.accounts],
        "identities": [_identity(row) for row in export.identities],
        "addressBook": [_book_entry(row) for row in export.address_book],
        "credentials": [_credential(row) for row in export.credentials],
        "externalCredentials": [_external(row) for row in export.external_credentials],
        "wallets": [{"id": row.id, "identifier": row.identifier, "type": row.type} for row in export.wallets],
    }
    if export.genesis is not None:
        document["genesis"] = {"id": export.genesis.id, "genesisBlock": export.genesis.genesis_block}
    return dump(document).encode("utf-8")


def _account(row: DesktopAccount) -> _Json:
    return {
        "identityId": row.identity_id,
        "name": row.name,
        "status": row.status,
        "selfAmounts": row.self_amounts,
        "incomingAmounts": row.incoming_amounts,
        "signatureThreshold": row.signature_threshold,
        "totalDecrypted": row.total_decrypted,
        "allDecrypted": row.all_decrypted,
        "deploymentTransactionId": row.deployment_transaction_id,
        "isInitial": row.is_initial,
        "address": row.address,
        # The one JSON text that the wallet writes as an object.
        "transactionFilter": json.loads(row.transaction_filter),
    }


def _identity(row: DesktopIdentity) -> _Json:
    return {
        "id": row.id,
        "identityNumber": row.identity_number,
        "name": row.name,
        "status": row.status,
        "detail": row.detail,
        "codeUri": row.code_uri,
        "identityProvider": row.identity_provider,
        "identityObject": row.identity_object,
        "randomness": row.randomness,
        "walletId": row.wallet_id,
        "version": row.version,
    }


def _book_entry(row: DesktopBookEntry) -> _Json:
    return {"name": row.name, "address": row.address, "note": row.note, "readOnly": row.read_only}


def _credential(row: DesktopCredential) -> _Json:
    return {
        "identityId": row.identity_id,
        "accountAddress": row.account_address,
        "credId": row.cred_id,
        "credentialNumber": row.credential_number,
        "credentialIndex": row.credential_index,
        "policy": row.policy,
        "randomness": row.randomness,
    }


def _external(row: DesktopExternalCredential) -> _Json:
    return {"accountAddress": row.account_address, "credId": row.cred_id, "note": row.note}
