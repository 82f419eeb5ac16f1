"""The commands recover, resume and retry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from ledger_recovery.cli.command import Outcome, command, options_given
from ledger_recovery.cli.evm.options import (
    CONCORDIUM,
    ETHEREUM,
    EvmNodeOptions,
    EvmSearchOptions,
    FamilyOptions,
    family_named,
    refuse,
)
from ledger_recovery.cli.options import (
    DemoOptions,
    DeviceOptions,
    OutputOptions,
    PlaceOptions,
    RunOptions,
    SearchOptions,
)
from ledger_recovery.errors import InputError

if TYPE_CHECKING:
    from ledger_recovery.cli.settings_keys import Value
    from ledger_recovery.recover.evm.policy import EvmPolicy
    from ledger_recovery.recover.policy import ScanPolicy

WhichRun = Annotated[
    str | None, typer.Option("--run", metavar="ID", help="Which run; the last one if left out (see: status).")
]
DEMO_STOP_AFTER_EMPTY = 3
DEMO_PROVIDERS = (0,)
"""The demo world holds an identity on the newer path of this provider."""

RECOVER_EXAMPLES = """\b
Examples:
  ledger-recovery recover                        asks after each index
  ledger-recovery recover --identities 0-9       no questions, ten approvals
  ledger-recovery recover --stop-after-empty 3   no questions, ends by itself
  ledger-recovery recover --mode private --node https://my.node:20000
  ledger-recovery recover --demo                 no Ledger needed
  ledger-recovery recover --family ethereum --rpc URL --rpc URL2
"""
RESUME_EXAMPLES = """\b
Examples:
  ledger-recovery resume                         continue the last unfinished run
  ledger-recovery retry --node URL               ask another node about the unknown cells
"""


@command("recover")
def recover(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change no wallet; print what would change.")] = False,
    *,
    chosen: FamilyOptions,
    search: SearchOptions,
    evm: EvmSearchOptions,
    nodes: EvmNodeOptions,
    demo: DemoOptions,
    run: RunOptions,
    place: PlaceOptions,
    device: DeviceOptions,
    output: OutputOptions,
) -> Outcome:
    """Find every account of this Ledger.

    Approve "Recover credentials" on the Ledger once for each identity index; accounts on EVM chains need no approval.
    The accounts, a placeholder for each used index and a signed report of how complete the search was are kept. This
    program never asks for your recovery words.
    """
    if demo.by_hand and not demo.demo:
        raise InputError("--by-hand goes with --demo", "add --demo")
    if family_named(chosen.family) == ETHEREUM:
        refuse((search, replace(place, wallet=None)), ETHEREUM)
        values = _values(run, nodes, place, device, output)
        return _recover_evm(values, evm, nodes, demo, run, dry_run=dry_run)
    refuse((evm, nodes), CONCORDIUM)
    values = _values(run, search, place, device, output)
    policy = _policy(search, str(values.get("mode", "thorough")), demo=demo.demo)
    from ledger_recovery.cli import run_commands

    voice = run_commands.voice(values, events=run.events)
    if demo.demo:
        from ledger_recovery.cli.demo import recover_demo

        return recover_demo(values, policy, voice, dry_run=dry_run, by_hand=demo.by_hand, pace=demo.pace)
    return run_commands.recover(values, policy, voice, dry_run=dry_run)


@command("resume")
def resume(
    which: WhichRun = None,
    *,
    chosen: FamilyOptions,
    nodes: EvmNodeOptions,
    run: RunOptions,
    place: PlaceOptions,
    device: DeviceOptions,
    output: OutputOptions,
) -> Outcome:
    """Continue a run that was stopped.

    What was approved on the Ledger before needs no second approval. Without --family, the newest run of either family.
    """
    values = _values(run, nodes, place, device, output)
    from ledger_recovery.cli import families, run_commands

    if families.of_run(values, chosen.family, nodes.rpc, which, families.unfinished) == ETHEREUM:
        from ledger_recovery.cli.evm import commands, session

        settings = session.evm_settings(values, show_addresses=nodes.show_addresses)
        return commands.resume(settings, which, run_commands.voice(values, events=run.events))
    return run_commands.resume(values, which, run_commands.voice(values, events=run.events))


@command("retry")
def retry(
    which: WhichRun = None,
    *,
    chosen: FamilyOptions,
    nodes: EvmNodeOptions,
    run: RunOptions,
    place: PlaceOptions,
    device: DeviceOptions,
    output: OutputOptions,
) -> Outcome:
    """Ask again only what stayed unknown.

    The nodes are asked for the unknown cells or addresses of a run; no approval on the Ledger is needed. Without
    --family, the newest such run of either family.
    """
    values = _values(run, nodes, place, device, output)
    from ledger_recovery.cli import families, run_commands

    if families.of_run(values, chosen.family, nodes.rpc, which, families.with_unknowns) == ETHEREUM:
        from ledger_recovery.cli.evm import commands, session

        settings = session.evm_settings(values, show_addresses=nodes.show_addresses)
        return commands.retry(settings, which, run_commands.voice(values, events=run.events))
    return run_commands.retry(values, which, run_commands.voice(values, events=run.events))


def _recover_evm(
    values: dict[str, Value],
    search: EvmSearchOptions,
    nodes: EvmNodeOptions,
    demo: DemoOptions,
    run: RunOptions,
    *,
    dry_run: bool,
) -> Outcome:
    """Silent on the Ledger, so it needs nobody to say when to stop."""
    from ledger_recovery.cli import run_commands
    from ledger_recovery.cli.evm import commands, session

    policy = _evm_policy(search)
    voice = run_commands.voice(values, events=run.events)
    if demo.demo:
        from ledger_recovery.cli.evm.demo import recover_demo

        return recover_demo(values, policy, voice, demo, dry_run=dry_run, show_addresses=nodes.show_addresses)
    settings = session.evm_settings(values, show_addresses=nodes.show_addresses)
    return commands.recover(settings, policy, voice, dry_run=dry_run)


def _evm_policy(search: EvmSearchOptions) -> EvmPolicy:
    """:raises InputError: options that do not fit together, numbers out of range, or a mistyped address."""
    from ledger_recovery.cli.evm.policy import policy

    return policy(
        gap=search.gap,
        max_index=search.max_index,
        scheme=search.scheme or (),
        path=search.path or (),
        find=search.find,
        owner=search.owner or (),
        smart_accounts=not search.no_smart_accounts,
    )


def _policy(search: SearchOptions, mode: str, *, demo: bool) -> ScanPolicy:
    """What to search. A demo that is told nothing finds all that its world holds, and ends by itself.

    :raises InputError: options that do not fit together, or no end and nobody to ask for it.
    """
    from ledger_recovery.cli import output
    from ledger_recovery.cli.search_options import policy, require_an_end

    endless = search.identities is None and search.stop_after_empty is None
    made = policy(
        identities=search.identities,
        stop_after_empty=DEMO_STOP_AFTER_EMPTY if demo and endless else search.stop_after_empty,
        providers=DEMO_PROVIDERS if demo and search.provider is None else search.provider or (),
        legacy=not search.no_legacy,
        mode=mode,
        deep=search.deep,
    )
    require_an_end(made, interactive=output.interactive())
    return made


def _values(run: RunOptions, *groups: object) -> dict[str, Value]:
    """The settings, options first.

    :raises InputError: a wrong setting, or --events without --json.
    """
    from ledger_recovery.cli.config import settings_values

    output = next((g for g in groups if isinstance(g, OutputOptions)), OutputOptions())
    if run.events and not output.json:
        raise InputError("--events goes with --json", "add --json, or use --plain for one line an event")
    return settings_values(output.config, options_given(run, *groups))
