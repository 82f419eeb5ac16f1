"""The Box as a process: real TLS, the real client, kill -9, slow strangers."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
from pathlib import Path

from ledger_recovery.backup.client import BoxClient
from ledger_recovery.backup.client_pair import look, pair
from ledger_recovery.backup.pairing import parse_link
from ledger_recovery.errors import ExitStatus
from tests.support.box_process import BoxProcess, box_process
from tests.unit.box.boxes import CREATED, NOW, bundle, certificate, digest, owner, public, seed

ID = owner().backup_id


async def paired(box: BoxProcess) -> BoxClient:
    offer = parse_link(box.ready["link"], NOW)
    shown = await look(offer.url, offer.pin)
    pairing = await pair(offer, shown, public("laptop"), key_ref="test", paired_at=CREATED)
    return BoxClient(pairing, seed("laptop"))


async def test_the_real_client_over_tls_and_over_a_kill(tmp_path: Path) -> None:
    first, did_recipient = bundle(), certificate().did_recipient
    second = bundle(2, digest(first))
    with box_process(tmp_path / "box") as box:
        async with await paired(box) as client:
            await client.create(certificate())
            did = (await client.create_did(ID)).did
            await client.put(ID, 1, first, "", "idempotency-key-1", (did,))
            box.kill()
            port = box.port
            with box_process(tmp_path / "box", port=port) as again:
                assert again.ready["pin"] == box.ready["pin"]
                stored = await client.put(ID, 2, second, digest(first), "idempotency-key-2")
                assert (stored.generation, stored.digest) == (2, digest(second))
                assert await client.get(ID, 1) == first
                assert did.encode() in await client.get_part(ID, 1)
                head = await client.head(ID)
                assert head.newest is not None and head.newest.generation == 2
                assert not (await client.publish_did(ID, did)).published
                await client.retire(ID, 30, owner())
                await client.delete(ID, owner())
                await client.unpair()
                log = again.stop()
    assert again.process.returncode == 0
    for secret in (ID, did, did_recipient, str(client.pairing.device_id), again.ready["code"]):
        assert secret not in log


async def test_a_second_server_is_refused_and_a_slow_stranger_dropped(tmp_path: Path) -> None:
    with box_process(tmp_path, limits=["header_time=1"]) as box:
        command = [sys.executable, "-m", "ledger_recovery.box", "--dir", str(tmp_path)]
        second = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30)
        assert second.returncode == ExitStatus.STORAGE
        assert "already runs" in second.stderr

        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        for sent in (b"", b"GET /v1/about HT"):
            reader, writer = await asyncio.open_connection("127.0.0.1", box.port, ssl=context)
            writer.write(sent)
            try:
                assert await asyncio.wait_for(reader.read(), 20) == b""
            except ConnectionError:
                pass
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", box.port, ssl=context)
        writer.write(b"GET /v1/about HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in await asyncio.wait_for(reader.read(), 20)
        writer.close()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "ledger_recovery.box", "--dir", str(tmp_path), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == ExitStatus.USAGE
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr
