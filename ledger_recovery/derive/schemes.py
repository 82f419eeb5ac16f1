"""[pure] Which keys a recovery tries: identities (legacy or under a provider) and the key schemes of each.

Legacy path m/1105'/0'/0'/0'/identity'/1' (every app; keygen version 1 and the deprecated version 0 share one seed);
provider path m/44'/919'/provider'/identity'/3' (app 5.x; keygen version 1 only).
Source: app-concordium src/exportPrivateKey.c, concordium-desktop-wallet rust-src/helpers.rs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique

MAX_INDEX = 2**31 - 1
"""The device sets the top bit of every path element itself, so larger numbers would alias to smaller ones."""

MAX_COUNTER = 255
"""The credential counter is one byte on chain: 256 look-ups exhaust a PRF key."""


@unique
class KeyScheme(Enum):
    """How a seed becomes a PRF key, and on which path the seed lies."""

    LEGACY_V1 = "legacy-v1"
    LEGACY_V0 = "legacy-v0"
    PROVIDER_V1 = "provider-v1"

    @property
    def keygen_version(self) -> int:
        return 0 if self is KeyScheme.LEGACY_V0 else 1


@dataclass(frozen=True, slots=True)
class IdentityRef:
    """One identity index: on the legacy path, or on the provider path of `provider`.

    :raises ValueError: an index outside 0..2^31-1.
    """

    index: int
    provider: int | None = None

    def __post_init__(self) -> None:
        for value in (self.index, 0 if self.provider is None else self.provider):
            if not 0 <= value <= MAX_INDEX:
                raise ValueError(f"identity and provider indices run from 0 to {MAX_INDEX}, not {value}")

    @property
    def schemes(self) -> tuple[KeyScheme, ...]:
        """All key schemes that one approval for this index serves."""
        if self.provider is None:
            return (KeyScheme.LEGACY_V1, KeyScheme.LEGACY_V0)
        return (KeyScheme.PROVIDER_V1,)

    @property
    def sort_key(self) -> tuple[int, int]:
        """Legacy first, then by provider; by index within."""
        return (-1 if self.provider is None else self.provider, self.index)

    def __str__(self) -> str:
        return f"ID #{self.index}" if self.provider is None else f"IDP #{self.provider} ID #{self.index}"
