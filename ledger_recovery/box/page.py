"""[pure] The Box's two pages: what this is, and the pairing offer. Self-contained HTML under a strict policy.

No scripts, nothing from elsewhere; colours follow the system's light or dark setting.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.2; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1rem; }
dt { opacity: .75; }
dd { margin: 0; overflow-wrap: anywhere; }
code { font: .95rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.qr { display: block; width: min(100%, 22rem); height: auto; border-radius: .5rem; }
.note { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
QR_PATH: Final = "/pair/qr.svg"


def root_page(name: str, fingerprint: str, *, kept: int, largest_mib: int) -> str:
    """What a stranger sees: what this is and its fingerprint, nothing about anybody."""
    return _page(
        name,
        f"""<p>This is an Identity Box. It keeps encrypted backups for computers that were paired with it. It cannot
read them, and it shows nobody which ones it has.</p>
<dl><dt>fingerprint</dt><dd><code>{escape(fingerprint)}</code></dd>
<dt>keeps</dt><dd>the newest {kept} generations of each backup, each at most {largest_mib} MiB</dd></dl>
<p class="note">To pair a computer, open <code>/pair</code> on the computer that this Box runs on, or run
<code>ledger-recovery box offer</code> there.</p>""",
    )


def pairing_page(name: str, *, url: str, link: str, code: str, fingerprint: str, expires: str) -> str:
    """The offer, for somebody who sits at the Box's own computer."""
    return _page(
        f"Pair a computer with {name}",
        f"""<p>On the other computer run <code>ledger-recovery box pair</code> and give it this picture, the link or
the code. Compare the fingerprint that it shows with the one here.</p>
<img class="qr" src="{QR_PATH}" alt="QR code of the pairing link">
<dl><dt>link</dt><dd><code>{escape(link)}</code></dd>
<dt>address</dt><dd><code>{escape(url)}</code></dd>
<dt>typed code</dt><dd><code>{escape(code)}</code></dd>
<dt>fingerprint</dt><dd><code>{escape(fingerprint)}</code></dd>
<dt>expires</dt><dd>{escape(expires)}</dd></dl>
<p class="note">It works for one computer, once. Whoever sees it can pair instead of you: show it to nobody else. Reload
this page for the next computer.</p>""",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n{body}\n</main></body></html>\n"
    )
