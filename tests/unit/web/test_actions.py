"""The forms' fields, read strictly: what a Concordium search takes, and what it refuses without repeating it."""

from __future__ import annotations

import pytest

from ledger_recovery.errors import InputError
from ledger_recovery.web.run.actions import MAX_NODES, nodes_of


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", ()),
        ("https://node.example:20000", ("https://node.example:20000",)),
        ("node.example:20000, [::1]:20000", ("node.example:20000", "[::1]:20000")),
        (" http://127.0.0.1:20000/ http://127.0.0.1:20000/ ", ("http://127.0.0.1:20000/",)),
    ],
)
def test_nodes_are_taken_as_settings_name_them_too(text: str, nodes: tuple[str, ...]) -> None:
    assert nodes_of({"nodes": text}) == nodes


@pytest.mark.parametrize(
    "text",
    [
        "https://me:secret@node.example:20000",
        "https://node.example/secret",
        "https://node.example:20000?key=secret",
        "me:secret@node.example:20000",
        "ftp://secret.example",
        "https://" + "secret" * 100,
        " ".join(f"https://secret{n}.example" for n in range(MAX_NODES + 1)),
    ],
)
def test_what_may_hold_a_key_is_neither_kept_nor_repeated(text: str) -> None:
    """Pages show these addresses, and the place file keeps them."""
    with pytest.raises(InputError) as refused:
        nodes_of({"nodes": text})
    assert "secret" not in f"{refused.value} {refused.value.hint}"
