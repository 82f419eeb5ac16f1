"""[pure] Which of two policy texts of one credential says more.

The Desktop Wallet writes revealed attributes as plain text for credentials that it made, as hex of the same bytes for
those that it recovered (concordium-node-sdk-js grpc/translation.ts), and for removed ones an invented policy: the
month of the recovery twice and no attributes.
"""

from __future__ import annotations

import json


def better_policy(known: str | None, offered: str | None) -> str | None:
    """`known`, unless it is unknown or invented and `offered` is not, or `offered` is its plain-text form."""
    if offered is None or offered == known:
        return known
    if _standing(offered) > _standing(known):
        return offered
    return offered if known is not None and _is_plain_form(offered, known) else known


def _standing(policy: str | None) -> int:
    """0: nothing known; 1: no readable policy; 2: invented by a recovery; 3: from a wallet or the chain."""
    if policy is None or not policy.strip():
        return 0
    document = _read(policy)
    if document is None:
        return 1
    invented = not document.get("revealedAttributes") and document.get("createdAt") == document.get("validTo")
    return 2 if invented else 3


def _is_plain_form(plain: str, coded: str) -> bool:
    """Do both say the same, with at least one attribute as text in `plain` where `coded` has its bytes in hex?"""
    ours, theirs = _read(plain), _read(coded)
    if ours is None or theirs is None:
        return False
    texts, codes = ours.pop("revealedAttributes", None), theirs.pop("revealedAttributes", None)
    if ours != theirs or not isinstance(texts, dict) or not isinstance(codes, dict) or texts.keys() != codes.keys():
        return False
    pairs = [(texts[tag], codes[tag]) for tag in texts]
    return all(text == code or _decoded(code) == text for text, code in pairs) and any(t != c for t, c in pairs)


def _decoded(code: object) -> str | None:
    try:
        return bytes.fromhex(code).decode() if isinstance(code, str) and code else None
    except ValueError:
        return None


def _read(policy: str) -> dict[str, object] | None:
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
