"""Bodies of requests and answers: both directions from one table, and every way of being wrong."""

from __future__ import annotations

import json
from typing import Protocol, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup import protocol_json as pj
from ledger_recovery.backup import protocol_replies as replies
from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.backup.protocol_replies import (
    About,
    DidList,
    DidReply,
    DidsRestored,
    Generation,
    Head,
    Joined,
    Limits,
    Paired,
    Published,
    Refusal,
    Retired,
    Stored,
)
from ledger_recovery.backup.protocol_requests import PairRequest, RestoreDids, RetireRequest

DID = "did:ipid:k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r"
AT = "2026-11-22T10:00:00Z"
NEWEST = Generation(3, "0a" * 32, 8192, AT, AT)
LIMITS = Limits(2**26, 100, 30, 90, 600)


class Message(Protocol):
    @classmethod
    def from_json(cls, fields: dict[str, object]) -> Self: ...
    def to_json(self) -> dict[str, object]: ...


REPLIES: list[Message] = [
    LIMITS,
    About("attic", "ab" * 32, 1, 1_795_000_000, LIMITS),
    Paired("dev-1", "attic"),
    NEWEST,
    Head(None),
    Head(NEWEST, (NEWEST,)),
    Joined("a" * 52, NEWEST),
    Joined("a" * 52, None),
    Stored(3, "0a" * 32, "2026-11-22T10:00:00.123456+00:00"),
    Retired(AT),
    DidReply(DID, {"id": DID, "publicKey": [{"x": 1}]}),
    DidList((DidReply(DID, {}),)),
    DidsRestored((DID,), ()),
    Published(True, "done"),
    Refusal("full", "no room"),
    Refusal(replies.CONFLICT, "another", newest=NEWEST),
    Refusal(replies.CONFLICT, "another", newest=None),
    Refusal(replies.DID_KEY_MISSING, "lacks", names=(DID,)),
    Refusal(replies.UNAUTHORISED, "no", time=5),
]
REQUESTS: list[Message] = [
    PairRequest("A" * 22, bytes(32)),
    PairRequest("0123456789AB", bytes(range(32))),
    RetireRequest(0),
    RestoreDids(({"did": DID},), ({"id": DID},)),
]


def _as_json(value: object) -> bytes:
    return json.dumps({"a": value}).encode()


def wire(message: Message) -> dict[str, object]:
    return pj.parse_object(pj.dump(message.to_json()), "it")


@pytest.mark.parametrize("message", REPLIES + REQUESTS, ids=lambda m: type(m).__name__)
def test_both_directions(message: Message) -> None:
    assert type(message).from_json(wire(message)) == message


@pytest.mark.parametrize("message", REPLIES, ids=lambda m: type(m).__name__)
def test_a_newer_box_may_tell_more(message: Message) -> None:
    assert type(message).from_json(wire(message) | {"unheard_of": 1}) == message


@pytest.mark.parametrize("message", REQUESTS, ids=lambda m: type(m).__name__)
def test_a_request_with_an_unknown_field_is_refused(message: Message) -> None:
    with pytest.raises(BadMessage):
        type(message).from_json(wire(message) | {"unheard_of": 1})


MAY_BE_ABSENT = {
    ("Published", "published"),
    *((kind, "newest") for kind in ("Head", "Joined", "Refusal")),
    *(("Refusal", name) for name in ("names", "time")),
    *((kind, name) for kind in ("About", "Paired", "Published", "Refusal") for name in ("name", "sentence", "code")),
}


@pytest.mark.parametrize(
    ("message", "name"),
    [(m, n) for m in REPLIES + REQUESTS for n in m.to_json() if (type(m).__name__, n) not in MAY_BE_ABSENT],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_a_field_missing_or_of_another_type_is_refused(message: Message, name: str) -> None:
    fields = wire(message)
    others: tuple[object, ...] = (None, True, -1, 1.5, "", "x", [[]], {"a": {}})
    for wrong in others:
        if type(wrong) is type(fields[name]):
            continue
        with pytest.raises(BadMessage):
            type(message).from_json(fields | {name: wrong})
    del fields[name]
    with pytest.raises(BadMessage):
        type(message).from_json(fields)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (Generation, "generation", 0),
        (Generation, "generation", 2**53),
        (Generation, "digest", "0A" * 32),
        (Generation, "created", "yesterday"),
        (Generation, "created", "2026-11-22T10:00:00+02:00"),
    ],
)
def test_values_out_of_bounds_are_refused(kind: type[Generation], name: str, value: object) -> None:
    with pytest.raises(BadMessage):
        kind.from_json(NEWEST.to_json() | {name: value})


def test_a_box_cannot_speak_to_the_terminal() -> None:
    told = Refusal.from_json({"code": "x\x1b[2J", "sentence": "a\x1b]0;title\x07b\u202ec\n" + "d" * 1000})
    assert told.code == "x [2J" and "\x1b" not in told.sentence and "\u202e" not in told.sentence
    assert told.sentence.startswith("a ]0;title b c") and len(told.sentence) <= pj.MAX_TEXT


def test_a_token_is_in_no_repr_and_no_error() -> None:
    assert "SECRETSECRETSECRETSECR" not in repr(PairRequest("SECRETSECRETSECRETSECR", bytes(32)))
    with pytest.raises(BadMessage) as caught:
        PairRequest.from_json({"token": "SECRET", "device_public": pj.dump({}).decode()})
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a":1,"a":1}',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b"\xff",
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 100_000,
        b" " * (pj.MAX_JSON_BYTES + 1),
    ],
    ids=lambda d: repr(d[:12]),
)
def test_what_is_no_bounded_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(BadMessage) as caught:
        pj.parse_object(data, "it")
    assert caught.value.__cause__ is None and caught.value.__context__ is None


NAMES = st.sampled_from(["newest", "names", "code", "generations", "did", "dids", "time"])
VALUES = st.one_of(
    st.none(), st.integers(), st.text(max_size=9), st.lists(st.dictionaries(NAMES, st.none()), max_size=2)
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_object_is_read_or_refused(fields: dict[str, object]) -> None:
    for message in REPLIES + REQUESTS:
        try:
            type(message).from_json(fields)
        except BadMessage:
            continue


@settings(deadline=None, max_examples=60)
@given(st.one_of(st.binary(max_size=80), st.lists(st.floats() | st.text(max_size=5), max_size=3).map(_as_json)))
def test_any_bytes_are_an_object_or_refused(data: bytes) -> None:
    try:
        assert isinstance(pj.parse_object(data, "it"), dict)
    except BadMessage:
        return
