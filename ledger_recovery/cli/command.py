"""What every command has in common: option groups, one outcome, one way to fail.

`command` unfolds option groups into typer options, runs the body, prints its outcome (text, or the `--json` object) on
stdout and every error as "error: sentence" with "hint: …" on stderr, and turns both into the exit status.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

from ledger_recovery.cli.jsonout import envelope
from ledger_recovery.cli.options import OutputOptions
from ledger_recovery.cli.terminal import printable
from ledger_recovery.errors import Cancelled, ExitStatus, LedgerRecoveryError

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.service.settings import Settings

KEPT = "what was confirmed is kept; continue with: ledger-recovery resume"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command ends with: `text` for people, `result` for `--json` (output.schema.json), an exit status.

    `error`: a failure that still left a result to show (a run that ended early); it is told after the text.
    `changed`: the settings of a wallet that the command may have changed; its backup is then brought up to date.
    """

    text: str
    result: Json
    exit_status: ExitStatus = ExitStatus.COMPLETE
    error: LedgerRecoveryError | None = None
    changed: Settings | None = None


Body = Callable[..., Outcome]


def command(name: str) -> Callable[[Body], Callable[..., None]]:
    """Make a typer callback of a body that takes option groups and returns an Outcome. `name`: of the JSON object."""

    def wrap(body: Body) -> Callable[..., None]:
        parameters, groups = _unfold(body)

        def callback(**given: Any) -> None:
            folded = {k: _fold(group, given) for k, group in groups.items()}
            output = next((v for v in folded.values() if isinstance(v, OutputOptions)), OutputOptions())
            raise typer.Exit(run(name, output, lambda: body(**folded, **given)))

        callback.__doc__ = body.__doc__
        callback.__name__ = body.__name__
        callback.__annotations__ = {}
        callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads
        return callback

    return wrap


def run(name: str, output: OutputOptions, body: Callable[[], Outcome]) -> int:
    """Run a body, print what it ends with, and return the exit status."""
    if output.debug:
        _log_to_stderr()
    try:
        outcome = body()
    except LedgerRecoveryError as error:
        return fail(name, error, as_json=output.json)
    except KeyboardInterrupt:
        return fail(name, Cancelled("stopped before the end", KEPT), as_json=output.json)
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:
        return _defect(name, error, output)
    try:
        _print(name, outcome, as_json=output.json)
    except BrokenPipeError:
        return _reader_left()
    finally:
        after_wallet_change(outcome)
    return int(outcome.exit_status)


def after_wallet_change(outcome: Outcome) -> None:
    """Bring the backup of a changed wallet up to date, and tell on stderr how it stands.

    The command's own result is out already and stays what it is, whatever becomes of the backup: that is queued.
    """
    if outcome.changed is None:
        return
    from ledger_recovery.cli.backup_after import backup_line

    try:
        line = backup_line(outcome.changed, wait=not isinstance(outcome.error, Cancelled))
    except Exception as error:  # as in `run`: a message that nobody checked for secrets is not printed
        line = f"backup: queued; the program met a defect of its own: {type(error).__name__} at {_place(error)}"
    if line:
        sys.stderr.write(f"{printable(line)}\n")
        sys.stderr.flush()


def fail(name: str, error: LedgerRecoveryError, *, as_json: bool) -> int:
    """Tell one error on stderr (and as the JSON object) and return its exit status."""
    if as_json:
        sys.stdout.write(envelope(name, int(error.exit_status), None, error_json(error)) + "\n")
        sys.stdout.flush()
    say_error(error)
    return int(error.exit_status)


def say_error(error: LedgerRecoveryError) -> None:
    """ "error: sentence" and, if there is one, "hint: …", on stderr."""
    sys.stderr.write(f"error: {printable(error.sentence)}\n")
    if error.hint:
        sys.stderr.write(f"hint: {printable(error.hint)}\n")
    sys.stderr.flush()


def error_json(error: LedgerRecoveryError) -> dict[str, Json]:
    return {
        "code": error.code,
        "sentence": error.sentence,
        "hint": error.hint,
        "exit": int(error.exit_status),
    }


def _print(name: str, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        error = None if outcome.error is None else error_json(outcome.error)
        sys.stdout.write(envelope(name, int(outcome.exit_status), outcome.result, error) + "\n")
    elif outcome.text:
        sys.stdout.write(outcome.text.rstrip("\n") + "\n")
    sys.stdout.flush()
    if outcome.error is not None:
        say_error(outcome.error)


def _defect(name: str, error: Exception, output: OutputOptions) -> int:
    """A mistake of ours. Its message is not printed: nobody checked it for secrets; its class and place are enough."""
    kind = type(error).__name__
    told = LedgerRecoveryError(
        f"the program met a defect of its own: {kind} at {_place(error)}",
        "nothing confirmed is lost; run again with --debug and report what it prints",
    )
    if output.debug:
        _tell_frames(error)
    return fail(name, told, as_json=output.json)


def _tell_frames(error: BaseException) -> None:
    """The traceback without messages and values: files, lines and names of exceptions only."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for link in reversed(chain):
        sys.stderr.write("Traceback (messages left out, they could hold secrets):\n")
        sys.stderr.write("".join(traceback.format_tb(link.__traceback__)))
        sys.stderr.write(f"{type(link).__name__}\n")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{'/'.join(Path(last.filename).parts[-3:])} line {last.lineno}"


def _log_to_stderr() -> None:
    import logging

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    for package in ("ledger_recovery", "chain"):
        logger = logging.getLogger(package)
        logger.handlers = [handler]
        logger.setLevel(logging.DEBUG)


def _reader_left() -> int:
    """Whoever read our stdout is gone: say nothing more, not even at the interpreter's last flush."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return int(ExitStatus.DEFECT)


def _unfold(body: Body) -> tuple[list[inspect.Parameter], dict[str, type[Any]]]:
    """The parameters typer shall see (own ones first, then those of the groups), and the groups by parameter name."""
    hints = get_type_hints(body, include_extras=True)
    own: list[inspect.Parameter] = []
    shared: list[inspect.Parameter] = []
    groups: dict[str, type[Any]] = {}
    for parameter in inspect.signature(body).parameters.values():
        annotation = hints[parameter.name]
        if is_dataclass(annotation) and isinstance(annotation, type):
            groups[parameter.name] = annotation
            shared += _group_parameters(annotation)
        else:
            kind = inspect.Parameter.KEYWORD_ONLY
            own.append(parameter.replace(annotation=annotation, kind=kind))
    return own + shared, groups


def _group_parameters(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(f.name, kind, default=f.default, annotation=hints[f.name]) for f in fields(group)]


def _fold(group: type[Any], given: dict[str, Any]) -> object:
    """Build the group from its fields and take them out of `given`."""
    return group(**{f.name: given.pop(f.name) for f in fields(group)})


def options_given(*groups: object) -> Mapping[str, object]:
    """The options that were given, by name: what overrides environment and file."""
    return {
        f.name: getattr(g, f.name)
        for g in groups
        if is_dataclass(g)
        for f in fields(g)
        if getattr(g, f.name) not in (None, [])
    }
