"""Every call that changes a file of ours fails in every way: the old state or the new one, never a third, and told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.crash.bench import Bench
from tests.support.crash.disk import preloaded
from tests.support.crash.parts import STORIES

ROOT = Path(__file__).parents[2]
LEAST_CALLS = {"lock taken": 3, "account list cached": 4}


@pytest.mark.parametrize("name", STORIES)
def test_each_file_is_old_or_new_whichever_call_fails(bench: Bench, name: str) -> None:
    bench.need_disk()
    home = bench.made_home()
    command = [sys.executable, "-m", "tests.support.crash.parts", name, str(home.root.parent)]
    environment = preloaded(bench.machine.disk)
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *complaints, tried = done.stdout.splitlines()
    assert complaints == []
    assert int(tried) >= STORIES[name].kinds * LEAST_CALLS.get(name, 5)
