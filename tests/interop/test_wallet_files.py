"""Our wallet files in foreign readers: node's own crypto, and the official SDK's reader of mobile files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger_recovery.recover.service import Settings
from ledger_recovery.recover.service.wallet_files import FileFormat, SecretBytes, export_file, import_file
from tests.interop.conftest import Find
from tests.interop.programs import ForeignProgramFailed, Program, converse, npm_program
from tests.unit.files.support import PASSWORD_TEXT, VECTORS, password, sample_json

READERS = ("node", "sdk")


@pytest.fixture
def reader(find: Find) -> Program:
    return find(npm_program, "wallet_file.mjs", "@concordium/web-sdk")


def exported(folder: Path, sample: str, kind: FileFormat) -> str:
    """A sample file imported and exported again by our program; its text."""
    settings = Settings(wallet=folder / "wallet.sqlite", state_dir=folder)
    vault = SecretBytes(b"vault-password")
    import_file(settings, VECTORS / sample, password(), vault_password=vault, trust_network=True)
    path = folder / "export"
    export_file(settings, path, kind, password(), vault_password=vault if kind.platform else None)
    return path.read_text(encoding="utf-8")


async def content(reader: Program, name: str, file: str, text: str = PASSWORD_TEXT) -> Any:
    return (await converse(reader, {"reader": name, "file": file, "password": text}))["content"]


def rows(table: list[dict[str, Any]], *without: str) -> list[str]:
    """Rows in no order, without the numbers that mean something inside one file only."""
    return sorted(json.dumps({k: v for k, v in row.items() if k not in without}, sort_keys=True) for row in table)


@pytest.mark.parametrize("name", READERS)
async def test_a_desktop_file_of_ours(name: str, reader: Program, tmp_path: Path) -> None:
    """The SDK's function decrypts both kinds: the container is one."""
    got = await content(reader, name, exported(tmp_path, "desktop-export.json", FileFormat.DESKTOP))
    wanted = sample_json("desktop-export.plain.json")
    assert list(got) == list(wanted)
    assert rows(got["addressBook"]) == rows(wanted["addressBook"])
    assert rows(got["externalCredentials"]) == rows(wanted["externalCredentials"])
    assert rows(got["accounts"], "identityId") == rows(wanted["accounts"], "identityId")
    assert [list(row) for row in got["identities"]] == [list(row) for row in wanted["identities"]]
    assert got["genesis"]["genesisBlock"] == wanted["genesis"]["genesisBlock"]


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    ("sample", "kind"),
    [
        ("mobile-export-android", FileFormat.MOBILE_ANDROID),
        ("mobile-export-ios", FileFormat.MOBILE_IOS),
        ("mobile-export-android", FileFormat.MOBILE_IOS),
    ],
)
async def test_a_mobile_file_of_ours(name: str, sample: str, kind: FileFormat, reader: Program, tmp_path: Path) -> None:
    got = await content(reader, name, exported(tmp_path, f"{sample}.json", kind))
    wanted = sample_json(f"{sample}.plain.json")
    assert {k: got[k] for k in ("type", "v", "environment")} == {k: wanted[k] for k in ("type", "v", "environment")}
    assert rows(got["value"]["identities"], "accounts") == rows(wanted["value"]["identities"], "accounts")
    assert rows(got["value"]["recipients"]) == rows(wanted["value"]["recipients"])


async def test_the_reader_needs_the_password(reader: Program) -> None:
    file = (VECTORS / "desktop-export.json").read_text(encoding="utf-8")
    assert await content(reader, "node", file) == sample_json("desktop-export.plain.json")
    with pytest.raises(ForeignProgramFailed):
        await content(reader, "node", file, "another password")
