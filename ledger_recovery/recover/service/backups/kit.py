"""[pure] The printable page: where the backup is, what the words are for, and room to write them by hand.

One HTML page without scripts, pictures or addresses to fetch. It holds the words only when they are given.
"""

from __future__ import annotations

from html import escape

from ledger_recovery.backup.words import WORD_COUNT
from ledger_recovery.wallet.backup_model import BackupState

_STYLE = """
body{font:12pt/1.45 serif;max-width:17cm;margin:1.5cm auto;color:#000;background:#fff}
h1{font-size:18pt;margin:0 0 .3em}h2{font-size:13pt;margin:1.2em 0 .3em}
ol.words{columns:3;column-gap:1.2cm;padding:0;list-style:none;counter-reset:w}
ol.words li{counter-increment:w;break-inside:avoid;border-bottom:1px solid #000;padding-top:.5em;height:1.6em}
ol.words li::before{content:counter(w) ". ";font-family:monospace}
dt{font-weight:bold}dd{margin:0 0 .4em;font-family:monospace;overflow-wrap:anywhere}
.warn{border:2px solid #000;padding:.5em .8em}@media print{body{margin:0 auto}}
"""
_STEPS = (
    "Install ledger-recovery on the new computer.",
    "On the computer of the Box run <code>ledger-recovery box offer</code>; on the new one run "
    "<code>ledger-recovery box pair</code> with the link, the QR picture or the code that it shows. "
    "Compare the fingerprint with the one on this page.",
    "Run <code>ledger-recovery backup restore</code> and type the 24 words when it asks.",
    "Without a Box: run <code>ledger-recovery backup restore --file FILE</code> with a copy, such as one on a stick.",
    "Now and then, run <code>ledger-recovery backup drill</code>: it shows that these words open the newest backup, "
    "and changes nothing.",
)
_WARNINGS = (
    "Whoever has these words can read the backups. Nobody can restore them for you: lost words are final.",
    "They are not the recovery words of your Ledger, and this program never asks for those.",
)


def kit_page(state: BackupState, date: str, words: tuple[str, ...] | None = None) -> str:
    """The page as HTML; secret when `words` are given.

    :param date: of the print, for instance 2026-11-22.
    :param words: all of them, or None to leave numbered lines to write on.
    :raises ValueError: another number of words.
    """
    if words is not None and len(words) != WORD_COUNT:
        raise ValueError(f"a backup has {WORD_COUNT} words")
    lines = "".join(f"<li>{escape(word)}</li>" for word in words or ("",) * WORD_COUNT)
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _facts(state, date))
    steps = "".join(f"<li>{step}</li>" for step in _STEPS)
    warnings = "".join(f"<p>{escape(text)}</p>" for text in _WARNINGS)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Backup kit</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><h1>Backup kit of ledger-recovery</h1>"
        f'<div class="warn">{warnings}</div><h2>The 24 words</h2><ol class="words">{lines}</ol>'
        f"<h2>Where the backups are</h2><dl>{facts}</dl><h2>To restore</h2><ol>{steps}</ol></body></html>\n"
    )


def fingerprint(pin: str) -> str:
    """A Box's pin (64 hex) in groups of four, to compare by eye."""
    return " ".join(pin[start : start + 4] for start in range(0, len(pin), 4))


def _facts(state: BackupState, date: str) -> tuple[tuple[str, str], ...]:
    box, link = state.box, state.link
    of_box = (("Box", box.name), ("Address", box.url), ("Fingerprint", fingerprint(box.pin))) if box else ()
    of_link = (("Backup ID", link.backup_id), ("Enabled", link.enabled_at)) if link else ()
    return (*of_box, *of_link, ("Printed", date))
