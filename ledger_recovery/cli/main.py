"""The program's entry: one typer app, its command families, and the last net for errors.

Nothing heavy is imported here or in the command files' heads (no rich, grpc, sqlalchemy): `--help` stays quick.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer

from ledger_recovery import __version__
from ledger_recovery.cli import (
    address_book,
    backup,
    backup_idbox,
    backup_keys,
    backup_restore,
    box_admin,
    box_pair,
    box_serve,
    devices,
    did,
    emulator,
    export_file,
    factory_reset,
    guide,
    import_file,
    look_file,
    peer,
    recover,
    report,
    vault,
    wallet,
)
from ledger_recovery.cli.command import fail
from ledger_recovery.errors import Cancelled, ExitStatus, InputError

PROGRAM = "ledger-recovery"
FIRST_STEPS = """\
ledger-recovery finds every account that your Ledger's credentials reach, and tells how complete the search was.

  1. Connect the Ledger, unlock it, open the Concordium app:  ledger-recovery doctor
  2. Search, approving once for each identity index:          ledger-recovery recover
  No Ledger at hand? Watch it work on an emulated one:        ledger-recovery recover --demo

All commands: ledger-recovery --help. This program never asks for your recovery words.
"""
EPILOG = """\b
Settings can also stand in settings.toml (see --config) or LEDGER_RECOVERY_* variables; options win.
Exit status: 0 complete, 2 usage, 3 finished with unknowns, 10 no device, 11 locked or busy, 12 wrong password,
13 wrong app, 14 node, 15 sources disagree, 16 storage, 17 contradiction, 18 report altered, 19 the Identity Box,
130 cancelled.
"""

app = typer.Typer(
    name=PROGRAM,
    epilog=EPILOG,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
reports = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Show a signed report, or check one.")
books = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="The address book: names of accounts.")
vaults = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Private keys that came in a file, encrypted.")
backups = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Automatic, encrypted backups.")
boxes = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Identity Boxes: pair with one, or run one.")
dids = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Your decentralized identifiers (DIDs).")
peers = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Other people's identifiers.")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"{PROGRAM} {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find every account that a Ledger's credentials can reach, and prove how complete the search was."""
    if context.invoked_subcommand is None:
        sys.stdout.write(FIRST_STEPS)


app.command("devices", epilog=devices.DEVICES_EXAMPLES)(devices.devices)
app.command("doctor", epilog=devices.DOCTOR_EXAMPLES)(devices.doctor)
app.command("guide", epilog=guide.GUIDE_EXAMPLES)(guide.guide)
app.command("recover", epilog=recover.RECOVER_EXAMPLES)(recover.recover)
app.command("resume", epilog=recover.RESUME_EXAMPLES)(recover.resume)
app.command("retry", epilog=recover.RESUME_EXAMPLES)(recover.retry)
app.command("status")(wallet.status)
app.command("accounts")(wallet.accounts)
app.command("identities")(wallet.identities)
reports.command("show", epilog=report.SHOW_EXAMPLES)(report.show)
reports.command("verify", epilog=report.VERIFY_EXAMPLES)(report.verify)
app.add_typer(reports, name="report")
app.command("export", epilog=export_file.EXPORT_EXAMPLES)(export_file.export)
app.command("import", epilog=import_file.IMPORT_EXAMPLES)(import_file.import_)
app.command("inspect", epilog=look_file.INSPECT_EXAMPLES)(look_file.inspect)
app.command("verify", epilog=look_file.VERIFY_EXAMPLES)(look_file.verify)
books.command("list", epilog=address_book.BOOK_EXAMPLES)(address_book.list_)
books.command("add")(address_book.add)
books.command("rename")(address_book.rename)
books.command("note")(address_book.note)
books.command("remove")(address_book.remove)
books.command("export")(address_book.export)
books.command("import")(address_book.import_)
app.add_typer(books, name="address-book")
vaults.command("status", epilog=vault.VAULT_EXAMPLES)(vault.status)
vaults.command("change-password")(vault.change_password)
vaults.command("forget")(vault.forget)
app.add_typer(vaults, name="vault")
backups.command("enable", epilog=backup.ENABLE_EXAMPLES)(backup.enable)
backups.command("status")(backup.status)
backups.command("now")(backup.now)
backups.command("watch", epilog=backup.WATCH_EXAMPLES)(backup.watch)
backups.command("list")(backup.list_)
backups.command("verify")(backup.verify)
backups.command("drill", epilog=backup_restore.DRILL_EXAMPLES)(backup_restore.drill)
backups.command("restore", epilog=backup_restore.RESTORE_EXAMPLES)(backup_restore.restore)
backups.command("disable")(backup_keys.disable)
backups.command("rotate", epilog=backup_keys.ROTATE_EXAMPLES)(backup_keys.rotate)
backups.command("kit")(backup_keys.kit)
backups.command("age-key", epilog=backup_keys.AGE_KEY_EXAMPLES)(backup_keys.age_key)
backups.command("import-idbox", epilog=backup_idbox.IDBOX_EXAMPLES)(backup_idbox.import_idbox)
app.add_typer(backups, name="backup")
boxes.command("pair", epilog=box_pair.PAIR_EXAMPLES)(box_pair.pair)
boxes.command("unpair")(box_pair.unpair)
boxes.command("serve", epilog=box_serve.SERVE_EXAMPLES)(box_serve.serve)
boxes.command("offer", epilog=box_serve.OFFER_EXAMPLES)(box_serve.offer)
boxes.command("check")(box_admin.check)
boxes.command("gc")(box_admin.gc)
boxes.command("extract", epilog=box_admin.EXTRACT_EXAMPLES)(box_admin.extract)
boxes.command("load")(box_admin.load)
boxes.command("devices")(box_admin.devices)
boxes.command("revoke")(box_admin.revoke)
app.add_typer(boxes, name="box")
dids.command("create", epilog=did.DID_EXAMPLES)(did.create)
dids.command("list")(did.list_)
dids.command("show")(did.show)
dids.command("delete")(did.delete)
dids.command("publish")(did.publish)
app.add_typer(dids, name="did")
peers.command("add", epilog=peer.PEER_EXAMPLES)(peer.add)
peers.command("remove")(peer.remove)
peers.command("list")(peer.list_)
app.add_typer(peers, name="peer")
app.command("factory-reset", epilog=factory_reset.RESET_EXAMPLES)(factory_reset.factory_reset)
app.command("verify-address", epilog=devices.VERIFY_EXAMPLES)(devices.verify_address)
app.command(
    "emulator",
    help=emulator.EMULATOR_HELP,
    epilog=emulator.EXAMPLES,
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(emulator.emulator)


def main(arguments: list[str] | None = None) -> int:
    """Run the program; the exit status of docs/exit-codes.md.

    Words on the command line that no command understands are told like any other error, also as `--json`.
    """
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    name = next((w for w in words if not w.startswith("-")), "")
    try:
        code = _program()(args=words, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        hint = f"see: {' '.join(p for p in (PROGRAM, _known(name)) if p)} --help"
        return fail(_known(name), InputError(_sentence(error.format_message()), hint), as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        return fail(_known(name), Cancelled("stopped"), as_json=as_json)
    return int(code) if isinstance(code, int) else int(ExitStatus.COMPLETE)


@cache
def _program() -> Callable[..., object]:
    """All commands and options as the parser wants them; made once, it costs more than most commands."""
    return typer.main.get_command(app)


def _known(name: str) -> str:
    commands = {c.name for c in app.registered_commands} | {g.name for g in app.registered_groups}
    return name if name in commands else ""


def _sentence(message: str) -> str:
    """The parser's message in the form of our own: lower case first, no full stop."""
    message = message.strip().rstrip(".")
    return message[:1].lower() + message[1:] if message else "the command line cannot be understood"
