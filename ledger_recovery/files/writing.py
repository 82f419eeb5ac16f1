"""[pure] Whole files of every format, from content, password and fresh randomness that the caller gives.

Each function returns the bytes of the finished file; `write` puts them on disk, `reading` opens them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger_recovery.files.cbc import derive_key, encrypt
from ledger_recovery.files.container import (
    DESKTOP_ITERATIONS,
    DESKTOP_SALT_BYTES,
    MOBILE_ITERATIONS,
    MOBILE_SALT_BYTES,
    write_desktop_container,
    write_mobile_container,
)
from ledger_recovery.files.content import WalletContent, content_to_bytes
from ledger_recovery.files.desktop import DesktopExport
from ledger_recovery.files.desktop_write import write_desktop
from ledger_recovery.files.mobile import MobileExport, MobilePlatform
from ledger_recovery.files.mobile_write import write_mobile
from ledger_recovery.files.own import STANDARD_COST, Argon2Cost, seal_with
from ledger_recovery.secret import SecretBytes

WEAK_FORMAT = (
    "this format protects little: its password is derived in 10,000 rounds (Desktop) or 100,000 rounds (Mobile) of "
    "PBKDF2, and nothing in it notices a changed file; keep it on media that you control, under a long password"
)


@dataclass(frozen=True, slots=True)
class Randomness:
    """For one file, never for a second: `salt` 32 random bytes (the Desktop format takes the first 16), `iv` 16."""

    salt: bytes = field(repr=False)
    iv: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.salt) != MOBILE_SALT_BYTES or len(self.iv) != 16:
            raise ValueError("a file takes 32 random bytes of salt and 16 of initialization vector")


def desktop_file(export: DesktopExport, password: SecretBytes, randomness: Randomness) -> bytes:
    """A file that Desktop Wallet 1.9 imports."""
    salt = randomness.salt[:DESKTOP_SALT_BYTES]
    with derive_key(password, salt, DESKTOP_ITERATIONS) as key:
        ciphertext = encrypt(write_desktop(export), key, randomness.iv)
    return write_desktop_container(DESKTOP_ITERATIONS, salt, randomness.iv, ciphertext)


def mobile_file(export: MobileExport, platform: MobilePlatform, password: SecretBytes, randomness: Randomness) -> bytes:
    """A file that the platform's wallet imports.

    :raises InputError: as `write_mobile`.
    """
    with (
        write_mobile(export, platform) as content,
        derive_key(password, randomness.salt, MOBILE_ITERATIONS) as key,
    ):
        ciphertext = encrypt(content.reveal(), key, randomness.iv)
    android = platform is MobilePlatform.ANDROID
    return write_mobile_container(MOBILE_ITERATIONS, randomness.salt, randomness.iv, ciphertext, android=android)


def own_file(
    content: WalletContent, password: SecretBytes, randomness: Randomness, *, cost: Argon2Cost = STANDARD_COST
) -> bytes:
    """A file in our own format.

    :raises ValueError: a cost below the standard one.
    :raises InputError: the wallet is too large for a file.
    """
    if cost.memory_kib < STANDARD_COST.memory_kib or cost.iterations < STANDARD_COST.iterations:
        raise ValueError("an export is never written with less work than the standard cost")
    with SecretBytes(content_to_bytes(content)) as payload:
        return seal_with(cost, payload.reveal(), password, randomness.salt)
