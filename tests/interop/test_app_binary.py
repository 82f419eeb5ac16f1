"""What is read from an app's ELF file, beside what Ledger's own reader reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interop.conftest import Find
from tests.interop.programs import converse, pypi_program
from tests.support.app_binary import AppBinary, NotAnAppBinary, read_app_binary
from tests.support.synthetic_elf import app_elf


def written(folder: Path, content: bytes) -> Path:
    path = folder / "app.elf"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("target", "version", "level", "model", "generation"),
    [
        ("nanos2", "5.1.3", "22", "nanosp", 5),
        ("nanos2", "4.1.2", "22", "nanosp", 4),
        ("nanox", "5.1.3", "25", "nanox", 5),
        ("stax", "5.1.3", "22", "stax", 5),
        ("flex", "6.0.0", "25", "flex", 6),
    ],
)
def test_model_and_generation_come_from_the_file(
    tmp_path: Path, target: str, version: str, level: str, model: str, generation: int
) -> None:
    path = written(tmp_path, app_elf(target=target, app_version=version + "\n", api_level=level))
    binary = read_app_binary(path)
    assert binary == AppBinary(path, version, model, int(level))
    assert binary.generation == generation


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no ELF file"),
        (b"#!/bin/sh\n", "no ELF file"),
        (app_elf()[:60], "no ELF file"),
        (app_elf(target=None), r"no section ledger\.target"),
        (app_elf(app_version=""), r"no section ledger\.app_version"),
        (app_elf(app_name="Bitcoin"), "the app 'Bitcoin'"),
        (app_elf(target="nanos"), "is for 'nanos'"),
        (app_elf(app_version="new"), "numbers are expected"),
        (app_elf(api_level="22x"), "numbers are expected"),
    ],
)
def test_what_is_no_such_app_is_told(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(NotAnAppBinary, match=complaint):
        read_app_binary(written(tmp_path, content))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotAnAppBinary, match="No such file"):
        read_app_binary(tmp_path / "missing.elf")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(app_elf())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[position] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.getbasetemp(), bytes(content))
    try:
        read_app_binary(path)
    except NotAnAppBinary as refusal:
        assert str(path) in str(refusal)


async def test_ledgers_own_reader_reads_the_same(tmp_path: Path, find: Find) -> None:
    path = written(tmp_path, app_elf(target="stax", api_level="25"))
    program = find(pypi_program, "with_ledgered.py", "ledgered")
    facts = await converse(program, {"file": str(path)})
    binary = read_app_binary(path)
    assert (facts["app_name"], facts["app_version"]) == ("Concordium", binary.version)
    assert (facts["target"], facts["api_level"]) == (binary.model, str(binary.api_level))
