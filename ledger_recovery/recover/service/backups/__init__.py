"""Automatic backups for commands and pages: pair, enable, flush, look, drill, restore, rotate, erase; DIDs and peers.

Every function takes the settings, opens what it needs and closes it again; none asks a person anything, and none logs.
"""

from typing import TYPE_CHECKING

from ledger_recovery.backup.pairing import PairingCode, PairingOffer
from ledger_recovery.backup.words import (
    WORD_COUNT,
    WordProblem,
    WordsCheck,
    Wrong,
    check_words,
    parse_words,
    words_of,
)
from ledger_recovery.recover.service.backups.connecting import (
    current_box,
    look_at_box,
    pair,
    reach_box,
    read_offer,
    read_qr,
    unpair,
)
from ledger_recovery.recover.service.backups.deps import BackupDeps, BoxPort, PairingPort, real_backup_deps
from ledger_recovery.recover.service.backups.dids import (
    DidDeleted,
    did_create,
    did_delete,
    did_list,
    did_publish,
    did_show,
    peer_add,
    peer_list,
    peer_remove,
)
from ledger_recovery.recover.service.backups.enabling import (
    NewBackup,
    disable,
    enable,
    enable_with_words,
    prepare_enable,
)
from ledger_recovery.recover.service.backups.flushing import flush, now, watch
from ledger_recovery.recover.service.backups.importing_idbox import IdboxPlan, IdboxResult, import_idbox, plan_idbox
from ledger_recovery.recover.service.backups.kit import fingerprint
from ledger_recovery.recover.service.backups.kits import age_key, kit
from ledger_recovery.recover.service.backups.looking import drill, list_generations, verify
from ledger_recovery.recover.service.backups.resetting import factory_reset, reset_plan
from ledger_recovery.recover.service.backups.restoring import plan_restore, restore
from ledger_recovery.recover.service.backups.results import (
    BackupKind,
    BackupStatus,
    ContactDecision,
    DisableResult,
    DrillResult,
    EnableResult,
    ListedGeneration,
    ResetPlan,
    ResetResult,
    RestorePlan,
    RestoreResult,
    RotateResult,
    UnpairResult,
    VerifyResult,
)
from ledger_recovery.recover.service.backups.rotating import finish_rotation, prepare_rotate, rotate
from ledger_recovery.recover.service.backups.status import counted, status, status_line
from ledger_recovery.wallet.backup_model import BackupCounts, BoxPairing, DidRow, PeerRow

if TYPE_CHECKING:
    from ledger_recovery.backup.client import BoxLook

__all__ = [
    "WORD_COUNT",
    "BackupCounts",
    "BackupDeps",
    "BackupKind",
    "BackupStatus",
    "BoxLook",
    "BoxPairing",
    "BoxPort",
    "ContactDecision",
    "DidDeleted",
    "DidRow",
    "DisableResult",
    "DrillResult",
    "EnableResult",
    "IdboxPlan",
    "IdboxResult",
    "ListedGeneration",
    "NewBackup",
    "PairingCode",
    "PairingOffer",
    "PairingPort",
    "PeerRow",
    "ResetPlan",
    "ResetResult",
    "RestorePlan",
    "RestoreResult",
    "RotateResult",
    "UnpairResult",
    "VerifyResult",
    "WordProblem",
    "WordsCheck",
    "Wrong",
    "age_key",
    "check_words",
    "counted",
    "current_box",
    "did_create",
    "did_delete",
    "did_list",
    "did_publish",
    "did_show",
    "disable",
    "drill",
    "enable",
    "enable_with_words",
    "factory_reset",
    "fingerprint",
    "finish_rotation",
    "flush",
    "import_idbox",
    "kit",
    "list_generations",
    "look_at_box",
    "now",
    "pair",
    "parse_words",
    "peer_add",
    "peer_list",
    "peer_remove",
    "plan_idbox",
    "plan_restore",
    "prepare_enable",
    "prepare_rotate",
    "reach_box",
    "read_offer",
    "read_qr",
    "real_backup_deps",
    "reset_plan",
    "restore",
    "rotate",
    "status",
    "status_line",
    "unpair",
    "verify",
    "watch",
    "words_of",
]
