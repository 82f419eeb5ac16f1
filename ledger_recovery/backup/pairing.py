"""[pure] How a computer is introduced to an Identity Box: a link (QR code) or 25 typed characters.

The link's secrets are in its fragment, which no browser sends and no web server logs. The link holds the whole pin of
the Box's public key; the typed code holds its first 40 bits, and 15 more that depend on the token, so that a false Box
that has ground a key with the same 40 bits is found out before the token is sent.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from ledger_recovery.backup.ids import b64u, from_b64u
from ledger_recovery.backup.pairing_url import check_box_url
from ledger_recovery.backup.protocol_json import printable
from ledger_recovery.errors import InputError, NewerVersion

PIN_BYTES: Final = 32
TOKEN_BYTES: Final = 16
MAX_NAME_BYTES: Final = 60
MAX_LINK: Final = 1000
CODE_LENGTH: Final = 25
SHORT_TOKEN_LENGTH: Final = 12

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U."""
_LOOKALIKES: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_PIN_CHARACTERS, _BINDING_CHARACTERS, _CHECK_CHARACTERS = 8, 3, 2
_PIN_PREFIX_BYTES: Final = 5
_LINK = re.compile(r"(?P<url>[^#]{1,300})#lr(?P<version>[0-9]{1,4})\.(?P<packed>[A-Za-z0-9_-]{1,600})")
_CHECKSUM_BYTES: Final = 4
_FIXED: Final = PIN_BYTES + TOKEN_BYTES + 8 + _CHECKSUM_BYTES
_SHORT_TOKEN_LABEL = b"ledger-recovery box short token 2026-11-22\n"
_BINDING_LABEL = b"ledger-recovery box code binding 2026-11-22\n"
_CODE_LABEL = b"ledger-recovery box code 2026-11-22\n"
_LINK_LABEL = b"ledger-recovery box link 2026-11-22\n"
_NEW_LINK = "Copy the whole link, or make a new one at the Box with: ledger-recovery box offer"


@dataclass(frozen=True, slots=True)
class PairingOffer:
    """A Box's offer to one computer, once. `pin`: SHA-256 of its public key (SPKI); `expires_at`: unix seconds."""

    url: str
    pin: bytes
    token: bytes = field(repr=False)
    expires_at: int
    name: str

    def __post_init__(self) -> None:
        if len(self.pin) != PIN_BYTES or len(self.token) != TOKEN_BYTES or not 0 <= self.expires_at < 2**63:
            raise ValueError("an offer has a pin of 32 bytes, a token of 16 and a time")

    @property
    def token_text(self) -> str:
        """What is sent to the Box as the token."""
        return b64u(self.token)

    def fits(self, pin: bytes) -> bool:
        """Whether a Box with this pin (32 bytes) made the offer."""
        return hmac.compare_digest(self.pin, pin)


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A typed code; the URL is typed beside it. When it expires only the Box knows."""

    pin_prefix: bytes
    token_text: str = field(repr=False)
    binding: str = field(repr=False)

    def fits(self, pin: bytes) -> bool:
        """Whether a Box with this pin (32 bytes) made the code; to be asked before the token is sent."""
        same_prefix = hmac.compare_digest(pin[:_PIN_PREFIX_BYTES], self.pin_prefix)
        return same_prefix and hmac.compare_digest(_binding(pin, self.token_text), self.binding)


# --- link ---------------------------------------------------------------------------------------------------------


def make_link(offer: PairingOffer) -> str:
    """The pairing link of an offer.

    :raises InputError: its URL is none of a Box.
    """
    url = check_box_url(offer.url)
    name = printable(offer.name).encode()[:MAX_NAME_BYTES].decode(errors="ignore").encode()
    body = offer.pin + offer.token + offer.expires_at.to_bytes(8, "big") + name
    return f"{url}/#lr1.{b64u(body + _link_checksum(url, body))}"


def parse_link(text: str, now: int) -> PairingOffer:
    """The offer in a pairing link, white space around and inside passed over (terminals break lines).

    :param now: unix seconds.
    :raises NewerVersion: a link of a newer program.
    :raises InputError: no pairing link, cut or mistyped, or expired.
    """
    found = _LINK.fullmatch("".join(text[: 2 * MAX_LINK].split())) if len(text) <= 2 * MAX_LINK else None
    if found is None:
        raise InputError("this is not the pairing link of an Identity Box", _NEW_LINK)
    if int(found["version"]) != 1:
        raise NewerVersion("this pairing link is of a newer program", "Update this program, then pair again.")
    url = check_box_url(found["url"])
    offer = _offer(url, _checked_body(url, found["packed"]))
    if offer.expires_at <= now:
        raise InputError("this pairing link has expired", "Make a new one at the Box: ledger-recovery box offer")
    return offer


def _checked_body(url: str, packed_text: str) -> bytes:
    try:
        packed = from_b64u(packed_text)
    except InputError:
        packed = b""
    body, checksum = packed[:-_CHECKSUM_BYTES], packed[-_CHECKSUM_BYTES:]
    if not _FIXED <= len(packed) <= _FIXED + MAX_NAME_BYTES or checksum != _link_checksum(url, body):
        raise InputError("this pairing link is not whole, or a character of it changed", _NEW_LINK)
    return body


def _offer(url: str, body: bytes) -> PairingOffer:
    end = PIN_BYTES + TOKEN_BYTES
    expires_at = int.from_bytes(body[end : end + 8], "big")
    if expires_at >= 2**63:
        raise InputError("this pairing link expires at a time that cannot be", _NEW_LINK)
    name = printable(body[end + 8 :].decode(errors="replace"))
    return PairingOffer(url, body[:PIN_BYTES], body[PIN_BYTES:end], expires_at, name)


def _link_checksum(url: str, body: bytes) -> bytes:
    return hashlib.sha256(_LINK_LABEL + url.encode() + b"\n" + body).digest()[:_CHECKSUM_BYTES]


# --- typed code ---------------------------------------------------------------------------------------------------


def short_token(token: bytes) -> str:
    """The 60 bits of an offer's token that a typed code carries, as 12 characters; the Box takes either."""
    return _characters(hashlib.sha256(_SHORT_TOKEN_LABEL + token).digest(), SHORT_TOKEN_LENGTH)


def make_code(offer: PairingOffer) -> str:
    """The typed code of an offer: 25 characters in groups of five."""
    token = short_token(offer.token)
    body = _characters(offer.pin, _PIN_CHARACTERS) + token + _binding(offer.pin, token)
    whole = body + _code_checksum(body)
    return "-".join(whole[i : i + 5] for i in range(0, CODE_LENGTH, 5))


def parse_code(text: str) -> PairingCode:
    """A typed code, in any case, with or without separators; I and L count as 1, O as 0.

    :raises InputError: wrong count, a character that no code has, or mistyped.
    """
    hint = "Compare it with the code that the Box shows, group by group."
    plain = re.sub(r"[\s\-_.]", "", text[:200]).upper().translate(_LOOKALIKES)
    if len(text) > 200 or len(plain) != CODE_LENGTH:
        raise InputError(f"a pairing code has {CODE_LENGTH} characters, and this has another number of them", hint)
    for position, character in enumerate(plain, 1):
        if character not in _ALPHABET:
            raise InputError(f"character {position} of the pairing code is none that a code can have", hint)
    body, checksum = plain[:-_CHECK_CHARACTERS], plain[-_CHECK_CHARACTERS:]
    if checksum != _code_checksum(body):
        raise InputError("a character of the pairing code is wrong, or two changed places", hint)
    token_end = _PIN_CHARACTERS + SHORT_TOKEN_LENGTH
    prefix = 0
    for character in body[:_PIN_CHARACTERS]:
        prefix = prefix << 5 | _ALPHABET.index(character)
    return PairingCode(prefix.to_bytes(_PIN_PREFIX_BYTES, "big"), body[_PIN_CHARACTERS:token_end], body[token_end:])


def _binding(pin: bytes, token: str) -> str:
    return _characters(hashlib.sha256(_BINDING_LABEL + pin + token.encode()).digest(), _BINDING_CHARACTERS)


def _code_checksum(body: str) -> str:
    return _characters(hashlib.sha256(_CODE_LABEL + body.encode()).digest(), _CHECK_CHARACTERS)


def _characters(data: bytes, count: int) -> str:
    bits = int.from_bytes(data, "big") >> (8 * len(data) - 5 * count)
    return "".join(_ALPHABET[bits >> 5 * i & 31] for i in reversed(range(count)))
