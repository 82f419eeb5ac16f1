"""Reports that are short, long, foreign, out of order, missing or late, from a device on virtual USB.

The real hidapi reads them. Whatever comes: no stale and no wrong key, one error of our tree, and a new link after it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.test_usb_unplug import SEEDS
from tests.support.usb.bench import Data, Ended
from tests.support.usb.fixtures import Place

PUBLIC_KEY_0 = "87e16c8269270b1c75b930224df456d2927b80c760ffa77e57dbd738f6399492"
"""m/1105'/0'/0'/0'/0'/2'/0'/0' of Speculos' default phrase (measured on app 5.1.3 in Speculos 0.27.1)."""

EXPORT, PROVE = "e005:0", "e001:1"
"""The first export; the question with an answer of two reports (the first e001 reads the wallet's fingerprint)."""

ANSWER_SECONDS = 0.3


def patch(at: int, offset: int, data: str) -> Data:
    return {"do": "patch", "at": at, "offset": offset, "hex": data}


def ask(virtual: Place, questions: list[tuple[str, int]], edits: dict[str, list[Data]]) -> Ended:
    node = virtual.usb.bus.plug(virtual.ledger.apdu)
    virtual.usb.bus.arm(edits=edits)
    order: dict[str, Any] = {"device": f"hid:{node}", "questions": questions, "answer_seconds": ANSWER_SECONDS}
    return virtual.usb.client.run("ask", **order)


REFUSED = {
    "another channel": [patch(0, 0, "0102")],
    "another tag": [patch(0, 2, "06")],
    "a later sequence number": [patch(0, 3, "0001")],
    "one byte short": [{"do": "resize", "size": 63}],
    "one byte": [{"do": "resize", "size": 1}],
    "only the header": [{"do": "resize", "size": 7}],
    "an answer of no bytes": [patch(0, 5, "0000")],
    "an answer of one byte": [patch(0, 5, "0001")],
    "an answer longer than any": [patch(0, 5, "ffff")],
    "a report of another channel before it": [{"do": "insert", "hex": "02020500000002" + "9000"}],
    "a stray status word before it": [{"do": "insert", "hex": "01010500000002" + "9000"}],
    "all zeros before it": [{"do": "insert", "hex": "00"}],
    "a key cut by a byte": [patch(0, 5, "0021")],
    "a key and a byte more": [patch(0, 5, "0023")],
    "an answer that begins and stops": [patch(0, 5, "0044")],
    "an answer that goes on with itself": [patch(0, 5, "0044"), {"do": "repeat"}],
}


@pytest.mark.parametrize("edits", REFUSED.values(), ids=REFUSED)
def test_an_odd_answer_to_an_export(edits: list[Data], virtual: Place) -> None:
    """It is refused, and the person is not asked again by itself; what is asked next gets its own answer."""
    ended = ask(virtual, [("export", 1), ("export", 2), ("export", 1)], {EXPORT: edits})
    error, second, again = ended.value
    assert error["class"] == "BadReply"
    assert error["sentence"] and error["hint"]
    assert SEEDS[1] not in repr(ended.notices) + repr(error)
    assert (second, again) == (SEEDS[2], SEEDS[1])
    assert virtual.usb.bus.log().exports(whole=True)[-2:] == [2, 1]


HARMLESS = {
    "nothing": [],
    "padding after the answer": [patch(0, 41, "ff" * 23)],
    "longer than a report: the kernel cuts it": [{"do": "resize", "size": 70}],
    "an empty report before it": [{"do": "insert", "hex": "", "size": 0}],
}


@pytest.mark.parametrize("edits", HARMLESS.values(), ids=HARMLESS)
def test_what_does_no_harm(edits: list[Data], virtual: Place) -> None:
    ended = ask(virtual, [("export", 1), ("prove", 0), ("export", 2)], {EXPORT: edits})
    assert ended.value == [SEEDS[1], PUBLIC_KEY_0, SEEDS[2]]
    assert virtual.usb.bus.log().exports(whole=True) == [1, 2]


TWO_REPORTS = {
    "the second twice": [{"do": "repeat", "at": 1}, {"do": "swap", "at": 0}],
    "the first twice": [{"do": "repeat", "at": 0}],
    "swapped": [{"do": "swap", "at": 0}],
    "the first missing": [{"do": "drop", "at": 0}],
    "the second of another channel": [patch(1, 0, "0102")],
    "the second a number too late": [patch(1, 3, "0002")],
    "the second short": [{"do": "resize", "at": 1, "size": 30}],
    "another answer in between": [{"do": "insert", "at": 1, "hex": "01010500000002" + "9000"}],
    "a changed key": [patch(0, 8, "00")],
}


@pytest.mark.parametrize("edits", TWO_REPORTS.values(), ids=TWO_REPORTS)
def test_an_answer_of_two_reports(edits: list[Data], virtual: Place) -> None:
    error, second, third = ask(virtual, [("prove", 0), ("export", 2), ("prove", 0)], {PROVE: edits}).value
    assert error["class"] == "BadReply"
    assert (second, third) == (SEEDS[2], PUBLIC_KEY_0)


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("do", ["lose", "hold"])
def test_silence_before_or_within_an_answer(do: str, at: int, virtual: Place) -> None:
    """The deadline passes; the rest never comes, or comes when the next question was asked. The link is made anew."""
    ended = ask(virtual, [("prove", 0), ("export", 2), ("export", 1)], {PROVE: [{"do": do, "at": at}]})
    assert ended.value == [PUBLIC_KEY_0, SEEDS[2], SEEDS[1]]
    assert virtual.usb.bus.log().exports(whole=True) == [2, 1]


def test_an_answer_that_comes_in_the_place_of_the_next(virtual: Place) -> None:
    """A second answer to the wallet's fingerprint lies there when the first export is asked: it is never its key."""
    edits = {"e001:0": [{"do": "repeat"}], "e005:0": [{"do": "repeat"}]}
    ended = ask(virtual, [("export", 1), ("export", 2), ("export", 1)], edits)
    assert [v for v in ended.value if isinstance(v, str)] == [SEEDS[1], SEEDS[2], SEEDS[1]]
    assert ended.states.count("ready") > 1, "the link was made anew"


@pytest.mark.parametrize("head", ["b001:0", "b001:1", "e001:0"])
@pytest.mark.parametrize("edits", [REFUSED["another channel"], REFUSED["one byte"], [{"do": "lose", "at": 0}]])
def test_an_odd_answer_on_the_way_to_the_app(head: str, edits: list[Data], virtual: Place) -> None:
    """These questions are silent on the device: they are asked again over a new link, and the person is told why."""
    ended = ask(virtual, [("export", 1), ("export", 2)], {head: edits})
    assert ended.value == [SEEDS[1], SEEDS[2]]
    assert virtual.usb.bus.log().exports(whole=True) == [1, 2]
