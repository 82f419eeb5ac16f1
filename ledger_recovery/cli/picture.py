"""[pure] A picture of the device: the screens that it must show, drawn beside what to press on this model.

Every picture has a text twin (`sentence`) for `--plain` and screen readers: the same texts in the same order.
"""

from __future__ import annotations

import textwrap

from ledger_recovery.cli.terminal import printable
from ledger_recovery.device.interaction import ExpectedScreen

MODEL_NAMES = {
    "nanos": "Ledger Nano S",
    "nanox": "Ledger Nano X",
    "nanosp": "Ledger Nano S Plus",
    "stax": "Ledger Stax",
    "flex": "Ledger Flex",
    "apex": "Ledger Nano Gen5",
    "emulator": "emulated Ledger",
    "unknown": "Ledger",
}
_TOUCH = frozenset({"stax", "flex", "apex"})
_LEAST_ROOM = 20
_NANO_WIDTH, _NANO_LINES = 22, 3
_TOUCH_WIDTH, _TOUCH_LINES = 26, 5


def model_name(model: str) -> str:
    return MODEL_NAMES.get(model, printable(model, 40))


def draw(screen: ExpectedScreen, width: int = 78) -> tuple[str, ...]:
    """The pages in the order in which they come, each with its action to the right, on lines of `width`."""
    lines = [f"{model_name(screen.model)}: {printable(screen.title, 80)}"]
    for number, page in enumerate(screen.pages):
        action = screen.press[number] if number < len(screen.press) else ""
        lines += _beside(box(page, screen.model), action, width)
    if screen.check:
        lines.append(f"compare: {printable(screen.check, 80)}")
    return tuple(lines)


def box(page: tuple[str, ...], model: str) -> tuple[str, ...]:
    """One screen: a lying box for the button devices, a taller one for the touch devices."""
    touch = model in _TOUCH
    texts = [printable(t, 60).strip() for t in page if t.strip()]
    width = max([_TOUCH_WIDTH if touch else _NANO_WIDTH, *(len(t) + 2 for t in texts)])
    height = max(_TOUCH_LINES if touch else _NANO_LINES, len(texts))
    above = (height - len(texts)) // 2
    rows = [""] * above + texts + [""] * (height - len(texts) - above)
    corners = ("╭", "╮", "╰", "╯") if touch else ("┌", "┐", "└", "┘")
    return (
        f"{corners[0]}{'─' * width}{corners[1]}",
        *(f"│{row:^{width}}│" for row in rows),
        f"{corners[2]}{'─' * width}{corners[3]}",
    )


def sentence(screen: ExpectedScreen) -> str:
    """The text twin: what the device must show and what to press, page by page, on one line."""
    steps = []
    for number, page in enumerate(screen.pages):
        shown = " / ".join(printable(t, 60).strip() for t in page if t.strip())
        action = screen.press[number] if number < len(screen.press) else ""
        steps.append(f'"{shown}"' + (f" ({printable(action, 80)})" if action else ""))
    told = not screen.check or any(screen.check in action for action in screen.press)
    check = "" if told else f"; compare {printable(screen.check, 80)}"
    return f"the {model_name(screen.model)} must show {', then '.join(steps)}{check}"


def _beside(frame: tuple[str, ...], action: str, width: int) -> list[str]:
    """The frame with the action to its right, folded where the line would end."""
    room = max(_LEAST_ROOM, width - len(frame[0]) - 7)
    told = textwrap.wrap(printable(action, 200), room)[: len(frame) - 1]
    first = max(0, (len(frame) - len(told)) // 2)
    lines = []
    for number, line in enumerate(frame):
        part = told[number - first] if 0 <= number - first < len(told) else ""
        mark = "→ " if number == first else "  "
        lines.append(f"  {line}   {mark}{part}" if part else f"  {line}")
    return lines
