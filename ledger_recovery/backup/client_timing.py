"""[pure] How long a call to an Identity Box may take, and when it is tried again; policies as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientTiming:
    """All in seconds but `attempts`.

    :param connect: for one TCP and TLS connection.
    :param silence: between two pieces of an answer.
    :param short: for a whole call with its retries, where only small JSON travels.
    :param long: the same where a bundle travels (64 MiB in ten minutes is 110 kB a second).
    :param first_wait: before the first retry; doubled for each further one up to `longest_wait`.
    """

    connect: float = 10.0
    silence: float = 20.0
    short: float = 40.0
    long: float = 600.0
    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 15.0
