"""The attack: each request that schemathesis draws from the OpenAPI document is sent in many guises, all judged.

As drawn; signed; aimed at Mallory's own backup, at Alice's, at none; with an owner's proof, hers or Alice's; again;
with a damaged signature; and after tricks with path, headers and body, before or after signing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.faults.box_fuzz.judge import Judge, Offence
from tests.faults.box_fuzz.tricks import tricked
from tests.faults.box_fuzz.world import (
    ALICES,
    MALLORYS,
    UNKNOWN,
    Answer,
    Headers,
    Raw,
    World,
    prepare_mallory,
    sign,
)

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]
Check = Any
"""One of schemathesis' checks; it has three kinds of them and one name for each."""

BASE: Final = "https://127.0.0.1:8519"
TRICKED: Final = 60
"""Tricked requests for each one that schemathesis draws: drawing one costs as much as sending twenty."""
CASES: Final = 2
MODES: Final = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
PARAMETERLESS: Final = frozenset({"/v1/about", "/healthz", "/metrics"})
"""Nothing of a request to these could be against the schema."""

NOT_LET_IN: Final = frozenset({400, 401, 404, 413})
"""400 and 413 come before the signature is looked at; 404 from the framework, when the path fits no route."""

_BACKUP = re.compile(rb"(?<=/v1/backups/)[^/?]+")
_GENERATION = re.compile(rb"(?<=/generations/)[^/?]+")
_DID = re.compile(rb"(?<=/dids/)(?!restore)[^/?]+")
_CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


@dataclass(slots=True)
class Told:
    """What was sent and answered: cases that schemathesis drew, and answers by status."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        return self.statuses.total()


class Assault:
    """:param seed: of all chance; the same one gives the same requests, but for fresh nonces."""

    def __init__(self, world: World, chosen: int) -> None:
        self._world = world
        self._judge = Judge(world)
        self._chance = Random(chosen)
        self._seed = chosen
        load_all_checks()
        self._checks: list[Check] = [CHECKS.get_one(name) for name in _CHECKS]
        self._did = world.did
        self.told = Told()

    def operations(self) -> list[Operation]:
        """Every operation that the Box announces."""
        schema = schemathesis.openapi.from_dict(self._world.app.openapi())
        return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]

    def until(self, requests: int, operations: Sequence[Operation]) -> None:
        """Attack some operations in turn until so many requests were sent; as `attack`."""
        while self.told.requests < requests:
            for operation in operations:
                self.attack(operation, CASES)
            self._seed += 1

    def attack(self, operation: Operation, cases: int) -> None:
        """Draw so many requests for one operation; of data that fits its schema, and of data that does not.

        :raises Offence: the Box gave an answer that it may not give.
        """
        for mode in MODES[:1] if operation.path in PARAMETERLESS else MODES:
            self._attack(operation, mode, cases)

    def _attack(self, operation: Operation, mode: GenerationMode, cases: int) -> None:
        # An offence is carried out of Hypothesis, which would try it again on a Box that is not the same any more.
        offences: list[AssertionError | FailureGroup] = []

        @seed(self._seed)
        @settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def drawn(case: AnyCase) -> None:
            if offences:
                return
            try:
                self._world.run(self._case(case))
            except (AssertionError, FailureGroup) as offence:
                offences.append(offence)

        drawn()
        if offences:
            raise offences[0]

    async def _case(self, case: AnyCase) -> None:
        self.told.cases += 1
        prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        raw = _raw(prepared)
        self._did = await prepare_mallory(self._world)
        answer = await self._send(raw)
        _conforms(case, prepared, answer, self._checks)
        answer = await self._send(sign(self._world, raw))
        _conforms(case, prepared, answer, self._checks)
        if raw.target.startswith(b"/v1/backups/"):
            await self._aim(raw)
        last: tuple[Raw, Answer] | None = None
        for _ in range(TRICKED):
            sent = self._tricked(self._at(raw, self._chance.choice((MALLORYS, ALICES, UNKNOWN))))
            last = sent, await self._send(sent)
        if last is not None:
            self._judge.check_victim(*last)

    async def _aim(self, raw: Raw) -> None:
        """Signed well, at backups of all kinds."""
        self._one_answer(raw, [await self._send(sign(self._world, self._at(raw, who))) for who in (ALICES, UNKNOWN)])
        claims = [sign(self._world, self._at(raw, who), by_owner="alice") for who in (ALICES, UNKNOWN)]
        self._one_answer(raw, [await self._send(claim) for claim in claims])
        own = sign(self._world, self._at(raw, MALLORYS))
        await self._send(own)
        if is_signed(own):
            for known_to_fail in (own, _spoiled(sign(self._world, self._at(raw, MALLORYS)))):
                answer = await self._send(known_to_fail)
                if answer.status not in NOT_LET_IN:
                    raise Offence("a repeated or spoiled signature was taken", known_to_fail, answer)
        await self._send(sign(self._world, self._at(raw, MALLORYS), by_owner="mallory"))

    def _tricked(self, raw: Raw) -> Raw:
        """Tricks before signing get past the door; tricks after it must not."""
        proof = self._chance.choice((None, "mallory"))
        if self._chance.random() < 0.7:
            return sign(self._world, tricked(raw, self._chance), by_owner=proof)
        return tricked(sign(self._world, raw, by_owner=proof), self._chance)

    async def _send(self, raw: Raw) -> Answer:
        answer = await self._world.send(raw)
        self.told.statuses[answer.status] += 1
        self._judge.check(raw, answer)
        return answer

    def _at(self, raw: Raw, backup_id: str) -> Raw:
        """The same request about another backup: its newest generation, its DID."""
        target = _BACKUP.sub(backup_id.encode(), raw.target)
        target = _GENERATION.sub(b"1" if raw.method != "PUT" else b"2", target)
        return replace(raw, target=_DID.sub(self._did.encode(), target))

    def _one_answer(self, raw: Raw, answers: Sequence[Answer]) -> None:
        """:raises Offence: what is not hers is told from what is not there."""
        first, second = answers
        if first != second:
            raise Offence(f"not the same answer as to an unknown ID: {second.status} {second.body!r}", raw, first)


def is_signed(raw: Raw) -> bool:
    return any(name == b"authorization" and value.startswith(b"LRBox ") for name, value in raw.headers)


def _spoiled(raw: Raw) -> Raw:
    """One character of the signature changed."""
    headers: Headers = tuple(
        (name, value[:-10] + (b"A" if value[-10:-9] != b"A" else b"B") + value[-9:])
        if name == b"authorization" and len(value) > 20
        else (name, value)
        for name, value in raw.headers
    )
    return replace(raw, headers=headers)


def _raw(prepared: requests.PreparedRequest) -> Raw:
    url = (prepared.url or "").removeprefix(BASE)
    body = prepared.body or b""
    headers = tuple(
        (_bytes(name).lower(), _bytes(value)) for name, value in prepared.headers.items() if name != "Content-Length"
    )
    return Raw(prepared.method or "GET", url.encode("latin-1", "replace"), headers, _bytes(body))


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")


def _conforms(case: AnyCase, prepared: requests.PreparedRequest, answer: Answer, checks: list[Check]) -> None:
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    case.validate_response(Response(answer.status, headers, answer.body, prepared, 0.0, verify=False), checks=checks)
