"""Concordium app 5.x as measured on 5.1.3 (API level 22, DEBUG=0), its faults included.

It throws on bad input and nothing catches it: the app ends without an answer. It never checks CLA.
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
    AddressView,
    Exit,
    ExportView,
    Home,
    MenuEntry,
    Outcome,
    Prompt,
    StatusWord,
    ok,
    refuse,
)
from emulator.apps.os_commands import EXIT_CODE_CRASH, handle_os_command

NAME = "Concordium"
_CRASH = Exit(EXIT_CODE_CRASH)
_ABOUT = (
    MenuEntry(("Concordium App", "(c) 2024 Concordium")),
    MenuEntry(("Back",)),
)


class Concordium5:
    """The 5.x app: five-byte and nine-byte exports, no error status words except 6985 and 6A87."""

    name = NAME
    busy_status = None

    def __init__(self, seed: keys.Seed, version: str = "5.1.3") -> None:
        self.version = version
        self._keys = KeyStore(seed, ((44, 919), (1105, 0)))

    @property
    def home(self) -> Home:
        """Ready, Version, About, Quit."""
        return Home(
            title=NAME,
            version=self.version,
            menu=(
                MenuEntry((NAME, "is ready")),
                MenuEntry(("Version", self.version)),
                MenuEntry(("About",), enters=_ABOUT),
                MenuEntry(("Quit",), quits=True),
            ),
            tagline=("This app enables signing", "transactions on the", "Concordium network."),
            developer="Blooo",
        )

    def locked_status(self, apdu: bytes) -> StatusWord:
        """The operating system answers for a locked device."""
        return StatusWord.LOCKED_OS

    def sent(self, payload: bytes) -> None:
        """Nothing to note: this app reads only bytes that were sent to it."""

    def handle(self, apdu: bytes) -> Outcome:
        """Operating system commands first, then the length check, then the instruction."""
        outcome = handle_os_command(apdu, self.name, self.version)
        if outcome is not None:
            return outcome
        if len(apdu) < 4 or (len(apdu) > 4 and apdu[4] != len(apdu) - 5):
            return refuse(StatusWord.BAD_LENGTH)
        _, ins, p1, p2 = apdu[:4]
        data = apdu[5:]
        if ins == Ins.GET_APP_NAME:
            return ok(NAME.encode("ascii"))
        if not data:
            return _CRASH
        if ins == Ins.EXPORT_PRIVATE_KEY:
            return self._export(p1, p2, data)
        if ins == Ins.GET_PUBLIC_KEY:
            return self._get_public_key(p1, p2, data)
        if ins == Ins.VERIFY_ADDRESS:
            return self._verify_address(p1, data)
        return _CRASH

    def _export(self, p1: int, p2: int, data: bytes) -> Outcome:
        new_path = data[0] != 0
        if p1 not in PURPOSES or p2 not in (P2_KEY_SEED, P2_SCALAR) or len(data) < (9 if new_path else 5):
            return _CRASH
        if new_path:
            where = IdentityPath(identity=u32(data, 5), provider=u32(data, 1))
            subject = f"IDP#{where.provider} ID#{where.identity}"
        else:
            where = IdentityPath(identity=u32(data, 1))
            subject = f" ID#{where.identity}"
        return Prompt(
            ExportView(PURPOSES[p1], subject),
            approve=lambda: ok(self._keys.export(where, p1, p2), redraw=True),
        )

    def _get_public_key(self, p1: int, p2: int, data: bytes) -> Outcome:
        levels = data[0]
        if levels > MAX_PATH_LENGTH or len(data) < 1 + 4 * levels:
            return _CRASH
        path = tuple(u32(data, 1 + 4 * level) for level in range(levels))
        return hand_out_public_key(self._keys, path, p1, p2, unknown=_CRASH, forbidden=_CRASH)

    def _verify_address(self, p1: int, data: bytes) -> Outcome:
        new_path = p1 == 1
        if len(data) < (12 if new_path else 8):
            return _CRASH
        numbers = [u32(data, 4 * index) for index in range(3 if new_path else 2)]
        where = IdentityPath(identity=numbers[-2], provider=numbers[0] if new_path else None)
        try:
            address = self._keys.account_address(where, numbers[-1])
        except keys.NoSuchCredential:
            return _CRASH
        view = AddressView("/".join(map(str, numbers)), address)
        return Prompt(view, approve=lambda: ok(redraw=True))
