"""What a person can do on a screen, as data: for pages that put buttons beside a picture of it. Pure.

An addition of our own; Speculos only has the texts. Effects are not told: what a control does is seen by using it.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.device.screens import Button, Hold, Page, Swipe, Tap, Text, Trigger, Zone

Offer = dict[str, str | int]


def offers(page: Page) -> list[Offer]:
    """Each input once, in the order of reading: {"do", and for fingers "label", "x", "y"}.

    `do`: press-left, press-right, press-both, swipe-left, swipe-right, tap or hold. `label`: the texts in the zone.
    Zones without a text whose effect a swipe has as well (arrows) are left out.
    """
    swiped = {effect for trigger, effect in page.inputs if isinstance(trigger, Swipe)}
    listed = [
        (trigger, _offer(trigger, page.texts))
        for trigger, effect in page.inputs
        if not (isinstance(trigger, Tap) and effect in swiped and not _label(trigger.zone, page.texts))
    ]
    return [offer for _, offer in sorted(listed, key=_place)]


def _offer(trigger: Trigger, texts: Sequence[Text]) -> Offer:
    if isinstance(trigger, Button | Swipe):
        kind = "press" if isinstance(trigger, Button) else "swipe"
        return {"do": f"{kind}-{trigger.name.lower()}"}
    zone = trigger.zone
    x, y = (zone.left + zone.right) // 2, (zone.top + zone.bottom) // 2
    return {"do": "hold" if isinstance(trigger, Hold) else "tap", "label": _label(zone, texts), "x": x, "y": y}


def _label(zone: Zone, texts: Sequence[Text]) -> str:
    inside = (text.text.strip() for text in texts if zone.holds((text.x + text.w // 2, text.y + text.h // 2)))
    return " ".join(text for text in inside if text)


def _place(listed: tuple[Trigger, Offer]) -> tuple[int, int]:
    """Swipes first, then zones from the top to the bottom and from left to right."""
    trigger = listed[0]
    return (trigger.zone.top, trigger.zone.left) if isinstance(trigger, Tap | Hold) else (-1, 0)
