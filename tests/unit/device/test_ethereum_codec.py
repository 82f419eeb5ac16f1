"""The Ethereum app's codec against recorded exchanges, its status words, and the texts that a person compares."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from coincurve import PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.evm.address import address_of, checksum
from ledger_recovery.derive.evm.bip32 import ExtendedKey, child_addresses
from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.ethereum import (
    ETHEREUM_PROFILE,
    EvmConfiguration,
    address_question,
    checksummed,
    configuration_question,
    extended_key_question,
    fingerprint_question,
    identify_evm,
    path_data,
    path_text,
)
from ledger_recovery.device.apps.evm_screens import CHAIN_NAMES, address_screen, title_of
from ledger_recovery.device.apps.question import Patience, Question
from ledger_recovery.device.wire.apdu import ResponseApdu
from ledger_recovery.device.wire.status import ETHEREUM, ETHEREUM_CLASSIC
from ledger_recovery.errors import (
    BadReply,
    Declined,
    DeviceBusy,
    DeviceError,
    DeviceLocked,
    InputError,
    LedgerRecoveryError,
    LinkDoubtful,
    PathRefused,
    WrongApp,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/evm/ethereum-vectors.json").read_text("utf-8"))
EXCHANGES = {request: bytes.fromhex(answer) for request, answer in VECTORS["device"]["exchanges"]}
ADDRESSES = VECTORS["seeds"]["speculos_default"]["addresses"]
CONFIGURATION, FIRST_KEY, NODE_KEY = list(EXCHANGES)[1:]
FINGERPRINT = "c8e46add3513b866e9889356eb4763f6cf571f919e5fabfc163bc76ab15e26e6"
H = 0x80000000
FIRST = (44 | H, 60 | H, H, 0, 0)
NODE = (44 | H, 60 | H, H)


def read(question: Question[object], answer: bytes) -> object:
    return question.read(ResponseApdu.parse(answer))


def test_the_recorded_configuration() -> None:
    question = configuration_question()
    assert question.command.encode().hex() == CONFIGURATION
    assert read(question, EXCHANGES[CONFIGURATION]) == EvmConfiguration("1.23.0", blind_signing=False)
    assert question.read(ResponseApdu.parse(bytes.fromhex("030117009000"))).blind_signing


def test_the_recorded_address() -> None:
    question = address_question(FIRST)
    assert question.command.encode().hex() == FIRST_KEY
    key = question.read(ResponseApdu.parse(EXCHANGES[FIRST_KEY]))
    assert key.address_text == ADDRESSES["ledger_live"][0] == checksummed(key.address)
    assert key.public_key == EXCHANGES[FIRST_KEY][1:66]


def test_the_recorded_extended_key_gives_the_bip44_addresses() -> None:
    question = extended_key_question((*NODE, 0))
    assert question.command.encode().hex() == NODE_KEY
    node = question.read(ResponseApdu.parse(EXCHANGES[NODE_KEY]))
    found = child_addresses(ExtendedKey(node.public_key, node.chain_code), range(20))
    assert [checksummed(address) for _, address in found] == ADDRESSES["bip44"]


def test_the_fingerprint_of_the_recorded_wallet() -> None:
    """SHA-256 of "ledger-recovery evm wallet", 02 and x of the key: older runs are known by it, so it never changes."""
    question = fingerprint_question()
    assert question.command.encode().hex() == FIRST_KEY
    assert question.read(ResponseApdu.parse(EXCHANGES[FIRST_KEY])) == FINGERPRINT


@pytest.mark.parametrize("odd", [0, 1])
def test_the_fingerprint_is_over_the_compressed_key(odd: int) -> None:
    """Both halves of the curve; the compressed form is coincurve's."""
    keys = (PrivateKey.from_int(number).public_key for number in range(1, 100))
    key = next(key for key in keys if key.format()[0] == 2 + odd)
    whole = key.format(compressed=False)
    data = b"\x41" + whole + b"\x28" + checksum(address_of(whole))[2:].encode()
    wanted = hashlib.sha256(b"ledger-recovery evm wallet" + key.format()).hexdigest()
    assert fingerprint_question().parse(data) == wanted


@pytest.mark.parametrize(
    ("chain_id", "tail"), [(None, ""), (1, "0000000000000001"), (137, "0000000000000089"), (2**64 - 1, "f" * 16)]
)
def test_a_chain_id_is_eight_bytes_behind_the_path(chain_id: int | None, tail: str) -> None:
    question = address_question(FIRST, display=True, chain_id=chain_id)
    data = "058000002c8000003c800000000000000000000000" + tail
    assert question.command.encode().hex() == f"e0020100{len(data) // 2:02x}{data}"
    assert question.patience is Patience.PERSON


@pytest.mark.parametrize("chain_id", [0, -1, 2**64])
def test_what_is_no_chain_id_is_refused(chain_id: int) -> None:
    with pytest.raises(InputError, match="chain id"):
        address_question(FIRST, chain_id=chain_id)


@pytest.mark.parametrize("path", [(), (0,) * 11, (-1,), (2**32,)])
def test_paths_that_no_app_takes_are_not_sent(path: tuple[int, ...]) -> None:
    for ask in (lambda: address_question(path), lambda: extended_key_question(path), lambda: path_data(path)):
        with pytest.raises(InputError, match="1 to 10 levels"):
            ask()


def test_paths_are_printed_with_marks() -> None:
    assert path_text((44 | H, 60 | H, 160720 | H, H, 7)) == "m/44'/60'/160720'/0'/7"
    assert path_data((0,) * 10) == b"\x0a" + bytes(40)


@pytest.mark.parametrize(
    ("path", "app", "hint"),
    [
        ((44 | H, 61 | H, H), ETHEREUM, "61' belongs to the Ethereum Classic app"),
        ((44 | H, 1 | H, H), ETHEREUM, "1' belongs to another app"),
        ((44 | H, 52752 | H, H), ETHEREUM_CLASSIC, "52752' belongs to another app"),
        ((44 | H, 60 | H, H), ETHEREUM, "Update the Ethereum app"),
        ((44 | H,), ETHEREUM, "below m/44'/60'"),
        ((49 | H, 60 | H), ETHEREUM, "below m/44'/60'"),
        ((44 | H, 60, 0), ETHEREUM, "both levels hardened"),
    ],
)
@pytest.mark.parametrize("sw", ["6a15", "6a12"])
def test_a_refused_path_names_the_app_that_has_it(path: tuple[int, ...], app: str, hint: str, sw: str) -> None:
    for question in (address_question(path, app=app), extended_key_question(path, app)):
        with pytest.raises(PathRefused) as refused:
            read(question, bytes.fromhex(sw))
        assert hint in refused.value.hint
        assert path_text(path) in refused.value.sentence
        assert f"0x{sw.upper()}" in refused.value.sentence
        assert app in refused.value.sentence


@pytest.mark.parametrize("app", [ETHEREUM, ETHEREUM_CLASSIC])
@pytest.mark.parametrize(
    ("sw", "kind"),
    [("6985", Declined), ("5515", DeviceLocked), ("6b0c", DeviceLocked), ("6804", DeviceLocked), ("6901", DeviceBusy)]
    + [(sw, WrongApp) for sw in ("6511", "650f", "6d00", "6d02", "6e00", "6e01", "6700")]
    + [(sw, BadReply) for sw in ("6a80", "6a87", "6b00", "6f00", "1234")],
)
def test_status_words(app: str, sw: str, kind: type[DeviceError]) -> None:
    with pytest.raises(DeviceError) as caught:
        read(address_question(FIRST, display=True, app=app), bytes.fromhex(sw))
    assert type(caught.value) is kind
    assert caught.value.hint
    assert "Concordium" not in caught.value.sentence + caught.value.hint


def test_every_status_word_that_was_measured_is_known() -> None:
    for sw in set(VECTORS["device"]["status"].values()) - {"9000"}:
        with pytest.raises(DeviceError) as caught:
            read(address_question(FIRST, display=True), bytes.fromhex(sw))
        assert "unknown status word" not in caught.value.sentence


def test_a_decline_of_a_silent_question_is_a_late_answer() -> None:
    with pytest.raises(LinkDoubtful):
        read(address_question(FIRST), b"\x69\x85")


GOOD = EXCHANGES[FIRST_KEY][:-2]
OFF_CURVE = GOOD[:1] + b"\x04" + bytes(63) + b"\x05" + GOOD[66:]
DAMAGED = {
    "cut": GOOD[:-1],
    "longer": GOOD + b"0",
    "empty": b"",
    "other key length": b"\x21" + GOOD[1:],
    "compressed mark": GOOD[:1] + b"\x02" + GOOD[2:],
    "other address length": GOOD[:66] + b"\x2a" + GOOD[67:],
    "off the curve": OFF_CURVE,
    "another address": GOOD[:-1] + bytes((GOOD[-1] ^ 1,)),
    "no checksum": GOOD[:67] + GOOD[67:].lower(),
    "with chain code": GOOD + bytes(32),
    "not hex": GOOD[:67] + b"\xff" * 40,
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED.keys())
def test_answers_that_cannot_be_right_are_refused(data: bytes) -> None:
    with pytest.raises(BadReply):
        read(address_question(FIRST), data + b"\x90\x00")
    if len(data) != len(GOOD) + 32:
        with pytest.raises(BadReply):
            read(extended_key_question(NODE), data + bytes(32) + b"\x90\x00")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=160))
@example(EXCHANGES[NODE_KEY][:-2])
def test_any_bytes_are_a_value_or_our_error(data: bytes) -> None:
    questions: tuple[Question[object], ...] = (
        address_question(FIRST),
        extended_key_question(NODE),
        configuration_question(),
        fingerprint_question(),
    )
    for question in questions:
        try:
            question.parse(data)
        except LedgerRecoveryError as error:
            assert isinstance(error, BadReply)


def test_keys_do_not_print() -> None:
    extended = extended_key_question(NODE).read(ResponseApdu.parse(EXCHANGES[NODE_KEY]))
    plain = address_question(FIRST).read(ResponseApdu.parse(EXCHANGES[FIRST_KEY]))
    assert repr(extended) == "EvmExtendedKey()"
    assert plain.public_key.hex() not in repr(plain)
    assert repr(plain.public_key) not in repr(plain)


@pytest.mark.parametrize("name", ["Ethereum", "Ethereum Classic"])
def test_the_apps_of_the_family_are_right(name: str) -> None:
    app = OpenApp(name, "1.2.3")
    assert identify_evm(app) is app
    assert ETHEREUM_PROFILE.fingerprint(app).app == name


def test_another_app_is_named() -> None:
    with pytest.raises(WrongApp, match=r"Concordium app 5\.1\.3") as wrong:
        identify_evm(OpenApp("Concordium", "5.1.3"))
    assert "open Ethereum" in wrong.value.hint


@pytest.mark.parametrize(
    ("app", "chain_id", "title"),
    [
        (ETHEREUM, None, "Verify Ethereum address"),
        (ETHEREUM_CLASSIC, None, "Verify Ethereum Classic address"),
        (ETHEREUM, 137, "Verify Polygon address"),
        (ETHEREUM, 31337, "Verify address"),
    ],
)
def test_titles(app: str, chain_id: int | None, title: str) -> None:
    assert title_of(app, chain_id) == title


@pytest.mark.parametrize(
    ("model", "pages", "last"), [("nanosp", 3, "both buttons"), ("flex", 2, "Confirm"), ("unknown", 3, "or tap")]
)
@pytest.mark.parametrize("chain_id", [None, 1, 424242])
def test_every_page_has_its_instruction(model: str, pages: int, last: str, chain_id: int | None) -> None:
    screen = address_screen(model, ETHEREUM, ADDRESSES["bip44"][1], chain_id)
    assert len(screen.pages) == len(screen.press) == pages
    assert screen.check == ADDRESSES["bip44"][1]
    assert any(screen.check in page for page in screen.pages)
    assert last in screen.press[-1]
    assert screen.pages[0] == ((screen.title,) if chain_id in (None, *CHAIN_NAMES) else ())
