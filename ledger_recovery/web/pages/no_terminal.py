"""[pure] What the program advises as commands and options, in the words of a page: its reader has no terminal.

The service writes for the command line, where most of its hints are read. Here, and nowhere else, they are put so that
a person can follow them with what the pages offer. A piece of advice that only a terminal could follow is left out.
"""

from __future__ import annotations

import re
from typing import Final

_SAID: Final = (
    # searching
    (r"Run `ledger-recovery retry`: it asks", "Let the guide ask again: it asks"),
    (r"Run `ledger-recovery resume`: it goes on", "Let the guide go on: it goes on"),
    (r": ledger-recovery retry\b", ""),
    (r"; `ledger-recovery resume` would go on with it", "; the start page offers to go on with it"),
    (r"go on with: ledger-recovery resume", "go on with it from the start page"),
    (r"(start again with|begin anew with:|start one with:) `?ledger-recovery recover`?", "begin a new search"),
    (r"see: ledger-recovery (status|accounts)\b", "begin a new search"),
    (r"see: ledger-recovery recover --help", "look at what you chose and typed on this page"),
    (r"to look behind a larger hole, run again with --gap \d+", "to look behind a larger hole, search further"),
    (r"run again with --max-index \d+", "search further"),
    (r"run again without --find", "begin a search without an address"),
    (r"and with a larger --gap", "and behind larger holes"),
    (r"run again with --show-addresses", "tick “Compare addresses on the Ledger” before a search"),
    # nodes, networks, files
    (r"check the network and the --(node|rpc) address(es)?", "check the internet connection and the node's address"),
    (r"check --network and --node", "check that the node is of this network, or ask another one"),
    (r" with --node, best", ", best"),
    (r"give one --rpc URL for each chain, or rpc in .*", "give the address of one node for each chain"),
    (r"no --rpc leads", "no node leads"),
    (r"with its --rpc", "with its node"),
    (r"--(rpc|node)\b", "node"),
    (r"made with --network (\S+),", r"made for the network \1,"),
    (r"give --network (\S+)", r"start the guide for the network \1"),
    (r"give the wallet's own --network, or another --wallet file", "start the guide with the wallet's own network"),
    (r"give (another|the right) --wallet file", r"start the guide with \1 wallet file"),
    (r"--wallet file", "wallet file"),
    (r"say so with --allow-format v4 or v5", "ask for help with the diagnosis"),
    (r"export them with --format .*", "choose another kind of file in the list, such as this program's own"),
    # backups
    (r"run `(ledger-recovery )?backup now`", "press “Back up now”"),
    (r"(run )?`(ledger-recovery )?backup restore`", "restore the backup"),
    (r"restore from a copy with --file, or ", ""),
    (r"pair one first: ledger-recovery box pair", "connect to one first"),
    (r"(run `ledger-recovery box pair`|pair( with it)? again: ledger-recovery box pair)", "connect to the Box"),
    (r"( with)?: ledger-recovery box offer", ", or ask whoever runs it for one"),
    (r"switch them on: ledger-recovery backup enable", "the page “Save” says how they are switched on"),
    (r"`ledger-recovery report verify FILE` tells", "Its signature tells"),
)
_RULES: Final = tuple((re.compile(pattern), words) for pattern, words in _SAID)
_COMMAND: Final = re.compile(r"`[^`]+`|\bledger-recovery [a-z]|(?<!\S)--[a-z]")
_PART: Final = re.compile(r"(?<=[;.?!])\s+")


def for_page(text: str) -> str:
    """The text as a page says it: no command and no option of the command line is left in it."""
    if not _COMMAND.search(text):
        return text
    for rule, words in _RULES:
        text = rule.sub(words, text)
    left = " ".join(part for part in _PART.split(text) if not _COMMAND.search(part)).strip()
    return left.rstrip(";:,") if left != text else text
