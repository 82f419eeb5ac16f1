"""Our own files as fuzz targets: journal records, reports, settings, recorded conversations.

Files are damaged by disks and by people, and a report comes from somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chain.errors import BadAnswer
from chain.model import Dissent, Finality, Point, Presence, Sighting, Unanswered
from ledger_recovery.cli.config import Directories, from_toml, to_settings
from ledger_recovery.errors import InputError, ReportAltered
from ledger_recovery.recover import journal_codec
from ledger_recovery.recover.journal_file import DAMAGE
from ledger_recovery.recover.policy import Mode, ScanPolicy
from ledger_recovery.recover.report import sign_report, verify_report
from ledger_recovery.recover.report.canon import NotCanonical, canonical_bytes, parse_canonical
from ledger_recovery.recover.result import DeviceFacts
from ledger_recovery.recover.scan import Answer
from tests.faults.fuzz.engine import BrokenPromise, Target
from tests.faults.fuzz.mutation import Conversation, reworded, with_another_value
from tests.support.cells import fake_id, sighting
from tests.support.report_worlds import WORLDS

ID = fake_id("fuzz")
JSON_TOKENS = tuple(
    b'[|]|{|}|"|,|:|null|true|false|-1|0|1e999|1E400|NaN|Infinity|99999999999999999999|"\\ud800"|"\\u0000"|\\'
    b'|"deployed"|"absent"|"removed"|"active"|{"a":1}|[[]]|"0001-01-01T00:00:00+05:00"|"9999-12-31T23:59:59-05:00"'.split(b"|")
)  # fmt: skip

# --- journal records: presence and JSON as two frames, or one JSON text ---


def drive_answer(frames: Conversation) -> bool:
    if len(frames) != 2:
        return False
    presence, text = (frame.decode("utf-8", "replace") for frame in frames)
    answer = journal_codec.decode_answer(ID, presence, text)
    if isinstance(answer, Sighting) and (answer.presence is Presence.DEPLOYED) != (answer.detail is not None):
        raise BrokenPromise("deployed without an account, or an account without being deployed")
    if isinstance(answer, Sighting) and presence == "unknown":
        raise BrokenPromise("an unanswered question reads as an answer")
    return True


def _drive_text(decode: Callable[[str], object]) -> Callable[[Conversation], bool]:
    def drive(frames: Conversation) -> bool:
        decode(b"".join(frames).decode("utf-8", "replace"))
        return True

    return drive


def drive_ids(frames: Conversation) -> bool:
    return len(journal_codec.decode_ids(b"".join(frames))) == 256


def _texts(*pair: str) -> Conversation:
    return tuple(text.encode() for text in pair)


_WHEN = datetime(2026, 1, 2, tzinfo=UTC)
_POINT = Point("testnet", b"\x42" * 32, b"\x01" * 32, 5, _WHEN, 1.5, Finality.FINALIZED, ("a:1",), b"\x01" * 96)
_DEVICE = DeviceFacts("nanosp", "Concordium", "5.1.3", "v5", "hid", False, "ab" * 32)
_ANSWERS: tuple[Answer, ...] = (
    Sighting(ID, Presence.DEPLOYED, sighting(ID), ("a:1",), 1, (Dissent("b:2", Presence.ABSENT, "never"),)),
    Sighting(ID, Presence.ABSENT, None, ("a:1", "b:2")),
    Unanswered(ID, BadAnswer("another credential", code="MISMATCH", source="a:1"), 1),
)
_POLICIES = (ScanPolicy(), ScanPolicy(first=1, last=4, providers=(0, 2), mode=Mode.DIRECT, deep=True))

# --- reports ---

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
REPORTS = tuple(sign_report(make(), KEY) for make in WORLDS.values())


def drive_report(frames: Conversation) -> bool:
    data = b"".join(frames)
    verify_report(data)
    if data not in REPORTS:
        envelope = json.loads(data)
        if sign_report(envelope["report"], KEY) != data:
            raise BrokenPromise("an altered report was accepted")
    return True


def sign_again(frames: Conversation, random: Random) -> Conversation:
    """Some place of a report gets another value, and the whole is signed anew: only the shape can tell."""
    envelope = json.loads(random.choice(REPORTS))
    report = with_another_value(envelope["report"], random)
    signed = KEY.sign(b"ledger-recovery/report signature 1\n" + canonical_bytes(report))
    envelope["signature"]["value"] = signed.hex()
    return (canonical_bytes(envelope) + b"\n",)


def drive_canon(frames: Conversation) -> bool:
    data = b"".join(frames)
    if canonical_bytes(parse_canonical(data)) != data:
        raise BrokenPromise("two byte forms of one content")
    return True


# --- settings ---

DIRECTORIES = Directories(Path("/c"), Path("/d"), Path("/s"))
SETTINGS = (
    b'network = "testnet"\nnode = ["https://a:20000", "b:1"]\nmax_block_age = 60\nplain = true\n',
    b'wallet = "w.sqlite"\nnetwork = "custom"\ngenesis = "' + b"ab" * 32 + b'"\nnode = "http://x:1"\nconnections = 2\n',
)
TOML_TOKENS = (
    *JSON_TOKENS, b"=", b"\n", b"[a]\n", b"[[a]]\n", b"'''", b'"""', b"~nobody/x",
    b'wallet = "~nobody/x"\n', b"1979-05-27", b"wallet = ", b"device = ", b"max_block_age = ", b"connections = ",
    b"9" * 400, b"9" * 5000, b"inf", b"nan", b"0x", b"a.",
)  # fmt: skip


def drive_settings(frames: Conversation) -> bool:
    text = b"".join(frames).decode("utf-8", "replace")
    to_settings(from_toml(text, Path("/c/settings.toml")), DIRECTORIES)
    return True


ANSWERS = tuple(_texts(*journal_codec.encode_answer(a)) for a in _ANSWERS)
POLICIES = tuple(_texts(journal_codec.encode_policy(p)) for p in _POLICIES)
POINTS = (_texts(journal_codec.encode_point(_POINT)),)
DEVICES = (_texts(journal_codec.encode_device(_DEVICE)),)

FILE_TARGETS = (
    Target("journal answers", ANSWERS, drive_answer, DAMAGE, JSON_TOKENS, reworded(ANSWERS), share=10),
    Target("journal policies", POLICIES, _drive_text(journal_codec.decode_policy), DAMAGE, JSON_TOKENS,
           reworded(POLICIES), share=3),
    Target("journal points", POINTS, _drive_text(journal_codec.decode_point), DAMAGE, JSON_TOKENS, reworded(POINTS),
           share=3),
    Target("journal devices", DEVICES, _drive_text(journal_codec.decode_device), DAMAGE, JSON_TOKENS,
           reworded(DEVICES), share=2),
    Target("journal IDs", ((bytes(48 * 256),),), drive_ids, DAMAGE, share=1),
    Target(
        "reports", tuple((r,) for r in REPORTS), drive_report, (ReportAltered, InputError), JSON_TOKENS, sign_again,
        share=2,
    ),
    Target(
        "canonical JSON", ((b'{"a":[1,null,true,"x"],"b":{"c":{}}}',),), drive_canon, (NotCanonical,), JSON_TOKENS,
        share=4,
    ),
    Target("settings", tuple((s,) for s in SETTINGS), drive_settings, (InputError,), TOML_TOKENS, share=3),
)  # fmt: skip
