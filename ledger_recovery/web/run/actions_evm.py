"""[pure] The form of a new EVM search, read strictly, and the policy that it asks for.

Fields: nodes (JSON-RPC URLs, one a chain, blanks between), gap (a number), find (one address: only where it stands is
searched), show ("yes": compare addresses on the Ledger at the end), owners (co-owners of Safes, blanks between).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ledger_recovery.derive.evm.address import checksum, parse_address
from ledger_recovery.derive.evm.schemes import MAX_INDEX
from ledger_recovery.errors import InputError
from ledger_recovery.recover.evm.policy import CAP, DUST_REACH, GAP, MAX_GAP, EvmPolicy
from ledger_recovery.web.model.state_evm import MAX_CHAINS
from ledger_recovery.web.run.actions import MAX_URL, EvmWish, Plan

MAX_OWNERS: Final = 3
COPY_WHOLE: Final = "copy the whole address, or leave the field empty"
WRITE: Final = "write for example: https://rpc.example.org:8545"

_DIGITS = re.compile(r"[0-9]{1,6}")


def evm_plan_of(fields: Mapping[str, str]) -> Plan:
    """The plan of a new search.

    :raises InputError: a field that cannot be used; a node's address is not repeated.
    """
    wish = EvmWish(
        gap=_gap(fields.get("gap", "").strip()),
        find=_address(fields.get("find", ""), "the address to look for"),
        owners=_owners(fields.get("owners", "")),
        show=fields.get("show", "") == "yes",
    )
    evm_policy_of(wish)
    return Plan(nodes=evm_nodes_of(fields.get("nodes", "")), evm=wish)


def evm_nodes_of(text: str, known: Callable[[str], tuple[str, ...]] = lambda label: ()) -> tuple[str, ...]:
    """Node URLs, () for those that the program was started with.

    :param known: the URLs that were given before for a host[:port], which a page shows in their place.
    :raises InputError: not URLs of nodes, or too many; they may hold keys, so they are not repeated.
    """
    words = text.replace(",", " ").split()
    nodes: list[str] = []
    for word in words[: MAX_CHAINS + 1]:
        found = (word,) if word.startswith(("https://", "http://")) else known(word)
        if not found or len(word) > MAX_URL:
            raise InputError("one of the node addresses cannot be used", f"{WRITE}, with a blank between two")
        nodes += found
    if len(words) > MAX_CHAINS or len(nodes) > MAX_CHAINS:
        raise InputError(f"these are more than {MAX_CHAINS} nodes", "give one for each chain that you use")
    return tuple(dict.fromkeys(nodes))


def evm_policy_of(wish: EvmWish) -> EvmPolicy:
    """All standard schemes, with the gap that the person chose.

    :raises InputError: the options do not fit together.
    """
    gap = GAP if wish.gap is None else wish.gap
    try:
        return EvmPolicy(
            gap=gap,
            cap=max(CAP, gap),
            dust_reach=max(DUST_REACH, gap),
            co_owners=tuple(parse_address(owner) for owner in wish.owners),
            find=parse_address(wish.find) if wish.find else None,
        )
    except ValueError as error:
        raise InputError(str(error), "choose other options on the start page") from None


def wider(policy: EvmPolicy) -> EvmPolicy | None:
    """The same search behind holes twice as large, and twice as far; None when there is nothing wider."""
    gap, cap = min(2 * policy.gap, MAX_GAP), min(2 * policy.cap, MAX_INDEX + 1)
    if gap == policy.gap and cap == policy.cap:
        return None
    return replace(policy, gap=gap, cap=max(cap, gap), dust_reach=max(policy.dust_reach, gap))


def _gap(text: str) -> int | None:
    if not text:
        return None
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= MAX_GAP:
        raise InputError(f"how many unused indices end a scheme is a number from 1 to {MAX_GAP}", f"usual is {GAP}")
    return int(text)


def _owners(text: str) -> tuple[str, ...]:
    owners = text.replace(",", " ").split()
    if len(owners) > MAX_OWNERS:
        raise InputError(f"these are {len(owners)} co-owners", f"every order is tried: give {MAX_OWNERS} at most")
    return tuple(dict.fromkeys(_address(owner, "a co-owner") for owner in owners))


def _address(text: str, what: str) -> str:
    if not text.strip():
        return ""
    try:
        return checksum(parse_address(text.strip()))
    except InputError:
        raise InputError(f"{what} is no EVM address, or a letter of it is mistyped", COPY_WHOLE) from None
