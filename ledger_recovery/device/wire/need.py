"""[pure] What an assembler answers while an answer is incomplete."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal


class Need(Enum):
    """The one member says: feed more bytes."""

    DATA = "data"


NEED_DATA: Final = Need.DATA
NeedData = Literal[Need.DATA]
