"""[io] The two steps before there is a pairing: look at a Box; once the person agreed, let it know this computer."""

from __future__ import annotations

from dataclasses import dataclass

from ledger_recovery.backup import protocol
from ledger_recovery.backup.client_line import BoxLine, Call
from ledger_recovery.backup.client_reading import read
from ledger_recovery.backup.client_timing import ClientTiming
from ledger_recovery.backup.pairing import PairingCode, PairingOffer
from ledger_recovery.backup.pairing_url import check_box_url
from ledger_recovery.backup.pin import OTHER_BOX_HINT, fetch_certificate, spki_pin
from ledger_recovery.backup.protocol_json import dump
from ledger_recovery.backup.protocol_replies import About, Limits, Paired
from ledger_recovery.backup.protocol_requests import PairRequest
from ledger_recovery.errors import BoxError, OtherBox
from ledger_recovery.wallet.backup_model import BoxPairing

_STANDARD = ClientTiming()


@dataclass(frozen=True, slots=True)
class BoxLook:
    """A Box as it showed itself. `pin`: 32 bytes; `certificate`: DER; `name`: as it calls itself."""

    url: str
    name: str
    pin: bytes
    certificate: bytes
    limits: Limits


async def look(url: str, pin: bytes | None = None, *, timing: ClientTiming = _STANDARD) -> BoxLook:
    """See which Box answers; it learns nothing but that somebody asked.

    :param pin: 32 bytes that its key must have; None when only a typed code is known, which the caller then compares.
    :raises OtherBox: a Box with another key answers.
    :raises BoxError: nothing answers, or no Box.
    :raises InputError: this is not the address of a Box.
    """
    address = check_box_url(url)
    certificate = await fetch_certificate(address, timing.connect)
    shown = spki_pin(certificate)
    if pin is not None and shown != pin:
        raise OtherBox(f"the Box at {address} is not the one that made this link", OTHER_BOX_HINT)
    async with BoxLine(address, shown, certificate, timing) as line:
        about = read(await line.ask(Call("GET", protocol.ABOUT)), About)
    if about.pin != shown.hex() or about.version != protocol.VERSION:
        raise BoxError(
            f"the Box at {address} says of itself what is not so, or speaks another version than this program",
            "Update the older of the two.",
        )
    return BoxLook(address, about.name, shown, certificate, about.limits)


async def pair(
    offer: PairingOffer | PairingCode,
    look: BoxLook,
    device_public: bytes,
    *,
    key_ref: str,
    paired_at: str,
    timing: ClientTiming = _STANDARD,
) -> BoxPairing:
    """Use the offer up: the Box knows this computer's device key from now on.

    :param look: the Box that the person agreed to; it must be the one that made the offer.
    :param device_public: Ed25519, 32 bytes.
    :param key_ref: where the device key is kept.
    :raises OtherBox: the offer is not of this Box; the token was not sent.
    :raises BoxRefused: wrong, used or expired token.
    :raises BoxError: no answer, or none of a Box.
    """
    if not offer.fits(look.pin):
        raise OtherBox(f"the Box at {look.url} did not make this pairing link or code", OTHER_BOX_HINT)
    body = dump(PairRequest(offer.token_text, device_public).to_json())
    call = Call("POST", protocol.PAIR, body, {"content-type": "application/json"}, repeatable=False)
    async with BoxLine(look.url, look.pin, look.certificate, timing) as line:
        paired = read(await line.ask(call), Paired)
    return BoxPairing(
        look.url, paired.name or look.name, look.pin.hex(), line.certificate, paired.device_id, key_ref, paired_at
    )
