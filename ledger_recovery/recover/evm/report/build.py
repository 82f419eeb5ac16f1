"""[pure] From an EVM run's result to the report's JSON. Every block is typed; nothing enters that has no field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chain.model import Point
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.derive.evm.schemes import Scheme
from ledger_recovery.recover.evm.model import uses
from ledger_recovery.recover.evm.reconcile import EvmConflict
from ledger_recovery.recover.evm.report.found import (
    account_blocks,
    place_ref,
    placeholder_blocks,
    smart_blocks,
    unknown_blocks,
)
from ledger_recovery.recover.evm.report.model import (
    ChainBlock,
    EvmBlock,
    EvmConflictBlock,
    EvmDevice,
    EvmReport,
    EvmSearch,
    EvmStatementBlock,
    Run,
    SchemeBlock,
)
from ledger_recovery.recover.evm.result import ChainFacts, EvmResult
from ledger_recovery.recover.evm.statement import state_completeness
from ledger_recovery.recover.evm.walk import Stop, StopReason
from ledger_recovery.recover.report.blocks import (
    change_kind,
    environment_block,
    failure_block,
    head,
    timings_block,
    wallet_block,
)
from ledger_recovery.recover.report.clean import clean, timestamp
from ledger_recovery.recover.report.model import ChangeCount
from ledger_recovery.recover.report.ranges import runs_of
from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME, EVM_SCHEMA_VERSION
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.wallet.evm_checks import MAX_SCHEME

_NOT_ON_CHAIN = "Names that you gave to accounts: they are not on any chain. A backup or export file brings them back."
_TOKENS = "Tokens that are not in the list of the network: a chain cannot be asked which tokens an address holds."
_OTHER_CHAINS = "What these addresses hold on chains that this run did not ask."
_SMART = "Smart accounts that these keys joined later, or that were made by other recipes than those searched."


def build_evm_report(result: EvmResult, conflicts: Sequence[EvmConflict] = ()) -> EvmReport:
    """The whole report at redaction level "full", unsigned. Equal results give equal reports."""
    said = state_completeness(result)
    return EvmReport(
        schema=EVM_SCHEMA_NAME,
        version=EVM_SCHEMA_VERSION,
        head=head(result.run_id, result.finished, result.tool_version),
        statement=EvmStatementBlock(complete=said.complete, sentence=said.sentence, reasons=list(said.reasons)),
        search=_search(result),
        environment=environment_block(result.environment),
        device=None if result.device is None else _device(result.device),
        wallet=wallet_block(result.device),
        chains=[_chain(chain) for chain in result.chains],
        schemes=[_scheme(scheme, result) for scheme in result.policy.schemes],
        accounts=account_blocks(result),
        smart_accounts=smart_blocks(result),
        placeholders=placeholder_blocks(result),
        unknown=unknown_blocks(result),
        conflicts=[
            EvmConflictBlock(code=c.code, sentence=clean(c.sentence), scheme=clean(c.scheme, MAX_SCHEME), index=c.index)
            for c in sorted(conflicts, key=lambda c: (c.code, c.scheme, c.index))
        ],
        warnings=[clean(warning) for warning in result.warnings],
        notes=_notes(result),
        timings=timings_block(result.timings_ms),
    )


def _search(result: EvmResult) -> EvmSearch:
    policy = result.policy
    return EvmSearch(
        started=timestamp(result.started),
        finished=timestamp(result.finished),
        ending=result.ending.value,
        failure=failure_block(result.failure),
        gap=policy.gap,
        cap=policy.cap,
        dust_reach=policy.dust_reach,
        patience=policy.patience,
        smart_accounts=policy.smart_accounts,
        co_owners=[checksum(owner) for owner in policy.co_owners],
        find=None if policy.find is None else checksum(policy.find),
        found=None if result.found is None else place_ref(result.found),
        applied=result.applied,
        changes=[ChangeCount(kind=change_kind(kind), count=count) for kind, count in sorted(result.changes)],
    )


def _device(facts: DeviceFacts) -> EvmDevice:
    return EvmDevice(
        model=clean(facts.model, 64),
        app=clean(facts.app, 64),
        app_version=clean(facts.app_version, 64),
        transport=clean(facts.transport, 64),
        emulated=facts.emulated,
    )


def _chain(chain: ChainFacts) -> ChainBlock:
    return ChainBlock(
        chain_id=chain.chain_id,
        name=clean(chain.name, 64),
        source=clean(chain.source, 200),
        way=clean(chain.way),
        why=clean(chain.why),
        block=None if chain.point is None else _block(chain.point),
        confirmed=chain.confirmed,
        repins=chain.repins,
        smart_asked=chain.smart_asked,
        smart_unanswered=chain.smart_unanswered,
        tokens_unread=[clean(symbol, 64) for symbol in chain.tokens_unread],
        failure=failure_block(chain.failure),
        notes=[clean(note) for note in chain.notes],
    )


def _block(point: Point) -> EvmBlock:
    return EvmBlock(
        genesis_hash=point.genesis_hash.hex(),
        block_hash=point.block_hash.hex(),
        height=point.height,
        time=timestamp(point.slot_time),
        age_seconds=round(point.age_seconds),
        finality=point.finality.value,
    )


def _scheme(scheme: Scheme, result: EvmResult) -> SchemeBlock:
    stop = result.stops.get(scheme.name, Stop(StopReason.NOT_WALKED, -1))
    known = uses(result.places, result.outcomes).get(scheme.name, {})
    return SchemeBlock(
        scheme=clean(scheme.name, MAX_SCHEME),
        template=scheme.template,
        stop=stop.reason.value,
        last=None if stop.last < 0 else stop.last,
        complete=stop.complete,
        used=_runs(index for index, use in known.items() if use.used),
        unknown=_runs(stop.unknown),
        how_to_go_on=stop.how_to_go_on(result.policy),
    )


def _runs(indices: Iterable[int]) -> list[Run]:
    return [{"from": first, "to": last} for first, last in runs_of(indices)]


def _notes(result: EvmResult) -> list[str]:
    """What a search of these chains cannot bring back."""
    found = [_NOT_ON_CHAIN, _TOKENS] if result.used else []
    return [*found, *([_SMART] if result.policy.smart_accounts else []), _OTHER_CHAINS]
