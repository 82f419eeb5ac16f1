"""What the tests of the command line share: the commands are put together once for all of them, not for each run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from unittest.mock import patch

import pytest
import typer.main

from tests.support.worded_once import worded_once


@pytest.fixture(scope="module", autouse=True)
def _prepared_once() -> Iterator[None]:
    with patch.object(typer.main, "get_command", cache(typer.main.get_command)), worded_once():
        yield
