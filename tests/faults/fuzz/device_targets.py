"""Device-side decoders as fuzz targets: framing of USB, TCP and REST, APDUs, every reply, a whole session.

Framing is compared with a second, plain reading of the rules; the valid conversations are the recordings of real apps.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

from ledger_recovery.device.apps.concordium import (
    Form,
    Purpose,
    Target,
    export_question,
    proved_public_key_question,
    public_key_question,
    verify_address_question,
)
from ledger_recovery.device.apps.dashboard import (
    app_and_version,
    close_app,
    encode_app_and_version,
    open_app,
    parse_app_and_version,
)
from ledger_recovery.device.apps.formats import WireFormat, identify
from ledger_recovery.device.apps.question import Patience, Question
from ledger_recovery.device.link import Link, LinkState
from ledger_recovery.device.options import SessionOptions
from ledger_recovery.device.transport.base import Cancel, Found
from ledger_recovery.device.transport.rest_answer import AnswerCut, RestAssembler
from ledger_recovery.device.wire.apdu import MAX_RESPONSE, CommandApdu
from ledger_recovery.device.wire.hid_frames import HidAssembler, frames_of
from ledger_recovery.device.wire.need import NEED_DATA, NeedData
from ledger_recovery.device.wire.tcp_frames import TcpAssembler
from ledger_recovery.errors import Declined, DeviceError, DeviceLocked, LedgerRecoveryError, Unplugged, WrongApp
from tests.faults.fuzz.engine import BrokenPromise, Drive
from tests.faults.fuzz.engine import Target as FuzzTarget
from tests.faults.fuzz.mutation import Conversation
from tests.faults.simulated import EMULATED, SimulatedClock, finish, session_over

TRANSCRIPTS = Path(__file__).parents[2] / "vectors" / "device-transcripts"
OK = b"\x90\x00"
STATUS_WORDS = tuple(
    bytes.fromhex(sw)
    for sw in [
        "9000",
        "6985",
        "5501",
        "5515",
        "530c",
        "6804",
        "6b0c",
        "6982",
        "6faa",
        "6e00",
        "6d00",
        "6807",
        "670a",
        "6a87",
        "6b01",
        "6b03",
        "6f00",
        "ffff",
    ]
)


def _recorded() -> list[tuple[bytes, bytes]]:
    """Requests and answers of the real apps 4.1.2 and 5.1.3; an app that exited gave none."""
    found = []
    for file in sorted(TRANSCRIPTS.glob("*.json")):
        for exchange in json.loads(file.read_text("utf-8"))["exchanges"]:
            if exchange.get("response"):
                found.append((bytes.fromhex(exchange["request"]), bytes.fromhex(exchange["response"])))
    return found


RECORDED = _recorded()
ANSWERS = (*dict.fromkeys(answer for _, answer in RECORDED), bytes(96) + OK, bytes(258) + OK)


# --- framing ---


def as_reports(answer: bytes) -> Conversation:
    """The HID reports that carry an answer: the same framing in both directions."""
    return frames_of(answer)


def hid_by_the_rules(frames: Conversation) -> bytes | NeedData | None:
    """The answer, NEED_DATA, or None for "refused": header of each report, then the length counts."""
    payload = b""
    for number, frame in enumerate(frames):
        if len(frame) != 64 or frame[:5] != b"\x01\x01\x05" + number.to_bytes(2, "big"):
            return None
        payload += frame[5:]
        length = int.from_bytes(payload[:2], "big")
        if not 2 <= length <= MAX_RESPONSE:
            return None
        if len(payload) >= 2 + length:
            return payload[2 : 2 + length] if number == len(frames) - 1 else None
    return NEED_DATA


def tcp_by_the_rules(frames: Conversation) -> bytes | NeedData | None:
    stream = b""
    for number, frame in enumerate(frames):
        stream += frame
        end = int.from_bytes(stream[:4], "big") + 6
        if len(stream) < 4:
            continue
        if end > MAX_RESPONSE + 4 or len(stream) > end:
            return None
        if len(stream) == end:
            return stream[4:] if number == len(frames) - 1 else None
    return NEED_DATA


def _agree(got: bytes | NeedData, expected: bytes | NeedData | None) -> bool:
    if got != expected:
        raise BrokenPromise("framing took what the rules refuse, or another answer than the bytes hold")
    return got is not NEED_DATA


def drive_hid(frames: Conversation) -> bool:
    assembler = HidAssembler()
    got: bytes | NeedData = NEED_DATA
    for frame in frames:
        got = assembler.feed(frame)
    return _agree(got, hid_by_the_rules(frames))


def drive_tcp(frames: Conversation) -> bool:
    frames = tuple(filter(None, frames))  # a transport takes nothing at all for the end of the connection
    assembler = TcpAssembler()
    got: bytes | NeedData = NEED_DATA
    for frame in frames:
        got = assembler.feed(frame)
    return _agree(got, tcp_by_the_rules(frames))


def drive_rest(frames: Conversation) -> bool:
    """As the transport does: until an answer is there, then the connection is over."""
    assembler = RestAssembler()
    for frame in frames:
        if frame and assembler.feed(frame) is not NEED_DATA:
            return True
    try:
        assembler.finish()
    except AnswerCut:
        return False
    return True


def _http(answer: bytes) -> Conversation:
    body = json.dumps({"data": answer.hex()}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    return (head + b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n", body)


def _chunked(answer: bytes) -> Conversation:
    """As Speculos sends it: headers at once, the body in one chunk."""
    body = json.dumps({"data": answer.hex()}).encode()
    head = b"HTTP/1.1 200 OK\r\nServer: Werkzeug/3.0\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return (head, f"{len(body):x}\r\n".encode() + body + b"\r\n", b"0\r\n\r\n")


HTTP_TOKENS = tuple(
    b"\r\n|\r\n\r\n|HTTP/1.1 200 OK|HTTP/1.1 100 Continue\r\n\r\n|HTTP/0.9|Content-Length: -1\r\n"
    b"|Content-Length: 9999999\r\n|Transfer-Encoding: chunked\r\n|0\r\n\r\n|ffffffffffffffff\r\n|\x00|\xff\xfe"
    b'|[|{|"|null|{"data":|1e999|:|;|, '.split(b"|")
)


# --- answers ---

LEGACY, PROVIDER = Target(3), Target(2, 3)
QUESTIONS: tuple[Question[object], ...] = (
    app_and_version(),
    open_app("Concordium"),
    close_app(),
    export_question(WireFormat.V4, LEGACY),
    export_question(WireFormat.V5, PROVIDER, Purpose.RECOVER, Form.KEY),
    export_question(WireFormat.V5, LEGACY, Purpose.CREATE),
    public_key_question((1105, 0)),
    public_key_question((44, 919, 0), confirm=True),
    proved_public_key_question((1105, 0)),
    verify_address_question(WireFormat.V5, LEGACY, 1),
)
_NO_LIMIT = dict.fromkeys(Patience, None)


class Scripted:
    """A transport that answers with the frames of an input, one an exchange, and is then gone."""

    lasting = True
    found: Found = EMULATED

    def __init__(self, answers: Conversation) -> None:
        self.left = list(answers)
        self.closed = False

    def open(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        if self.closed:
            raise BrokenPromise("a closed transport was used")
        if not self.left:
            raise Unplugged("the recording is over")
        return self.left.pop(0)


def drive_answers_to(questions: Sequence[Question[object]]) -> Drive:
    """The first byte chooses the question, the rest is its raw answer. A link without doubt got a whole answer."""

    def drive(frames: Conversation) -> bool:
        if not frames or not frames[0]:
            return False
        question, raw = questions[frames[0][0] % len(questions)], frames[0][1:]
        transport = Scripted((raw,))
        link = Link(transport, lambda: 0.0, _NO_LIMIT)
        link.open()
        try:
            link.ask(question, lambda: False)
        except (Declined, DeviceLocked, WrongApp):
            if link.state is not LinkState.OPEN or len(raw) < 2 or raw[-2:] == OK:
                raise BrokenPromise("a refusal that was none") from None
            raise
        except DeviceError:
            if link.state is not LinkState.POISONED or not transport.closed:
                raise BrokenPromise("the link stayed open after an odd answer") from None
            raise
        if raw[-2:] != OK or link.state is not LinkState.OPEN:
            raise BrokenPromise("a value without status word 9000")
        return True

    return drive


def _answered() -> tuple[Conversation, ...]:
    """Each question with an answer that it takes."""
    app = b"\x01\x0aConcordium\x055.1.3\x01\x00"
    proved = next(a for r, a in RECORDED if r[:4].hex() == "e0010101" and a[-2:] == OK)
    fitting = (app + OK, OK, OK, *(bytes(n) + OK for n in (32, 32, 64, 32, 32)), proved, OK)
    return tuple((bytes((number,)) + raw,) for number, raw in enumerate(fitting))


def drive_app(frames: Conversation) -> bool:
    data = b"".join(frames)
    app = parse_app_and_version(data)
    identify(app, WireFormat.V5) if app.name == "Concordium" else None
    again = parse_app_and_version(encode_app_and_version(app))
    if (again.name, again.version) != (app.name, app.version):
        raise BrokenPromise("name and version do not survive a round trip")
    return True


def drive_command(frames: Conversation) -> bool:
    """Requests of a recording, as replay: reads them."""
    for frame in frames:
        if CommandApdu.parse(frame).encode() != frame:
            raise BrokenPromise("a request reads as another one")
    return True


def drive_session(frames: Conversation) -> bool:
    """A whole session: walk, a silent question, an export; every exchange answered with the next frame."""
    transport, clock = Scripted(frames), SimulatedClock()
    session = session_over(lambda: transport, clock, SessionOptions(wait_for_person=False, link_attempts=2))
    key = finish(session.public_key((1105, 0, 7)))
    seed = finish(session.export_prf_seed(1)).reveal()
    for value in (key, seed):
        if len(value) != 32 or value + OK not in frames:
            raise BrokenPromise("a key that no answer holds")
    return True


def _session() -> Conversation:
    app = b"\x01\x0aConcordium\x055.1.3\x01\x00" + OK
    return (app, b"W" * 32 + OK, b"P" * 32 + OK, app, b"S" * 32 + OK)


def tcp_blocks(answer: bytes) -> Conversation:
    whole = (len(answer) - 2).to_bytes(4, "big") + answer
    return (whole[:3], whole[3:9], whole[9:])


def _fit_lengths(frames: Conversation, random: Random) -> Conversation:
    """Renumber HID reports and pad them, so that damage reaches what lies behind the headers."""
    return tuple(
        (b"\x01\x01\x05" + number.to_bytes(2, "big") + frame[5:]).ljust(64, b"\x00")[:64]
        for number, frame in enumerate(frames)
    )


DEVICE_TARGETS = (
    FuzzTarget(
        "HID reports", tuple(map(as_reports, ANSWERS)), drive_hid, (DeviceError,), repair=_fit_lengths, share=25,
    ),
    FuzzTarget("TCP blocks", tuple(map(tcp_blocks, ANSWERS)), drive_tcp, (DeviceError,), share=20),
    FuzzTarget(
        "REST answers", tuple(make(a) for a in ANSWERS for make in (_http, _chunked)), drive_rest, (DeviceError,),
        tokens=HTTP_TOKENS, share=6,
    ),
    FuzzTarget("answers", _answered(), drive_answers_to(QUESTIONS), (DeviceError,), tokens=STATUS_WORDS, share=20),
    FuzzTarget(
        "app and version", tuple((a[:-2],) for r, a in RECORDED if r[:2] == b"\xb0\x01" and a[-2:] == OK), drive_app,
        (DeviceError,), tokens=(b"Concordium", b"\x00", b"5.1.3", b"BOLOS"), share=10,
    ),
    FuzzTarget("requests", tuple((r,) for r, _ in RECORDED if len(r) >= 5 and r[4] == len(r) - 5), drive_command,
               (ValueError,), share=3),
    FuzzTarget("sessions", (_session(),), drive_session, (LedgerRecoveryError,), tokens=STATUS_WORDS, share=1),
)  # fmt: skip
