"""From a method and request bytes to answer bytes, or to the refusal that concordium-node gives. [pure]

Status codes and texts: concordium-node `src/grpc2.rs`, `src/consensus_ffi/helpers.rs`, `src/health.rs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar, cast

from google.protobuf.message import DecodeError, Message

from chain.concordium.proto import concordium_pb2 as pb
from chain.concordium.proto import grpc_health_pb2, health_pb2
from emulator.node import encode
from emulator.node.parameters import bulletproof_generators
from emulator.node.refusal import Refusal
from emulator.node.requests import account_info_query, block_query, blocks_at_height_query
from emulator.node.state import Block, BlockChoice, BlockQuery, ChainState
from emulator.node.view import Generation, View
from emulator.world.chain import ChainAccount
from emulator.world.derivation import ON_CHAIN_COMMITMENT_KEY

QUERIES = "concordium.v2.Queries"
NODE_HEALTH = "concordium.health.Health"
STANDARD_HEALTH = "grpc.health.v1.Health"

PEER_VERSIONS = {Generation.OLDER: "5.4.2", Generation.CURRENT: "10.0.8", Generation.NEWER: "99.0.0"}
_ADDRESS_BYTES = 32
_FIRST_PROTOCOL_WITH_ROUNDS = 6
_EPOCH_MS = 3_600_000
_SLOT_MS = 250
_ROUND_TIMEOUT_MS = 10_000
_UNKNOWN_PROTOCOL = 98

M = TypeVar("M", bound=Message)


@dataclass(frozen=True)
class Answer:
    """One message, or a stream of them.

    :param block: the block that was used; its hash goes into the initial metadata `blockhash`
    """

    messages: Iterable[bytes]
    block: Block | None = None


def _parse(kind: type[M], request: bytes) -> M:
    message = kind()
    try:
        message.ParseFromString(request)
    except DecodeError:
        raise Refusal("INTERNAL", "failed to decode Protobuf message: invalid wire format") from None
    return message


def _block(state: ChainState, view: View, query: BlockQuery, complaint: str) -> Block:
    block = state.resolve(query, view)
    if block is None:
        raise Refusal("NOT_FOUND", complaint)
    return block


def _queried_block(state: ChainState, view: View, request: bytes) -> Block:
    query = block_query(_parse(pb.BlockHashInput, request), view.generation)
    return _block(state, view, query, "block not found.")


def _one(message: Message, view: View, block: Block | None = None) -> Answer:
    content = message.SerializeToString()
    if view.generation is Generation.NEWER:
        content += encode.unknown_fields()
    return Answer((content,), block)


def consensus_info(state: ChainState, view: View, request: bytes) -> Answer:
    """GetConsensusInfo."""
    _parse(pb.Empty, request)
    best = _block(state, view, BlockQuery(BlockChoice.BEST), "block not found.")
    final = _block(state, view, BlockQuery(BlockChoice.LAST_FINAL), "block not found.")
    network = state.chain.network
    genesis = pb.BlockHash(value=state.genesis_hash(view))
    info = pb.ConsensusInfo(
        best_block=pb.BlockHash(value=best.hash),
        genesis_block=genesis,
        genesis_time=pb.Timestamp(value=network.genesis_time),
        epoch_duration=pb.Duration(value=_EPOCH_MS),
        last_finalized_block=pb.BlockHash(value=final.hash),
        best_block_height=pb.AbsoluteBlockHeight(value=best.height),
        last_finalized_block_height=pb.AbsoluteBlockHeight(value=final.height),
        last_finalized_time=pb.Timestamp(value=state.now(view)),
        protocol_version=_protocol(state, view),
        genesis_index=pb.GenesisIndex(value=0),
        current_era_genesis_block=genesis,
        current_era_genesis_time=pb.Timestamp(value=network.genesis_time),
    )
    if _has_rounds(state):
        info.current_timeout_duration.value = _ROUND_TIMEOUT_MS
        info.current_round.value = best.height + 1
        info.current_epoch.value = _epoch(state, best)
        info.trigger_block_time.value = network.genesis_time + (_epoch(state, best) + 1) * _EPOCH_MS
    else:
        info.slot_duration.value = _SLOT_MS
    return _one(info, view)


def _has_rounds(state: ChainState) -> bool:
    """Slots came with the first consensus; rounds and epochs with the second, of protocol 6."""
    return state.chain.network.protocol_version >= _FIRST_PROTOCOL_WITH_ROUNDS


def _epoch(state: ChainState, block: Block) -> int:
    return (block.slot_time - state.chain.network.genesis_time) // _EPOCH_MS


def _protocol(state: ChainState, view: View) -> pb.ProtocolVersion:
    number = state.chain.network.protocol_version - 1
    # Enums are open in proto3 and plain numbers at run time; only their stub says otherwise.
    return cast("pb.ProtocolVersion", _UNKNOWN_PROTOCOL if view.generation is Generation.NEWER else number)


def block_info(state: ChainState, view: View, request: bytes) -> Answer:
    """GetBlockInfo."""
    block = _queried_block(state, view, request)
    parent = state.block_at(max(0, block.height - 1), view) or block
    final = state.block_at(min(state.finalized_height(view), max(0, block.height - 1)), view) or block
    info = pb.BlockInfo(
        hash=pb.BlockHash(value=block.hash),
        height=pb.AbsoluteBlockHeight(value=block.height),
        parent_block=pb.BlockHash(value=parent.hash),
        last_finalized_block=pb.BlockHash(value=final.hash),
        genesis_index=pb.GenesisIndex(value=0),
        era_block_height=pb.BlockHeight(value=block.height),
        receive_time=pb.Timestamp(value=block.slot_time + 200),
        arrive_time=pb.Timestamp(value=block.slot_time + 250),
        slot_time=pb.Timestamp(value=block.slot_time),
        finalized=block.finalized,
        transactions_energy_cost=pb.Energy(value=0),
        state_hash=pb.StateHash(value=hashlib.sha256(b"emulator.node state " + block.hash).digest()),
        protocol_version=_protocol(state, view),
    )
    if _has_rounds(state):
        info.round.value = block.height
        info.epoch.value = _epoch(state, block)
    else:
        info.slot_number.value = (block.slot_time - state.chain.network.genesis_time) // _SLOT_MS
    return _one(info, view, block)


def blocks_at_height(state: ChainState, view: View, request: bytes) -> Answer:
    """GetBlocksAtHeight: no block hash in the metadata, an unknown height is an empty answer."""
    height = blocks_at_height_query(_parse(pb.BlocksAtHeightRequest, request))
    block = None if height is None else state.block_at(height, view)
    blocks = [] if block is None else [pb.BlockHash(value=block.hash)]
    return _one(pb.BlocksAtHeightResponse(blocks=blocks), view)


def cryptographic_parameters(state: ChainState, view: View, request: bytes) -> Answer:
    """GetCryptographicParameters."""
    block = _queried_block(state, view, request)
    parameters = pb.CryptographicParameters(
        genesis_string=view.genesis_string or state.chain.network.genesis_string,
        bulletproof_generators=bulletproof_generators(),
        on_chain_commitment_key=ON_CHAIN_COMMITMENT_KEY,
    )
    return _one(parameters, view, block)


def account_info(state: ChainState, view: View, request: bytes) -> Answer:
    """GetAccountInfo: an unknown account and an unknown block give the same refusal."""
    block_wanted, wanted = account_info_query(_parse(pb.AccountInfoRequest, request), view.generation)
    complaint = "account or block not found."
    block = _block(state, view, block_wanted, complaint)
    account: ChainAccount | None
    if wanted.cred_id is not None:
        account = state.account_by_cred_id(wanted.cred_id, block.height, view)
    elif wanted.address is not None:
        account = state.account_by_address(wanted.address, block.height, view)
    else:
        account = state.account_by_index(wanted.index or 0, block.height)
    if account is None:
        raise Refusal("NOT_FOUND", complaint)
    content = encode.account_info(account, block.height, view.generation)
    if view.generation is Generation.NEWER:
        content += encode.unknown_fields()
    return Answer((content,), block)


def account_list(state: ChainState, view: View, request: bytes) -> Answer:
    """GetAccountList: a stream, in no defined order."""
    block = _queried_block(state, view, request)
    return Answer(encode.addresses(state.account_list(block.height, view)), block)


def next_account_sequence_number(state: ChainState, view: View, request: bytes) -> Answer:
    """GetNextAccountSequenceNumber: an account that does not exist would start with 1."""
    address = _parse(pb.AccountAddress, request).value
    if len(address) != _ADDRESS_BYTES:
        raise Refusal("INVALID_ARGUMENT", "missing field")
    account = state.account_by_address(address, state.best_height(view), view)
    number = pb.SequenceNumber(value=account.nonce if account else 1)
    return _one(pb.NextAccountSequenceNumber(sequence_number=number, all_final=True), view)


def identity_providers(state: ChainState, view: View, request: bytes) -> Answer:
    """GetIdentityProviders: a stream; keys are bytes of the right size that open nothing."""
    block = _queried_block(state, view, request)
    providers = [
        pb.IpInfo(
            identity=pb.IpIdentity(value=provider.number),
            description=pb.Description(
                name=provider.name, url="https://provider.example", description="Emulated identity provider"
            ),
            verify_key=pb.IpInfo.IpVerifyKey(value=bytes([provider.number % 251 + 1]) * 4568),
            cdi_verify_key=pb.IpInfo.IpCdiVerifyKey(value=bytes([provider.number % 251 + 2]) * 32),
        ).SerializeToString()
        for provider in state.chain.providers
    ]
    return Answer(providers, block)


def node_info(state: ChainState, view: View, request: bytes) -> Answer:
    """GetNodeInfo."""
    _parse(pb.Empty, request)
    now = state.now(view)
    info = pb.NodeInfo(
        peer_version=PEER_VERSIONS[view.generation],
        local_time=pb.Timestamp(value=now),
        peer_uptime=pb.Duration(value=max(0, now - state.chain.started)),
        network_info=pb.NodeInfo.NetworkInfo(node_id=pb.PeerId(value="emulator0000000")),
        node=pb.NodeInfo.Node(passive=pb.Empty()),
    )
    return _one(info, view)


def node_health(state: ChainState, view: View, request: bytes) -> Answer:
    """concordium.health.Health/Check."""
    _parse(health_pb2.NodeHealthRequest, request)
    if state.too_far_behind(view):
        raise Refusal("UNAVAILABLE", "Last finalized block is too far behind.")
    return _one(health_pb2.NodeHealthResponse(), view)


def standard_health(state: ChainState, view: View, request: bytes) -> Answer:
    """grpc.health.v1.Health/Check."""
    service = _parse(grpc_health_pb2.HealthCheckRequest, request).service
    if service not in ("", QUERIES):
        raise Refusal("NOT_FOUND", f"Service not known: {service}")
    statuses = grpc_health_pb2.HealthCheckResponse.ServingStatus
    status = statuses.NOT_SERVING if state.too_far_behind(view) else statuses.SERVING
    return _one(grpc_health_pb2.HealthCheckResponse(status=status), view)


def watch_health(state: ChainState, view: View, request: bytes) -> Answer:
    """grpc.health.v1.Health/Watch."""
    raise Refusal("UNIMPLEMENTED", "Watch is not implemented.")


AnswerFunction = Callable[[ChainState, View, bytes], Answer]


@dataclass(frozen=True)
class Method:
    """How to answer a method. `name` is the last part of its path."""

    name: str
    answer: AnswerFunction
    streams: bool = False


def _not_enabled(name: str) -> AnswerFunction:
    def refuse(state: ChainState, view: View, request: bytes) -> Answer:
        raise Refusal("UNIMPLEMENTED", f"`{name}` is not enabled.")

    return refuse


_QUERY_METHODS = (
    Method("GetConsensusInfo", consensus_info),
    Method("GetBlockInfo", block_info),
    Method("GetBlocksAtHeight", blocks_at_height),
    Method("GetCryptographicParameters", cryptographic_parameters),
    Method("GetAccountInfo", account_info),
    Method("GetAccountList", account_list, streams=True),
    Method("GetNextAccountSequenceNumber", next_account_sequence_number),
    Method("GetIdentityProviders", identity_providers, streams=True),
    Method("GetNodeInfo", node_info),
)


def method_at(path: str) -> Method:
    """The method at a gRPC path; whatever this node does not serve is answered as not enabled."""
    service, _, name = path.lstrip("/").rpartition("/")
    if service == NODE_HEALTH and name == "Check":
        return Method("NodeHealth", node_health)
    if service == STANDARD_HEALTH:
        return Method("Check", standard_health) if name == "Check" else Method("Watch", watch_health, True)
    if service == QUERIES:
        for method in _QUERY_METHODS:
            if method.name == name:
                return method
    return Method(name, _not_enabled(name))


METHOD_NAMES = frozenset(
    [method.name for method in _QUERY_METHODS]
    + list(pb.DESCRIPTOR.services_by_name["Queries"].methods_by_name)
    + ["NodeHealth", "Check", "Watch"]
)
