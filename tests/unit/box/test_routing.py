"""Finding an endpoint, and what is said where there is none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ledger_recovery.box import described
from tests.unit.box.boxes import Box


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/about", "GET"),
        ("PATCH", "/v1/backups/x", "DELETE, GET, HEAD, POST"),
        ("POST", "/v1/backups/x/generations/1", "DELETE, GET, PUT"),
        ("HEAD", "/healthz", "GET"),
        ("POST", "/openapi.json", "GET"),
    ],
)
async def test_a_path_that_takes_other_methods_says_which(box: Box, method: str, path: str, allowed: str) -> None:
    answer = await box.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/about/", "/v1/backups/", "/v1/backups/x/y", "/V1/about", "/v1/backups/x/"]
)
async def test_a_path_that_is_none_is_told_so(box: Box, path: str) -> None:
    answer = await box.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_nothing_is_described_that_is_not_there(box: Box) -> None:
    document = (await box.http.get("/openapi.json")).json()
    written = {(method.upper(), path) for path, said in document["paths"].items() for method in said}
    assert written == set(described.OPERATIONS)


def test_a_box_starts_without_what_only_describes_it() -> None:
    """FastAPI and pydantic take longer to load than all the rest."""
    look = "import sys, ledger_recovery.box.serve as _; print([m for m in ('fastapi', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
