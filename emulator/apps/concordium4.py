"""Concordium app 4.x as measured on 4.1.2 (API level 22), its faults included.

It never looks at Lc: it reads fixed places of its APDU buffer, where bytes of earlier commands and answers
are still lying. So a five-byte export of the 5.x form answers with the key of identity n >> 8.
"""

from __future__ import annotations

from emulator.apps import keys
from emulator.apps.concordium import (
    MAX_PATH_LENGTH,
    P2_KEY_SEED,
    P2_SCALAR,
    PURPOSES,
    IdentityPath,
    Ins,
    KeyStore,
    hand_out_public_key,
    u32,
)
from emulator.apps.contract import (
    MAX_APDU,
    AddressView,
    ExportView,
    Home,
    MenuEntry,
    Outcome,
    Prompt,
    StatusWord,
    ok,
    refuse,
)
from emulator.apps.os_commands import OS_CLA, handle_os_command

NAME = "Concordium"
_CLA = 0xE0
_DATA = 5
_ADDRESS_GROUP = 10
_BAD_PATH = refuse(StatusWord.BAD_PATH)
_FORBIDDEN_PATH = refuse(StatusWord.FORBIDDEN_PATH)


class Concordium4:
    """The 4.x app: four-byte exports, status words for errors, no length checks."""

    name = NAME
    busy_status = None

    def __init__(self, seed: keys.Seed, version: str = "4.1.2") -> None:
        self.version = version
        self._keys = KeyStore(seed, ((1105, 0),))
        self._buffer = bytearray(MAX_APDU)

    @property
    def home(self) -> Home:
        """Ready, Quit, Version; there is no About step."""
        return Home(
            title=NAME,
            version=self.version,
            menu=(
                MenuEntry((NAME, "is ready")),
                MenuEntry(("Quit",), quits=True),
                MenuEntry(("Version", self.version)),
            ),
            tagline=("This app enables signing", "transactions on the", "Concordium network."),
            developer="Concordium",
        )

    def locked_status(self, apdu: bytes) -> StatusWord:
        """0x530C is the app's own word; commands of the operating system get its 0x5515."""
        return StatusWord.LOCKED_OS if apdu[:1] == bytes([OS_CLA]) else StatusWord.LOCKED_APP

    def sent(self, payload: bytes) -> None:
        """Answers are written over the start of the APDU buffer."""
        self._buffer[: len(payload)] = payload

    def handle(self, apdu: bytes) -> Outcome:
        """Operating system commands first, then CLA, then the instruction; all read from the buffer."""
        self._buffer[: len(apdu)] = apdu
        outcome = handle_os_command(bytes(self._buffer), self.name, self.version)
        if outcome is not None:
            return outcome
        cla, ins, p1, p2 = self._buffer[:4]
        if cla != _CLA:
            return refuse(StatusWord.UNKNOWN_CLA)
        if ins == Ins.EXPORT_PRIVATE_KEY:
            return self._export(p1, p2)
        if ins == Ins.GET_PUBLIC_KEY:
            return self._get_public_key(p1, p2)
        if ins == Ins.VERIFY_ADDRESS:
            return self._verify_address()
        return refuse(StatusWord.UNKNOWN_INS)

    def _u32(self, index: int) -> int:
        return u32(bytes(self._buffer), _DATA + index)

    def _export(self, p1: int, p2: int) -> Outcome:
        if p1 not in PURPOSES or p2 not in (P2_KEY_SEED, P2_SCALAR):
            return refuse(StatusWord.BAD_PARAMETER)
        where = IdentityPath(identity=self._u32(0))
        return Prompt(
            ExportView(PURPOSES[p1], f"ID #{where.identity}"),
            approve=lambda: ok(self._keys.export(where, p1, p2), redraw=True),
        )

    def _get_public_key(self, p1: int, p2: int) -> Outcome:
        levels = self._buffer[_DATA]
        if levels > MAX_PATH_LENGTH:
            return _BAD_PATH
        path = tuple(self._u32(1 + 4 * level) for level in range(levels))
        return hand_out_public_key(self._keys, path, p1, p2, unknown=_BAD_PATH, forbidden=_FORBIDDEN_PATH)

    def _verify_address(self) -> Outcome:
        identity, counter = self._u32(0), self._u32(4)
        try:
            address = self._keys.account_address(IdentityPath(identity), counter)
        except keys.NoSuchCredential:
            return refuse(StatusWord.BAD_STATE)
        groups = [address[at : at + _ADDRESS_GROUP] for at in range(0, len(address), _ADDRESS_GROUP)]
        view = AddressView(f"{identity}/{counter}", "".join(group + " " for group in groups))
        return Prompt(view, approve=lambda: ok(redraw=True))
