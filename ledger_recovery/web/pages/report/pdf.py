"""[pure] The report as PDF, from the view model of its JSON: A4, the statement first, the grid drawn, no foreign font.

Letters beyond the built-in fonts' (Latin-1) are replaced; equal reports give equal files.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from fpdf import FPDF

from ledger_recovery.web.pages.grid_picture import NOT_ASKED, drawn_rows
from ledger_recovery.web.pages.report.shape import AccountView, Fact, GridView, ReportView

NEVER_ASKS = "This program never asks for your recovery words."
_REPLACED = {"…": "...", "–": "-", "—": "-", "“": '"', "”": '"', "’": "'", "‘": "'", "→": "->"}
_MARGIN, _LINE, _NAME = 18.0, 5.0, 42.0
_CELL = 5.2
_GREY, _INK, _GREEN, _AMBER = (96, 104, 116), (24, 29, 37), (10, 106, 77), (138, 83, 0)
_FILLS = {"D": (214, 240, 226), "A": (238, 240, 243), "?": (255, 232, 190), NOT_ASKED: (255, 255, 255)}


def report_pdf(view: ReportView, *, compress: bool = True) -> bytes:
    """The whole document.

    :param compress: False leaves the page streams readable, for tests.
    """
    page = _Page(view, compress=compress)
    page.head(view)
    page.facts("Summary", view.summary)
    page.grids(view)
    page.accounts("Accounts", view.accounts)
    if not view.accounts:
        page.text(view.none_found, 0)
    if view.smart:
        page.accounts("Smart accounts", view.smart)
    page.bullets("Credentials", [f"{c.place}: {c.what}; {c.key_check}; account {c.account}" for c in view.credentials])
    for section in view.sections:
        page.bullets(section.title, section.lines)
    page.bullets("What could not be recovered, and what would bring it back", view.not_recovered)
    page.bullets("What to do next", view.next_steps)
    page.facts("How it was searched", view.search)
    page.facts("Environment", view.environment)
    return page.made()


class _Page:
    """A thin hand over the drawing library: the few shapes that a report has."""

    def __init__(self, view: ReportView, *, compress: bool) -> None:
        pdf = _Footed(format="A4")
        pdf.set_compression(compress)
        pdf.set_creation_date(_moment(view.created))
        pdf.set_title("Ledger recovery report")
        pdf.set_lang("en")
        pdf.set_producer("ledger-recovery")
        pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        pdf.set_auto_page_break(True, 20)
        pdf.add_page()
        self._pdf = pdf

    def made(self) -> bytes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return bytes(self._pdf.output())

    def head(self, view: ReportView) -> None:
        self._font("B", 18)
        self._write(8, "Ledger recovery report")
        self._font("", 9, _GREY)
        self._write(_LINE, f"{view.created}   Redaction: {view.redaction}")
        if view.key:
            self._write(
                _LINE, f"Signed with the key {view.key}. Check the JSON file: ledger-recovery report verify FILE"
            )
        self._pdf.ln(3)
        self._font("B", 12, _GREEN if view.complete else _AMBER)
        self._write(6, "Complete" if view.complete else "Not complete")
        self._font("", 11)
        self._write(5.6, view.sentence)

    def title(self, text: str) -> None:
        self._pdf.ln(4)
        if self._pdf.will_page_break(22):
            self._pdf.add_page()
        self._font("B", 12)
        self._write(7, text)

    def text(self, text: str, indent: float) -> None:
        self._font("", 9.5)
        self._pdf.set_x(_MARGIN + indent)
        self._pdf.set_left_margin(_MARGIN + indent)
        self._write(_LINE, text)
        self._pdf.set_left_margin(_MARGIN)
        self._pdf.set_x(_MARGIN)

    def bold(self, text: str) -> None:
        self._font("B", 9.5)
        self._write(_LINE, text)

    def accounts(self, title: str, accounts: Iterable[AccountView]) -> None:
        self.title(title)
        for account in accounts:
            self.bold(account.address)
            self.text("; ".join(account.facts), 4)

    def facts(self, title: str, facts: Sequence[Fact]) -> None:
        self.title(title)
        for fact in facts:
            if self._pdf.will_page_break(2 * _LINE):
                self._pdf.add_page()
            self._font("", 9.5, _GREY)
            top = self._pdf.get_y()
            self._pdf.cell(_NAME, _LINE, _plain(fact.name))
            self._font("", 9.5)
            self._pdf.set_xy(_MARGIN + _NAME, top)
            self._write(_LINE, fact.value)

    def bullets(self, title: str, lines: Iterable[str]) -> None:
        rows = tuple(lines)
        if not rows:
            return
        self.title(title)
        for row in rows:
            self._font("", 9.5)
            self._pdf.cell(4, _LINE, "-")
            self.text(row, 4)

    def grids(self, view: ReportView) -> None:
        if not view.grids:
            return
        self.title(view.grid_title)
        self.text("   ".join(f"{letter} {word}" for letter, word in view.meaning.items()), 0)
        for grid in view.grids:
            self._grid(grid)

    def _grid(self, grid: GridView) -> None:
        self._pdf.ln(2)
        if self._pdf.will_page_break(22):
            self._pdf.add_page()
        self.bold(f"{grid.title}: {grid.status}")
        for scheme in grid.schemes:
            self._font("", 8.5, _GREY)
            rest = f"   ({scheme.picture.rest})" if scheme.picture.rest else ""
            self._write(_LINE, f"{scheme.scheme}{rest}")
            for start, letters in drawn_rows(scheme.stretches, scheme.width):
                self._cells(start, letters)

    def _cells(self, start: int, letters: str) -> None:
        if self._pdf.will_page_break(_CELL + 2):
            self._pdf.add_page()
        top = self._pdf.get_y()
        self._font("", 7, _GREY)
        self._pdf.set_xy(_MARGIN, top)
        self._pdf.cell(16, _CELL, f"{start}-{start + len(letters) - 1}", align="R")
        self._font("B", 7)
        for n, letter in enumerate(letters):
            self._pdf.set_fill_color(*_FILLS[letter])
            self._pdf.set_draw_color(200, 205, 212)
            self._pdf.set_xy(_MARGIN + 18 + n * _CELL, top)
            self._pdf.cell(_CELL, _CELL, letter, border=1, align="C", fill=True)
        self._pdf.set_xy(_MARGIN, top + _CELL + 1)

    def _font(self, style: str, size: float, colour: tuple[int, int, int] = _INK) -> None:
        self._pdf.set_font("Helvetica", style, size)
        self._pdf.set_text_color(*colour)

    def _write(self, height: float, text: str) -> None:
        self._pdf.multi_cell(0, height, _plain(text), align="L", new_x="LMARGIN", new_y="NEXT")


class _Footed(FPDF):
    def footer(self) -> None:
        self.set_y(-14)
        self.set_font("Helvetica", "", 8)
        self.set_text_color(*_GREY)
        self.cell(0, 5, f"{NEVER_ASKS}   Page {self.page_no()}", align="C")


def _plain(text: str) -> str:
    """Text that the built-in fonts can show; the library breaks words that are longer than a line."""
    for letter, instead in _REPLACED.items():
        text = text.replace(letter, instead)
    return text.encode("latin-1", "replace").decode("latin-1")


def _moment(created: str) -> datetime:
    """The report's own time, so that the file does not depend on the clock."""
    try:
        return datetime.strptime(created, "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
