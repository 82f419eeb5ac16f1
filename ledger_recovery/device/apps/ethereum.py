"""[pure] The Ethereum app and its twin Ethereum Classic: public keys with chain codes, addresses, configuration.

Nothing here is a secret that can sign, but a public key with its chain code links every address below it to one
person: neither prints. Sources: app-ethereum doc/ethapp.adoc, src/features/get_public_key, src/main.c; measured on
1.23.0-dev in Speculos 0.27.1. The command has been the same in all versions, so none is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, EllipticCurvePublicKey

from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.apps.profile import AppProfile
from ledger_recovery.device.apps.question import Patience, Question, exactly
from ledger_recovery.device.wire.apdu import CommandApdu
from ledger_recovery.device.wire.status import ETHEREUM, ETHEREUM_CLASSIC, Meaning
from ledger_recovery.errors import BadReply, InputError, WrongApp

CLA: Final = 0xE0
INS_PUBLIC_KEY: Final = 0x02
INS_CONFIGURATION: Final = 0x06

APPS: Final = (ETHEREUM, ETHEREUM_CLASSIC)
"""Both give keys below m/44'/60'; only Ethereum Classic below m/44'/61'."""

MAX_LEVELS: Final = 10
HARDENED: Final = 0x80000000
MAX_CHAIN_ID: Final = 2**64 - 1
PUBLIC_KEY_SIZE: Final = 65
ADDRESS_SIZE: Final = 20
CHAIN_CODE_SIZE: Final = 32

FIRST_PATH: Final = (44 | HARDENED, 60 | HARDENED, HARDENED, 0, 0)
"""m/44'/60'/0'/0/0: the one account that Ledger Live and BIP-44 agree about; its key tells wallets apart."""

_FINGERPRINT_OF: Final = b"ledger-recovery evm wallet"
_DIGITS: Final = 2 * ADDRESS_SIZE
_APP_OF_COIN: Final[Mapping[int, str]] = MappingProxyType({60: ETHEREUM, 61: ETHEREUM_CLASSIC})
_ODD: Final = "Close and open the app on the Ledger, then try again; if it happens again, do not trust its addresses."


@dataclass(frozen=True, slots=True)
class EvmPublicKey:
    """A public key (65 bytes, 04 first, a point of secp256k1) and its address, 20 bytes and as EIP-55 text."""

    public_key: bytes = field(repr=False)
    address: bytes
    address_text: str


@dataclass(frozen=True, slots=True)
class EvmExtendedKey:
    """A public key (65 bytes, 04 first) and its chain code (32 bytes): every non-hardened address below it."""

    public_key: bytes = field(repr=False)
    chain_code: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EvmConfiguration:
    """What the app tells of itself. `version` as "1.23.0"; `blind_signing` does not matter to a recovery."""

    version: str
    blind_signing: bool


def configuration_question(app: str = ETHEREUM) -> Question[EvmConfiguration]:
    """Ask for settings and version; silent.

    :param app: the open app, as the device names it; so in all questions below.
    """
    command = CommandApdu(CLA, INS_CONFIGURATION)
    return Question("tell its configuration", app, command, _parse_configuration, Patience.SYSTEM)


def address_question(
    path: Sequence[int], *, display: bool = False, chain_id: int | None = None, app: str = ETHEREUM
) -> Question[EvmPublicKey]:
    """Ask for a public key and its address; with `display` a person compares the address on the device first.

    :param path: levels as BIP-32 counts them: hardened ones have the top bit set.
    :param chain_id: only changes the title on the screen.
    :raises InputError: not 1 to 10 levels of 32 bits, or no chain id.
    """
    data = path_data(path) + (b"" if chain_id is None else _chain_id(chain_id))
    what = f"{'show the address' if display else 'give the public key'} of {path_text(path)}"
    patience = Patience.PERSON if display else Patience.APP
    command = CommandApdu(CLA, INS_PUBLIC_KEY, 0x01 if display else 0x00, 0x00, data)
    return Question(what, app, command, _parse_address, patience, _advice(path, app))


def extended_key_question(path: Sequence[int], app: str = ETHEREUM) -> Question[EvmExtendedKey]:
    """Ask silently for a public key with its chain code.

    :raises InputError: as `address_question`.
    """
    command = CommandApdu(CLA, INS_PUBLIC_KEY, 0x00, 0x01, path_data(path))
    what = f"give the extended key of {path_text(path)}"
    return Question(what, app, command, _parse_extended, Patience.APP, _advice(path, app))


def fingerprint_question(app: str = ETHEREUM) -> Question[str]:
    """Ask silently what tells EVM wallets apart: SHA-256 over a label and the key at `FIRST_PATH`, 64 hex digits."""
    key = address_question(FIRST_PATH, app=app)
    return Question(key.what, app, key.command, lambda data: _fingerprint(key.parse(data)), key.patience, key.advice)


def identify_evm(app: OpenApp) -> OpenApp:
    """The open app, if it is one of `APPS`.

    :raises WrongApp: it is not.
    """
    if app.name not in APPS:
        raise WrongApp(f"the {app.name} app {app.version} is open on the Ledger", f"Close it and open {ETHEREUM}.")
    return app


ETHEREUM_PROFILE: Final = AppProfile(ETHEREUM, identify_evm, lambda app: fingerprint_question(app.name))


def path_data(path: Sequence[int]) -> bytes:
    """A count byte, then each level as u32, big endian.

    :raises InputError: not 1 to 10 levels of 32 bits.
    """
    if not 1 <= len(path) <= MAX_LEVELS or not all(0 <= level < 2 * HARDENED for level in path):
        raise InputError(
            f"the Ethereum app takes derivation paths of 1 to {MAX_LEVELS} levels of 32 bits, not of {len(path)}",
            "Write it like m/44'/60'/0'/0/0.",
        )
    return bytes((len(path),)) + b"".join(level.to_bytes(4, "big") for level in path)


def path_text(path: Sequence[int]) -> str:
    """ "m/44'/60'/0'/0/0"."""
    return "/".join(("m", *(f"{level % HARDENED}{chr(39) if level >= HARDENED else ''}" for level in path)))


def checksummed(address: bytes) -> str:
    """An address (20 bytes) as text: 0x and 40 digits, upper case where the hash of the digits says so (EIP-55)."""
    digits = address.hex()
    nibbles = _keccak256(digits.encode("ascii")).hex()
    return "0x" + "".join(d.upper() if int(n, 16) >= 8 else d for d, n in zip(digits, nibbles, strict=False))


def _chain_id(chain_id: int) -> bytes:
    if not 1 <= chain_id <= MAX_CHAIN_ID:
        raise InputError(f"{chain_id} is not a chain id", f"It runs from 1 to {MAX_CHAIN_ID}.")
    return chain_id.to_bytes(8, "big")


def _advice(path: Sequence[int], app: str) -> dict[Meaning, str]:
    """Which app would allow a path that `app` refuses."""
    if len(path) < 2 or path[0] != 44 | HARDENED or path[1] < HARDENED:
        return {Meaning.PATH_REFUSED: "Use a path below m/44'/60', with both levels hardened."}
    coin = path[1] - HARDENED
    owner = _APP_OF_COIN.get(coin)
    if owner is None:
        return {Meaning.PATH_REFUSED: f"Coin type {coin}' belongs to another app of the Ledger; leave this path out."}
    if owner == app:
        return {Meaning.PATH_REFUSED: f"Update the {app} app with Ledger Wallet (Ledger Live), then try again."}
    return {Meaning.PATH_REFUSED: f"Coin type {coin}' belongs to the {owner} app: open that one, then try again."}


def _parse_configuration(data: bytes) -> EvmConfiguration:
    flags, *version = exactly(4, "the Ethereum app's configuration")(data)
    return EvmConfiguration(".".join(str(part) for part in version), blind_signing=bool(flags & 0x01))


def _parse_address(data: bytes) -> EvmPublicKey:
    size = 2 + PUBLIC_KEY_SIZE + _DIGITS
    return _public_key(exactly(size, "a public key with its address")(data))


def _parse_extended(data: bytes) -> EvmExtendedKey:
    size = 2 + PUBLIC_KEY_SIZE + _DIGITS
    whole = exactly(size + CHAIN_CODE_SIZE, "an extended key")(data)
    return EvmExtendedKey(_public_key(whole[:size]).public_key, whole[size:])


def _public_key(data: bytes) -> EvmPublicKey:
    """Read 41, the key, 28, 40 digits; the key must lie on the curve and the digits must be its address."""
    key, digits = data[1 : 1 + PUBLIC_KEY_SIZE], data[2 + PUBLIC_KEY_SIZE :]
    if data[0] != PUBLIC_KEY_SIZE or data[1 + PUBLIC_KEY_SIZE] != _DIGITS or key[0] != 0x04:
        raise BadReply("the Ledger's answer with a public key has an unknown layout", _ODD)
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256K1(), key)
    except ValueError:
        raise BadReply("the Ledger's public key is no point of secp256k1", _ODD) from None
    address = _keccak256(key[1:])[-ADDRESS_SIZE:]
    text = checksummed(address)
    if text[2:].encode("ascii") != digits:
        raise BadReply("the address in the Ledger's answer is not that of the public key beside it", _ODD)
    return EvmPublicKey(key, address, text)


def _fingerprint(key: EvmPublicKey) -> str:
    compressed = bytes((0x02 | key.public_key[-1] & 1,)) + key.public_key[1:33]
    return hashlib.sha256(_FINGERPRINT_OF + compressed).hexdigest()


def _keccak256(data: bytes) -> bytes:
    return keccak.new(data=data, digest_bits=256).digest()
