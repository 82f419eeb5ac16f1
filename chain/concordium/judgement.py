"""[pure] What an account in a node's answer proves about the handle that was asked, and how two nodes' words combine.

The chain's rules it rests on (concordium-node Scheduler.hs, Accounts.hs): a credential ID is on one account only, for
ever, also after its removal; the credential at index 0 cannot be removed; an account's address is the SHA-256 of that
first credential ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from chain.concordium.account import ChainAccount, CredentialSighting, CredentialStatus
from chain.errors import BadAnswer, ChainError, NodeUnavailable
from chain.model import Dissent, Presence, Sighting, Unanswered

Answer: TypeAlias = Sighting[CredentialSighting] | Unanswered

# From protocol 3 on the last 3 of an address's 32 bytes are free: they choose an alias of the same account.
SIGNIFICANT_ADDRESS_BYTES = 29


@dataclass(frozen=True, slots=True)
class Said:
    """What one node said of one handle. `found` None: "not found". `negative`: part of it rests on a "not found"."""

    source: str
    found: CredentialSighting | None
    tries: int = 1
    negative: bool = False

    @property
    def final(self) -> bool:
        """An active credential can stand alone: the account itself names it."""
        return self.found is not None and self.found.status is CredentialStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Held:
    """An answer together with the nodes whose "not found" it rests on; it counts once those prove their block."""

    answer: Answer
    rests_on: frozenset[str] = frozenset()


def short(handle: bytes) -> str:
    """A handle in an error text: recognizable, but a report can be shared without giving it away."""
    return handle[:4].hex() + "…"


def address_of(cred_id: bytes) -> bytes:
    """The address (32 bytes) of the account whose first credential this is (48 bytes)."""
    return hashlib.sha256(cred_id).digest()


def judge_credential(cred_id: bytes, account: ChainAccount, source: str, *, hashed: bool) -> CredentialSighting:
    """ACTIVE if the account lists the ID, else REMOVED. `hashed`: the network's addresses are all hashes.

    :raises BadAnswer: the account contradicts the chain's rules, or cannot show whether it still holds the ID.
    """
    _check_first_credential(account, source, hashed=hashed)
    credential = account.credential(cred_id)
    if credential is not None:
        return CredentialSighting(CredentialStatus.ACTIVE, account, credential)
    if any(not known.cred_id for known in account.credentials):
        raise BadAnswer(
            f"node {source} found credential {short(cred_id)}, but its account holds a credential of a kind that this"
            " program cannot read, so it may be active or removed; hint: update the program",
            code="UNREADABLE_CREDENTIAL",
            source=source,
        )
    if address_of(cred_id) == account.address:
        raise _mismatch(cred_id, "the account whose first credential it is, but without it", source)
    return CredentialSighting(CredentialStatus.REMOVED, account, None)


def judge_address(address: bytes, account: ChainAccount, source: str, *, hashed: bool) -> CredentialSighting:
    """The account asked for by its address; its credential is that at index 0.

    :raises BadAnswer: it is another account, or contradicts the chain's rules.
    """
    _check_first_credential(account, source, hashed=hashed)
    if account.address[:SIGNIFICANT_ADDRESS_BYTES] != address[:SIGNIFICANT_ADDRESS_BYTES]:
        raise _mismatch(address, f"account {short(account.address)}", source)
    return CredentialSighting(CredentialStatus.ACTIVE, account, account.credentials[0])


def swapped(cred_id: bytes, source: str) -> BadAnswer:
    """The ID is some account's first credential, which cannot be removed, but the node showed another account."""
    return _mismatch(cred_id, "an account that is not the one whose first credential it is", source)


def combine(handle: bytes, first: Said, second: Said) -> Held:
    """Two nodes' words on one handle. A disagreement is kept as a finding; only two accounts cannot both be true."""
    tries = first.tries + second.tries
    rests_on = frozenset(said.source for said in (first, second) if said.negative)
    both = (first.source, second.source)
    if first.found is None and second.found is None:
        return Held(Sighting(handle, Presence.ABSENT, None, both, tries), rests_on)
    if first.found is None or second.found is None:
        yes, no = (second, first) if first.found is None else (first, second)
        return Held(_deployed(handle, yes, (yes.source,), tries, _dissent(no)), rests_on)
    if first.found.account.address != second.found.account.address:
        return Held(Unanswered(handle, _two_accounts(handle, first.found, second.found, both), tries))
    if first.found.status is second.found.status:
        return Held(_deployed(handle, first, both, tries), rests_on)
    active, removed = (first, second) if first.final else (second, first)
    return Held(_deployed(handle, active, (active.source,), tries, _dissent(removed)), rests_on)


def alone(handle: bytes, said: Said) -> Held:
    """One node's word, where there is no other node or none is needed."""
    rests_on = frozenset([said.source]) if said.negative else frozenset()
    if said.found is None:
        return Held(Sighting(handle, Presence.ABSENT, None, (said.source,), said.tries), rests_on)
    return Held(_deployed(handle, said, (said.source,), said.tries), rests_on)


def contradicted(held: Held, error: ChainError) -> Held:
    """Add that another node had answered this with an account that cannot be right."""
    if error.code != "MISMATCH" or not isinstance(held.answer, Sighting):
        return held
    note = Dissent(error.source, Presence.DEPLOYED, error.detail)
    return replace(held, answer=replace(held.answer, dissent=(*held.answer.dissent, note)))


def unconfirmed(handle: bytes, said: Said, errors: Mapping[str, ChainError]) -> Unanswered:
    """One node said "absent" or "removed", and no other could be asked whether that is so."""
    claim = "absent" if said.found is None else "removed"
    why = "; ".join(error.detail for error in errors.values())
    tries = said.tries + sum(error.tries for error in errors.values())
    detail = f"{said.source} says {claim}, and no other node could confirm it: {why}"
    return Unanswered(handle, NodeUnavailable(detail, code="UNCONFIRMED", source=said.source, tries=tries), tries)


def settle(held: Held, unproven: Mapping[str, ChainError]) -> Answer:
    """Let an answer go, after the nodes were asked to prove their block; `unproven` are those that could not be asked.

    What such a node itself said is no answer. What others said only loses that node's objection.
    """
    answer = held.answer
    failed = held.rests_on & unproven.keys()
    if isinstance(answer, Unanswered) or not failed:
        return answer
    if failed & set(answer.sources):
        return Unanswered(answer.handle, unproven[min(failed)], answer.tries)
    return replace(answer, dissent=tuple(note for note in answer.dissent if note.source not in failed))


def _check_first_credential(account: ChainAccount, source: str, *, hashed: bool) -> None:
    first = account.credentials[0].cred_id
    if not first:
        return
    fits_hash = address_of(first) == account.address
    fits_key = account.encryption_key[-len(first) :] == first
    if not fits_hash and (hashed or not fits_key):
        raise BadAnswer(
            f"node {source} showed account {short(account.address)}, whose address does not belong to its first"
            f" credential {short(first)}; hint: choose another node",
            code="IMPLAUSIBLE",
            source=source,
        )


def _mismatch(handle: bytes, what: str, source: str) -> BadAnswer:
    return BadAnswer(
        f"node {source} answered the question for {short(handle)} with {what}; hint: choose another node",
        code="MISMATCH",
        source=source,
    )


def _deployed(handle: bytes, said: Said, sources: tuple[str, ...], tries: int, *dissent: Dissent) -> Answer:
    return Sighting(handle, Presence.DEPLOYED, said.found, sources, tries, dissent)


def _dissent(said: Said) -> Dissent:
    if said.found is None:
        return Dissent(said.source, Presence.ABSENT, "says that it never was on the chain")
    return Dissent(said.source, Presence.DEPLOYED, f"says that it is {said.found.status.value}")


def _two_accounts(
    handle: bytes, one: CredentialSighting, other: CredentialSighting, sources: tuple[str, str]
) -> BadAnswer:
    return BadAnswer(
        f"nodes {sources[0]} and {sources[1]} show two accounts for {short(handle)}: {short(one.account.address)} and"
        f" {short(other.account.address)}, but a credential is on one account only; hint: add a third node",
        code="SOURCES_DISAGREE",
        source=sources[0],
    )
