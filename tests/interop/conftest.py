"""Skips of the foreign programs: each says what is missing and what installs it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.interop.programs import NotInstalled, Program

Find = Callable[[Callable[..., Program], str, str], Program]


@pytest.fixture
def find() -> Find:
    """`find(npm_program, script, package)`: the program, or a skip that says why not."""

    def look(kind: Callable[..., Program], script: str, package: str) -> Program:
        try:
            return kind(script, package)
        except NotInstalled as reason:
            pytest.skip(str(reason))

    return look
