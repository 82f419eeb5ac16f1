"""Commands that the operating system's I/O library answers for every app: name and version, quit.

Measured on Speculos 0.27.1 with apps built for API level 22; a command with other parameters reaches the app.
"""

from __future__ import annotations

from emulator.apps.contract import Exit, Outcome, StatusWord, ok

OS_CLA = 0xB0
_GET_NAME_AND_VERSION = bytes.fromhex("b0010000")
_QUIT = bytes.fromhex("b0a70000")
EXIT_CODE_QUIT_COMMAND = 5
EXIT_CODE_CRASH = 255
EXIT_CODE_MENU_QUIT = 255


def name_and_version(name: str, version: str) -> bytes:
    """Format byte 1, then name, version and flags (one zero byte), each with a length byte."""
    return b"\x01" + b"".join(
        bytes([len(part)]) + part for part in (name.encode("ascii"), version.encode("ascii"), b"\x00")
    )


def handle_os_command(apdu: bytes, name: str, version: str) -> Outcome | None:
    """The outcome if these first four bytes are a command of the operating system, else None."""
    if apdu[:4] == _GET_NAME_AND_VERSION:
        return ok(name_and_version(name, version))
    if apdu[:4] == _QUIT:
        return Exit(EXIT_CODE_QUIT_COMMAND, StatusWord.OK.wire)
    return None
