"""[pure] Derivation paths of a Ledger's Concordium keys: the legacy family and, from app 5 on, the provider family.

Every element is hardened (SLIP-0010 for ed25519); elements are kept without the hardening bit, as the app takes them.
Source: app-concordium src/exportPrivateKey.c, src/verifyAddress.c; concordium-base key_derivation/src/lib.rs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

from ledger_recovery.derive.schemes import MAX_COUNTER, MAX_INDEX, IdentityRef

MAX_ELEMENTS = 8
_ELEMENT = re.compile(r"(0|[1-9][0-9]{0,9})'", re.ASCII)

_LEGACY_PURPOSE, _PURPOSE, _COIN_TYPE = 1105, 44, 919


class DerivationPath(tuple[int, ...]):
    """A path as a tuple of 1 to 8 elements, each 0..2^31-1; `str` gives "m/44'/919'/…".

    The device sets the top bit of every element itself, so that larger numbers would alias to smaller ones.

    :raises ValueError: too many elements, none, or one out of range.
    """

    __slots__ = ()

    def __new__(cls, elements: Iterable[int]) -> Self:
        path = super().__new__(cls, elements)
        if not 1 <= len(path) <= MAX_ELEMENTS:
            raise ValueError(f"a derivation path has 1 to {MAX_ELEMENTS} elements, not {len(path)}")
        for element in path:
            if not 0 <= element <= MAX_INDEX:
                raise ValueError(f"a derivation path element runs from 0 to {MAX_INDEX}, not {element}")
        return path

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; the only spelling is the one that `str` prints.

        :raises ValueError: anything else.
        """
        head, *parts = text.split("/", MAX_ELEMENTS + 1)
        matches = [_ELEMENT.fullmatch(part) for part in parts]
        numbers = [int(match[1]) for match in matches if match]
        if head != "m" or len(numbers) != len(parts):
            raise ValueError(f"write a derivation path like m/44'/919'/0', every element hardened, not {text[:100]!r}")
        return cls(numbers)

    def __str__(self) -> str:
        return "m/" + "/".join(f"{element}'" for element in self)

    def __repr__(self) -> str:
        return f"DerivationPath({str(self)!r})"


def pairing_path() -> DerivationPath:
    """Path of the pairing public key, the fingerprint of a wallet."""
    return DerivationPath((_LEGACY_PURPOSE, 0))


def id_cred_sec_path(identity: IdentityRef) -> DerivationPath:
    """Path of the IdCredSec seed."""
    return _identity_path(identity, legacy_leaf=0, leaf=2)


def prf_path(identity: IdentityRef) -> DerivationPath:
    """Path of the PRF key seed."""
    return _identity_path(identity, legacy_leaf=1, leaf=3)


def account_key_path(identity: IdentityRef, counter: int) -> DerivationPath:
    """Path of the signing key of the credential with this credential counter (0..255).

    The legacy family has a last element for the number of the key; wallets use 0 only.

    :raises ValueError: a counter out of range.
    """
    if not 0 <= counter <= MAX_COUNTER:
        raise ValueError(f"credential counters run from 0 to {MAX_COUNTER}, not {counter}")
    branch = _identity_path(identity, legacy_leaf=2, leaf=0)
    return DerivationPath((*branch, counter, 0) if identity.provider is None else (*branch, counter))


def _identity_path(identity: IdentityRef, *, legacy_leaf: int, leaf: int) -> DerivationPath:
    if identity.provider is None:
        return DerivationPath((_LEGACY_PURPOSE, 0, 0, 0, identity.index, legacy_leaf))
    return DerivationPath((_PURPOSE, _COIN_TYPE, identity.provider, identity.index, leaf))
