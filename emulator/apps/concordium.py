"""What both generations of the Concordium app share: paths, screen texts, and the keys they hand out.

Follows app-concordium src/{exportPrivateKey,getPublicKey,verifyAddress}.c. How bytes are read and what a failure is
differ between the generations and live in `concordium4` and `concordium5`. Signing transactions is not emulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, unique

from emulator.apps import keys
from emulator.apps.contract import Answer, CompareView, Exit, Outcome, Prompt, PublicKeyView, ok

MAX_PATH_LENGTH = 8
LEGACY_PURPOSE = 1105
NEW_PURPOSE = 44
COIN_TYPE = 919
_GOVERNANCE_LEVELS = ("Gov. root", "Gov. level 1", "Gov. level 2")
_GOVERNANCE_PATH_LENGTH = 5


@unique
class Ins(IntEnum):
    """Instruction bytes that are emulated."""

    VERIFY_ADDRESS = 0x00
    GET_PUBLIC_KEY = 0x01
    EXPORT_PRIVATE_KEY = 0x05
    GET_APP_NAME = 0x21


PURPOSES = {0: "Decrypt", 1: "Recover credentials", 2: "Create credential"}
"""P1 of an export -> what the screen calls it. P1 = 2 exports IdCredSec too."""

P1_BOTH_KEYS = 2
P1_SILENT = 1
P2_KEY_SEED = 1
P2_SCALAR = 2
P2_SIGNED = 1


class PathForbidden(ValueError):
    """The operating system does not let the app derive at this path."""


class PathUnknown(ValueError):
    """The app finds no meaning in this path."""


@dataclass(frozen=True)
class IdentityPath:
    """Where the keys of one identity are: the legacy path, or the path of a seed-phrase wallet with its provider."""

    identity: int
    provider: int | None = None

    @property
    def prf_key(self) -> tuple[int, ...]:
        """Derivation path of the PRF key; elements are not yet hardened."""
        return self._child(legacy=1, new=3)

    @property
    def id_cred_sec(self) -> tuple[int, ...]:
        """Derivation path of IdCredSec; elements are not yet hardened."""
        return self._child(legacy=0, new=2)

    def _child(self, *, legacy: int, new: int) -> tuple[int, ...]:
        if self.provider is None:
            return (LEGACY_PURPOSE, 0, 0, 0, self.identity, legacy)
        return (NEW_PURPOSE, COIN_TYPE, self.provider, self.identity, new)


@dataclass(frozen=True)
class KeyStore:
    """Keys of one seed, as far as the app may reach them."""

    seed: keys.Seed = field(repr=False)
    allowed_prefixes: tuple[tuple[int, int], ...]

    def export(self, where: IdentityPath, p1: int, p2: int) -> bytes:
        """PRF key (32 bytes), with P1 = 2 followed by IdCredSec; SLIP-10 seeds for P2 = 1, scalars for P2 = 2."""
        paths = [where.prf_key, where.id_cred_sec] if p1 == P1_BOTH_KEYS else [where.prf_key]
        seeds = [keys.slip10(self.seed, path) for path in paths]
        return b"".join(seeds if p2 == P2_KEY_SEED else map(keys.bls_scalar, seeds))

    def public_key(self, path: Sequence[int], *, signed: bool) -> bytes:
        """Public key (32 bytes), if wanted followed by its 64-byte signature over itself.

        :raises PathForbidden: the path is outside the prefixes the app was installed with
        """
        hardened = tuple(element | keys.HARDENED for element in path[:2])
        if hardened not in {(a | keys.HARDENED, b | keys.HARDENED) for a, b in self.allowed_prefixes}:
            raise PathForbidden("the app may not derive at this path")
        private = keys.slip10(self.seed, path)
        public = keys.public_key(private)
        return public + keys.sign(private, public) if signed else public

    def account_address(self, where: IdentityPath, counter: int) -> str:
        """Address of the account whose first credential has this counter.

        :raises emulator.apps.keys.NoSuchCredential: there is no such credential
        """
        prf_key = keys.bls_scalar(keys.slip10(self.seed, where.prf_key))
        return keys.account_address(keys.credential_id(prf_key, counter))


def hand_out_public_key(
    store: KeyStore, path: Sequence[int], p1: int, p2: int, *, unknown: Answer | Exit, forbidden: Answer | Exit
) -> Outcome:
    """The key at once, or after a person agreed, who then compares it.

    :param unknown: the outcome for a path without a meaning; `forbidden`: for one that the app may not derive at
    """

    def give(*, compare: bool) -> Answer | Exit:
        try:
            data = store.public_key(path, signed=p2 == P2_SIGNED)
        except PathForbidden:
            return forbidden
        return ok(data, redraw=CompareView(_hex_groups(data)) if compare else True)

    if p1 == P1_SILENT:
        return give(compare=False)
    try:
        view = PublicKeyView(_public_key_subject(path))
    except PathUnknown:
        return unknown
    return Prompt(view, approve=lambda: give(compare=True))


def u32(data: bytes, offset: int) -> int:
    """Four bytes at `offset`, big endian."""
    return int.from_bytes(data[offset : offset + 4], "big")


def _public_key_subject(path: Sequence[int]) -> str:
    """What the screen calls the owner of a key; missing elements read as 0, as in the app's cleared buffer.

    :raises PathUnknown: a governance path of an unknown level
    """
    padded = (*path, *([0] * MAX_PATH_LENGTH))
    if len(path) == _GOVERNANCE_PATH_LENGTH and path[0] == LEGACY_PURPOSE:
        if padded[2] != 1 or padded[3] >= len(_GOVERNANCE_LEVELS):
            raise PathUnknown("not a governance path")
        return _GOVERNANCE_LEVELS[padded[3]]
    if padded[0] in (NEW_PURPOSE, NEW_PURPOSE | keys.HARDENED):
        return f"{padded[2]}/{padded[3]}/{padded[5]}"
    return f"{padded[4]}/{padded[6]}"


def _hex_groups(public_key: bytes) -> str:
    """Hex digits in groups of 16, as the comparison screen shows them."""
    digits = public_key[:32].hex()
    return " ".join(digits[start : start + 16] for start in range(0, len(digits), 16))
