"""The Concordium app's codecs against measured requests and answers, and everything that must not be sent."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.apps.concordium import (
    PAIRING_PATH,
    ConcordiumApp,
    Form,
    Purpose,
    Target,
    export_data,
    export_question,
    path_text,
    proved_public_key_question,
    public_key_question,
    verify_address_question,
)
from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.apps.question import Patience, Question, T
from ledger_recovery.device.wire.apdu import CommandApdu, ResponseApdu
from ledger_recovery.errors import BadReply, Declined, InputError

VECTORS = Path(__file__).parents[2] / "vectors" / "device"
V4, V5 = WireFormat.V4, WireFormat.V5


def measured(name: str) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())["vectors"]
    return vectors


EXPORTS = [
    (V4, Target(0), Purpose.RECOVER, Form.SEED, "e00501010400000000"),
    (V4, Target(7), Purpose.DECRYPT, Form.KEY, "e00500020400000007"),
    (V4, Target(256), Purpose.CREATE, Form.KEY, "e00502020400000100"),
    (V5, Target(0), Purpose.RECOVER, Form.SEED, "e0050101050000000000"),
    (V5, Target(1), Purpose.CREATE, Form.SEED, "e0050201050000000001"),
    (V5, Target(2**31 - 1), Purpose.DECRYPT, Form.KEY, "e005000205007fffffff"),
    (V5, Target(345, 12), Purpose.CREATE, Form.KEY, "e005020209010000000c00000159"),
    (V5, Target(2, 3), Purpose.RECOVER, Form.SEED, "e005010109010000000300000002"),
]


@pytest.mark.parametrize(("wire_format", "target", "purpose", "form", "request_hex"), EXPORTS)
def test_export_requests(
    wire_format: WireFormat, target: Target, purpose: Purpose, form: Form, request_hex: str
) -> None:
    question = export_question(wire_format, target, purpose, form)
    assert question.command.encode().hex() == request_hex
    assert question.patience is Patience.PERSON


def _target_of(request: bytes) -> tuple[Target, Purpose, Form]:
    command = CommandApdu.parse(request)
    identity = int.from_bytes(command.data[-4:], "big")
    provider = int.from_bytes(command.data[1:5], "big") if command.data[0] else None
    return Target(identity, provider), Purpose(command.p1), Form(command.p2)


@pytest.mark.parametrize("vector", measured("exports"), ids=lambda vector: vector["request"])
def test_measured_exports_both_ways(vector: dict[str, Any]) -> None:
    request = bytes.fromhex(vector["request"])
    target, purpose, form = _target_of(request)
    question = export_question(V5, target, purpose, form)
    assert question.command.encode() == request
    answer = bytes.fromhex(vector["answer"])
    keys = question.read(ResponseApdu.parse(answer))
    second = keys.id_cred_sec.reveal() if keys.id_cred_sec else b""
    assert keys.prf_key.reveal() + second + b"\x90\x00" == answer
    assert (keys.id_cred_sec is not None) == (purpose is Purpose.CREATE)


@pytest.mark.parametrize("vector", measured("public_keys"), ids=lambda vector: vector["what"])
def test_measured_public_keys_both_ways_and_fatal_paths_refused(vector: dict[str, Any]) -> None:
    request = bytes.fromhex(vector["request"])
    command = CommandApdu.parse(request)
    count = command.data[0] if command.data else 0
    path = [int.from_bytes(command.data[1 + 4 * level : 5 + 4 * level], "big") for level in range(count)]
    make = proved_public_key_question if command.p2 else public_key_question
    if vector["answer"] is None or "hardened" in vector["what"]:
        with pytest.raises(InputError, match=r"no public key|out of range"):
            make(path)
        return
    question = make(path)
    assert question.command.encode() == request
    answer = bytes.fromhex(vector["answer"])
    assert question.read(ResponseApdu.parse(answer)) == answer[:32]
    assert question.patience is Patience.APP


def test_the_pairing_key_request() -> None:
    assert public_key_question(PAIRING_PATH).command.encode().hex() == "e001010009020000045100000000"
    assert path_text(PAIRING_PATH) == "m/1105'/0'"


def test_a_confirmed_public_key_waits_for_a_person() -> None:
    question = public_key_question((1105, 0, 0, 0, 0, 2, 0, 0), confirm=True)
    assert question.command.p1 == 0
    assert question.patience is Patience.PERSON


@pytest.mark.parametrize("flip", [0, 31, 32, 95])
def test_a_wrong_signature_over_the_key_is_refused(flip: int) -> None:
    vector = next(v for v in measured("public_keys") if "P2=1" in v["what"])
    data = bytearray.fromhex(vector["answer"])[:-2]
    data[flip] ^= 1
    with pytest.raises(BadReply, match="signature"):
        proved_public_key_question((1105, 0)).parse(bytes(data))


@pytest.mark.parametrize(
    ("wire_format", "target", "counter", "request_hex"),
    [
        (V5, Target(0), 0, "e0000000080000000000000000"),
        (V4, Target(1), 2, "e0000000080000000100000002"),
        (V5, Target(0, 0), 0, "e00001000c000000000000000000000000"),
        (V5, Target(5, 3), 255, "e00001000c0000000300000005000000ff"),
    ],
)
def test_verify_address_requests(wire_format: WireFormat, target: Target, counter: int, request_hex: str) -> None:
    question = verify_address_question(wire_format, target, counter)
    assert question.command.encode().hex() == request_hex
    assert question.patience is Patience.PERSON
    with pytest.raises(Declined):
        question.read(ResponseApdu(b"", 0x6985))


@pytest.mark.parametrize("index", [-1, 2**31, 2**32 - 1, 2**40])
def test_an_index_that_would_alias_is_never_sent(index: int) -> None:
    with pytest.raises(InputError, match=str(index)):
        Target(index)
    with pytest.raises(InputError, match=str(index)):
        Target(0, index)
    with pytest.raises(InputError, match="out of range"):
        public_key_question((1105, 0, index))


@pytest.mark.parametrize("counter", [-1, 256])
def test_a_counter_that_cannot_exist_is_never_sent(counter: int) -> None:
    with pytest.raises(InputError, match=str(counter)):
        verify_address_question(V5, Target(0), counter)


def test_a_provider_path_is_never_sent_to_4x() -> None:
    with pytest.raises(InputError, match="provider"):
        export_question(V4, Target(0, 0))
    with pytest.raises(InputError, match="provider"):
        verify_address_question(V4, Target(0, 0), 0)


def test_the_two_formats_never_share_a_request() -> None:
    targets = [Target(index) for index in (0, 1, 255, 256, 2**31 - 1)]
    four = {export_data(V4, target) for target in targets}
    five = {export_data(V5, target) for target in [*targets, Target(0, 0), Target(1, 1)]}
    assert not four & five
    assert {len(data) for data in four} == {4}
    assert {len(data) for data in five} == {5, 9}


@pytest.mark.parametrize(("purpose", "size"), list(itertools.product(Purpose, [0, 1, 31, 32, 33, 63, 64, 65, 96])))
def test_an_export_answer_has_exactly_its_length(purpose: Purpose, size: int) -> None:
    question = export_question(V5, Target(0), purpose)
    if size == (64 if purpose is Purpose.CREATE else 32):
        question.parse(bytes(size))
        return
    with pytest.raises(BadReply, match=f"{size} bytes"):
        question.parse(bytes(size))


@given(st.binary(max_size=130))
@settings(max_examples=200, deadline=None)
def test_any_data_give_a_value_or_our_error(data: bytes) -> None:
    questions: tuple[Question[object], ...] = (
        export_question(V5, Target(0)),
        export_question(V4, Target(0), Purpose.CREATE),
        public_key_question(PAIRING_PATH),
        proved_public_key_question(PAIRING_PATH),
        verify_address_question(V5, Target(0), 0),
    )
    for question in questions:
        try:
            question.parse(data)
        except BadReply as error:
            assert data.hex() not in str(error) or len(data) < 2


def test_the_app_speaks_the_format_it_was_given() -> None:
    asked: list[str] = []

    def ask(question: Question[T]) -> T:
        asked.append(question.command.encode().hex())
        size = {0x05: 32, 0x01: 32, 0x00: 0}[question.command.ins]
        return question.parse(bytes(size))

    app = ConcordiumApp(ask, V4)
    assert app.fingerprint() == "00" * 32
    app.export(Target(3))
    app.public_key((1105, 0, 1), confirm=True)
    app.verify_address(Target(1), 2)
    assert asked == [
        "e001010009020000045100000000",
        "e00501010400000003",
        "e00100000d03000004510000000000000001",
        "e0000000080000000100000002",
    ]
