"""[pure] A finished EVM run as the command line shows it: statement, accounts, smart accounts, what next."""

from __future__ import annotations

from collections.abc import Sequence

from chain.model import Point
from ledger_recovery.cli.evm import views
from ledger_recovery.cli.evm.sentences import addresses, place_text, stopped
from ledger_recovery.cli.recording import Recording
from ledger_recovery.cli.runs import device_json
from ledger_recovery.cli.sentences import counted
from ledger_recovery.cli.terminal import printable
from ledger_recovery.derive.evm.address import checksum
from ledger_recovery.recover.events import Json
from ledger_recovery.recover.evm.events import EvmEvent, EvmRunEnded, place_json
from ledger_recovery.recover.evm.result import ChainFacts, EvmResult

_REFRESH = "refresh "


class Recorder(Recording[EvmResult]):
    """Of an EVM run."""

    def on(self, event: EvmEvent) -> None:
        if isinstance(event, EvmRunEnded):
            self.end(event.result, event.statement, event.report_path)
        else:
            self.hear(event)


def run_text(record: Recorder, width: int) -> str:
    """What the person reads at the end."""
    result = record.result
    if result is None:
        return ""
    if result.policy.find is not None:
        return "\n".join([*_search_lines(result), *_closing_lines(record, result)])
    parts = [
        printable(record.statement, 2000),
        views.account_table(result, width),
        views.smart_table(result, width),
        "\n".join(_scheme_lines(result)),
        "\n".join(_closing_lines(record, result)),
    ]
    return "\n\n".join(part for part in parts if part)


def run_json(record: Recorder) -> Json:
    result = record.result
    if result is None:
        return None
    return {
        "run_id": result.run_id,
        "kind": record.kind,
        "family": "ethereum",
        "ending": result.ending.value,
        "statement": record.statement,
        "report": record.report_path,
        "device": None if result.device is None else device_json(result.device),
        "applied": result.applied,
        "chains": [_chain(chain) for chain in result.chains],
        "schemes": _schemes(result),
        "accounts": [views.account_json(result, outcome) for outcome in views.in_order(result)],
        "smart_accounts": [views.smart_json(result, chain, account) for chain, account in result.smart],
        "placeholders": [place_json(place) for place in result.placeholders],
        "unknown": [
            {"address": checksum(o.address), "places": [place_json(p) for p in result.places_of(o.address)]}
            for o in result.unknown
        ],
        "found": None if result.found is None else place_json(result.found),
        "shown": [checksum(address) for address in result.shown],
        "changes": list(record.planned),
        "conflicts": list(record.conflicts),
        "warnings": list(result.warnings),
    }


def _search_lines(result: EvmResult) -> list[str]:
    wanted = checksum(result.policy.find or bytes(20))
    if result.found is not None:
        return [f"found: {place_text(result.found)}"]
    searched = ", ".join(f"{name} 0-{stop.last}" for name, stop in result.stops.items() if stop.last >= 0) or "nothing"
    lines = [f"not found: {wanted} is no address of this Ledger under {printable(searched, 500)}"]
    if result.failure is None:
        lines.append("search further with --max-index, or another path with --path; is it another Ledger's?")
    return lines


def _scheme_lines(result: EvmResult) -> list[str]:
    return [
        f"{printable(name, 60)}: {stopped(stop)}; {stop.how_to_go_on(result.policy)}"
        for name, stop in result.stops.items()
    ]


def _closing_lines(record: Recorder, result: EvmResult) -> list[str]:
    lines = list(views.hidden_note(result))
    lines += [f"confirmed on the Ledger: {checksum(address)}" for address in result.shown]
    lines += [f"warning: {printable(warning)}" for warning in result.warnings]
    lines += [f"conflict: {printable(conflict)}" for conflict in record.conflicts]
    if result.unknown:
        lines.append(
            f"{addresses(len(result.unknown))} unknown on a chain; ask only these again with: ledger-recovery retry"
        )
    elif result.left_open and result.failure is None:
        lines.append("ask again for what the chains did not answer with: ledger-recovery retry")
    if not result.applied and record.planned:
        lines += ["the wallet was not changed; a run without --dry-run would:", *_planned(record.planned)]
    if record.report_path:
        lines.append(f"report: {record.report_path}")
    return lines


def _planned(lines: Sequence[str]) -> list[str]:
    """The changes, with those that only bring stored facts up to date counted: there is one for each chain."""
    shown = [f"  {line}" for line in lines if not line.startswith(_REFRESH)]
    rest = len(lines) - len(shown)
    return [*shown, f"  and store {counted(rest, 'fact')} that the chains told of these"] if rest else shown


def _chain(chain: ChainFacts) -> Json:
    return {
        "chain_id": chain.chain_id,
        "name": chain.name,
        "node": chain.source,
        "block": None if chain.point is None else _block(chain.point),
        "way": chain.way,
        "why": chain.why,
        "confirmed": chain.confirmed,
        "repins": chain.repins,
        "smart_asked": chain.smart_asked,
        "smart_unanswered": chain.smart_unanswered,
        "tokens_unread": list(chain.tokens_unread),
        "failure": None if chain.failure is None else {"code": chain.failure[0], "reason": chain.failure[1]},
        "notes": list(chain.notes),
    }


def _block(point: Point) -> Json:
    return {
        "hash": point.block_hash.hex(),
        "height": point.height,
        "time": point.slot_time.isoformat(),
        "finality": point.finality.value,
    }


def _schemes(result: EvmResult) -> list[Json]:
    found: list[Json] = []
    for scheme in result.policy.schemes:
        stop = result.stops.get(scheme.name)
        found.append(
            {
                "name": scheme.name,
                "template": scheme.template,
                "reason": None if stop is None else stop.reason.value,
                "last": -1 if stop is None else stop.last,
                "unknown": [] if stop is None else list(stop.unknown),
                "how_to_go_on": "" if stop is None else stop.how_to_go_on(result.policy),
            }
        )
    return found
