"""[pure] What the Box answers when it does not do what was asked: a status, a stable code and one sentence.

A backup that is unknown, somebody else's, or not certified for the asking device is one and the same refusal, so that
nobody learns what is here. No sentence repeats anything that the request said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger_recovery.backup.protocol_replies import (
    CONFLICT,
    DID_KEY_MISSING,
    FULL,
    NO_SUCH_BACKUP,
    PAIRING_REFUSED,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHORISED,
)


class Refusal(Exception):
    """An answer that is not success.

    :param more: further fields of the JSON body, announced in the OpenAPI document.
    """

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def body(self) -> dict[str, object]:
        """The JSON object that is sent."""
        return {"code": self.code, "sentence": self.sentence, **self.more}


def no_such_backup() -> Refusal:
    return Refusal(404, NO_SUCH_BACKUP, "there is no such backup here for this device")


def no_such_generation() -> Refusal:
    return Refusal(404, "no-such-generation", "this backup has no such generation here")


def no_such_did() -> Refusal:
    return Refusal(404, "no-such-did", "this backup has no such DID here")


def not_found() -> Refusal:
    return Refusal(404, "not-found", "there is nothing here")


def not_allowed(methods: Sequence[str]) -> Refusal:
    return Refusal(405, "not-allowed", "this cannot be done here", headers={"Allow": ", ".join(methods)})


def bad_request(sentence: str) -> Refusal:
    return Refusal(400, "bad-request", sentence)


def framed_twice() -> Refusal:
    sentence = "a body has a length or comes in chunks, not both"
    return Refusal(400, "bad-request", sentence, headers={"Connection": "close"})


def unauthorised(now: int) -> Refusal:
    """One answer for unknown device, wrong signature or time, and repetition; `now`: the Box's clock, Unix seconds."""
    return Refusal(
        401,
        UNAUTHORISED,
        "the request is not signed by a device of this Box, was seen before, or its time is not the Box's",
        headers={"WWW-Authenticate": "LRBox"},
        more={"time": now},
    )


def pairing_refused() -> Refusal:
    return Refusal(403, PAIRING_REFUSED, "this pairing link was not made here, was used already, or has expired")


def not_owner() -> Refusal:
    return Refusal(403, "not-owner", "only the owner of the words may do this, and the request does not prove it")


def bad_certificate(sentence: str) -> Refusal:
    return Refusal(422, "bad-certificate", sentence)


def bad_bundle(sentence: str) -> Refusal:
    return Refusal(422, "bad-bundle", sentence)


def other_idempotency() -> Refusal:
    return Refusal(422, "idempotency-key", "this idempotency key was used for another bundle")


def precondition_needed() -> Refusal:
    return Refusal(428, "if-match-needed", "If-Match must say which generation the new one follows, or none")


def conflict(newest: Mapping[str, object] | None) -> Refusal:
    return Refusal(412, CONFLICT, "the backup has another newest generation than named", more={"newest": newest})


def did_key_missing(dids: tuple[str, ...]) -> Refusal:
    return Refusal(
        409,
        DID_KEY_MISSING,
        "the backup names DIDs whose keys this Box does not have; nothing was stored",
        more={"names": list(dids)},
    )


def retired() -> Refusal:
    return Refusal(409, "retired", "this backup was retired by its owner and takes nothing new")


def too_large(limit: int) -> Refusal:
    return Refusal(413, TOO_LARGE, f"the body is larger than {limit} bytes", headers={"Connection": "close"})


def too_many(seconds: int) -> Refusal:
    return Refusal(429, TOO_MANY, "too many requests; wait", headers={"Retry-After": str(seconds)})


def too_slow() -> Refusal:
    return Refusal(408, "too-slow", "the request took too long", headers={"Connection": "close"})


def busy(seconds: int = 5) -> Refusal:
    return Refusal(503, "busy", "the Box is busy; try again", headers={"Retry-After": str(seconds)})


def storage_failed() -> Refusal:
    return Refusal(503, "storage", "the Box could not use its disk; nothing was changed", headers={"Retry-After": "60"})


def full() -> Refusal:
    return Refusal(507, FULL, "the Box has no room for more; what it holds is kept")


def defect() -> Refusal:
    return Refusal(500, "defect", "the Box made a mistake; its log says where")
