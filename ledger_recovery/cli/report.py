"""The commands report show and report verify: read a signed report, refuse an altered one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from ledger_recovery.cli.command import Outcome, command, options_given
from ledger_recovery.cli.options import OutputOptions, PlaceOptions

if TYPE_CHECKING:
    from ledger_recovery.recover.events import Json
    from ledger_recovery.recover.report import VerifiedDocument

KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key", metavar="FINGERPRINT", help="Key fingerprint that the report's maker told you (eight groups)."
    ),
]
SHOW_EXAMPLES = """\b
Examples:
  ledger-recovery report show                 the newest report
  ledger-recovery report show report.json
"""
VERIFY_EXAMPLES = """\b
Examples:
  ledger-recovery report verify report.json
  ledger-recovery report verify report.json --key "1a2b 3c4d …"
Exit status 0: unaltered. 18: altered, or signed by another key.
"""


@command("report-show")
def show(
    file: Annotated[
        Path | None, typer.Argument(help="A report; the newest one if left out.", show_default=False)
    ] = None,
    key: KeyOption = None,
    *,
    place: PlaceOptions,
    output: OutputOptions,
) -> Outcome:
    """Check a report and print it as text."""
    path = file if file is not None else _newest(place, output)
    verified = _verified(path, key)
    text = f"{_text(verified).rstrip()}\n\n{_signed_by(verified)}\nfile: {path}"
    return Outcome(text, _result(path, verified))


@command("report-verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The report to check.", show_default=False)],
    key: KeyOption = None,
    *,
    output: OutputOptions,
) -> Outcome:
    """Check that a report was not changed.

    Any byte that differs from what was signed is found, and the signing key's fingerprint is told.
    """
    verified = _verified(file, key)
    compared = "as expected" if key else "compare it with the maker's own: ledger-recovery report show"
    text = f"unaltered: {file}\n{_signed_by(verified)} ({compared})"
    return Outcome(text, _result(file, verified))


def _verified(path: Path, key: str | None) -> VerifiedDocument:
    """:raises ReportAltered: any change. :raises InputError: unreadable, or a newer version."""
    from ledger_recovery.recover.report import read_report, verify_document

    return verify_document(read_report(path), expected_key=key)


def _text(verified: VerifiedDocument) -> str:
    """A verified document fits the schema that it names, so it is of that type."""
    from ledger_recovery.recover.report.schema import EVM_SCHEMA_NAME

    if verified.schema == EVM_SCHEMA_NAME:
        from ledger_recovery.recover.evm.report import EvmReport, evm_report_text

        return evm_report_text(cast(EvmReport, verified.document))
    from ledger_recovery.recover.report import Report, report_text

    return report_text(cast(Report, verified.document))


def _newest(place: PlaceOptions, output: OutputOptions) -> Path:
    from ledger_recovery.cli.config import settings_of, settings_values
    from ledger_recovery.errors import InputError

    values = settings_values(output.config, options_given(place, output))
    directory = settings_of(values).reports
    found = sorted(directory.glob("*.json"), key=lambda p: (p.stat().st_mtime_ns, p.name))
    if not found:
        raise InputError(f"there is no report in {directory}", "make one with: ledger-recovery recover")
    return found[-1]


def _signed_by(verified: VerifiedDocument) -> str:
    return f"signed with the key {verified.key_fingerprint}"


def _result(path: Path, verified: VerifiedDocument) -> dict[str, Json]:
    report = cast("Json", dict(verified.document))
    return {
        "file": str(path),
        "unaltered": True,
        "public_key": verified.public_key,
        "key_fingerprint": verified.key_fingerprint,
        "report": report,
    }
