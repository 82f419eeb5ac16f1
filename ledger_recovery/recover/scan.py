"""[pure] One identity index: which questions to ask next, and what its cells are, given the evidence so far.

Theory of operation. Evidence of a cell is at most three facts: the answer to a direct look-up of its credential ID, the
answer to a look-up of the address that this ID would give as a first credential, and whether the account list has that
address. `conclude` turns them into one of three values by the table in `cell`. Nothing there makes ABSENT out of a
missing fact: a planned cell without a positive answer is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from chain.concordium.account import CredentialSighting, CredentialStatus
from chain.model import Presence, Sighting, Unanswered
from ledger_recovery.derive.address import account_address
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from ledger_recovery.recover.model import (
    Basis,
    Cell,
    CellKey,
    CellState,
    Disagreement,
    IndexOutcome,
    IndexStatus,
)
from ledger_recovery.recover.policy import ALL_COUNTERS, ScanPolicy

Answer = Sighting[CredentialSighting] | Unanswered

CONTRADICTION = "the sources contradict each other"


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The credential IDs of one identity index: per key scheme 256 of 48 bytes, None where PRF key + counter = 0.

    Public data by itself, but it links future accounts to this person: kept local, dropped when a run is complete.
    """

    identity: IdentityRef
    cred_ids: Mapping[KeyScheme, tuple[bytes | None, ...]]

    def cred_id(self, key: CellKey) -> bytes:
        """The ID of a cell that has one."""
        cred_id = self.cred_ids[key.scheme][key.counter]
        if cred_id is None:
            raise ValueError(f"{key} has no credential ID")
        return cred_id

    def keys(self, counters: Mapping[KeyScheme, Iterable[int]]) -> tuple[CellKey, ...]:
        """The cells of these counters that have a credential ID."""
        return tuple(
            CellKey(self.identity, scheme, counter)
            for scheme, ids in self.cred_ids.items()
            for counter in counters[scheme]
            if ids[counter] is not None
        )

    def all_keys(self) -> tuple[CellKey, ...]:
        return self.keys(dict.fromkeys(self.cred_ids, ALL_COUNTERS))


@dataclass(slots=True)
class Evidence:
    """What was answered for one index. `listed`: hits in the account list, None while no whole list was consulted."""

    direct: dict[CellKey, Answer] = field(default_factory=dict)
    by_address: dict[CellKey, Answer] = field(default_factory=dict)
    listed: frozenset[CellKey] | None = None
    list_source: str = ""
    list_error: tuple[str, str] = ("", "")

    def settled(self, key: CellKey) -> bool:
        """Was the direct question answered at all (either way)?"""
        return isinstance(self.direct.get(key), Sighting)

    def forget_unanswered(self) -> None:
        """Drop what stayed open, so that the same questions are due again (a retry)."""
        for answers in (self.direct, self.by_address):
            for key in [k for k, a in answers.items() if isinstance(a, Unanswered)]:
                del answers[key]
        if self.listed is None:
            self.list_error = ("", "")


def list_matches(keys: IndexKeys, addresses: Set[bytes]) -> frozenset[CellKey]:
    """The cells whose credential is the first credential of a listed account (address = SHA-256 of the ID)."""
    return frozenset(k for k in keys.all_keys() if account_address(keys.cred_id(k)) in addresses)


def direct_questions(
    keys: IndexKeys, policy: ScanPolicy, evidence: Evidence, known: Mapping[KeyScheme, int]
) -> tuple[CellKey, ...]:
    """The credential IDs to look up now: planned ones without any answer yet.

    :param known: highest counter per scheme that the wallet already holds; the scan goes past it and fills the holes
        below it.
    """
    planned = _direct_plan(keys, policy, evidence, known)
    return tuple(k for k in planned if k not in evidence.direct)


def address_questions(keys: IndexKeys, policy: ScanPolicy, evidence: Evidence) -> tuple[CellKey, ...]:
    """Listed cells that the direct look-up did not show: ask for the account by its address.

    In private mode these are all hits; otherwise those whose direct answer was ABSENT or never came.
    """
    due = []
    for key in sorted(evidence.listed or (), key=lambda k: k.sort_key):
        answer = evidence.direct.get(key)
        shown = isinstance(answer, Sighting) and answer.presence is Presence.DEPLOYED
        if not shown and key not in evidence.by_address:
            due.append(key)
    return tuple(due)


def conclude(keys: IndexKeys, policy: ScanPolicy, evidence: Evidence, known: Mapping[KeyScheme, int]) -> IndexOutcome:
    """All planned cells of the index, each with one of three values."""
    planned = set(_direct_plan(keys, policy, evidence, known)) | set(evidence.direct)
    if policy.mode.uses_list:
        planned |= set(keys.all_keys())
    cells = tuple(cell(key, keys, evidence) for key in sorted(planned, key=lambda k: k.sort_key))
    return IndexOutcome(keys.identity, IndexStatus.SCANNED, cells)


def cell(key: CellKey, keys: IndexKeys, evidence: Evidence) -> Cell:
    """The value of one cell on the evidence so far: direct answer first, then the address, then the list."""
    direct = evidence.direct.get(key)
    listed = None if evidence.listed is None else key in evidence.listed
    if direct is None and not listed:
        return _unasked(key, keys.cred_id(key), evidence)
    blank = Cell(key, keys.cred_id(key), tries=0 if direct is None else direct.tries)
    if isinstance(direct, Sighting) and direct.presence is Presence.DEPLOYED:
        return _deployed(blank, direct, listed, evidence.list_source)
    if listed or direct is None:
        return _listed(blank, direct, evidence.by_address.get(key), evidence.list_source)
    if isinstance(direct, Unanswered):
        return replace(blank, reason_code=direct.error.code, reason=direct.error.detail)
    return _absent(blank, direct, listed, evidence.list_source)


def _unasked(key: CellKey, cred_id: bytes, evidence: Evidence) -> Cell:
    """Nobody was asked directly, and no list shows it: most cells of an index, so each is made in one go."""
    if evidence.listed is not None:
        sources = (_listing(evidence.list_source),)
        return Cell(key, cred_id, CellState.ABSENT, Basis.LIST, sources)
    code, reason = evidence.list_error
    return Cell(key, cred_id, reason_code=code or "NOT_ASKED", reason=reason or "this counter was not asked yet")


def _direct_plan(
    keys: IndexKeys, policy: ScanPolicy, evidence: Evidence, known: Mapping[KeyScheme, int]
) -> tuple[CellKey, ...]:
    counters: dict[KeyScheme, Sequence[int]] = {}
    for scheme in keys.cred_ids:
        hits = [k.counter for k in _hits(evidence) if k.scheme is scheme]
        if scheme in known:
            hits.append(known[scheme])
        counters[scheme] = policy.direct_counters(max(hits, default=None))
    return keys.keys(counters)


def _hits(evidence: Evidence) -> set[CellKey]:
    found = {
        key
        for answers in (evidence.direct, evidence.by_address)
        for key, a in answers.items()
        if isinstance(a, Sighting) and a.presence is Presence.DEPLOYED
    }
    return found | (evidence.listed or frozenset())


def _deployed(blank: Cell, direct: Sighting[CredentialSighting], listed: bool | None, list_source: str) -> Cell:
    detail = _detail(direct)
    is_first = detail.account.address == account_address(_id(blank))
    told = list(_dissent(direct, "deployed"))
    sources, basis = direct.sources, Basis.DIRECT
    if listed is not None and listed != is_first:
        said = "lists an account with this first credential" if listed else "does not list this account"
        told.append(Disagreement(_listing(list_source), said, _join(sources), "credential is deployed"))
    elif listed:
        sources, basis = (*sources, _listing(list_source)), Basis.BOTH
    if direct.dissent and detail.status is CredentialStatus.REMOVED:
        # Nothing but its word speaks for "removed": the account no longer names the credential.
        return replace(blank, reason_code="SOURCES_DISAGREE", reason=CONTRADICTION, disagreements=tuple(told))
    return replace(
        blank,
        state=CellState.DEPLOYED,
        basis=basis,
        sources=sources,
        sighting=detail,
        disagreements=tuple(told),
    )


def _listed(blank: Cell, direct: Answer | None, by_address: Answer | None, list_source: str) -> Cell:
    """The list has the account, the direct look-up did not show it: believe it only if the account itself is shown."""
    listing = _listing(list_source)
    told: tuple[Disagreement, ...] = ()
    if isinstance(direct, Unanswered) and direct.error.code == "MISMATCH":
        told = (Disagreement(direct.error.source, direct.error.detail, listing, "lists its account"),)
    elif isinstance(direct, Sighting):
        told = (Disagreement(_join(direct.sources), "credential was never deployed", listing, "lists its account"),)
    if not isinstance(by_address, Sighting):
        code, why = _open_reason(by_address)
        reason = f"the account list has this account, but {why}"
        return replace(blank, reason_code=code, reason=reason, disagreements=told)
    if by_address.presence is not Presence.DEPLOYED:
        other = Disagreement(_join(by_address.sources), "no account at this address", listing, "lists it")
        reason = "the account list has this account, but the node shows no account at its address"
        return replace(blank, reason_code="SOURCES_DISAGREE", reason=reason, disagreements=(*told, other))
    account = _detail(by_address).account
    credential = account.credential(_id(blank))
    if credential is None:
        reason = "the account at this credential's address does not hold the credential, which cannot be removed"
        return replace(blank, reason_code="MISMATCH", reason=reason, disagreements=told)
    return replace(
        blank,
        state=CellState.DEPLOYED,
        basis=Basis.LIST,
        sources=(*by_address.sources, listing),
        sighting=CredentialSighting(CredentialStatus.ACTIVE, account, credential),
        disagreements=(*told, *_dissent(by_address, "deployed")),
    )


def _absent(blank: Cell, direct: Sighting[CredentialSighting], listed: bool | None, list_source: str) -> Cell:
    """A direct "never deployed". Dissent makes it UNKNOWN: one source is wrong, and a wrong zero is the worst."""
    told = tuple(_dissent(direct, "never deployed"))
    if told:
        return replace(blank, reason_code="SOURCES_DISAGREE", reason=CONTRADICTION, disagreements=told)
    if listed is None:
        return replace(blank, state=CellState.ABSENT, basis=Basis.DIRECT, sources=direct.sources)
    sources = (*direct.sources, _listing(list_source))
    return replace(blank, state=CellState.ABSENT, basis=Basis.BOTH, sources=sources)


def _detail(answer: Sighting[CredentialSighting]) -> CredentialSighting:
    if answer.detail is None:
        raise ValueError("a deployed sighting carries its account")
    return answer.detail


def _dissent(answer: Sighting[CredentialSighting], said: str) -> Iterable[Disagreement]:
    for d in answer.dissent:
        yield Disagreement(d.source, d.note or d.said.value, _join(answer.sources), said)


def _open_reason(answer: Unanswered | None) -> tuple[str, str]:
    if answer is None:
        return "NOT_ASKED", "it was not asked for yet"
    return answer.error.code, f"it could not be read: {answer.error.detail}"


def _id(blank: Cell) -> bytes:
    if blank.cred_id is None:
        raise ValueError(f"{blank.key} has no credential ID")
    return blank.cred_id


def _listing(source: str) -> str:
    return f"account list of {source}"


def _join(sources: Sequence[str]) -> str:
    return ", ".join(sources)
