"""A Ledger with the Ethereum app, for the tests of its session: keys of its own making, faults of `FakeLedger`.

It knows nothing of the driver's codec: keys and addresses come from coincurve and the derivation package.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coincurve import PrivateKey

from ledger_recovery.derive.evm.address import address_of, checksum
from ledger_recovery.device.apps.dashboard import OpenApp
from ledger_recovery.device.evm_session import EvmSession, SessionOptions, open_evm_session
from tests.unit.device.fakes import OK, WALLET, Audience, FakeBus, FakeLedger, JumpingClock

ETHEREUM = OpenApp("Ethereum", "1.23.0", b"\x00")
ETHEREUM_CLASSIC = OpenApp("Ethereum Classic", "1.23.0", b"\x00")
HID = "hid:/dev/hidraw0"
H = 0x80000000
FIRST = (44 | H, 60 | H, H, 0, 0)
SECOND = (44 | H, 60 | H, 1 | H, 0, 0)
NODE = (44 | H, 60 | H, H)
CLASSIC = (44 | H, 61 | H, H)
_ALLOWED = {"Ethereum": (60,), "Ethereum Classic": (60, 61)}


class EvmLedger(FakeLedger):
    """Answers e002 and e006 as the app does; `same_key`: every path gives one key, as a broken device would."""

    def __init__(self, app: OpenApp = ETHEREUM, wallet: bytes = WALLET, path: str = HID) -> None:
        super().__init__(app, wallet, path)
        self.same_key = False
        self.after_open_app = lambda: setattr(self, "app", ETHEREUM)

    def answer(self, request: bytes) -> bytes:
        evm = self.app.name in _ALLOWED and not self.locked and request[0] == 0xE0 and request[1] != 0xD8
        if not evm:
            return super().answer(request)
        self.log.append(request)
        if request[1] == 0x06:
            return b"\x02\x01\x17\x00" + OK
        levels = [int.from_bytes(request[at : at + 4], "big") for at in range(6, 6 + 4 * request[5], 4)]
        if levels[0] != 44 | H or levels[1] & ~H not in _ALLOWED[self.app.name]:
            return b"\x6a\x15"
        return self.key(tuple(levels), chain_code=bool(request[3])) + OK

    def public_key(self, path: tuple[int, ...]) -> bytes:
        """65 bytes."""
        name = b"one" if self.same_key else repr(path).encode()
        return PrivateKey(hashlib.sha256(self.wallet + name).digest()).public_key.format(compressed=False)

    def address(self, path: tuple[int, ...]) -> bytes:
        """20 bytes."""
        return address_of(self.public_key(path))

    def chain_code(self, path: tuple[int, ...]) -> bytes:
        """32 bytes."""
        return hashlib.sha256(b"chain code" + self.wallet + repr(path).encode()).digest()

    def key(self, path: tuple[int, ...], *, chain_code: bool) -> bytes:
        """The data of an answer to e002."""
        public_key = self.public_key(path)
        digits = checksum(address_of(public_key))[2:].encode()
        return b"\x41" + public_key + b"\x28" + digits + (self.chain_code(path) if chain_code else b"")

    @property
    def fingerprint(self) -> str:
        """What the session must call this wallet."""
        public_key = self.public_key(FIRST)
        compressed = bytes((2 + public_key[64] % 2,)) + public_key[1:33]
        return hashlib.sha256(b"ledger-recovery evm wallet" + compressed).hexdigest()


@asynccontextmanager
async def evm_session_with(
    *ledgers: FakeLedger,
    audience: Audience | None = None,
    clock: JumpingClock | None = None,
    options: SessionOptions | None = None,
    pinned: str | None = None,
    path: str | None = HID,
) -> AsyncIterator[EvmSession]:
    session = await open_evm_session(
        path,
        audience or Audience(),
        pinned_fingerprint=pinned,
        clock=clock or JumpingClock(),
        bus=FakeBus(*ledgers),
        options=options,
    )
    async with session:
        yield session
