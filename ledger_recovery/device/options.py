"""[pure] How long a session waits for what, and how often it tries again: policy as data, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ledger_recovery.device.apps.formats import WireFormat
from ledger_recovery.device.apps.question import Patience

_ANSWER_SECONDS: Mapping[Patience, float | None] = MappingProxyType(
    # a public key takes 0.35 to 0.6 s, five keys 1.4 s on a Nano S; a person has no limit
    {Patience.SYSTEM: 3.0, Patience.APP: 10.0, Patience.PERSON: None}
)


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """All times in seconds.

    `allow_format`: a person's word for an app version that is not in the table. `wait_for_person`: wait until a
    state such as "locked" clears; False raises its error at once. `link_attempts`: how often a doubtful link is made
    anew before giving up, with pauses from `link_pause` doubling up to `link_pause_max`. `exit_grace`: how long a
    device may take to come back under another path after an app opened or ended (5 s is Frame's figure);
    `emulator_grace`: the same for an emulator, which needs no USB enumeration.
    """

    allow_format: WireFormat | None = None
    wait_for_person: bool = True
    poll: float = 0.5
    answer: Mapping[Patience, float | None] = field(default_factory=lambda: _ANSWER_SECONDS)
    link_attempts: int = 5
    link_pause: float = 0.2
    link_pause_max: float = 3.0
    exit_grace: float = 5.0
    emulator_grace: float = 1.0
