"""Damage done to valid conversations: bit flips, cuts, splices, swaps, lengths, repetition.

A conversation is a tuple of frames in the order in which they arrive. Everything is drawn from one `random.Random`, so
that a seed and a number name an input. Random bytes alone would be refused by the first check of every decoder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Conversation = tuple[bytes, ...]

MAX_FRAMES = 24
MAX_FRAME = 96 * 1024
"""Just above the largest limit of any decoder under test (64 KiB), so that the limits themselves are met."""

_INTERESTING = (0x00, 0x01, 0x02, 0x05, 0x7F, 0x80, 0x90, 0xFE, 0xFF)
_LENGTHS = (0, 1, 2, 31, 32, 33, 57, 59, 64, 254, 255, 256, 258, 259, 260, 261, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_PUMPS = (2, 3, 60, 1000, 20_000)


def damaged(valid: Sequence[Conversation], tokens: Sequence[bytes], random: Random) -> Conversation:
    """One valid conversation with one to four faults; never equal to the one it was made of."""
    original = random.choice(valid)
    frames = list(original)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        if frames and random.random() < 0.75:
            at = random.randrange(len(frames))
            frames[at] = _damage_bytes(frames[at], valid, tokens, random)[:MAX_FRAME]
        else:
            random.choice(_FRAME_FAULTS)(frames, valid, random)
    result = tuple(frames[:MAX_FRAMES])
    return result if result != original else (*original, b"\x00")


# --- faults of a document: what only the decoder of its content can tell ---

_VALUES: tuple[object, ...] = (None, True, -1, 2**70, "", "\x00", [], {}, ["x"], {"x": 1})


def with_another_value(document: Any, random: Random) -> Any:
    """A JSON object or list, in which some place, at whatever depth, now has another value; an empty one as it is."""
    place = document
    while place:
        key = random.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[key]
        if not (isinstance(inner, dict | list) and inner) or random.random() < 0.2:
            place[key] = random.choice(_VALUES)
            break
        place = inner
    return document


def reworded(valid: Sequence[Conversation]) -> Callable[[Conversation, Random], Conversation]:
    """A repair of a target whose last frame is JSON: a valid conversation, but for one value of that document."""

    def repair(_: Conversation, random: Random) -> Conversation:
        *before, text = random.choice(valid)
        return (*before, json.dumps(with_another_value(json.loads(text), random)).encode())

    return repair


# --- faults of one frame ---


def _damage_bytes(frame: bytes, valid: Sequence[Conversation], tokens: Sequence[bytes], random: Random) -> bytes:
    if tokens and random.random() < 0.4:
        return _token(frame, tokens, random)
    if random.random() < 0.1:
        return _splice(frame, valid, random)
    return random.choice(_BYTE_FAULTS)(frame, random)


def _flip(frame: bytes, random: Random) -> bytes:
    if not frame:
        return random.randbytes(1)
    at = random.randrange(len(frame))
    return frame[:at] + bytes((frame[at] ^ 1 << random.randrange(8),)) + frame[at + 1 :]


def _set(frame: bytes, random: Random) -> bytes:
    at = random.randrange(len(frame) + 1)
    return frame[:at] + bytes((random.choice(_INTERESTING),)) + frame[at + 1 :]


def _cut(frame: bytes, random: Random) -> bytes:
    return frame[: random.randrange(len(frame) + 1)]


def _behead(frame: bytes, random: Random) -> bytes:
    return frame[random.randrange(len(frame) + 1) :]


def _extend(frame: bytes, random: Random) -> bytes:
    return frame + random.randbytes(random.choice((1, 2, 5, 64)))


def _insert(frame: bytes, random: Random) -> bytes:
    at = random.randrange(len(frame) + 1)
    return frame[:at] + random.randbytes(random.choice((1, 1, 2, 4))) + frame[at:]


def _delete(frame: bytes, random: Random) -> bytes:
    at = random.randrange(len(frame) + 1)
    return frame[:at] + frame[at + random.choice((1, 1, 2, 4, 16)) :]


def _length(frame: bytes, random: Random) -> bytes:
    """Some place that may be a length or a number gets a boundary value."""
    size = random.choice((1, 2, 4))
    at = random.randrange(len(frame) + 1)
    value = random.choice(_LENGTHS) & ((1 << 8 * size) - 1)
    return frame[:at] + value.to_bytes(size, "big") + frame[at + size :]


def _pump(frame: bytes, random: Random) -> bytes:
    """A few bytes many times: nesting, long numbers, long lines. Rarely the largest, which is slow to make."""
    at = random.randrange(len(frame) + 1)
    piece = frame[at : at + random.choice((1, 1, 2, 3))]
    times = _PUMPS[min(int(random.expovariate(0.9)), len(_PUMPS) - 1)]
    return frame[:at] + piece * times + frame[at:]


def _replace_all(frame: bytes, random: Random) -> bytes:
    return random.randbytes(random.choice((0, 1, len(frame), random.randrange(300))))


_BYTE_FAULTS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip, _flip, _flip, _set, _set, _cut, _behead, _extend, _insert, _delete, _length, _length, _pump, _replace_all,
)  # fmt: skip


def _token(frame: bytes, tokens: Sequence[bytes], random: Random) -> bytes:
    """A word of the format, where another part of it stood or in between; sometimes many times."""
    token = random.choice(tokens)
    if random.random() < 0.05:
        token *= random.choice((2, 50, 2000))
    at = random.randrange(len(frame) + 1)
    return frame[:at] + token + frame[at + random.choice((0, 0, 1, len(token))) :]


def _splice(frame: bytes, valid: Sequence[Conversation], random: Random) -> bytes:
    """The head of one frame, the tail of another one."""
    other = random.choice(random.choice(valid) or (b"",))
    return frame[: random.randrange(len(frame) + 1)] + other[random.randrange(len(other) + 1) :]


# --- faults of the order of frames ---

Frames = list[bytes]


def _drop(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    if frames:
        del frames[random.randrange(len(frames))]


def _double(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    if frames:
        at = random.randrange(len(frames))
        frames.insert(at, frames[at])


def _swap(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    if len(frames) > 1:
        one, other = random.sample(range(len(frames)), 2)
        frames[one], frames[other] = frames[other], frames[one]


def _stop(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    del frames[random.randrange(len(frames) + 1) :]


def _interleave(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    """Frames of another conversation in between: a second program, or a late answer."""
    for frame in random.choice(valid)[:MAX_FRAMES]:
        frames.insert(random.randrange(len(frames) + 1), frame)


def _split(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    if frames:
        at = random.randrange(len(frames))
        where = random.randrange(len(frames[at]) + 1)
        frames[at : at + 1] = [frames[at][:where], frames[at][where:]]


def _join(frames: Frames, valid: Sequence[Conversation], random: Random) -> None:
    if len(frames) > 1:
        at = random.randrange(len(frames) - 1)
        frames[at : at + 2] = [frames[at] + frames[at + 1]]


_FRAME_FAULTS: tuple[Callable[[Frames, Sequence[Conversation], Random], None], ...] = (
    _drop, _double, _swap, _stop, _interleave, _split, _join,
)  # fmt: skip
