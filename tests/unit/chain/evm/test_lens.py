"""The lenses: assembled to the very bytes that are known to work, and answers that cannot be theirs refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.evm.lens.assembly import AssemblyError, assemble
from chain.evm.lens.programs import (
    ACCOUNTS,
    ERC20,
    MAX_ADDRESSES,
    NO_ANSWER,
    AccountWord,
    account_call,
    read_accounts,
    read_balances,
    token_call,
)

VECTORS = json.loads((Path(__file__).parents[3] / "vectors/evm/ethereum-vectors.json").read_text())["lens"]
ADDRESS, TOKEN_ADDRESS = b"\x11" * 20, b"\x22" * 20


def test_the_account_lens_is_the_published_program() -> None:
    assert assemble(ACCOUNTS).hex() == VECTORS["deployless_return"]
    assert account_call([ADDRESS, TOKEN_ADDRESS]) == assemble(ACCOUNTS) + ADDRESS + TOKEN_ADDRESS


def test_the_token_lens_takes_the_token_first() -> None:
    program = assemble(ERC20)
    assert program[:5].hex() == "6370a08231" and b"\x3d" in program
    assert token_call(TOKEN_ADDRESS, [ADDRESS]) == program + TOKEN_ADDRESS + ADDRESS
    assert len(program) + 20 + 20 * MAX_ADDRESSES <= 49_152 and 32 * MAX_ADDRESSES <= 24_576


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2**120 - 1), st.integers(0, 2**128 - 1)), max_size=20))
def test_words_read_back(accounts: list[tuple[int, int]]) -> None:
    words = [AccountWord(True, size, balance) for size, balance in accounts] + [AccountWord(False, 0, 0)]
    answer = b"".join((w.exists << 248 | w.code_size << 128 | w.balance).to_bytes(32, "big") for w in words)
    assert read_accounts(answer, len(words)) == tuple(words)


@pytest.mark.parametrize("cut", [0, 1, 31, 32, 63, 65, 96])
def test_an_answer_of_another_length_is_refused(cut: int) -> None:
    """Never shifted: a short answer says nothing about any of the addresses."""
    for read in (read_accounts, read_balances):
        with pytest.raises(ValueError, match="where 64 were due"):
            read(bytes(cut), 2)


@pytest.mark.parametrize("word", ["02" + "00" * 31, "00" * 31 + "01", "00" * 15 + "01" + "00" * 16, "ff" * 32])
def test_a_word_that_the_program_cannot_write_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="cannot have written"):
        read_accounts(bytes(32) + bytes.fromhex(word), 2)


def test_a_token_that_did_not_answer_has_no_balance() -> None:
    answer = (5).to_bytes(32, "big") + NO_ANSWER.to_bytes(32, "big") + bytes(32)
    assert read_balances(answer, 3) == (5, None, 0)


def test_too_many_or_wrong_addresses_are_refused() -> None:
    for addresses in ([ADDRESS] * (MAX_ADDRESSES + 1), [ADDRESS[1:]]):
        with pytest.raises(ValueError, match="addresses"):
            account_call(addresses)


@pytest.mark.parametrize(
    "source",
    ["nop", "push", "push 0x", "push -1", "push " + str(2**256), "push @nowhere", "a:\na:", "end:", "add 1", "a: add"],
)
def test_what_is_no_assembly_is_refused(source: str) -> None:
    with pytest.raises(AssemblyError):
        assemble(source)


def test_a_label_beyond_one_byte_is_refused() -> None:
    with pytest.raises(AssemblyError, match="beyond"):
        assemble("push @far\n" + "add\n" * 300 + "far:")


def test_numbers_take_their_shortest_form() -> None:
    source = "push 0 ; zero\npush 0xff\npush 256\nx:\npush @x\npush @end"
    assert assemble(source) == bytes.fromhex("6000 60ff 610100 5b 6007 600c".replace(" ", ""))
