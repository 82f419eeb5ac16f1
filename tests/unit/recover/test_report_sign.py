"""Signed reports: any change of any byte is noticed; only the one byte form of a content is accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.errors import InputError, LedgerRecoveryError, ReportAltered
from ledger_recovery.recover.report import Report, build_report, key_fingerprint, sign_report, verify_report
from ledger_recovery.recover.report import sign as report_sign
from ledger_recovery.recover.report.canon import NotCanonical, canonical_bytes, parse_canonical
from tests.support.runs import hits, own, run, searched

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
REPORT = build_report(run(searched(IdentityRef(0), hits=hits(own(0, 0)))))
SMALL = build_report(run())
SIGNED = sign_report(SMALL, KEY)


def test_an_unaltered_report_is_accepted() -> None:
    verified = verify_report(sign_report(REPORT, KEY))
    assert verified.report == REPORT
    assert verified.public_key == report_sign.public_key_of(KEY).hex()
    assert verified.key_fingerprint == key_fingerprint(bytes.fromhex(verified.public_key))


def test_signing_again_gives_the_same_bytes() -> None:
    assert sign_report(SMALL, KEY) == SIGNED


def test_a_flipped_byte_anywhere_is_noticed() -> None:
    for position in range(len(SIGNED)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(SIGNED)
            changed[position] ^= flip
            with pytest.raises(ReportAltered):
                verify_report(bytes(changed))


def test_a_missing_or_added_byte_anywhere_is_noticed() -> None:
    for position in range(len(SIGNED)):
        with pytest.raises(ReportAltered):
            verify_report(SIGNED[:position] + SIGNED[position + 1 :])
        with pytest.raises(ReportAltered):
            verify_report(SIGNED[:position])
    for position in range(0, len(SIGNED) + 1, 7):
        with pytest.raises(ReportAltered):
            verify_report(SIGNED[:position] + b" " + SIGNED[position:])


def reordered(data: bytes) -> bytes:
    document = json.loads(data)
    return json.dumps(dict(reversed(document.items())), separators=(",", ":")).encode() + b"\n"


SAME_CONTENT: dict[str, Callable[[bytes], bytes]] = {
    "indented": lambda d: json.dumps(json.loads(d), indent=1, sort_keys=True).encode() + b"\n",
    "reordered": reordered,
    "escaped": lambda d: d.replace(b"mainnet", b"m\\u0061innet"),
    "two newlines": lambda d: d + b"\n",
    "no newline": lambda d: d[:-1],
    "byte order mark": lambda d: b"\xef\xbb\xbf" + d,
    "upper-case hex": lambda d: (
        d[: d.index(b'"value"')] + d[d.index(b'"value"') :].upper().replace(b'"VALUE"', b'"value"')
    ),
    "float for integer": lambda d: d.replace(b'"version":1', b'"version":1.0'),
    "exponent": lambda d: d.replace(b'"version":1', b'"version":1e0'),
    "key twice": lambda d: d.replace(b'{"report"', b'{"report":1,"report"'),
    "member added": lambda d: d[:-2] + b',"zebra":1}\n',
    "signature member added": lambda d: d[:-3] + b',"zebra":1}}\n',
}


@pytest.mark.parametrize("change", SAME_CONTENT.values(), ids=SAME_CONTENT.keys())
def test_another_form_of_the_same_content_is_refused(change: Callable[[bytes], bytes]) -> None:
    changed = change(SIGNED)
    assert changed != SIGNED
    with pytest.raises(ReportAltered):
        verify_report(changed)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"[" * 200_000 + b"\n",
        b"1" * 10_000 + b"\n",
        b"NaN\n",
        b"\xff\n",
        b'"\\ud800"\n',
    ],
    ids=["empty", "newline", "null", "list", "object", "deep", "long number", "NaN", "not UTF-8", "half a character"],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(ReportAltered) as refused:
        verify_report(data)
    assert refused.value.hint


def test_a_file_larger_than_any_report_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_sign, "MAX_REPORT_BYTES", 10)
    with pytest.raises(ReportAltered, match="larger than any report"):
        verify_report(SIGNED)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_our_error(data: bytes) -> None:
    with pytest.raises(LedgerRecoveryError):
        verify_report(data + b"\n")


def test_a_signature_of_another_report_is_refused() -> None:
    mine, other = json.loads(SIGNED), json.loads(sign_report(REPORT, KEY))
    with pytest.raises(ReportAltered, match="signature does not fit"):
        verify_report(canonical_bytes(mine | {"signature": other["signature"]}) + b"\n")


def test_another_key_is_told_by_its_fingerprint() -> None:
    expected = key_fingerprint(report_sign.public_key_of(KEY))
    assert verify_report(SIGNED, expected_key=expected.upper().replace(" ", "")).key_fingerprint == expected
    with pytest.raises(ReportAltered, match="not with the expected one"):
        verify_report(sign_report(SMALL, OTHER_KEY), expected_key=expected)


def test_the_fingerprint_is_eight_groups_of_four_hex_digits() -> None:
    groups = key_fingerprint(report_sign.public_key_of(KEY)).split(" ")
    assert [len(g) for g in groups] == [4] * 8
    assert key_fingerprint(report_sign.public_key_of(OTHER_KEY)).split(" ") != groups


def forged(document: dict[str, object]) -> bytes:
    """A correctly signed file of any content, as only the key's holder can make it."""
    value = KEY.sign(b"ledger-recovery/report signature 1\n" + canonical_bytes(document)).hex()
    signature = {"algorithm": "Ed25519", "public_key": report_sign.public_key_of(KEY).hex(), "value": value}
    return canonical_bytes({"report": document, "signature": signature}) + b"\n"


def test_the_signature_has_a_meaning_of_its_own() -> None:
    """The bytes that are signed begin with the purpose, so that the key cannot be made to sign something else."""
    assert forged(cast(dict[str, object], SMALL)) == SIGNED


def test_a_newer_version_is_told_apart_from_an_altered_file() -> None:
    with pytest.raises(InputError, match="format version 2"):
        verify_report(forged({**SMALL, "version": 2, "news": True}))


def test_another_schema_is_told_apart_from_an_altered_file() -> None:
    with pytest.raises(InputError, match="not a recovery report"):
        verify_report(forged({"schema": "other", "version": 1}))


@pytest.mark.parametrize("edit", [{"secret": "x"}, {"version": True}, {"version": 0}, {"warnings": ["\x1b[2J"]}])
def test_a_signed_report_of_the_wrong_shape_is_refused(edit: dict[str, object]) -> None:
    with pytest.raises(ReportAltered, match="not a report of this program"):
        verify_report(forged({**SMALL, **edit}))


def test_a_report_that_does_not_fit_the_schema_is_not_signed() -> None:
    wrong = cast(Report, {**SMALL, "seed": "x"})
    with pytest.raises(ValueError, match="a field that is not known"):
        sign_report(wrong, KEY)


# --- canonical JSON ---------------------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(_JSON)
def test_canonical_bytes_read_back_as_the_same_value(value: object) -> None:
    try:
        data = canonical_bytes(value)
    except NotCanonical:
        return
    assert parse_canonical(data) == value


@pytest.mark.parametrize("value", [1.0, float("nan"), {1: "x"}, b"x", ("x",), "\ud800", [[{"x": 1.5}]]])
def test_what_json_cannot_say_in_one_way_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a":1,"a":1}', "stands twice"),
        (b"1.0", "integers only"),
        (b"NaN", "integers only"),
        (b"{ }", "canonical form"),
    ],
)
def test_the_reason_of_a_refusal_is_told(data: bytes, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        parse_canonical(data)
