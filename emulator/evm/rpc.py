"""JSON-RPC of the double: the questions that a wallet asks about accounts, answered as geth words it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from emulator.evm.machine import Halted, Machine
from emulator.evm.state import FINALIZED_BEHIND, HEAD, SECONDS_A_BLOCK, Chain

MAX_BATCH = 1_000
_TAGS = {"earliest": 0, "finalized": HEAD - FINALIZED_BEHIND, "safe": HEAD - FINALIZED_BEHIND // 2, "latest": HEAD}
_MAX_INIT_CODE, _MAX_RETURNED = 49_152, 24_576


class Refusal(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def answer(chain: Chain, request: object) -> object:
    """The answer to a request or a batch of them."""
    if not isinstance(request, list):
        return _one(chain, request)
    if not request or len(request) > MAX_BATCH:
        return _error(None, Refusal(-32600, "batch too large" if request else "empty batch"))
    return [_one(chain, element) for element in request]


def _one(chain: Chain, request: object) -> object:
    number = request.get("id") if isinstance(request, dict) else None
    try:
        match request:
            case {"method": str(method), "params": list(params)} if method in _METHODS:
                return {"jsonrpc": "2.0", "id": number, "result": _METHODS[method](chain, params)}
            case {"method": str(method)}:
                raise Refusal(-32601, f"the method {method} does not exist/is not available")
        raise Refusal(-32600, "invalid request")
    except Refusal as refusal:
        return _error(number, refusal)
    except (ValueError, IndexError, TypeError, AttributeError):
        return _error(number, Refusal(-32602, "invalid argument"))


def _error(number: object, refusal: Refusal) -> object:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": refusal.code, "message": refusal.message}}


def _chain_id(chain: Chain, params: Sequence[object]) -> str:
    del params
    return hex(chain.chain_id)


def _block_by_number(chain: Chain, params: Sequence[object]) -> object:
    which = str(params[0])
    number = _TAGS[which] if which in _TAGS else int(which, 16)
    return _block(chain, number) if 0 <= number <= HEAD else None


def _block_by_hash(chain: Chain, params: Sequence[object]) -> object:
    number = chain.number_of(bytes.fromhex(str(params[0])[2:]))
    return None if number is None else _block(chain, number)


def _block(chain: Chain, number: int) -> object:
    age = (HEAD - number) * SECONDS_A_BLOCK
    return {
        "number": hex(number),
        "hash": "0x" + chain.block_hash(number).hex(),
        "timestamp": hex(max(0, int(time.time()) - age)),
        "transactions": [],
    }


def _require_block(chain: Chain, which: object) -> None:
    """Every block of the double has the same state; one that it does not know has none."""
    if isinstance(which, dict):
        which = which.get("blockHash", which.get("blockNumber"))
    text = str(which)
    if text in _TAGS or (len(text) < 66 and 0 <= int(text, 16) <= HEAD):
        return
    if chain.number_of(bytes.fromhex(text[2:])) is None:
        raise Refusal(-32000, "header not found")


def _address(text: object) -> bytes:
    address = bytes.fromhex(str(text)[2:])
    if len(address) != 20:
        raise ValueError("no address")
    return address


def _balance(chain: Chain, params: Sequence[object]) -> str:
    _require_block(chain, params[1])
    return hex(chain.account(_address(params[0])).balance)


def _nonce(chain: Chain, params: Sequence[object]) -> str:
    _require_block(chain, params[1])
    return hex(chain.account(_address(params[0])).nonce)


def _code(chain: Chain, params: Sequence[object]) -> str:
    _require_block(chain, params[1])
    return "0x" + chain.account(_address(params[0])).code.hex()


def _call(chain: Chain, params: Sequence[object]) -> str:
    _require_block(chain, params[1])
    call = params[0]
    if not isinstance(call, dict):
        raise Refusal(-32602, "invalid argument")
    data = bytes.fromhex(str(call.get("data", call.get("input", "0x")))[2:])
    if call.get("to") is not None:
        return _call_of_a_contract(chain, _address(call["to"]), data)
    if len(data) > _MAX_INIT_CODE:
        raise Refusal(-32000, "max initcode size exceeded")
    try:
        returned = Machine(chain, data).run()
    except Halted as halted:
        raise Refusal(-32000, str(halted)) from None
    if len(returned) > _MAX_RETURNED or returned[:1] == b"\xef":
        raise Refusal(-32000, "max code size exceeded")
    return "0x" + returned.hex()


def _call_of_a_contract(chain: Chain, to: bytes, data: bytes) -> str:
    """A token's balanceOf; other code reverts, and where there is none the answer is empty."""
    balances = chain.tokens.get(to)
    if balances is not None and data[:4].hex() == "70a08231" and len(data) == 36:
        return "0x" + balances.get(data[-20:], 0).to_bytes(32, "big").hex()
    if chain.account(to).code:
        raise Refusal(3, "execution reverted")
    return "0x"


_METHODS: dict[str, Callable[[Chain, Sequence[object]], object]] = {
    "eth_chainId": _chain_id,
    "eth_getBlockByNumber": _block_by_number,
    "eth_getBlockByHash": _block_by_hash,
    "eth_getBalance": _balance,
    "eth_getTransactionCount": _nonce,
    "eth_getCode": _code,
    "eth_call": _call,
}
