"""[io] replay:FILE, a recorded conversation in place of a device.

A request that was not recorded is an error, never a guess. A recorded request may be asked in any order and again:
where it was recorded several times (approved, then declined) the answers come in the recorded order and the last one
stays. Prompts of the recording are not waited for: a recording holds what the person did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger_recovery.device.transport.base import Cancel, Found, check_patience
from ledger_recovery.device.transport.paths import ReplayPath
from ledger_recovery.device.wire.apdu import MAX_RESPONSE, CommandApdu
from ledger_recovery.device.wire.models import UNKNOWN
from ledger_recovery.errors import BadReply, LinkDoubtful, NoDevice

MAX_FILE_SIZE = 4 * 1024 * 1024
MAX_EXCHANGES = 10_000


@dataclass(frozen=True, slots=True)
class Recording:
    """`answers`: request -> its answers in the recorded order, each with its status word."""

    model: str
    answers: Mapping[bytes, tuple[bytes, ...]]


class Replay:
    """A device that is a file."""

    def __init__(self, path: ReplayPath) -> None:
        self._path = path
        self._recording: Recording | None = None
        self._asked: dict[bytes, int] = {}

    @property
    def found(self) -> Found:
        model = UNKNOWN if self._recording is None else self._recording.model
        return Found(str(self._path), model, None, emulated=True)

    @property
    def lasting(self) -> bool:
        return True

    def open(self) -> None:
        """Read the file once; opening again goes on where the conversation stood."""
        if self._recording is None:
            self._recording = read_recording(self._path.file)

    def exchange(self, apdu: bytes, deadline: float | None, cancelled: Cancel) -> bytes:
        if self._recording is None:
            raise LinkDoubtful(f"{self._path} is not open", "The recording is opened again.")
        check_patience(lambda: 0.0, None, cancelled)
        answers = self._recording.answers.get(apdu)
        if answers is None:
            raise BadReply(
                f"the request {apdu.hex()} is not in the recording {self._path.file}",
                "Record it on a device, or stay within what was recorded.",
            )
        turn = self._asked.get(apdu, 0)
        self._asked[apdu] = turn + 1
        return answers[min(turn, len(answers) - 1)]

    def close(self) -> None:
        return None


def read_recording(file: str) -> Recording:
    """Read and check a recording: a JSON object with `model` and `exchanges` of `request` and `response` in hex.

    :raises NoDevice: the file cannot be read, or is no recording; says where.
    """
    try:
        with Path(file).open("rb") as stream:
            raw = stream.read(MAX_FILE_SIZE + 1)
    except OSError as error:
        raise NoDevice(f"the recording {file} cannot be read ({error.strerror})", "Check the file name.") from None
    if len(raw) > MAX_FILE_SIZE:
        raise _not_a_recording(file, f"it is larger than {MAX_FILE_SIZE} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise _not_a_recording(file, "it is not JSON") from None
    if not isinstance(document, dict) or not isinstance(document.get("exchanges"), list):
        raise _not_a_recording(file, "it has no list `exchanges`")
    model = document.get("model", UNKNOWN)
    if not isinstance(model, str) or len(model) > 16:
        raise _not_a_recording(file, "its `model` is not a short text")
    return Recording(model, _answers(file, document["exchanges"]))


def _answers(file: str, exchanges: list[Any]) -> dict[bytes, tuple[bytes, ...]]:
    if len(exchanges) > MAX_EXCHANGES:
        raise _not_a_recording(file, f"it has more than {MAX_EXCHANGES} exchanges")
    answers: dict[bytes, tuple[bytes, ...]] = {}
    for number, entry in enumerate(exchanges):
        try:
            request = bytes.fromhex(entry["request"])
            response = bytes.fromhex(entry["response"])
            CommandApdu.parse(request)
        except (KeyError, TypeError, ValueError):
            raise _not_a_recording(file, f"exchange {number} has no request and response in hex") from None
        if not 2 <= len(response) <= MAX_RESPONSE:
            raise _not_a_recording(file, f"the response of exchange {number} has {len(response)} bytes")
        answers[request] = (*answers.get(request, ()), response)
    return answers


def _not_a_recording(file: str, reason: str) -> NoDevice:
    return NoDevice(f"{file} is not a recorded conversation: {reason}", "Name a file made by recording a device.")
