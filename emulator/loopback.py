"""Where every double listens: loopback only. A port that is taken is an error, never silently another one."""

from __future__ import annotations

import os
import socket

LOOPBACK = "127.0.0.1"
_WAITING = 128


class PortTaken(OSError):
    """The wanted port is in use or not allowed; `strerror` names the address and the reason."""


def listen(port: int, purpose: str = "") -> socket.socket:
    """Listen on a loopback port; 0 is any free one.

    :param purpose: completes "for the" in the error
    :raises PortTaken: it is in use or not allowed
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows the option lets two programs listen on one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        where = f"{LOOPBACK}:{port}" + (f" for the {purpose}" if purpose else "")
        raise PortTaken(error.errno, f"cannot listen on {where}: {error.strerror}") from error
    listener.setblocking(False)
    return listener
