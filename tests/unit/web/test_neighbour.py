"""Whose connection it is: by the kernel's own tables, whichever way somebody else tries to stand outside them."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from ledger_recovery.web.server import neighbour
from ledger_recovery.web.server.neighbour import Address, Owner, is_another_user, owner_of

OURS = ("127.0.0.1", 0x1267)
THEIRS = ("127.0.0.1", 0xD903)
ME = 1000
OUR_END = " 2: 0100007F:1267 0100007F:D903 01 00000000:00000000 00:00000000 00000000 1000 0 31 1"
MAPPED = "0000000000000000FFFF00000100007F"

little_endian = pytest.mark.skipif(sys.byteorder != "little", reason="the rows here are of such a machine")
with_tables = pytest.mark.skipif(not neighbour.TABLES[0].exists(), reason="this system has no /proc/net/tcp")


def row(local: str, remote: str, *, uid: object = ME, inode: object = 30) -> str:
    return f" 1: {local} {remote} 01 00000000:00000000 00:00000000 00000000 {uid} 0 {inode} 1"


@little_endian
@pytest.mark.parametrize(
    ("rows", "owner"),
    [
        ([row("0100007F:D903", "0100007F:1267")], Owner.SAME),
        ([OUR_END, row("0100007F:D903", "0100007F:1267")], Owner.SAME),
        ([row("0100007F:D903", "0100007F:1267", uid=0)], Owner.SAME),
        ([row("0100007F:D903", "0100007F:1267", uid=1001)], Owner.OTHER),
        ([OUR_END, row(f"{MAPPED}:D903", f"{MAPPED}:1267", uid=1001)], Owner.OTHER),
        ([OUR_END, row("0100007F:D903", "0100007F:1267", uid=0, inode=0)], Owner.OTHER),
        ([row("0100007F:D903", "0100007F:1267", uid="garbage")], Owner.OTHER),
        ([OUR_END], Owner.MISSING),
        ([OUR_END, row("0100007F:D904", "0100007F:1267")], Owner.MISSING),
        ([row("0100007F:D903", "0100007F:1268")], Owner.UNTOLD),
        (["sl  local_address rem_address st", "garbage", ""], Owner.UNTOLD),
        ([], Owner.UNTOLD),
    ],
)
def test_the_tables_say_whose_connection_it_is(rows: list[str], owner: Owner) -> None:
    assert owner_of(THEIRS, OURS, rows, ME) is owner


@contextmanager
def connected(family: socket.AddressFamily, bind: str, to: str) -> Iterator[tuple[Address, Address, socket.socket]]:
    """A connection to a listener on 127.0.0.1: the client's end and ours as we see them, and the client."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        client = stack.enter_context(socket.socket(family))
        client.bind((bind, 0))
        client.connect((to, listener.getsockname()[1]))
        taken, address = listener.accept()
        stack.enter_context(taken)
        yield address, taken.getsockname(), client


WAYS = [
    pytest.param(socket.AF_INET, "127.0.0.1", "127.0.0.1", id="plain"),
    pytest.param(socket.AF_INET, "127.0.0.2", "127.0.0.1", id="another loopback address"),
    pytest.param(socket.AF_INET6, "::ffff:127.0.0.1", "::ffff:127.0.0.1", id="a socket of the other family"),
]


@with_tables
@pytest.mark.parametrize(("family", "bind", "to"), WAYS)
def test_every_way_to_come_is_in_the_tables(
    family: socket.AddressFamily, bind: str, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connected(family, bind, to) as (client, ours, _):
        assert not is_another_user(client, ours)
        if os.getuid() != 0:  # root's connections are never strange
            monkeypatch.setattr(os, "getuid", lambda: 12345)
            assert is_another_user(client, ours)


@with_tables
def test_a_program_that_has_closed_its_end_already_is_nobody_we_know(monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(socket.AF_INET, "127.0.0.1", "127.0.0.1") as (client, ours, end):
        end.close()
        assert is_another_user(client, ours)


@with_tables
def test_a_table_that_hides_the_other_end_lets_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "tcp"
    monkeypatch.setattr(neighbour, "TABLES", (table, tmp_path / "none"))
    with connected(socket.AF_INET, "127.0.0.1", "127.0.0.1") as (client, ours, _):
        assert not is_another_user(client, ours)  # no tables: as on other systems, nobody tells
        table.write_text("head\n")
        assert not is_another_user(client, ours)
        table.write_text(f"head\n{row(neighbour._written(ours), neighbour._written(client))}\n")
        assert is_another_user(client, ours)
        table.write_text("head\n")
        monkeypatch.setattr(neighbour, "MAX_BYTES", 3)
        assert is_another_user(client, ours)  # so full that its end is never read


def test_where_there_are_no_user_ids_nobody_is_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "getuid", raising=False)
    assert not is_another_user(THEIRS, OURS)
