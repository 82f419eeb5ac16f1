"""[pure] Redaction of an EVM report, applied before signing: identifiers are masked as in every report.

Numbers that name an account on a public chain (nonces, balances, amounts, sizes of code) are dropped, and so is which
tokens it holds.
"""

from __future__ import annotations

from typing import cast

from ledger_recovery.recover.evm.report.model import AccountBlock, ChainFactsBlock, EvmReport, SmartBlock
from ledger_recovery.recover.report.redact import Redaction, mask_identifiers

_PUBLIC = frozenset(
    {("head", "report_id"), ("chains", "[]", "block", "genesis_hash"), ("chains", "[]", "block", "block_hash")}
)


def redact_evm(report: EvmReport, level: Redaction, key: bytes | None = None) -> EvmReport:
    """A copy of a full report at `level`.

    :param key: for HASHED: at least 16 random bytes, made for this report and not kept.
    :raises ValueError: the report was redacted before, or HASHED without a key.
    """
    if report["head"]["redaction"] != Redaction.FULL.value:
        raise ValueError("only a full report can be redacted")
    if level is Redaction.FULL:
        return report
    masked = cast(EvmReport, mask_identifiers(report, level, key, _PUBLIC))
    masked["head"]["redaction"] = level.value
    masked["accounts"] = [_bare_account(account) for account in masked["accounts"]]
    masked["smart_accounts"] = [_bare_smart(account) for account in masked["smart_accounts"]]
    return masked


def _bare_account(account: AccountBlock) -> AccountBlock:
    bare = account.copy()
    bare["chains"] = [_bare_facts(facts) for facts in account["chains"]]
    bare["tokens"] = []
    return bare


def _bare_facts(facts: ChainFactsBlock) -> ChainFactsBlock:
    return ChainFactsBlock(
        chain_id=facts["chain_id"], kind=facts["kind"], nonce=None, balance=None, code_size=None, delegate=None
    )


def _bare_smart(account: SmartBlock) -> SmartBlock:
    bare = account.copy()
    bare["nonce"], bare["balance"], bare["tokens"] = None, None, []
    return bare
