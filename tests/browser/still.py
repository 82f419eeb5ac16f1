"""A server of still pages: what the views make of given states, with the guide's own policy and files."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import Family
from ledger_recovery.web.pages import views
from ledger_recovery.web.pages.demo_screen import BUTTONS, Control, DemoScreen
from ledger_recovery.web.pages.diagnosis import diagnosis_text
from ledger_recovery.web.pages.report.page_concordium import report_view
from ledger_recovery.web.pages.report.page_evm import evm_report_view
from ledger_recovery.web.pages.sheet import sheet_of
from ledger_recovery.web.server.security import POLICY
from ledger_recovery.web.server.static_files import static_file
from tests.support import guide_scenes_evm, report_worlds
from tests.support.guide_scenes import scenes

DEMO_NANO = DemoScreen("nanosp", False, 128, 64, ("Recover credentials", "ID#3"), BUTTONS)
DEMO_TOUCH = DemoScreen(
    *("stax", True, 400, 672, ("Recover credentials", "ID#3", "Reject", "2 of 3")),
    (
        Control("swipe-right", "Swipe right"),
        Control("swipe-left", "Swipe left"),
        Control("tap", "Tap “Reject”", 80, 624),
    ),
)


def still_pages() -> dict[str, str]:
    """Name -> HTML of every page that a person can meet."""
    states = scenes()
    pages = {name: views.render(state, token="t", demo=False).html for name, state in states.items()}
    return pages | {
        "05-demo-starting": views.render(states["05-approve-nanosp"], token="t", demo=True).html,
        "05-demo": views.render(states["05-approve-nanosp"], token="t", demo=True, screen=DEMO_NANO).html,
        "05-demo-touch": views.render(states["05-approve-stax"], token="t", demo=True, screen=DEMO_TOUCH).html,
        "40-enter": views.enter_page(),
        "40-failure": views.failure_page("there is no such page", "go back to the guide", "no-such-page"),
        "41-sheet": views.sheet_page(sheet_of("approve"), steps.APPROVE),
        "42-diagnosis": views.diagnosis_page(diagnosis_text(states["06-looking-up"])),
        "43-report": views.report_html(report_view(report_worlds.complete(), "1a2b 3c4d"), token="t"),
        "43-report-unknown": views.report_html(report_view(report_worlds.not_complete()), token="t"),
        "e41-sheet": views.sheet_page(sheet_of("network", Family.EVM), steps.NETWORK, Family.EVM),
        "e42-diagnosis": views.diagnosis_page(diagnosis_text(states["e06-dead-chain"])),
        "e43-report": views.report_html(evm_report_view(guide_scenes_evm.found(), "1a2b 3c4d"), token="t"),
        "e43-report-unknown": views.report_html(evm_report_view(guide_scenes_evm.not_complete()), token="t"),
        "e43-report-find": views.report_html(evm_report_view(guide_scenes_evm.sought(9)), token="t"),
    }


@contextmanager
def still_server(pages: Mapping[str, str], policy: str = POLICY) -> Iterator[str]:
    """The pages under their names; yields the base address. `policy`: another one than the guide's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(pages, policy))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(pages: Mapping[str, str], policy: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].lstrip("/")
            found = static_file(name.removeprefix("static/")) if name.startswith("static/") else None
            if found is None and name in pages:
                found = pages[name].encode(), "text/html; charset=utf-8"
            data, kind = found or (b"", "text/plain")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            return None

    return Handler
