"""[io] Pairing offers as people see them: link, QR code, typed code. The token is in memory here, hashed in the rows.

The address that links carry is noted in the database by `serve`, so that another process can make offers for a Box that
runs (`box offer`).
"""

from __future__ import annotations

import io
import secrets
import threading
from dataclasses import dataclass, field, replace
from sqlite3 import Connection
from typing import TextIO

from ledger_recovery.backup.pairing import TOKEN_BYTES, PairingOffer, make_code, make_link
from ledger_recovery.box.config import BoxLimits
from ledger_recovery.box.devices import add_offer, is_open
from ledger_recovery.box.generations import timestamp
from ledger_recovery.box.room import BoxRoom
from ledger_recovery.errors import InputError

OFFER_SECONDS = 600
MAX_OFFER_SECONDS = 86_400
_URL, _PIN, _NAME, _KEPT, _DAYS = "url", "pin", "name", "generations_kept", "retention_days"


@dataclass(frozen=True, slots=True)
class Address:
    """How other computers reach a Box: `url` https://HOST:PORT, `pin` 32 bytes, `name` for people."""

    url: str
    pin: bytes
    name: str


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """One offer to one machine; `link` and `code` are secret until it is used."""

    link: str = field(repr=False)
    code: str = field(repr=False)
    url: str
    name: str
    fingerprint: str
    expires_at: int
    token: bytes = field(repr=False)

    @property
    def expires(self) -> str:
        """UTC."""
        return timestamp(self.expires_at)


def note_address(room: BoxRoom, address: Address) -> None:
    """Remember where the running Box is reached and what it keeps, for commands beside it."""
    kept, days = room.limits.generations_kept, room.limits.retention_days
    values = {_URL: address.url, _PIN: address.pin.hex(), _NAME: address.name, _KEPT: str(kept), _DAYS: str(days)}

    def job(connection: Connection) -> None:
        connection.executemany("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", list(values.items()))

    room.db.write(job)


def noted_address(room: BoxRoom) -> Address:
    """:raises InputError: no Box ran in this directory yet."""
    found = _settings(room)
    return Address(found[_URL], bytes.fromhex(found[_PIN]), found[_NAME])


def noted_limits(room: BoxRoom) -> BoxLimits:
    """The limits with the retention that the Box was last served with.

    :raises InputError: no Box ran in this directory yet.
    """
    found = _settings(room)
    return replace(room.limits, generations_kept=int(found[_KEPT]), retention_days=int(found[_DAYS]))


def _settings(room: BoxRoom) -> dict[str, str]:
    with room.db.read() as connection:
        found = dict(connection.execute("SELECT name, value FROM settings").fetchall())
    if not found.keys() >= {_URL, _PIN, _NAME, _KEPT, _DAYS}:
        raise InputError("no Box has run in this directory yet", "Start it with `ledger-recovery box serve`.")
    return found


def make_offer(room: BoxRoom, address: Address, *, seconds: int = OFFER_SECONDS) -> OpenOffer:
    """A new one-time offer.

    :param seconds: until it expires; at most a day.
    :raises InputError: an address that no link can carry, or another number of seconds.
    """
    if not 1 <= seconds <= MAX_OFFER_SECONDS:
        raise InputError(f"an offer lasts 1 to {MAX_OFFER_SECONDS} seconds", "Give another time.")
    now = room.now()
    token = secrets.token_bytes(TOKEN_BYTES)
    offer = PairingOffer(address.url, address.pin, token, now + seconds, address.name)
    link, code = make_link(offer), make_code(offer)
    room.db.write(lambda c: add_offer(c, token, offer.expires_at, now, most=room.limits.max_offers))
    return OpenOffer(link, code, address.url, address.name, grouped(address.pin), offer.expires_at, token)


def grouped(pin: bytes) -> str:
    """A pin for people to compare: 16 groups of four hex digits."""
    text = pin.hex()
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


class CurrentOffer:
    """The offer that the Box shows; a used or expired one is followed by a new one."""

    def __init__(self, room: BoxRoom, address: Address) -> None:
        self._room = room
        self._address = address
        self._offer: OpenOffer | None = None
        self._lock = threading.Lock()

    def get(self) -> OpenOffer:
        """An offer that can still be used."""
        with self._lock:
            if self._offer is None or not self._usable(self._offer):
                self._offer = make_offer(self._room, self._address)
            return self._offer

    def _usable(self, offer: OpenOffer) -> bool:
        with self._room.db.read() as connection:
            return is_open(connection, offer.token, self._room.now())


# --- shown ------------------------------------------------------------------------------------------------------


def qr_svg(link: str) -> bytes:
    """The link as an SVG image, dark on light with a quiet zone, whatever the page's colours are."""
    import segno

    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", scale=5, border=4, dark="#000", light="#fff")
    return out.getvalue()


def write_offer(offer: OpenOffer, out: TextIO, *, picture: bool = True) -> None:
    """The offer for a terminal: QR code, link, typed code, fingerprint, expiry.

    :param picture: draw the QR code; it needs a terminal that shows block characters.
    """
    import segno

    out.write(f"\n{offer.name} is ready at {offer.url}\n\n")
    if picture:
        segno.make(offer.link, error="m", micro=False).terminal(out=out, compact=True)
    out.write(
        f"\nTo pair one computer until {offer.expires}:\n"
        f"  ledger-recovery box pair       and give it the picture, this link or this code\n"
        f"  link         {offer.link}\n"
        f"  typed code   {offer.code}\n"
        f"  fingerprint  {offer.fingerprint}\n\n"
    )
    out.flush()
