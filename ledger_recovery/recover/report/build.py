"""[pure] From a run's result to the report's JSON. Every block is typed; nothing enters that has no field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chain.model import Point
from ledger_recovery.recover.policy import Mode
from ledger_recovery.recover.reconcile.findings import Conflict
from ledger_recovery.recover.report.blocks import (
    change_kind,
    environment_block,
    failure_block,
    head,
    timings_block,
    wallet_block,
)
from ledger_recovery.recover.report.clean import clean, timestamp
from ledger_recovery.recover.report.found import account_blocks, credential_blocks
from ledger_recovery.recover.report.model import (
    SCHEMA_NAME,
    SCHEMA_VERSION,
    AccountListFacts,
    Block,
    ChangeCount,
    ConflictEntry,
    Device,
    NextCounter,
    NextFree,
    NextIdentity,
    Placeholder,
    Report,
    Search,
    Statement,
)
from ledger_recovery.recover.report.outcomes import disagreement_blocks, outcome_blocks, unknown_blocks
from ledger_recovery.recover.report.statement import state_completeness
from ledger_recovery.recover.result import DeviceFacts, ListFacts, RunResult
from ledger_recovery.wallet.changes import AddIdentity

_NOT_ON_CHAIN = (
    "Names and notes that you gave to accounts and identities: a Desktop Wallet export file brings them back.",
    "Attributes and the provider's signature of each identity: they are not on chain. An export file brings them "
    "back; without one, no new account can be created from a recovered identity. Request a new identity then.",
    "Co-holders' notes, and transfers and settings that only the old wallet held.",
)
_PRIVATE_BLIND = "Credentials that are not the first of their account: a private search cannot see them."


def build_report(result: RunResult, conflicts: Sequence[Conflict] = ()) -> Report:
    """The whole report at redaction level "full", unsigned. Equal results give equal reports."""
    return Report(
        schema=SCHEMA_NAME,
        version=SCHEMA_VERSION,
        head=head(result.run_id, result.finished, result.tool_version),
        statement=_statement(result),
        search=_search(result),
        environment=environment_block(result.environment),
        device=None if result.device is None else _device(result.device),
        wallet=wallet_block(result.device),
        chain=None if result.point is None else _block(result.point),
        account_list=None if result.account_list is None else _list_facts(result.account_list),
        outcomes=outcome_blocks(result.outcomes),
        accounts=account_blocks(result.outcomes),
        credentials=credential_blocks(result.outcomes, result.key_checks),
        placeholders=_placeholders(result),
        next_free=_next_free(result),
        unknown=unknown_blocks(result.outcomes),
        disagreements=disagreement_blocks(result.outcomes),
        conflicts=[_conflict(c) for c in sorted(conflicts, key=lambda c: c.sort_key)],
        not_recovered=_not_recovered(result),
        warnings=[clean(w) for w in result.warnings],
        timings=timings_block(result.timings_ms),
    )


def _statement(result: RunResult) -> Statement:
    said = state_completeness(result)
    return Statement(complete=said.complete, scope=said.scope.value, sentence=said.sentence, reasons=list(said.reasons))


def _search(result: RunResult) -> Search:
    policy = result.policy
    kinds = Counter(change_kind(type(change).__name__) for change in result.changes)
    return Search(
        started=timestamp(result.started),
        finished=timestamp(result.finished),
        ending=result.ending.value,
        failure=failure_block(result.failure),
        mode=policy.mode.value,
        deep=policy.deep,
        first=policy.first,
        last=policy.last,
        stop_after_empty=policy.stop_after_empty,
        legacy=policy.legacy,
        providers=sorted(set(policy.providers)),
        repins=result.repins,
        applied=result.applied,
        changes=[ChangeCount(kind=kind, count=count) for kind, count in sorted(kinds.items())],
    )


def _device(facts: DeviceFacts) -> Device:
    return Device(
        model=clean(facts.model, 64),
        app=clean(facts.app, 64),
        app_version=clean(facts.app_version, 64),
        wire_format=clean(facts.wire_format, 64),
        transport=clean(facts.transport, 64),
        emulated=facts.emulated,
    )


def _block(point: Point) -> Block:
    return Block(
        network=clean(point.network, 64),
        genesis_hash=point.genesis_hash.hex(),
        block_hash=point.block_hash.hex(),
        height=point.height,
        slot_time=timestamp(point.slot_time),
        age_seconds=round(point.age_seconds),
        finality=point.finality.value,
        sources=sorted({clean(s, 200) for s in point.sources}),
    )


def _list_facts(facts: ListFacts) -> AccountListFacts:
    return AccountListFacts(
        count=facts.count,
        source=clean(facts.source, 200),
        cached=facts.cached,
        error_code=clean(facts.error_code, 64),
        error=clean(facts.error),
    )


def _placeholders(result: RunResult) -> list[Placeholder]:
    rows = [c.row for c in result.changes if isinstance(c, AddIdentity) and c.row.is_placeholder]
    blocks = [Placeholder(provider=r.key.provider, index=r.key.index, keygen_version=r.keygen_version) for r in rows]
    return sorted(blocks, key=lambda b: (-1 if b["provider"] is None else b["provider"], b["index"]))


def _next_free(result: RunResult) -> NextFree:
    families = sorted(result.next_identity, key=lambda p: -1 if p is None else p)
    refs = sorted(result.next_counters, key=lambda ref: ref.sort_key)
    return NextFree(
        identities=[NextIdentity(provider=p, index=result.next_identity[p]) for p in families],
        counters=[NextCounter(provider=r.provider, index=r.index, counter=result.next_counters[r]) for r in refs],
    )


def _conflict(conflict: Conflict) -> ConflictEntry:
    return ConflictEntry(
        code=conflict.code,
        sentence=clean(conflict.sentence),
        provider=None if conflict.identity is None else conflict.identity.provider,
        index=None if conflict.identity is None else conflict.identity.index,
        address=conflict.address,
        cred_id=conflict.cred_id,
    )


def _not_recovered(result: RunResult) -> list[str]:
    notes = [_PRIVATE_BLIND] if result.policy.mode is Mode.PRIVATE else []
    if any(o.used for o in result.outcomes):
        notes += _NOT_ON_CHAIN
    return notes
