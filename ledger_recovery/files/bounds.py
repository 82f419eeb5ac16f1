"""[pure] The limits on what a file may state; each is far above what a wallet writes and far below what hurts.

Everything before the key derivation looks at the file's bytes and a small head only, so that a hostile file costs no
more than itself. What lies inside the encryption is read only by somebody who typed its password.
"""

from __future__ import annotations

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024
"""The outer document without its cipher text; the wallets write under 400 bytes."""

MAX_PBKDF2_ITERATIONS = 5_000_000
"""The wallets write 10,000 (Desktop) and 100,000 (Mobile); this many take a few seconds."""

MAX_SALT_BYTES = 1024

MAX_VALUES = 4_000_000
"""Commas and brackets of a document, its strings included: the cheap measure of how many objects it can make."""

MAX_DEPTH = 64
MAX_ROWS = 250_000
"""Per table of a file."""

MAX_NAME = 4_096
"""Characters of a name or note; the wallets' own dialogs stop at 100."""

MAX_TEXT = 16 * 1024 * 1024
"""Characters of any other text: identity objects, provider icons, lists of shielded amounts."""
