"""`python -m emulator device` as a process, and the helper that other tests use to drive it."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from tests.emulator.device.clients import TcpClient
from tests.support.device import DeviceDidNotStart, TextNeverShown, emulated_device

COMMAND = [sys.executable, "-m", "emulator", "device"]
ANY_PORTS = ["--apdu-port", "0", "--api-port", "0"]
PAIRING = "e001010009020000045100000000"
PAIRING_DEFAULT = "3859554fbb05a7db3e840f8fd3a1b62670616d42f3f0a77ec3859d75e4b0496d9000"
EXPORT_3 = "e0050002050000000003"
KEY_3 = "4b34ca04c03048a0594e62e04c788ed00a467f832d37661d8939423487f5e8799000"
PHRASE = (
    "vendor sphere crew wise puppy wise stand wait tissue boy fortune myself hamster intact window garment "
    "negative dynamic permit genre limb work dial guess"
)


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("model", ["nanosp", "nanox", "stax", "flex"])
def test_person_approves_and_declines_on_every_model(model: str) -> None:
    """The helper walks through the pages; the screenshot has the model's size; nothing secret is said."""
    with emulated_device(model=model) as device, TcpClient(device) as client, ThreadPoolExecutor() as pool:
        client.send(EXPORT_3)
        pages = device.approve(expecting="ID#3")
        assert client.receive() == KEY_3
        assert len(pages) == (3 if device.touch else 2)
        declined = pool.submit(device.exchange, EXPORT_3)
        device.decline(expecting="ID#3")
        assert declined.result() == client.receive() == "6985"
        state = device.state()
        size = Image.open(io.BytesIO(device.client.get("/screenshot").content)).size
        assert size == (state["width"], state["height"])
        assert KEY_3[:16] not in device.stderr()
        assert EXPORT_3 not in device.stderr()


def test_helper_insists_on_the_expected_identity() -> None:
    """A prompt that shows another number is not approved."""
    with emulated_device() as device, TcpClient(device) as client:
        client.send(EXPORT_3)
        with pytest.raises(TextNeverShown, match="ID#4"):
            device.approve(expecting="ID#4")
        assert device.state()["awaits_person"]


def test_helper_gives_up_waiting() -> None:
    """With what the screen shows instead."""
    with emulated_device() as device, pytest.raises(TextNeverShown, match="is ready"):
        device.wait_for_text("Accept", timeout=0.2)


def test_ready_line_and_start_options() -> None:
    """One JSON line with the bound ports; locked at the start; rules by name."""
    with emulated_device(app="concordium-4.1.2", locked=True, automation="approve", cold=True) as device:
        assert device.state()["app_version"] == "4.1.2"
        assert device.exchange("e00500020400000003") == "530c"
        device.unlock()
        assert device.exchange("e00500020400000003") == KEY_3
    assert device.process.returncode == -15


def test_quit_extension_ends_with_zero() -> None:
    """POST /x/quit."""
    with emulated_device() as device:
        device.post("/x/quit", {})
        assert device.wait_exit() == 0


@pytest.mark.parametrize("option", ["--apdu-port", "--api-port"])
def test_taken_port_is_an_error(option: str) -> None:
    """It is named, nothing is chosen instead, nothing is announced."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        other = "--api-port" if option == "--apdu-port" else "--apdu-port"
        result = run(option, port, other, "0")
    assert result.returncode == 1
    assert result.stdout == ""
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr
    assert option in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--app", "monero"], "unknown app 'monero'"),
        (["--automation", "/nowhere/rules.json"], "cannot read automation rules"),
        (["--automation", '{"version": 7}'], "automation rules must be"),
        (["--seed-file", "/nowhere/seed"], "cannot read the seed"),
        (["--seed", "hex:12345"], "not a hex string"),
        (["--model", "blue"], "invalid choice"),
        (["--api-port", "65536"], "0 to 65535"),
        (["--seed", "a", "--seed-file", "-"], "not allowed with"),
        (["--installed", "monero"], "unknown app 'monero'"),
    ],
)
def test_bad_options(arguments: list[str], said: str) -> None:
    """Exit code 2, a sentence, and no part of a seed in it."""
    result = run(*ANY_PORTS, *arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert "12345" not in result.stderr
    assert result.stdout == ""


def test_seed_sources_agree(tmp_path: Path) -> None:
    """Phrase by argument, file, descriptor and standard input; Speculos' phrase without any."""
    path = tmp_path / "phrase"
    path.write_text(PHRASE + "\n", "utf-8")
    keys = set()
    with emulated_device(seed=PHRASE) as device:
        keys.add(device.exchange(PAIRING))
    with path.open("rb") as phrase:
        sources = [["--seed", PHRASE], ["--seed-file", str(path)], ["--seed-fd", str(phrase.fileno())]]
        for source in sources:
            with subprocess.Popen(
                [*COMMAND, *ANY_PORTS, *source], stdout=subprocess.PIPE, pass_fds=[phrase.fileno()], text=True
            ) as process:
                keys.add(pairing_key(process))
                process.terminate()
    assert len(keys) == 1
    with emulated_device() as device:
        assert device.exchange(PAIRING) == PAIRING_DEFAULT
        assert keys != {PAIRING_DEFAULT}


def pairing_key(process: subprocess.Popen[str]) -> str:
    """Ask a process for its pairing key over its APDU port."""
    if process.stdout is None:
        raise DeviceDidNotStart("no pipe")
    port = json.loads(process.stdout.readline())["apdu_port"]
    with socket.create_connection(("127.0.0.1", port), 20) as connection, connection.makefile("rb") as answers:
        connection.sendall((len(PAIRING) // 2).to_bytes(4, "big") + bytes.fromhex(PAIRING))
        return answers.read(4 + 34)[4:].hex()


def test_texts_on_stderr() -> None:
    """`--display text` prints screens, headless does not."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*COMMAND, *ANY_PORTS, "--display", "text"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        if process.stderr is None:
            raise DeviceDidNotStart("no pipe")
        assert process.stderr.readline() == "screen: Concordium | is ready\n"
        process.terminate()


def test_helper_reports_a_failed_start() -> None:
    """The error holds what the emulator said."""
    with pytest.raises(DeviceDidNotStart, match="unknown app"), emulated_device(app="monero"):
        pytest.fail("it started")


def test_entry_point_needs_a_command() -> None:
    """Without one it prints its usage."""
    result = subprocess.run([sys.executable, "-m", "emulator"], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "device" in result.stderr
