"""The raw APDU port and who gets an answer, as measured on Speculos 0.27.1."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.apdu_port import MAX_FRAME, FrameReader, FrameTooLong
from tests.emulator.device.clients import END, TcpClient, frame
from tests.support.device import EmulatedDevice, emulated_device

NAME = "b001000000"
NAME_513 = "010a436f6e636f726469756d05352e312e3301009000"
APP_NAME = "e021000000"
APP_NAME_ANSWER = "436f6e636f726469756d9000"
EXPORT_0 = "e0050002050000000000"
EXPORT_1 = "e0050002050000000001"
KEY_0 = "48235b90248b6e552d59bf8b533292d25c5afd1f8e1ad5d1e00478794642ba389000"
OLD_EXPORT = "e00500020400000000"
QUIT = "b0a7000000"


def body(apdu: str) -> dict[str, str]:
    """Of an APDU request."""
    return {"data": apdu}


def test_every_waiting_rest_caller_gets_the_first_answer(device: EmulatedDevice) -> None:
    """Export 0 waits, export 1 is swallowed; both callers get key 0."""
    with ExitStack() as stack:
        first = stack.enter_context(device.client.stream("POST", "/apdu", json=body(EXPORT_0)))
        device.wait_for_prompt()
        # headers come at once, so the second request has reached the app when they are here
        second = stack.enter_context(device.client.stream("POST", "/apdu", json=body(EXPORT_1)))
        device.approve(expecting="ID#0")
        assert first.read() == second.read() == f'{{"data": "{KEY_0}"}}'.encode()


def test_an_answer_goes_to_tcp_and_rest_whoever_asked(device: EmulatedDevice) -> None:
    """A REST answer also reaches the idle TCP client, a TCP answer completes the waiting REST caller."""
    with TcpClient(device) as client:
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(device.exchange, EXPORT_0)
            device.approve()
            assert asked.result() == client.receive() == KEY_0
        with device.client.stream("POST", "/apdu", json=body(EXPORT_0)) as waiting:
            client.send(NAME)
            device.approve()
            assert client.receive() == KEY_0
            assert KEY_0 in waiting.read().decode()


def test_newest_tcp_client_gets_the_answer(device: EmulatedDevice) -> None:
    """A client that only connects takes over; the first one gets nothing."""
    with TcpClient(device) as first:
        first.send(EXPORT_0)
        device.wait_for_prompt()
        with TcpClient(device) as second:
            device.approve()
            assert second.receive() == KEY_0
            assert second.exchange(NAME) == NAME_513
        device.replug()
        assert first.receive() == END


def test_prompt_outlives_its_client(device: EmulatedDevice) -> None:
    """The next client receives the key that the first one asked for."""
    with TcpClient(device) as first:
        first.send(EXPORT_0)
        device.wait_for_prompt()
    assert device.screen() == ["Decrypt", " ", "ID#0"]
    with TcpClient(device) as second:
        device.approve()
        assert second.receive() == KEY_0


def test_second_frame_of_one_packet_is_lost(device: EmulatedDevice) -> None:
    """Only the first is answered; the connection stays usable."""
    with TcpClient(device) as client:
        client.send(NAME, NAME)
        assert client.receive() == NAME_513
        assert client.exchange(APP_NAME) == APP_NAME_ANSWER


@pytest.mark.parametrize("ignored", ["", "e0" * 300])
def test_empty_and_overlong_frames_are_ignored(device: EmulatedDevice, ignored: str) -> None:
    """No answer; the connection stays usable."""
    with TcpClient(device) as client:
        client.send(ignored)
        device.state()
        assert client.exchange(NAME) == NAME_513


def test_absurd_length_closes_the_connection(device: EmulatedDevice) -> None:
    """Unlike Speculos, which would wait for four gigabytes."""
    with TcpClient(device) as client:
        client.send_raw(b"\xff\xff\xff\xff")
        assert client.receive() == END


def test_half_a_frame_stalls_everybody(device: EmulatedDevice) -> None:
    """A REST command is only carried out when the frame is finished or its sender gone."""
    with TcpClient(device) as client, ThreadPoolExecutor() as pool:
        client.send_raw(frame(APP_NAME)[:6])
        device.state()
        asked = pool.submit(device.exchange, EXPORT_0)
        device.press_right()
        assert device.screen() == ["Concordium", "is ready"]
        assert not device.state()["awaits_person"]
        client.send_raw(frame(APP_NAME)[6:])
        device.approve()
        assert asked.result() == KEY_0


def test_raw_events_press_buttons(device: EmulatedDevice) -> None:
    """Packets that begin with RAW! are events of the device, not commands."""
    with TcpClient(device) as client:
        client.send(EXPORT_0)
        device.wait_for_prompt()
        for event in ("0504", "0500", "0502", "0504", "0500"):
            client.send_raw(frame(b"RAW!".hex() + event))
            device.state()
        assert client.receive() == KEY_0


def test_bad_command_ends_process_and_connections() -> None:
    """5.1.3: end of file without an answer, REST body cut, exit code 255."""
    with emulated_device() as device, TcpClient(device) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            device.exchange(OLD_EXPORT)
        assert client.receive() == END
        assert device.wait_exit() == 255
        with pytest.raises(httpx.ConnectError):
            device.state()


def test_quit_command_answers_and_ends() -> None:
    """9000 on both ports, then the end, exit code 5."""
    with emulated_device() as device, TcpClient(device) as client:
        assert device.exchange(QUIT) == "9000"
        assert client.receive() == "9000"
        assert client.receive() == END
        assert device.wait_exit() == 5


def test_menu_quit_ends_the_process() -> None:
    """Exit code 255; the request that pressed the buttons gets no answer."""
    with emulated_device() as device:
        device.press_left()
        assert device.screen() == ["Quit"]
        with pytest.raises(httpx.RemoteProtocolError):
            device.press_both()
        assert device.wait_exit() == 255


def test_physical_device_drops_the_link_and_shows_the_dashboard(device: EmulatedDevice) -> None:
    """The connection closes, a new one finds BOLOS, which opens the app again."""
    with TcpClient(device) as client:
        assert client.exchange(OLD_EXPORT) == END
    with TcpClient(device) as client:
        assert client.exchange(NAME).startswith("0105424f4c4f53")
        client.send("e0d800000a" + b"Concordium".hex())
        device.approve()
        assert client.receive() == "9000"
        assert client.receive() == END
    with TcpClient(device) as client:
        assert client.exchange(NAME) == NAME_513


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 40))
def test_frames_survive_any_cutting(packets: list[bytes], size: int) -> None:
    """Whole, byte by byte, or in pieces: the same packets come out."""
    stream = b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets)
    for step in (size, 1, max(len(stream), 1)):
        reader = FrameReader()
        pieces = [stream[at : at + step] for at in range(0, len(stream), step)]
        assert [packet for piece in pieces for packet in reader.feed(piece)] == packets
        assert not reader.mid_frame


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=10))
def test_any_bytes_give_packets_or_our_error(pieces: list[bytes]) -> None:
    """Nothing else is raised and no more is kept than one frame."""
    reader = FrameReader()
    try:
        for piece in pieces:
            assert all(len(packet) <= MAX_FRAME for packet in reader.feed(piece))
    except FrameTooLong:
        return
