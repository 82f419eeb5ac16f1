"""[pure] The Concordium app, 4.x and 5.x: export of PRF keys, public keys, address check.

Requests are built only for the format that the app's version speaks, and with INS, P1 and P2 that exist: 5.x exits on
any other. Sources: app-concordium doc/export_private_key.md and src/{exportPrivateKey,getPublicKey,verifyAddress}.c,
concordium-ledger-app src/exportPrivateKey.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, unique

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger_recovery.device.apps.formats import AppIdentity, WireFormat, identify
from ledger_recovery.device.apps.profile import AppProfile
from ledger_recovery.device.apps.question import Ask, Patience, Question, exactly, nothing
from ledger_recovery.device.wire.apdu import CommandApdu
from ledger_recovery.device.wire.status import CONCORDIUM
from ledger_recovery.errors import BadReply, InputError
from ledger_recovery.secret import SecretBytes

CLA = 0xE0
INS_VERIFY_ADDRESS = 0x00
INS_PUBLIC_KEY = 0x01
INS_EXPORT = 0x05

KEY_SIZE = 32
SIGNATURE_SIZE = 64
MAX_INDEX = 2**31 - 1
"""The app sets the top bit of every path element itself: larger numbers would alias to smaller ones."""

MAX_COUNTER = 255
MAX_LEVELS = 8
PAIRING_PATH = (1105, 0)
"""m/1105'/0': its public key tells wallets apart; the Desktop Wallet's pairing key too."""

_PUBLIC_KEY_PREFIXES = ((1105, 0), (44, 919))
_LEGACY_PATH, _PROVIDER_PATH = 0x00, 0x01


@unique
class Purpose(IntEnum):
    """P1 of an export: the prompt, and whether IdCredSec comes with the PRF key."""

    DECRYPT = 0x00
    RECOVER = 0x01
    CREATE = 0x02


@unique
class Form(IntEnum):
    """P2 of an export: 32-byte SLIP-10 seeds, or 32-byte BLS12-381 scalars (big endian) made from them."""

    SEED = 0x01
    KEY = 0x02


@dataclass(frozen=True, slots=True)
class Target:
    """Whose keys: an identity on the legacy path (provider None) or on the 5.x path of a provider.

    :raises InputError: an index above 2^31 - 1.
    """

    identity_index: int
    identity_provider_index: int | None = None

    def __post_init__(self) -> None:
        _check_index("identity index", self.identity_index)
        if self.identity_provider_index is not None:
            _check_index("identity provider index", self.identity_provider_index)

    def __str__(self) -> str:
        if self.identity_provider_index is None:
            return f"ID #{self.identity_index}"
        return f"IDP #{self.identity_provider_index} ID #{self.identity_index}"


@dataclass(frozen=True, slots=True)
class ExportedKeys:
    """An export's answer, secret. `id_cred_sec` only with `Purpose.CREATE`."""

    prf_key: SecretBytes
    id_cred_sec: SecretBytes | None = None


def export_question(
    wire_format: WireFormat, target: Target, purpose: Purpose = Purpose.RECOVER, form: Form = Form.SEED
) -> Question[ExportedKeys]:
    """Ask for an identity's PRF key (and IdCredSec); a person approves on the device.

    :raises InputError: a provider path and an app that has none.
    """
    command = CommandApdu(CLA, INS_EXPORT, purpose, form, export_data(wire_format, target))
    return Question(
        f"export the PRF key of {target}",
        CONCORDIUM,
        command,
        _parse_both if purpose is Purpose.CREATE else _parse_prf,
        Patience.PERSON,
    )


def export_data(wire_format: WireFormat, target: Target) -> bytes:
    """The export command's data: 4 bytes on 4.x; 5 (legacy path) or 9 (provider path) on 5.x; u32 big endian.

    :raises InputError: a provider path and an app that has none.
    """
    identity = target.identity_index.to_bytes(4, "big")
    if target.identity_provider_index is None:
        return identity if wire_format is WireFormat.V4 else bytes((_LEGACY_PATH,)) + identity
    if wire_format is WireFormat.V4:
        raise _no_provider_paths()
    return bytes((_PROVIDER_PATH,)) + target.identity_provider_index.to_bytes(4, "big") + identity


def public_key_question(path: Sequence[int], *, confirm: bool = False) -> Question[bytes]:
    """Ask for a 32-byte Ed25519 public key; silent unless `confirm`.

    :param path: levels without the hardening bit, which the app sets itself.
    :raises InputError: a path that the app refuses (5.x would exit).
    """
    command = CommandApdu(CLA, INS_PUBLIC_KEY, 0x00 if confirm else 0x01, 0x00, path_data(path))
    patience = Patience.PERSON if confirm else Patience.APP
    return Question(
        f"give the public key {path_text(path)}", CONCORDIUM, command, exactly(KEY_SIZE, "a public key"), patience
    )


def fingerprint_question() -> Question[str]:
    """Ask silently for the pairing key, as 64 hex digits."""
    key = public_key_question(PAIRING_PATH)
    return Question(key.what, key.app, key.command, lambda data: key.parse(data).hex(), key.patience)


def concordium_profile(allow_format: WireFormat | None = None) -> AppProfile[AppIdentity]:
    """The Concordium app as the right one.

    :param allow_format: a person's word for an app version that is not in the table.
    """
    return AppProfile(CONCORDIUM, lambda app: identify(app, allow_format), lambda identity: fingerprint_question())


def proved_public_key_question(path: Sequence[int]) -> Question[bytes]:
    """Ask silently for a public key with the device's signature over it; the answer is the key, verified.

    :raises InputError: as `public_key_question`.
    """
    command = CommandApdu(CLA, INS_PUBLIC_KEY, 0x01, 0x01, path_data(path))
    return Question(f"prove the public key {path_text(path)}", CONCORDIUM, command, _parse_proved, Patience.APP)


def verify_address_question(wire_format: WireFormat, target: Target, counter: int) -> Question[None]:
    """Have the device show an account's address; a person approves.

    :param counter: credential counter, 0 to 255; a u32 in the command.
    :raises InputError: counter out of range, or a provider path and an app that has none.
    """
    if not 0 <= counter <= MAX_COUNTER:
        raise InputError(f"credential counters run from 0 to {MAX_COUNTER}, not {counter}", "Choose one of those.")
    provider = target.identity_provider_index
    if provider is not None and wire_format is WireFormat.V4:
        raise _no_provider_paths()
    data = b"" if provider is None else provider.to_bytes(4, "big")
    data += target.identity_index.to_bytes(4, "big") + counter.to_bytes(4, "big")
    p1 = _LEGACY_PATH if provider is None else _PROVIDER_PATH
    command = CommandApdu(CLA, INS_VERIFY_ADDRESS, p1, 0x00, data)
    what = f"show the address of {target}, credential {counter}"
    return Question(what, CONCORDIUM, command, nothing, Patience.PERSON)


def path_data(path: Sequence[int]) -> bytes:
    """Number of levels (1 byte), then each as u32 big endian.

    :raises InputError: outside what both app generations accept without exiting.
    """
    for level in path:
        _check_index(f"level of the path {path_text(path)}", level)
    if not 2 <= len(path) <= MAX_LEVELS or tuple(path[:2]) not in _PUBLIC_KEY_PREFIXES:
        raise InputError(
            f"the Concordium app gives no public key for {path_text(path)}",
            f"Use 2 to {MAX_LEVELS} levels below m/1105'/0' or m/44'/919'.",
        )
    return bytes((len(path),)) + b"".join(level.to_bytes(4, "big") for level in path)


def path_text(path: Sequence[int]) -> str:
    """m/1105'/0'/...: every level is hardened."""
    return "/".join(("m", *(f"{level}'" for level in path)))


class ConcordiumApp:
    """The open app, spoken to through `ask`; synchronous, for the device thread, scripts and tests."""

    def __init__(self, ask: Ask, wire_format: WireFormat) -> None:
        self._ask = ask
        self._format = wire_format

    def fingerprint(self) -> str:
        """The pairing key, 64 hex digits; silent."""
        return self._ask(fingerprint_question())

    def export(self, target: Target, purpose: Purpose = Purpose.RECOVER, form: Form = Form.SEED) -> ExportedKeys:
        return self._ask(export_question(self._format, target, purpose, form))

    def public_key(self, path: Sequence[int], *, confirm: bool = False) -> bytes:
        return self._ask(public_key_question(path, confirm=confirm))

    def proved_public_key(self, path: Sequence[int]) -> bytes:
        return self._ask(proved_public_key_question(path))

    def verify_address(self, target: Target, counter: int) -> None:
        self._ask(verify_address_question(self._format, target, counter))


def _no_provider_paths() -> InputError:
    return InputError(
        "the Concordium app 4.x on this Ledger has no identity provider paths",
        "Leave the provider out, or update the app to 5.x.",
    )


def _check_index(name: str, value: int) -> None:
    if not 0 <= value <= MAX_INDEX:
        raise InputError(f"the {name} {value} is out of range", f"It runs from 0 to {MAX_INDEX}.")


def _parse_prf(data: bytes) -> ExportedKeys:
    return ExportedKeys(SecretBytes(exactly(KEY_SIZE, "a PRF key")(data)))


def _parse_both(data: bytes) -> ExportedKeys:
    both = exactly(2 * KEY_SIZE, "a PRF key with IdCredSec")(data)
    return ExportedKeys(SecretBytes(both[:KEY_SIZE]), SecretBytes(both[KEY_SIZE:]))


def _parse_proved(data: bytes) -> bytes:
    whole = exactly(KEY_SIZE + SIGNATURE_SIZE, "a public key with its signature")(data)
    key = whole[:KEY_SIZE]
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(whole[KEY_SIZE:], key)
    except (InvalidSignature, ValueError):
        raise BadReply(
            "the Ledger's signature over its public key is wrong", "Try again; if it happens again, do not use it."
        ) from None
    return key
