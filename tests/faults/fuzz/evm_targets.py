"""The EVM family as fuzz targets: records of its journal, answers of nodes, answers of the Ethereum app.

What is read back must be written the same way again: an answer that changes in the journal could become another answer.
"""

from __future__ import annotations

import json
from pathlib import Path

from chain.errors import BadAnswer
from chain.evm.account import EvmAccount, Kind
from chain.evm.lens.programs import read_accounts, read_balances
from chain.evm.quantity import Garbled, data, quantity
from chain.evm.reply import Reply, Value, replies_to
from chain.model import Presence, Sighting, Unanswered
from ledger_recovery.derive.evm.schemes import BIP44, LEDGER_LIVE, custom
from ledger_recovery.device.apps.ethereum import address_question, configuration_question, extended_key_question
from ledger_recovery.device.apps.question import Question
from ledger_recovery.errors import DeviceError
from ledger_recovery.recover.evm import journal_codec as codec
from ledger_recovery.recover.evm.model import Answer
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.journal_file import DAMAGE
from tests.faults.fuzz.device_targets import OK, STATUS_WORDS, drive_answers_to
from tests.faults.fuzz.engine import BrokenPromise, Target
from tests.faults.fuzz.file_targets import JSON_TOKENS
from tests.faults.fuzz.mutation import Conversation, reworded

HERE, OTHER = bytes(range(20)), bytes(range(20, 40))
VECTORS = Path(__file__).parents[2] / "vectors" / "evm" / "ethereum-vectors.json"


# --- journal records: presence and JSON, a policy, a place as its three columns ---


def drive_answer(frames: Conversation) -> bool:
    if len(frames) != 2:
        return False
    presence, text = (frame.decode("utf-8", "replace") for frame in frames)
    answer = codec.decode_answer(HERE, presence, text)
    if isinstance(answer, Unanswered) != (presence == "unknown"):
        raise BrokenPromise("an unanswered question reads as an answer, or the other way round")
    if isinstance(answer, Sighting):
        if (answer.presence is Presence.ABSENT) != (answer.detail is None):
            raise BrokenPromise("absent with an account, or an account that is not there")
        if codec.decode_answer(HERE, *codec.encode_answer(answer)) != answer:
            raise BrokenPromise("the journal gives back another answer")
    return True


def drive_policy(frames: Conversation) -> bool:
    policy = codec.decode_policy(b"".join(frames).decode("utf-8", "replace"))
    if codec.decode_policy(codec.encode_policy(policy)) != policy:
        raise BrokenPromise("the journal gives back another policy")
    return True


def drive_place(frames: Conversation) -> bool:
    """Scheme, index as SQLite's eight bytes, address."""
    if len(frames) != 3 or len(frames[1]) > 8:
        return False
    name, index = frames[0].decode("utf-8", "replace"), int.from_bytes(frames[1], "big", signed=True)
    place = codec.decode_place(_POLICIES[0], name, index, frames[2])
    if (place.scheme, place.index, place.address) != (name, index, frames[2]):
        raise BrokenPromise("the journal gives back another place")
    return True


def _texts(*pair: str) -> Conversation:
    return tuple(text.encode() for text in pair)


_POLICIES = (
    EvmPolicy(schemes=(LEDGER_LIVE, BIP44, custom("m/44'/60'/x'/7")), co_owners=(OTHER,), find=HERE),
    EvmPolicy(gap=7, cap=90, smart_accounts=False),
)
_ANSWERS: tuple[Answer, ...] = (
    Sighting(HERE, Presence.DEPLOYED, EvmAccount(Kind.EOA, 3, 2**255, 0), ("node:1",)),
    Sighting(HERE, Presence.DEPLOYED, EvmAccount(Kind.DELEGATED, None, 0, 23, OTHER), ("a:1", "b:2"), 2),
    Sighting(HERE, Presence.ABSENT, None, ("node:1",)),
    Unanswered(HERE, BadAnswer("short", code="MISMATCH", source="a:1", tries=2), 2),
)
_PLACES = ((b"bip44", bytes(8), HERE), (b"m/44'/60'/x'/7", (2**31 - 1).to_bytes(8, "big"), OTHER))


# --- answers of nodes: JSON-RPC as it was decoded, and what the lenses return ---

IDS = (7, 8, 9)


def drive_replies(frames: Conversation) -> bool:
    """Each question has exactly one reply, and a value only under its own id."""
    decoded = json.loads(b"".join(frames))
    replies = replies_to(IDS, decoded)
    if len(replies) != len(IDS):
        raise BrokenPromise("not one reply for each question")
    elements = decoded if isinstance(decoded, list) else []
    for number, reply in zip(IDS, replies, strict=True):
        _own_answer(number, reply, elements)
    return True


def _own_answer(number: int, reply: Reply, elements: list[object]) -> None:
    if not isinstance(reply, Value):
        return
    own = [e for e in elements if isinstance(e, dict) and type(e.get("id")) is int and e["id"] == number]
    if len(own) != 1 or own[0]["result"] is not reply.result:
        raise BrokenPromise("a value that is not the one answer to its question")
    for read in (quantity, data):
        try:
            read(reply.result)
        except Garbled:
            continue


def _batch(*results: object) -> Conversation:
    elements = [{"jsonrpc": "2.0", "id": number, "result": r} for number, r in zip(IDS, results, strict=True)]
    return (json.dumps(elements).encode(),)


_REFUSAL = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"rate limit"}}'
_MIXED = b'[{"id":9,"result":null},{"id":7,"error":{"code":3,"message":"execution reverted"}},{"id":8,"result":"0x1"}]'
_RPC_TOKENS = (*JSON_TOKENS, b'"id":7', b'"id":true', b'"id":null', b'"result":', b'"error":', b"-32601", b'"0x"')


def drive_lens(frames: Conversation) -> bool:
    """Words of the account lens and of the token lens, for two addresses: all of them, or none."""
    words = b"".join(frames)
    accounts, balances = read_accounts(words, 2), read_balances(words, 2)
    if len(accounts) != 2 or len(balances) != 2:
        raise BrokenPromise("not one word for each address")
    if any(not account.exists and (account.balance or account.code_size) for account in accounts):
        raise BrokenPromise("an account that does not exist and holds something")
    return True


_WORD = (1 << 248 | 23 << 128 | 10**18).to_bytes(32, "big")


# --- the Ethereum app ---

QUESTIONS: tuple[Question[object], ...] = (
    configuration_question(),
    address_question(LEDGER_LIVE.path(0)),
    extended_key_question(BIP44.node),
)


def _recorded() -> tuple[Conversation, ...]:
    """Each of `QUESTIONS`, which stand in the order of the recording, with the app's own answer."""
    _, *exchanges = json.loads(VECTORS.read_text("utf-8"))["device"]["exchanges"]
    return tuple((bytes((number,)) + bytes.fromhex(answer),) for number, (_, answer) in enumerate(exchanges))


ANSWERS = tuple(_texts(*codec.encode_answer(a)) for a in _ANSWERS)
POLICIES = tuple(_texts(codec.encode_policy(p)) for p in _POLICIES)
BATCHES = (_batch("0x1", "0x", None), (_REFUSAL,), (_MIXED,))

EVM_TARGETS = (
    Target("EVM answers", ANSWERS, drive_answer, DAMAGE, (*JSON_TOKENS, b"unknown", b"funded", b'"eoa"'),
           reworded(ANSWERS), share=8),
    Target("EVM policies", POLICIES, drive_policy, DAMAGE, JSON_TOKENS, reworded(POLICIES), share=5),
    Target("EVM places", _PLACES, drive_place, DAMAGE, (b"bip44", b"legacy"), share=2),
    Target("JSON-RPC answers", BATCHES, drive_replies, DAMAGE, _RPC_TOKENS, reworded(BATCHES), share=6),
    Target("lens answers", ((_WORD, bytes(32)),), drive_lens, (ValueError,), (_WORD, b"\xff" * 32), share=2),
    Target("Ethereum app", _recorded(), drive_answers_to(QUESTIONS), (DeviceError,), (*STATUS_WORDS, OK), share=5),
)  # fmt: skip
