"""[pure] What a hostile client does to a request before, or after, it was signed. Chance comes from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.faults.box_fuzz.world import ALICES, Headers, Raw

Trick = Callable[[Raw, Random], Raw]

PATHS = (
    *(b"/../" * 8 + b"etc/passwd", b"/..%2f..%2fbox.key", b"/%2e%2e/%2e%2e/box.sqlite", b"//", b"/.", b"/%00", b"/%"),
    *(
        b"/%c0%ae%c0%ae/",
        b"/" + b"a" * 5000,
        b";v=1",
        b"?x=1",
        b"?backup_id=" + ALICES.encode(),
        b"%0d%0aSet-Cookie:x=1",
    ),
    *(b"/generations/0", b"/generations/-1", b"/generations/1e9", b"/generations/" + b"9" * 400, b"/generations/1%20"),
    *(b"/generations/\xc2\xb2", b"/dids/did:ipid:../../x", b"/part", b"/v1/about", b"\\..\\", b"#", b"%ff"),
)
VALUES = (
    *(b"", b" ", b"\x00", b"\xff" * 40, b"a" * 20_000, b"none", b'"' + b"0" * 64 + b'"', b'W/"x"', b"*", b"-1"),
    *(
        b"99999999999999999999",
        b"0x10",
        b"LRBox",
        b'LRBox device="", time="0"',
        b"Bearer x",
        b"\r\nX: y",
        b"did:ipid:x",
    ),
    *(b"%s", b"../../box.key", b"' OR 1=1 --", b"\xe2\x80\xae", b","),
)
NAMES = (
    *(b"authorization", b"owner-proof", b"if-match", b"idempotency-key", b"x-box-dids", b"content-length", b"host"),
    *(
        b"content-type",
        b"transfer-encoding",
        b"expect",
        b"x-forwarded-for",
        b"forwarded",
        b"range",
        b"cookie",
        b"upgrade",
    ),
)
BODIES = (
    *(
        b"",
        b"{}",
        b"[]",
        b"null",
        b"{",
        b"[" * 50_000,
        b'{"a":' * 20_000,
        b"\xff\xfe",
        b'{"days":1e999}',
        b'{"days":true}',
    ),
    *(
        b'{"token":"x","token":"y"}',
        b"\x00" * 9000,
        b"ledger-recovery-backup 1\n",
        b"ledger-recovery-backup 2\n" + b" " * 9000,
    ),
    *(
        b'{"keys":[],"documents":[{}]}',
        b'{"days":' + b"9" * 5000 + b"}",
        b'{"keys":[{"did":"\\ud800"}],"documents":[]}',
    ),
    b"x" * 70_000,
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND", "X" * 300)


def _path(raw: Raw, chance: Random) -> Raw:
    cut = chance.randint(0, len(raw.target))
    return replace(raw, target=b"/" + (raw.target[:cut] + chance.choice(PATHS)).lstrip(b"/"))


def _another_method(raw: Raw, chance: Random) -> Raw:
    return replace(raw, method=chance.choice(METHODS))


def _header(raw: Raw, chance: Random) -> Raw:
    name = chance.choice(NAMES)
    return replace(raw, headers=(*_without(raw.headers, name), (name, chance.choice(VALUES))))


def _header_twice(raw: Raw, chance: Random) -> Raw:
    again = chance.choice(raw.headers) if raw.headers else (b"if-match", b"none")
    return replace(raw, headers=(*raw.headers, again))


def _header_gone(raw: Raw, chance: Random) -> Raw:
    return replace(raw, headers=_without(raw.headers, chance.choice(NAMES)))


def _another_body(raw: Raw, chance: Random) -> Raw:
    return replace(raw, body=chance.choice(BODIES))


def _damaged_body(raw: Raw, chance: Random) -> Raw:
    body = bytearray(raw.body or b"{}")
    for _ in range(chance.randint(1, 4)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return replace(raw, body=bytes(body[: chance.choice((None, chance.randrange(len(body))))]))


def _without(headers: Headers, name: bytes) -> Headers:
    return tuple(pair for pair in headers if pair[0] != name)


TRICKS: tuple[Trick, ...] = (
    *(_path, _another_method, _header, _header_twice, _header_gone, _another_body, _damaged_body),
)


def tricked(raw: Raw, chance: Random) -> Raw:
    """The request after one to three tricks."""
    for _ in range(chance.randint(1, 3)):
        raw = chance.choice(TRICKS)(raw, chance)
    return raw
