"""The REST API of a device process: Speculos' shapes and status codes, the extensions, and who may call."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

import httpx
import pytest
from PIL import Image

from emulator.device.models import MODELS
from tests.emulator.device.clients import raw_http
from tests.support.device import EmulatedDevice

NAME = "b001000000"
NAME_513 = "010a436f6e636f726469756d05352e312e3301009000"
EXPORT_0 = "e0050002050000000000"
KEY_0 = "48235b90248b6e552d59bf8b533292d25c5afd1f8e1ad5d1e00478794642ba389000"
UNPARSABLE = {"message": "The browser (or proxy) sent a request that this server could not understand."}
HOME_EVENTS = [
    {"text": "Concordium", "x": 33, "y": 29, "w": 62, "h": 9, "clear": False},
    {"text": "is ready", "x": 45, "y": 42, "w": 39, "h": 13, "clear": False},
]


def test_apdu_answer_byte_for_byte(device: EmulatedDevice) -> None:
    """Chunked JSON with one blank after the colon, no newline, connection closed."""
    head, body = raw_http(device, "POST", "/apdu", json.dumps({"data": NAME}))
    payload = f'{{"data": "{NAME_513}"}}'
    assert head.startswith("http/1.1 200")
    assert "transfer-encoding: chunked" in head
    assert "content-type: application/json" in head
    assert "connection: close" in head
    assert body == f"{len(payload):x}\r\n{payload}\r\n0\r\n\r\n"


def test_timeout_cuts_the_answer_and_leaves_the_prompt(device: EmulatedDevice) -> None:
    """Headers, then the end without an end mark; counted in ticks of the device's time."""
    device.post("/ticker/", {"action": "pause"})
    with device.client.stream("POST", "/apdu", json={"data": EXPORT_0, "tick_timeout": 2}) as waiting:
        assert waiting.status_code == 200
        for _ in range(2):
            device.post("/ticker/", {"action": "single-step"})
        with pytest.raises(httpx.RemoteProtocolError):
            waiting.read()
    assert device.screen() == ["Decrypt", " ", "ID#0"]


def test_caller_who_leaves_does_not_cancel(device: EmulatedDevice) -> None:
    """The prompt stays."""
    with device.client.stream("POST", "/apdu", json={"data": EXPORT_0}):
        device.wait_for_prompt()
    assert device.screen() == ["Decrypt", " ", "ID#0"]


@pytest.mark.parametrize("body", ["B001000000", "b001000000\n"], ids=["upper-case hex", "newline after the hex digits"])
def test_apdu_hex_that_passes(device: EmulatedDevice, body: str) -> None:
    """As in Speculos' pattern."""
    assert device.exchange(body) == NAME_513


@pytest.mark.parametrize(
    "content",
    [
        b'\xef\xbb\xbf{"data": "b001000000"}',
        b'{"data": "00", "data": "b001000000"}',
    ],
    ids=["byte order mark", "doubled key"],
)
def test_apdu_bodies_that_pass(device: EmulatedDevice, content: bytes) -> None:
    """A byte order mark is skipped, the last of two equal keys counts, the content type does not matter."""
    answer = device.client.post("/apdu?x=1", content=content, headers={"Content-Type": "text/plain"})
    assert answer.json() == {"data": NAME_513}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/apdu", "{}"),
        ("/apdu", '{"data": ""}'),
        ("/apdu", '{"data": "b"}'),
        ("/apdu", '{"data": "b0 01"}'),
        ("/apdu", '{"data": "0xb001"}'),
        ("/apdu", '{"data": 5}'),
        ("/apdu", '{"data": "b001000000", "more": 1}'),
        ("/apdu", '{"data": "b001000000", "tick_timeout": "1"}'),
        ("/apdu", "[]"),
        ("/apdu", "null"),
        ("/apdu", '"b001"'),
        ("/button/left", "{}"),
        ("/button/left", '{"action": "push"}'),
        ("/button/left", '{"action": "press", "delay": "0"}'),
        ("/button/left", '{"action": "press", "delay": true}'),
        ("/finger", '{"action": "press", "x": 1}'),
        ("/finger", '{"action": "press", "x": 1, "y": -1}'),
        ("/finger", '{"action": "press", "x": 1.5, "y": 1}'),
        ("/finger", '{"action": "press", "x": 65536, "y": 1}'),
        ("/ticker/", '{"action": "stop"}'),
        ("/x/lock", '{"locked": 1}'),
        ("/x/app", '{"app": "monero"}'),
        ("/x/device", '{"seed": "hex:0"}'),
    ],
)
def test_bodies_that_are_refused(device: EmulatedDevice, path: str, content: str) -> None:
    """400 with one error text, which does not repeat what was sent."""
    answer = device.client.post(path, content=content)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert "b001" not in answer.json()["error"]


@pytest.mark.parametrize("path", ["/apdu", "/button/both", "/finger", "/ticker/", "/x/lock"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xff", b"[" * 100_000])
def test_bodies_that_are_no_json(device: EmulatedDevice, path: str, content: bytes) -> None:
    """400 with the web server's own message."""
    answer = device.client.post(path, content=content)
    assert (answer.status_code, answer.json()) == (400, UNPARSABLE)


def test_body_that_is_too_long(device: EmulatedDevice) -> None:
    """Refused before it is read."""
    assert device.client.post("/apdu", content=b" " * (600 * 1024)).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/apdu", 404, "text/html"),
        ("HEAD", "/apdu", 404, "text/html"),
        ("PUT", "/apdu", 405, "text/html"),
        ("DELETE", "/apdu", 405, "text/html"),
        ("POST", "/apdu/", 405, "text/html"),
        ("POST", "/button", 405, "text/html"),
        ("POST", "/button/up", 405, "text/html"),
        ("POST", "/nowhere", 405, "text/html"),
        ("GET", "/nowhere", 404, "text/html"),
        ("GET", "/button/left", 404, "text/html"),
        ("GET", "/automation", 404, "text/html"),
        ("GET", "/static/page.html", 404, "text/html"),
        ("POST", "/events", 405, "application/json"),
        ("OPTIONS", "/apdu", 200, "text/html"),
        ("POST", "/ticker", 308, ""),
        ("GET", "/", 200, "text/html"),
        ("GET", "/swagger/", 200, "text/html"),
        ("GET", "/static/page.js", 200, "text/javascript"),
        ("GET", "/static/page.css", 200, "text/css"),
    ],
)
def test_status_codes(device: EmulatedDevice, method: str, path: str, status: int, kind: str) -> None:
    """Paths and methods as in Speculos."""
    answer = device.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers.get("content-type", "").startswith(kind)
    assert ("allow" in answer.headers) == ((status == 405 and kind == "text/html") or method == "OPTIONS")


@pytest.mark.parametrize("path", ["/button/left", "/finger", "/automation", "/ticker/"])
def test_empty_object_is_the_answer_of_actions(device: EmulatedDevice, path: str) -> None:
    """`{}` and a newline, three bytes."""
    bodies: dict[str, dict[str, object]] = {
        "/button/left": {"action": "release"},
        "/finger": {"action": "release", "x": 1, "y": 1},
        "/automation": {"version": 1, "rules": []},
        "/ticker/": {"action": "resume"},
    }
    answer = device.post(path, bodies[path])
    assert answer.content == b"{}\n"
    assert answer.headers["content-length"] == "3"


def test_press_and_release_as_two_requests(device: EmulatedDevice) -> None:
    """A button acts when it is released."""
    device.post("/button/right", {"action": "press"})
    assert device.screen() == ["Concordium", "is ready"]
    device.post("/button/right", {"action": "release"})
    assert device.screen() == ["Version", "5.1.3"]


@pytest.mark.parametrize("delay", [-1, 0.3, 1e400, 10**400])
def test_delays_pass_as_ticks_while_time_is_paused(device: EmulatedDevice, delay: float) -> None:
    """Also absurd ones end; a real delay would wait."""
    device.post("/ticker/", {"action": "pause"})
    content = json.dumps({"action": "press-and-release", "delay": delay})
    assert device.client.post("/button/right", content=content).content == b"{}\n"
    assert device.screen() == ["Version", "5.1.3"]


def test_events(device: EmulatedDevice) -> None:
    """History since the start, the current screen alone, and forgetting the history."""
    device.client.delete("/events").raise_for_status()
    assert device.events() == []
    assert device.client.get("/events?currentscreenonly=TRUE&other=1").json() == {"events": HOME_EVENTS}
    device.press_right()
    assert [event["text"] for event in device.events()] == ["Version", "5.1.3"]
    device.press_left()
    assert device.client.get("/events?currentscreenonly=0").json()["events"][2:] == HOME_EVENTS


@pytest.mark.parametrize("query", ["currentscreenonly=yes", "currentscreenonly=", "stream=2"])
def test_bad_event_queries(device: EmulatedDevice, query: str) -> None:
    """400 with a message for the parameter."""
    answer = device.client.get(f"/events?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["message"]) == [query.partition("=")[0]]


def test_event_stream(device: EmulatedDevice) -> None:
    """Server-sent events with new texts only."""
    with device.client.stream("GET", "/events?stream=true") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        device.press_right()
        lines = stream.iter_lines()
        received = [next(lines) for _ in range(4)]
    assert [json.loads(line.removeprefix("data: "))["text"] for line in received[::2]] == ["Version", "5.1.3"]
    assert received[1::2] == ["", ""]


def test_screenshot_has_the_size_of_the_model(device: EmulatedDevice) -> None:
    """A PNG of 128x64 that changes with the screen and is not cached."""
    first = device.client.get("/screenshot")
    assert first.headers["content-type"] == "image/png"
    assert "no-store" in first.headers["cache-control"]
    assert Image.open(io.BytesIO(first.content)).size == (128, 64)
    device.press_right()
    assert device.client.get("/screenshot").content != first.content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "invalid document"),
        (b"{", "invalid document"),
        (b'{"version": 3, "rules": []}', "invalid document"),
        (b"file:/etc/passwd", "invalid document"),
        (b"\xff", "invalid encoding"),
    ],
)
def test_bad_automation(device: EmulatedDevice, content: bytes, message: str) -> None:
    """400 with a bare JSON string."""
    answer = device.client.post("/automation", content=content)
    assert (answer.status_code, answer.json()) == (400, message)


def test_automation_by_request(device: EmulatedDevice) -> None:
    """Rules set over REST approve the next prompt."""
    rules = files("emulator.device").joinpath("automation", "approve.json").read_text("utf-8")
    device.set_automation(json.loads(rules))
    assert device.exchange(EXPORT_0) == KEY_0


@pytest.mark.parametrize(
    "headers",
    [
        ["Origin: http://evil.example"],
        ["Origin: null"],
        ["Origin: http://127.0.0.1:1"],
        ["Host: evil.example"],
        ["Host: 127.0.0.1"],
    ],
)
def test_pages_of_others_are_refused(device: EmulatedDevice, headers: list[str]) -> None:
    """403 without doing anything."""
    head, _ = raw_http(device, "POST", "/apdu", json.dumps({"data": EXPORT_0}), *headers)
    assert head.startswith("http/1.1 403")
    assert "access-control" not in head
    assert not device.state()["awaits_person"]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_own_pages_are_served(device: EmulatedDevice, name: str) -> None:
    """The device's own page sends its own origin."""
    port = device.api.rpartition(":")[2]
    head, _ = raw_http(device, "GET", "/events", "", f"Origin: http://{name}:{port}", f"Host: {name}:{port}")
    assert head.startswith("http/1.1 200")


def test_page_loads_nothing_from_elsewhere(device: EmulatedDevice) -> None:
    """All sources are this server's, and the policy says so."""
    for path in ("/", "/swagger/"):
        page = device.client.get(path)
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert "http:" not in page.text
        assert "https:" not in page.text
        assert "<script>" not in page.text


def test_lock_and_unlock(device: EmulatedDevice) -> None:
    """Over /x/lock; the state shows it."""
    device.lock()
    assert device.state()["locked"] is True
    assert device.exchange(NAME) == "5515"
    device.unlock()
    assert device.exchange(NAME) == NAME_513


def test_another_app_and_another_device(device: EmulatedDevice) -> None:
    """Other app, other seed: other name, other key; a waiting caller is cut."""
    device.open_app("bitcoin")
    assert device.exchange("e005000000") == "6e00"
    pairing = "e001010009020000045100000000"
    device.replug(app="concordium-5.1.3")
    own = device.exchange(pairing)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(device.exchange, EXPORT_0)
        device.wait_for_prompt()
        device.replug(seed="hex:" + "07" * 32)
        with pytest.raises(httpx.RemoteProtocolError):
            waiting.result()
    other = device.exchange(pairing)
    assert len(other) == len(own) == 68
    assert other != own
    device.replug(seed="hex:" + "07" * 32)
    assert device.exchange(pairing) == other


def test_models_have_their_real_resolution() -> None:
    """Nano 128x64, Stax 400x672, Flex 480x600."""
    sizes = {name: (model.width, model.height) for name, model in MODELS.items()}
    assert sizes == {"nanosp": (128, 64), "nanox": (128, 64), "stax": (400, 672), "flex": (480, 600)}
