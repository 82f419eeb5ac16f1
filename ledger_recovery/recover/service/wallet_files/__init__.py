"""Wallet files for commands and pages: export, import, a look inside, verification, address book, vault.

Every function takes the settings, opens what it needs and closes it again; none asks a person anything.
"""

from ledger_recovery.files.merge import Conflict, Decision, Outcome
from ledger_recovery.files.reading import MIN_PASSWORD_CHARACTERS, check_new_password
from ledger_recovery.files.writing import WEAK_FORMAT
from ledger_recovery.recover.service.wallet_files.book import (
    add_address,
    book_entries,
    export_book,
    import_book,
    note_address,
    remove_address,
    rename_address,
)
from ledger_recovery.recover.service.wallet_files.exporting import ExportResult, FileFormat, check_export, export_file
from ledger_recovery.recover.service.wallet_files.importing import (
    UNPROVEN_NETWORK,
    FilePlan,
    ImportResult,
    import_file,
    plan_file,
)
from ledger_recovery.recover.service.wallet_files.looking import (
    Contents,
    Inspection,
    Missing,
    Verification,
    inspect_file,
    verify_file,
)
from ledger_recovery.recover.service.wallet_files.vaults import change_vault_password, forget_vault, vault_status
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.vault import FINAL_WHEN_LOST
from ledger_recovery.wallet.vault_model import VaultStatus

__all__ = [
    "FINAL_WHEN_LOST",
    "MIN_PASSWORD_CHARACTERS",
    "UNPROVEN_NETWORK",
    "WEAK_FORMAT",
    "Conflict",
    "Contents",
    "Decision",
    "ExportResult",
    "FileFormat",
    "FilePlan",
    "ImportResult",
    "Inspection",
    "Missing",
    "Outcome",
    "SecretBytes",
    "VaultStatus",
    "Verification",
    "add_address",
    "book_entries",
    "change_vault_password",
    "check_export",
    "check_new_password",
    "export_book",
    "export_file",
    "forget_vault",
    "import_book",
    "import_file",
    "inspect_file",
    "note_address",
    "plan_file",
    "remove_address",
    "rename_address",
    "vault_status",
    "verify_file",
]
