"""EVM derivation at its edges: addresses and paths as people mistype them, keys that are none, what must not print."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from coincurve import PrivateKey
from Crypto.Hash import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.derive.evm import self_check
from ledger_recovery.derive.evm.address import address_of, checksum, parse_address
from ledger_recovery.derive.evm.bip32 import ExtendedKey, NoSuchChild, child_addresses
from ledger_recovery.derive.evm.schemes import HARDENED, MAX_INDEX, custom, parse_path, path_text, scheme
from ledger_recovery.errors import ArithmeticFault, InputError

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
GOOD = "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D"
SCALARS = st.integers(1, ORDER - 1).map(lambda n: n.to_bytes(32, "big"))


@settings(max_examples=60, deadline=None)
@given(private=SCALARS, chain_code=st.binary(min_size=32, max_size=32), index=st.integers(0, MAX_INDEX))
def test_a_public_child_is_the_public_key_of_the_private_child(private: bytes, chain_code: bytes, index: int) -> None:
    """CKDpub against CKDpriv, which is plain arithmetic modulo the order."""
    public = PrivateKey(private).public_key
    digest = hmac.digest(chain_code, public.format() + index.to_bytes(4, "big"), hashlib.sha512)
    scalar = (int.from_bytes(private, "big") + int.from_bytes(digest[:32], "big")) % ORDER
    wanted = PrivateKey(scalar.to_bytes(32, "big")).public_key
    child = ExtendedKey(public.format(compressed=False), chain_code).child(index)
    assert child.compressed == wanted.format()
    assert child.address == keccak.new(data=wanted.format(compressed=False)[1:], digest_bits=256).digest()[-20:]


@settings(max_examples=100, deadline=None)
@given(address=st.binary(min_size=20, max_size=20))
def test_addresses_survive_their_text_and_one_wrong_capital_does_not(address: bytes) -> None:
    text = checksum(address)
    assert parse_address(text) == parse_address(text.lower()) == parse_address(text[2:].upper()) == address
    letters = [i for i, c in enumerate(text) if i > 1 and c.isalpha()]
    if len(letters) > 2:
        at = letters[0]
        with pytest.raises(InputError, match="mistyped"):
            parse_address(text[:at] + text[at].swapcase() + text[at + 1 :])


@pytest.mark.parametrize("text", ["", "0x", GOOD[:-1], GOOD + "0", GOOD.replace("D", "G"), "0x" + "١" * 40])
def test_what_is_no_address_is_refused_with_advice(text: str) -> None:
    with pytest.raises(InputError) as told:
        parse_address(text)
    assert "40 digits" in told.value.hint


def test_keys_that_are_none() -> None:
    good = PrivateKey(b"\x01" * 32).public_key.format()
    for public_key, chain_code in ((good, b"\0" * 31), (b"\x02" + b"\xff" * 32, b"\0" * 32), (b"", b"\0" * 32)):
        with pytest.raises(ValueError, match=r"chain code|point"):
            ExtendedKey(public_key, chain_code)
    for wrong in (good, b"\x02" + b"\0" * 64):
        with pytest.raises(ValueError, match="uncompressed"):
            address_of(wrong)


@pytest.mark.parametrize("index", [-1, HARDENED, HARDENED + 1])
def test_hardened_children_are_refused(index: int) -> None:
    with pytest.raises(ValueError, match="index"):
        ExtendedKey(PrivateKey(b"\x01" * 32).public_key.format(), b"\0" * 32).child(index)


def test_an_index_that_bip32_passes_over_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    key = ExtendedKey(PrivateKey(b"\x01" * 32).public_key.format(), b"\0" * 32)
    original = ExtendedKey.child

    def child(self: ExtendedKey, index: int) -> ExtendedKey:
        if index == 2:
            raise NoSuchChild("none")
        return original(self, index)

    monkeypatch.setattr(ExtendedKey, "child", child)
    assert [index for index, _ in child_addresses(key, range(4))] == [0, 1, 3]


def test_an_extended_key_does_not_print() -> None:
    key = ExtendedKey(PrivateKey(b"\x01" * 32).public_key.format(), b"\xab" * 32)
    assert "abab" not in f"{key!r} {key}" and key.compressed.hex() not in repr(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m/",
        "m/44'/60'",
        "m/x/x",
        "m/44h/60'/x",
        "44'/60'/2147483648/x",
        "m/0/1/2/3/4/5/6/7/8/9/x",
        "m/-1/x",
        "x'/٣",
    ],
)
def test_templates_that_cannot_be_walked(text: str) -> None:
    with pytest.raises(InputError) as told:
        custom(text)
    assert "exactly one x" in told.value.hint


def test_a_custom_template_keeps_its_text_as_its_name() -> None:
    own = custom("44'/60'/x'/1/2")
    assert (own.name, own.one_request, own.below) == ("m/44'/60'/x'/1/2", False, (1, 2))
    assert path_text(own.path(3)) == "m/44'/60'/3'/1/2"
    assert custom("m/44'/60'/0'/x/0").one_request and not custom("m/44'/60'/x/0'").one_request
    with pytest.raises(ValueError, match="account index"):
        own.path(MAX_INDEX + 1)


@settings(max_examples=60, deadline=None)
@given(levels=st.lists(st.tuples(st.integers(0, MAX_INDEX), st.booleans()), min_size=1, max_size=10))
def test_paths_survive_their_text(levels: list[tuple[int, bool]]) -> None:
    path = tuple(n | HARDENED if hard else n for n, hard in levels)
    assert parse_path(path_text(path)) == path
    if len(levels) < 10:
        assert scheme("s", path_text(path) + "/x").path(5) == (*path, 5)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse_address, parse_path, custom):
        try:
            read(text)
        except InputError as error:
            assert error.hint


def test_wrong_arithmetic_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "checksum", lambda address: "0x" + address.hex())
    self_check.check_arithmetic.cache_clear()
    try:
        with pytest.raises(ArithmeticFault):
            self_check.check_arithmetic()
    finally:
        monkeypatch.undo()
        self_check.check_arithmetic.cache_clear()
