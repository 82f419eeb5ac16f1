"""The three renderers of one event stream: plain lines, the live display, JSON lines."""

from __future__ import annotations

import io
import json

import pytest

from ledger_recovery.cli import output
from ledger_recovery.cli.board import Board
from ledger_recovery.cli.jsonout import JsonLines
from ledger_recovery.cli.live import Live, styled
from ledger_recovery.cli.output import Renderer
from ledger_recovery.cli.plain import Plain
from ledger_recovery.cli.sentences import concluded, told
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceState, Notice
from ledger_recovery.recover import events as ev
from ledger_recovery.recover.model import IndexOutcome, IndexStatus
from ledger_recovery.recover.policy import StopAdvice
from tests.support import cli_service as scripted

WAITING = Notice(DeviceState.AWAITING_APPROVAL, "the Ledger waits for you", "Compare.")
LOCKED = Notice(DeviceState.LOCKED, "the Ledger is locked", "Enter its PIN.")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _events() -> list[ev.Event]:
    script = scripted.Scenario()
    return list(script.events("recover", scripted.result(*script.outcomes)))


def _play(renderer: Renderer, events: list[ev.Event]) -> None:
    for event in events:
        renderer.on(event)
    renderer.close()


def test_plain_is_one_flushed_line_an_event_without_control_characters() -> None:
    stream = io.StringIO()
    _play(Plain(stream), _events())
    lines = stream.getvalue().splitlines()
    assert "ID #1: empty" in lines
    assert not any(ord(c) < 32 for line in lines for c in line)


def test_plain_tells_progress_now_and_then_not_always() -> None:
    stream = io.StringIO()
    _play(Plain(stream), [ev.ListProgress(n) for n in range(0, 60_000, 1_000)])
    assert stream.getvalue().splitlines() == [
        "account list: 25,000 accounts so far",
        "account list: 50,000 accounts so far",
    ]


def test_json_lines_are_one_object_an_event() -> None:
    stream = io.StringIO()
    _play(JsonLines(stream), _events())
    objects = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [o["event"] for o in objects] == [e.name for e in _events()]


def test_the_request_is_told_once_with_its_screens() -> None:
    assert told(ev.DeviceNoticed(WAITING)) == ()
    assert told(ev.DeviceNoticed(LOCKED)) == ("device: the Ledger is locked. Enter its PIN.",)


def test_an_index_with_unknown_cells_is_never_called_empty() -> None:
    for outcome in (
        scripted.outcome(0, scripted.unknown(0, 3)),
        IndexOutcome(IdentityRef(0), IndexStatus.DECLINED),
        IndexOutcome(IdentityRef(0), IndexStatus.SKIPPED),
    ):
        assert "unknown" in concluded(outcome)
        assert "empty" not in concluded(outcome)


def test_a_suggested_stop_says_what_it_rests_on() -> None:
    (line,) = told(ev.StopSuggested(StopAdvice(3, 2, "the node says so")))
    assert line == (
        "the last 3 identity indices are empty: the node says so; 2 accounts found before; stopping here is reasonable"
    )


def test_the_board_keeps_what_moves_and_gives_away_what_is_done() -> None:
    board = Board(25)
    first = scripted.outcome(0, scripted.deployed(0, 3))
    board.on(ev.ApprovalExpected(first.identity, scripted.SCREEN), 10.0)
    assert (board.expected, board.waiting_since) == (scripted.SCREEN, 10.0)
    board.on(ev.ApprovalSettled(first.identity, True), 12.0)
    assert (board.expected, board.waiting_since) == (None, None)
    board.on(ev.CellsAnswered(first.identity, first.cells[:5]), 12.0)
    assert board.grid()[0] == "ID #0    v1  AAADA ..... ..... ..... ....."
    assert board.take_done() == ()
    board.on(ev.IndexConcluded(first), 13.0)
    assert board.grid() == ()
    assert board.take_done() == (
        "ID #0    v1  AAADA AAAAA AAAAA AAAAA AAAAA  4 more A",
        "ID #0    v0  AAAAA AAAAA AAAAA AAAAA AAAAA",
        "ID #0: 1 credential",
    )
    assert board.take_done() == ()


def test_the_board_shows_the_device_state_until_it_clears() -> None:
    board = Board(25)
    board.on(ev.DeviceNoticed(LOCKED), 0.0)
    assert board.device_line == "device: the Ledger is locked. Enter its PIN."
    board.on(ev.DeviceReady(scripted.DEVICE), 0.0)
    assert board.device_line == ""


def test_live_leaves_the_done_lines_and_clears_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    _play(Live(stream, clock=lambda: 0.0), _events())
    shown = stream.getvalue()
    assert "\x1b[1;32mD" in shown
    assert "→ press the right button" in shown
    assert "waiting for you 0:00" in shown


def test_live_survives_questions_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    live = Live(stream, clock=lambda: 0.0)
    live.pause()
    stream.write("QUESTION")
    live.resume()
    live.screen(("Accept",), "both buttons")
    live.on(ev.ApprovalExpected(IdentityRef(0), scripted.SCREEN))
    live.close()
    assert "pressed: both buttons" in stream.getvalue()


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    _play(Live(stream, clock=lambda: 0.0), _events())
    shown = stream.getvalue()
    assert "D" in shown
    for colour in ("\x1b[32m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[33m"):
        assert colour not in shown


def test_letters_are_coloured_and_nothing_else() -> None:
    text = styled("IDP #2 ID #7 v1  DA?.. AAAAA  D at 200")
    assert {text.plain[s.start : s.end] for s in text.spans} == {"D", "A", "?", "."}
    assert all(17 <= s.start < 28 for s in text.spans)
    assert styled("a line with D and A").spans == []


@pytest.mark.parametrize(
    ("plain", "events", "terminal", "term", "kind"),
    [
        (False, False, True, "xterm", Live),
        (True, False, True, "xterm", Plain),
        (False, False, True, "dumb", Plain),
        (False, False, False, "xterm", Plain),
        (False, True, True, "xterm", JsonLines),
    ],
)
def test_which_renderer_a_run_gets(
    plain: bool, events: bool, terminal: bool, term: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)
    stream = Terminal() if terminal else io.StringIO()
    made = output.renderer(plain=plain, events=events, stream=stream)
    made.close()
    assert type(made) is kind


def test_an_emulated_screen_is_told_when_there_is_one() -> None:
    stream = io.StringIO()
    plain = Plain(stream)
    plain.screen(("Recover credentials", " ", "ID#0"), "right button")
    plain.screen((), "")
    assert stream.getvalue() == 'emulated screen: "Recover credentials / ID#0", pressed: right button\n'
