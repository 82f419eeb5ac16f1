"""The Ethereum app and its sibling Ethereum Classic: configuration, public keys, addresses on the screen.

As measured on Ethereum 1.23.0-dev (API level 25) in Speculos 0.27.1; the order of checks follows app-ethereum
src/features/get_public_key/cmd_get_public_key.c. Ethereum Classic has the paths of makefile_conf/chain and is
otherwise taken to be equal. Signing and the settings are not emulated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, unique

from emulator.apps import evm_keys
from emulator.apps.contract import (
    Answer,
    EvmAddressView,
    Home,
    MenuEntry,
    Outcome,
    Prompt,
    StatusView,
    StatusWord,
    ok,
    refuse,
)
from emulator.apps.keys import HARDENED, Seed
from emulator.apps.os_commands import handle_os_command

MAX_PATH_LENGTH = 10
_CLA = 0xE0
_HEADER = 4
_CHAIN_ID_SIZE = 8
_NEEDS_TOKEN_INFORMATION = 0x02
_NETWORKS = {
    1: "Ethereum",
    10: "OP Mainnet",
    56: "BSC",
    61: "Ethereum Classic",
    100: "Gnosis",
    137: "Polygon",
    324: "ZKsync Era",
    8453: "Base",
    42161: "Arbitrum",
    43114: "Avalanche",
    59144: "Linea",
    534352: "Scroll",
    11155111: "Sepolia",
}
"""Networks that the review calls by name; the app knows some more."""

_VERIFIED = StatusView(("Address verified",))
_CANCELLED = StatusView(("Address verification", "cancelled"))


@unique
class Ins(IntEnum):
    """Instruction bytes that are emulated."""

    GET_PUBLIC_KEY = 0x02
    GET_CONFIGURATION = 0x06


@dataclass(frozen=True)
class Flavour:
    """One app of the family.

    :param prefixes: paths under which the operating system lets it derive; all hardened, written without that bit
    """

    name: str
    chain_id: int
    prefixes: tuple[tuple[int, ...], ...]
    version: str = "1.23.0-dev"

    def allows(self, path: tuple[int, ...]) -> bool:
        """Whether the path begins with one of the prefixes."""
        hardened = (tuple(element | HARDENED for element in prefix) for prefix in self.prefixes)
        return any(path[: len(prefix)] == prefix for prefix in hardened)


ETHEREUM = Flavour("Ethereum", 1, ((44, 60), (45,)))
ETHEREUM_CLASSIC = Flavour("Ethereum Classic", 61, ((44, 60), (44, 61)))


@dataclass(frozen=True)
class _Request:
    """What a public key request asks for."""

    path: tuple[int, ...]
    rest: bytes
    wants_display: bool
    wants_chain_code: bool


class EthereumApp:
    """One app of the Ethereum family. It checks lengths, and never ends on bad input."""

    busy_status = StatusWord.BUSY

    def __init__(self, seed: Seed, flavour: Flavour = ETHEREUM) -> None:
        self.name = flavour.name
        self.version = flavour.version
        self._flavour = flavour
        self._seed = seed

    @property
    def home(self) -> Home:
        """Ready, settings (not emulated: nothing happens), info, quit; the steps do not loop."""
        info = (
            MenuEntry(("Version", self.version)),
            MenuEntry(("Developer", "Ledger")),
            MenuEntry(("Back",)),
        )
        return Home(
            title=self.name,
            version=self.version,
            menu=(
                MenuEntry((self.name, "app is ready")),
                MenuEntry(("App settings",)),
                MenuEntry(("App info",), enters=info),
                MenuEntry(("Quit app",), quits=True),
            ),
            tagline=("This app enables signing", "transactions on the", f"{self.name} network."),
            developer="Ledger",
            loops=False,
        )

    def locked_status(self, apdu: bytes) -> StatusWord:
        """The operating system answers for a locked device."""
        return StatusWord.LOCKED_OS

    def sent(self, payload: bytes) -> None:
        """Nothing to note: this app reads only bytes that were sent to it."""

    def handle(self, apdu: bytes) -> Outcome:
        """Operating system commands first, then the length check, CLA, and the instruction."""
        outcome = handle_os_command(apdu, self.name, self.version)
        if outcome is not None:
            return outcome
        if len(apdu) < _HEADER or (len(apdu) > _HEADER and apdu[_HEADER] != len(apdu) - _HEADER - 1):
            return refuse(StatusWord.BAD_LENGTH)
        cla, ins, p1, p2 = apdu[:_HEADER]
        if cla != _CLA:
            return refuse(StatusWord.UNKNOWN_CLA)
        if ins == Ins.GET_CONFIGURATION:
            return ok(self._configuration())
        if ins == Ins.GET_PUBLIC_KEY:
            return self._get_public_key(p1, p2, apdu[_HEADER + 1 :])
        return refuse(StatusWord.UNKNOWN_INS)

    def _configuration(self) -> bytes:
        """Flags, then major, minor and patch number of the version."""
        numbers = [int(digits) for digits in re.findall(r"\d+", self.version)[:3]]
        return bytes([_NEEDS_TOKEN_INFORMATION, *numbers])

    def _get_public_key(self, p1: int, p2: int, data: bytes) -> Outcome:
        if p1 not in (0, 1) or p2 not in (0, 1):
            return refuse(StatusWord.WRONG_P1_P2)
        levels = data[0] if data else 0
        end = 1 + 4 * levels
        if not 1 <= levels <= MAX_PATH_LENGTH or len(data) < end:
            return refuse(StatusWord.INCORRECT_DATA)
        path = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(1, end, 4))
        return self._derive(_Request(path, data[end:], wants_display=p1 == 1, wants_chain_code=p2 == 1))

    def _derive(self, request: _Request) -> Outcome:
        """The path is judged and derived before bytes behind it are looked at."""
        if not any(element & HARDENED for element in request.path):
            return refuse(StatusWord.PATH_NOT_HARDENED)
        if not self._flavour.allows(request.path):
            return refuse(StatusWord.PATH_NOT_ALLOWED)
        try:
            node = evm_keys.node_at(self._seed, request.path)
        except evm_keys.NoSuchKey:
            return refuse(StatusWord.INCORRECT_DATA)
        if len(request.rest) not in (0, _CHAIN_ID_SIZE):
            return refuse(StatusWord.INCORRECT_DATA)
        if not request.wants_display:
            return _answer(node, request)
        chain_id = int.from_bytes(request.rest, "big") if request.rest else self._flavour.chain_id
        view = EvmAddressView(self._title(chain_id), "0x" + evm_keys.address_digits(node.public_key()))
        return Prompt(view, approve=lambda: _answer(node, request, _VERIFIED), after_decline=_CANCELLED)

    def _title(self, chain_id: int) -> tuple[str, ...]:
        """The network's name stands in the title if the app knows it; for its own chain id its own name."""
        name = self.name if chain_id == self._flavour.chain_id else _NETWORKS.get(chain_id)
        return ("Verify address",) if name is None else (f"Verify {name}", "address")


def _answer(node: evm_keys.Node, request: _Request, shows: StatusView | None = None) -> Answer:
    """Public key (65 bytes) and address (40 hex digits), each with a length byte, then the chain code if wanted."""
    public_key = node.public_key()
    parts = [public_key, evm_keys.address_digits(public_key).encode("ascii")]
    data = b"".join(bytes([len(part)]) + part for part in parts)
    return ok(data + (node.chain_code if request.wants_chain_code else b""), redraw=shows or False)
