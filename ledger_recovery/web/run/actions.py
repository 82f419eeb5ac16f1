"""[pure] What pages can ask for: one small form each, read strictly. Every form also carries `csrf`.

POST /answer        question, answer ("yes", "no"; choose-device: "0", "1", … or "none")
POST /choose        flow: recover, resume, retry, further, file or box; family, with family: concordium or evm
                    with recover: helper; and mode, deep, providers, sought, or of the EVM family (actions_evm.py):
                    nodes, gap, find, show, owners
POST /go            to: start, stop, again, result, save or finish; node, with nodes (URLs, blanks between; of the EVM
                    family also hosts of nodes that were given before)
POST /save/export   format: own, desktop, mobile-android or mobile-ios; password, repeated, vault_password, folder
POST /save/report   level: full, short or hashed; folder
POST /save/backup   (nothing more)
POST /file/upload   the file itself as the body, the token in the header x-csrf
POST /file/open     password
POST /file/apply    vault_password, trust_network
POST /box/pair      offer (link or typed code), url
POST /box/open      words
POST /box/apply     accept_older
POST /quit          (nothing more)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from ledger_recovery.derive.address import AddressError, decode_address
from ledger_recovery.derive.schemes import MAX_INDEX
from ledger_recovery.errors import InputError
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.report.redact import Redaction

MAX_PROVIDERS: Final = 20
MAX_NODES: Final = 5
MAX_URL: Final = 500
_PLAIN: Final = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?/?")
KINDS: Final = ("recover", "resume", "retry", "further")
"""Of a plan. "further": its run is over, and the person is asked whether to search behind larger holes."""

FORMS: Final = (
    *("/answer", "/choose", "/go", "/guard", "/save/export", "/save/report", "/save/backup"),
    *("/file/open", "/file/apply", "/box/pair", "/box/open", "/box/apply"),
)
"""The forms of the desk; upload, demo and quit have handlers of their own."""


class BadForm(InputError):
    """A form that no page of ours sends, or a field that cannot be used."""

    code = "bad-form"


class WordsTyped(InputError):
    """A field that holds what looks like recovery words. It was not kept."""

    code = "recovery-words"


@unique
class Flow(StrEnum):
    RECOVER = "recover"
    RESUME = "resume"
    RETRY = "retry"
    FURTHER = "further"
    FAMILY = "family"
    FILE = "file"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class EvmWish:
    """What an EVM search is to be. `gap` None: the usual one. `find`, `owners`: addresses as people write them.

    `show`: compare addresses on the Ledger at the end. `base`: the run whose search this one makes wider, "" for none;
    nothing else counts then.
    """

    gap: int | None = None
    find: str = field(default="", repr=False)
    owners: tuple[str, ...] = field(default=(), repr=False)
    show: bool = False
    base: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A run as the guide asks for it: `kind` is one of KINDS. `run_id` "" for a run that did not begin.

    `nodes`: URLs; those of EVM nodes may hold keys. `again`: hosts of nodes whose URL was not kept and is to be typed
    again. `begun`: the person has said yes to the network, so that going on does not ask again. `agreed`: the last
    identity that the person said to go on with (`IdentityRef.sort_key`). `untold`: something that was typed for it is
    not kept on disk, and it comes from there.
    """

    kind: str = "recover"
    run_id: str = ""
    mode: str = Mode.THOROUGH.value
    deep: bool = False
    providers: tuple[int, ...] = ()
    nodes: tuple[str, ...] = field(default=(), repr=False)
    again: tuple[str, ...] = ()
    begun: bool = False
    agreed: tuple[int, int] | None = None
    untold: bool = False
    evm: EvmWish = field(default_factory=EvmWish)

    def policy(self) -> ScanPolicy:
        """An open-ended search: the person says when to stop.

        :raises InputError: the options do not fit together.
        """
        try:
            return ScanPolicy(providers=self.providers, mode=Mode(self.mode), deep=self.deep)
        except ValueError as error:
            raise InputError(str(error), "choose other options on the start page") from None


def flow_of(fields: Mapping[str, str]) -> Flow:
    """:raises BadForm: no such flow."""
    try:
        return Flow(fields.get("flow", ""))
    except ValueError:
        raise BadForm("this choice is not known", "reload the page") from None


def level_of(text: str) -> Redaction:
    """:raises BadForm: no such level of redaction."""
    try:
        return Redaction(text)
    except ValueError:
        raise BadForm("this level of redaction is not known", "choose full, short or hashed") from None


def plan_of(fields: Mapping[str, str], providers: tuple[int, ...] = ()) -> Plan:
    """The plan of a new search.

    :param providers: searched when the form names none.

    :raises InputError: a field that cannot be used, or options that do not fit together.
    """
    mode = fields.get("mode") or Mode.THOROUGH.value
    if mode not in {m.value for m in Mode}:
        raise BadForm("this way of searching is not known", "reload the page")
    plan = Plan(mode=mode, deep="deep" in fields, providers=providers_of(fields.get("providers", "")) or providers)
    plan.policy()
    return plan


def providers_of(text: str) -> tuple[int, ...]:
    """Identity provider numbers, separated by blanks or commas.

    :raises InputError: not numbers, out of range, or too many.
    """
    parts = text.replace(",", " ").split()
    if len(parts) > MAX_PROVIDERS or not all(p.isascii() and p.isdigit() and len(p) <= 10 for p in parts):
        raise InputError("identity providers are given as numbers", "write for example: 0, 1, 3")
    numbers = tuple(dict.fromkeys(int(p) for p in parts))
    if any(n > MAX_INDEX for n in numbers):
        raise InputError(f"identity provider numbers run from 0 to {MAX_INDEX}", "write for example: 0, 1, 3")
    return numbers


def sought_of(fields: Mapping[str, str]) -> str:
    """The account address that the person looks for, "" for none.

    :raises InputError: not an account address.
    """
    text = fields.get("sought", "").strip()
    if not text:
        return ""
    try:
        decode_address(text)
    except AddressError as error:
        hint = "copy the whole address, or leave the field empty"
        raise InputError(f"the account to look for: {error}", hint) from None
    return text


def nodes_of(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Node URLs, () for the network's own node. They are shown and kept, so they hold nothing but host and port.

    :raises InputError: not URLs of nodes; they are not repeated.
    """
    nodes = tuple(dict.fromkeys(fields.get("nodes", "").replace(",", " ").split()))
    if len(nodes) > MAX_NODES or not all(map(_names_a_node, nodes)):
        raise InputError(
            "a node is given by its address", "write for example: https://grpc.mainnet.concordium.software:20000"
        )
    return nodes


def _names_a_node(text: str) -> bool:
    return is_plain(text if "://" in text else f"https://{text}")


def is_plain(url: str) -> bool:
    """Whether a node's URL is nothing but its host and port, so that it cannot hold a key."""
    return len(url) <= MAX_URL and _PLAIN.fullmatch(url) is not None
