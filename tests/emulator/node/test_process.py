"""`python -m emulator node` as a process: its ready line, its faults, and how it fails."""

from __future__ import annotations

import socket
from pathlib import Path

import grpc
import pytest

from chain.concordium.proto import concordium_pb2 as pb
from tests.emulator.node.client import queries
from tests.support.node import node_process, start_node

WAIT = 30


def ended(options: list[str]) -> tuple[int, str, str]:
    process = start_node(options)
    out, err = process.communicate(timeout=WAIT)
    return process.returncode, out, err


def test_serves_a_world_with_fillers() -> None:
    with node_process("sample", filler_accounts=7) as node:
        assert node.network == "sample"
        with grpc.insecure_channel(node.address) as channel:
            stub = queries(channel)
            info = stub.GetConsensusInfo(pb.Empty(), timeout=WAIT)
            assert info.genesis_block.value.hex() == node.genesis
            block = pb.BlockHashInput(last_final=pb.Empty())
            assert len(list(stub.GetAccountList(block, timeout=WAIT))) == 12
        node.process.terminate()
        assert node.process.wait(timeout=WAIT) == 0


def test_faults_and_tls() -> None:
    faults = [{"kind": "fail", "status": "UNAVAILABLE", "text": "by order", "methods": ["GetNodeInfo"]}]
    with node_process("empty", faults=faults, tls=True) as node:
        assert node.certificate is not None
        credentials = grpc.ssl_channel_credentials(node.certificate.read_bytes())
        with grpc.secure_channel(node.address, credentials) as channel:
            stub = queries(channel)
            stub.GetConsensusInfo(pb.Empty(), timeout=WAIT)
            with pytest.raises(grpc.RpcError, match="by order"):
                stub.GetNodeInfo(pb.Empty(), timeout=WAIT)
        certificate = node.certificate
    assert not certificate.exists()


def test_taken_port_is_said_and_not_replaced() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, out, err = ended(["--world", "empty", "--port", str(port)])
    assert (status, out) == (3, "")
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "--port" in err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--world", "nowhere"], "there is no world 'nowhere'"),
        (["--world", "empty", "--faults", "[{}]"], "kind"),
        (["--world", "empty", "--filler-accounts", "1000001"], "0 to 1000000"),
        (["--world", "empty", "--port", "65536"], "0 to 65535"),
    ],
)
def test_bad_input(options: list[str], complaint: str) -> None:
    status, out, err = ended(options)
    assert (status, out) == (2, "")
    assert complaint in err


def test_world_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('version = 1\n[network]\nname = "mine"\n')
    with node_process(file) as node:
        assert node.network == "mine"
